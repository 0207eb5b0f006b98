#!/bin/sh
set -e
# Options, and files that are no programs, are arguments of node.
case "$1" in
-*) set -- node "$@" ;;
*) if ! command -v "$1" >/dev/null || { [ -f "$1" ] && ! [ -x "$1" ]; }; then set -- node "$@"; fi ;;
esac
exec "$@"

#!/bin/sh
set -e
# Options are arguments of haproxy, which stays in the foreground and has a master.
if [ "${1#-}" != "$1" ]; then
	set -- haproxy "$@"
fi
if [ "$1" = haproxy ]; then
	shift
	set -- haproxy -W -db "$@"
fi
exec "$@"

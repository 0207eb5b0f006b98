#!/bin/sh
set -e
# Options and configuration files are arguments of redis-server.
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
	set -- redis-server "$@"
fi
if [ "$1" = redis-server ]; then
	if [ "$(id -u)" = 0 ]; then
		find . \! -user redis -exec chown redis '{}' +
		exec setpriv --reuid redis --regid redis --clear-groups "$0" "$@"
	fi
	um=$(umask)
	[ "$um" = 0022 ] && umask 0077
	shift
	case "${1:-}" in
	*.conf) conf=$1 && shift && set -- redis-server "$conf" --protected-mode no "$@" ;;
	*) set -- redis-server --protected-mode no "$@" ;;
	esac
fi
exec "$@"

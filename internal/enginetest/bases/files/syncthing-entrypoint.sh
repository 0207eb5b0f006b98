#!/bin/sh
# Behaves as the image does: as root it takes file capabilities from the program, or gives
# it those of PCAP, owns its home (not what is below) and becomes PUID:PGID.
set -eu
[ -z "${UMASK:-}" ] || umask "$UMASK"
if [ "$(id -u)" = 0 ]; then
	if [ -n "${PCAP:-}" ]; then
		setcap "$PCAP" "$1"
	else
		setcap -r "$1" 2>/dev/null || true
	fi
	chown "$PUID:$PGID" "$HOME" || true
	exec setpriv --reuid "$PUID" --regid "$PGID" --clear-groups env HOME="$HOME" "$@"
fi
exec "$@"

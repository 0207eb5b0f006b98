#!/bin/sh
set -e
[ -d /etc/nginx/templates ] || exit 0
if [ ! -w /etc/nginx/conf.d ]; then
	echo >&2 "$0: ERROR: /etc/nginx/templates exists, but /etc/nginx/conf.d is not writable"
	exit 0
fi
defined=$(printf '${%s} ' $(env | cut -d= -f1))
for t in /etc/nginx/templates/*.template; do
	[ -e "$t" ] || continue
	envsubst "$defined" <"$t" >"/etc/nginx/conf.d/$(basename "$t" .template)"
done

#!/bin/sh
# Renders the configuration into /tmp on every start; haproxy itself stays root.
set -e
address='[::]:2375 v4v6'
case "$DISABLE_IPV6" in 1 | true | yes) address=:2375 ;; esac
sed "s/@address@/$address/" /usr/local/etc/haproxy/haproxy.cfg.template >/tmp/haproxy.cfg
if [ "${1#-}" != "$1" ]; then
	set -- haproxy "$@"
fi
if [ "$1" = haproxy ]; then
	shift
	set -- haproxy -W -db "$@"
fi
exec "$@"

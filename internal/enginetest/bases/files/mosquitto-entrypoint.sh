#!/bin/sh
set -e
# As root it owns its data; the program itself becomes mosquitto afterwards.
if [ "$(id -u)" = 0 ] && [ -d /mosquitto/data ]; then
	chown -R mosquitto:mosquitto /mosquitto/data || true
fi
exec "$@"

#!/bin/bash
set -e
: "${APACHE_CONFDIR:=/etc/apache2}" "${APACHE_ENVVARS:=$APACHE_CONFDIR/envvars}"
# shellcheck disable=SC1090
. "$APACHE_ENVVARS"
rm -f "$APACHE_PID_FILE"
for dir in "$APACHE_LOCK_DIR" "$APACHE_RUN_DIR" "$APACHE_LOG_DIR" "$(dirname "$APACHE_PID_FILE")"; do
	[ -e "$dir" ] || mkdir -p "$dir"
done
exec apache2 -DFOREGROUND "$@"

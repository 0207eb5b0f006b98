#!/bin/sh
# Behaves as the official image does: an empty directory is filled with the program on
# the first start, and belongs to www-data.
set -e
if [ ! -e matomo.php ]; then
	owner=$(id -u):$(id -g)
	[ "$(id -u)" != 0 ] || owner=www-data:www-data
	tar -c -f - --one-file-system -C /usr/src/matomo . | tar -x -f -
	chown -R "$owner" .
fi
exec "$@"

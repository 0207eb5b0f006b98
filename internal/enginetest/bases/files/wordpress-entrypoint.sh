#!/usr/bin/env bash
# Behaves as the official image does: an empty directory is filled with the program on
# the first start, as root for www-data.
set -Eeuo pipefail
if [[ "$1" == apache2* ]] || [ "$1" = php-fpm ]; then
	user=www-data group=www-data
	if [ "$(id -u)" != 0 ]; then
		user=$(id -u) group=$(id -g)
	fi
	if [ ! -e index.php ] && [ ! -e wp-includes/version.php ]; then
		if [ "$(id -u)" = 0 ] && [ "$(stat -c %u:%g .)" = 0:0 ]; then
			chown "$user:$group" .
		fi
		extract=(--extract --file -)
		[ "$(id -u)" = 0 ] || extract+=(--no-overwrite-dir)
		tar --create --file - --directory /usr/src/wordpress --owner "$user" --group "$group" . | tar "${extract[@]}"
	fi
	if [ ! -s wp-config.php ] && [[ "$(env)" == *WORDPRESS_* ]]; then
		cp wp-config-docker.php wp-config.php
		if [ "$(id -u)" = 0 ]; then
			chown "$user:$group" wp-config.php
		fi
	fi
fi
exec "$@"

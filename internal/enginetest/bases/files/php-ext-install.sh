#!/bin/sh
# docker-php-ext-install [-jN] EXTENSION...: from Debian's packages instead of from source.
set -e
packages=
for ext; do
	case "$ext" in
	-*) ;;
	mysqli | pdo_mysql) packages="$packages php-mysql" ;;
	pgsql | pdo_pgsql) packages="$packages php-pgsql" ;;
	opcache | pdo | sockets | pcntl | exif | ctype | fileinfo | calendar) ;; # compiled in
	*) packages="$packages php-$ext" ;;
	esac
done
[ -z "$packages" ] && exit 0
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -qq -y --no-install-recommends $packages
rm -rf /var/lib/apt/lists/*

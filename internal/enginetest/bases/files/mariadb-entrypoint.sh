#!/bin/bash
# Behaves as the official image does: as root it owns the data and starts itself again
# as mysql; an empty data directory is initialised once.
set -eo pipefail

from_file() { # NAME: MARIADB_NAME, MYSQL_NAME or the content of the file that *_FILE names
	local name=$1 prefix var file
	for prefix in MARIADB MYSQL; do
		var="${prefix}_$name" file="${prefix}_${name}_FILE"
		if [ -n "${!file:-}" ]; then
			printf '%s' "$(<"${!file}")"
			return
		fi
		if [ -n "${!var:-}" ]; then
			printf '%s' "${!var}"
			return
		fi
	done
}

[ "${1:0:1}" = - ] && set -- mariadbd "$@"
if [ "$1" = mariadbd ] || [ "$1" = mysqld ]; then
	if [ "$(id -u)" = 0 ]; then
		mkdir -p /var/lib/mysql /run/mysqld
		find /var/lib/mysql \! -user mysql -exec chown mysql: '{}' +
		find /run/mysqld -maxdepth 0 \! -user mysql -exec chown mysql: '{}' \;
		exec gosu mysql "${BASH_SOURCE[0]}" "$@"
	fi
	if [ ! -d /var/lib/mysql/mysql ]; then
		root=$(from_file ROOT_PASSWORD)
		if [ -z "$root" ] && [ -z "${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD}${MYSQL_ALLOW_EMPTY_PASSWORD}${MARIADB_RANDOM_ROOT_PASSWORD}${MYSQL_RANDOM_ROOT_PASSWORD}" ]; then
			echo >&2 "[ERROR] Database is uninitialized and password option is not specified"
			exit 1
		fi
		mariadb-install-db --datadir=/var/lib/mysql --rpm --auth-root-authentication-method=normal --skip-test-db >/dev/null
		mariadbd --skip-networking --socket=/run/mysqld/init.sock &
		server=$!
		for _ in {1..60}; do
			mariadb -uroot --socket=/run/mysqld/init.sock -e 'SELECT 1' >/dev/null 2>&1 && break
			sleep 0.5
		done
		db=$(from_file DATABASE) user=$(from_file USER) password=$(from_file PASSWORD)
		{
			[ -n "$db" ] && echo "CREATE DATABASE IF NOT EXISTS \`$db\`;"
			if [ -n "$user" ]; then
				echo "CREATE USER '$user'@'%' IDENTIFIED BY '${password//\'/\\\'}';"
				[ -n "$db" ] && echo "GRANT ALL ON \`$db\`.* TO '$user'@'%';"
			fi
			echo "CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '${root//\'/\\\'}'; GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
			echo "CREATE USER IF NOT EXISTS 'healthcheck'@'localhost' IDENTIFIED BY 'healthcheck'; GRANT USAGE ON *.* TO 'healthcheck'@'localhost';"
			echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '${root//\'/\\\'}';"
		} | mariadb -uroot --socket=/run/mysqld/init.sock
		for f in /docker-entrypoint-initdb.d/*.sql; do
			[ -e "$f" ] && mariadb -uroot -p"$root" --socket=/run/mysqld/init.sock ${db:+"$db"} <"$f"
		done
		kill "$server"
		wait "$server"
	fi
fi
exec "$@"

#!/bin/sh
# Behaves as the image does: what is missing of the configuration is made of variables.
set -e
dir=/etc/pgbouncer
users=${AUTH_FILE:-$dir/userlist.txt}
[ -e "$users" ] || : >"$users"

if [ -n "$DATABASE_URL" ]; then # postgres://user:password@host:port/name
	rest=${DATABASE_URL#*://}
	login=${rest%@*} address=${rest##*@}
	DB_USER=${login%%:*} DB_NAME=${address#*/} DB_HOST=${address%%/*}
	case "$login" in *:*) DB_PASSWORD=${login#*:} ;; esac
	case "$DB_HOST" in *:*) DB_PORT=${DB_HOST#*:} DB_HOST=${DB_HOST%%:*} ;; esac
fi
if [ -n "$DB_USER" ] && [ -n "$DB_PASSWORD" ] && ! grep -q "^\"$DB_USER\"" "$users"; then
	case "$AUTH_TYPE" in
	plain | scram-sha-256) secret=$DB_PASSWORD ;;
	*) secret=md5$(printf %s "$DB_PASSWORD$DB_USER" | md5sum | cut -d ' ' -f 1) ;;
	esac
	printf '"%s" "%s"\n' "$DB_USER" "$secret" >>"$users"
fi
if [ ! -f "$dir/pgbouncer.ini" ]; then
	{
		printf '[databases]\n%s = host=%s port=%s auth_user=%s\n' "${DB_NAME:-*}" "${DB_HOST:?DB_HOST is not set}" "${DB_PORT:-5432}" "${DB_USER:-postgres}"
		printf '[pgbouncer]\nlisten_addr = %s\nlisten_port = %s\nunix_socket_dir = %s\nuser = postgres\n' "${LISTEN_ADDR:-0.0.0.0}" "${LISTEN_PORT:-5432}" "$UNIX_SOCKET_DIR"
		printf 'auth_file = %s\nauth_type = %s\nadmin_users = %s\n' "$users" "${AUTH_TYPE:-md5}" "${ADMIN_USERS:-postgres}"
		printf 'ignore_startup_parameters = %s\n' "${IGNORE_STARTUP_PARAMETERS:-extra_float_digits}"
		for name in POOL_MODE MAX_CLIENT_CONN DEFAULT_POOL_SIZE; do
			eval "value=\$$name"
			[ -z "$value" ] || printf '%s = %s\n' "$(echo "$name" | tr '[:upper:]' '[:lower:]')" "$value"
		done
	} >"$dir/pgbouncer.ini"
fi
exec "$@"

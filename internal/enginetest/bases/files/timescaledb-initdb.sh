#!/bin/bash
# Runs as postgres when the data directory is made: the extension in every database, by
# way of a temporary file, and settings in the data directory.
set -e
sql=$(mktemp)
echo 'CREATE EXTENSION IF NOT EXISTS timescaledb CASCADE;' >"$sql"
echo "timescaledb.telemetry_level=${TIMESCALEDB_TELEMETRY:-basic}" >>"$PGDATA/postgresql.conf"
for db in postgres template1 "$POSTGRES_DB"; do
	psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --dbname "$db" --file "$sql"
done
if [ -z "${NO_TS_TUNE:-}" ]; then
	# What timescaledb-tune does: it replaces the file.
	tuned=$(mktemp)
	sed 's/^#*max_background_workers.*//' "$PGDATA/postgresql.conf" >"$tuned"
	echo 'timescaledb.max_background_workers = 16' >>"$tuned"
	cat "$tuned" >"$PGDATA/postgresql.conf"
fi

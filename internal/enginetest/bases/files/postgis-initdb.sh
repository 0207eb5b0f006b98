#!/bin/sh
# Runs as postgres when the data directory is made: the extensions, in a template and in
# the database of the application.
set -e
psql() { command psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password "$@"; }

psql --dbname "$POSTGRES_DB" --command 'CREATE DATABASE template_postgis IS_TEMPLATE true'
for db in template_postgis "$POSTGRES_DB"; do
	for extension in postgis postgis_topology fuzzystrmatch postgis_tiger_geocoder; do
		psql --dbname "$db" --command "CREATE EXTENSION IF NOT EXISTS $extension"
	done
done

#!/usr/bin/env bash
set -e
# With USE_SYSTEM_CA_CERTS and a mounted /certificates the real one rebuilds the trust store.
if [ -n "$USE_SYSTEM_CA_CERTS" ] && [ -d /certificates ] && [ -w /usr/local/share/ca-certificates ]; then
	cp -a /certificates/* /usr/local/share/ca-certificates/
	update-ca-certificates
fi
exec "$@"

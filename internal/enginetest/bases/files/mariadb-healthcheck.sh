#!/bin/bash
# healthcheck.sh [--connect] [--innodb_initialized]
exec mariadb --user=healthcheck --password=healthcheck --protocol=socket -e 'SELECT 1' >/dev/null

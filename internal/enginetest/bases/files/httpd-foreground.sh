#!/bin/sh
set -e
# The file of an earlier run would keep it from starting.
rm -f /usr/local/apache2/logs/httpd.pid
exec httpd -d /usr/local/apache2 -f conf/httpd.conf -DFOREGROUND "$@"

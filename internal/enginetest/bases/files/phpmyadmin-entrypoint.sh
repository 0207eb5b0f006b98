#!/bin/bash
# Behaves as the official image does: a secret of its own is made on the first start,
# and nobody stops when that does not work.
dir=/etc/phpmyadmin
if [[ "$1" == apache2* ]] || [ "$1" = php-fpm ]; then
	if [ ! -f $dir/config.secret.inc.php ]; then
		printf "<?php\n\$cfg['blowfish_secret'] = '%s';\n" "$(tr -dc A-Za-z0-9 </dev/urandom | head -c 32)" >$dir/config.secret.inc.php
	fi
	chgrp www-data $dir/config.secret.inc.php
	[ -f $dir/config.user.inc.php ] || touch $dir/config.user.inc.php
fi
for name in PMA_USER PMA_PASSWORD PMA_HOST; do
	file=${name}_FILE
	[ -z "${!file}" ] || export "$name=$(cat "${!file}")"
done
exec "$@"

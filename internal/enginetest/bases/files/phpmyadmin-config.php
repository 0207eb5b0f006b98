<?php
require_once '/etc/phpmyadmin/config.secret.inc.php';

$cfg['AllowArbitraryServer'] = getenv('PMA_ARBITRARY') === '1';
$cfg['TempDir'] = '/var/www/html/tmp/';
foreach (explode(',', getenv('PMA_HOST') ?: 'db') as $number => $host) {
    $cfg['Servers'][$number + 1] = ['host' => trim($host), 'port' => getenv('PMA_PORT') ?: '', 'auth_type' => 'cookie', 'AllowNoPassword' => true];
    if (getenv('PMA_USER') !== false) {
        $cfg['Servers'][$number + 1] = ['auth_type' => 'config', 'user' => getenv('PMA_USER'), 'password' => (string) getenv('PMA_PASSWORD')] + $cfg['Servers'][$number + 1];
    }
}
if (file_exists('/etc/phpmyadmin/config.user.inc.php')) {
    include '/etc/phpmyadmin/config.user.inc.php';
}

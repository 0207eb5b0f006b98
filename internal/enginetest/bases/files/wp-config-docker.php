<?php
// The value of a variable, or the content of the file that it names.
function from_environment($name, $default) {
	if ($file = getenv($name . '_FILE')) {
		return rtrim(file_get_contents($file), "\r\n");
	}
	return getenv($name) !== false ? getenv($name) : $default;
}
define('DB_NAME', from_environment('WORDPRESS_DB_NAME', 'wordpress'));
define('DB_USER', from_environment('WORDPRESS_DB_USER', 'wordpress'));
define('DB_PASSWORD', from_environment('WORDPRESS_DB_PASSWORD', ''));
define('DB_HOST', from_environment('WORDPRESS_DB_HOST', 'mysql'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $key) {
	define($key, from_environment('WORDPRESS_' . $key, 'put your unique phrase here'));
}
$table_prefix = from_environment('WORDPRESS_TABLE_PREFIX', 'wp_');
if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';

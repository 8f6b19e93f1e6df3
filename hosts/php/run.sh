needs=(php:php-cli)
threads=no
ready() { php -r 'exit(extension_loaded("FFI") ? 0 : 1);'; }
demo() { exec php demo.php "$@"; }
mistakes() { exec php mistakes.php "$@"; }

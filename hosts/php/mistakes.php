<?php
// What goes wrong first, and what the answer is: mistakes.php PORT of a server that greets.

require __DIR__ . '/wdsocket.php';

use wdsocket as wd;

function refused(string $what, callable $call): void
{
    try {
        $call();
        echo "$what: was not refused\n";
    } catch (wd\Error $error) {
        echo "$what: {$error->getMessage()}\n";
    }
}

try {
    wd\library();
} catch (wd\Error $error) {
    exit($error->getMessage() . "\n");
}
wd\SocketConnect('till', (int) $argv[1], '127.0.0.1', 20000);
wd\SocketWrite('till', 'Grüße');
echo 'accents: ', wd\SocketRead('till', 0, 20000), "\n";
wd\SocketWrite('till', "a\0b");
echo 'zero inside: ', addcslashes(wd\SocketRead('till', 0, 20000), "\0"), "\n";
wd\SocketWrite('till', str_repeat('x', 65536));
echo 'large: ', strlen(wd\SocketRead('till', 0, 20000)), "\n";
refused('zero in a name', fn() => wd\SocketWrite("ti\0ll", 'x'));
refused('blank behind a name', fn() => wd\SocketWrite('till ', 'x'));
refused('wrong port', fn() => wd\SocketConnect('other', 1, '127.0.0.1'));
refused('no port', fn() => wd\SocketConnect('other', 70000, '127.0.0.1'));

<?php
// A client and a server in PHP, in clear and under TLS.
//
//   demo.php talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
//   demo.php serve CERTIFICATE.pem            prints its two ports and serves one client of each kind

require __DIR__ . '/wdsocket.php';

use wdsocket as wd;

const TIME = 20000;

function clients(int $port, int $tls_port, string $trusted): void
{
    wd\SocketConnect('till', $port, '127.0.0.1', TIME);
    wd\SocketWrite('till', 'Zoë');
    echo 'client: ', wd\SocketRead('till', 0, TIME), "\n";
    wd\SocketClose('till');

    wd\SocketSetText('bank', wd\SSLCaFile, $trusted);
    wd\SocketConnectSSL('bank', $tls_port, 'localhost', 0, TIME);
    wd\SocketWrite('bank', 'Zoë');
    echo 'TLS: ', wd\SocketSSLInfo('bank', wd\SSLProtocol), ' ', wd\SocketRead('bank', 0, TIME), "\n";
    wd\SocketClose('bank');
    try {
        wd\SocketConnectSSL('bank', $tls_port, 'localhost', 0, TIME);
    } catch (wd\Error $error) {
        echo "not trusted: {$error->getCode()} {$error->getMessage()}\n";
    }
}

function serve(string $certificate): void
{
    wd\SocketCreate('clear', 0, '127.0.0.1');
    wd\SocketCreateSSL('secure', 0, $certificate, 0, '127.0.0.1');
    echo wd\SocketLocalInfo('clear', wd\SocketPort), ' ', wd\SocketLocalInfo('secure', wd\SocketPort), "\n";
    foreach (['clear', 'secure'] as $server) {
        if (wd\SocketWaitForConnection($server, TIME)) {
            $channel = wd\SocketAccept($server);
            wd\SocketWrite($channel, 'Welcome, ' . wd\SocketRead($channel, 0, TIME) . '!');
            wd\SocketClose($channel);
        }
    }
}

if ($argv[1] === 'talk') {
    clients((int) $argv[2], (int) $argv[3], $argv[4]);
    echo "threads: none in this language\n";
} else {
    serve($argv[2]);
}

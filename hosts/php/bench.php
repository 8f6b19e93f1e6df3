<?php
// An echo of 64 bytes: bench.php PORT ROUNDS.

require __DIR__ . '/wdsocket.php';

use wdsocket as wd;

[, $port, $rounds] = $argv;
$data = str_repeat('x', 64);
$own = stream_socket_client("tcp://127.0.0.1:$port", $code, $text, 5, STREAM_CLIENT_CONNECT, stream_context_create(['socket' => ['tcp_nodelay' => true]]));
wd\SocketConnect('echo', (int) $port, '127.0.0.1');
wd\SocketChangeTransmissionMode('echo', wd\SocketNoEndTag, null);
$exchanges = [
    function () use ($own, $data) { fwrite($own, $data); fread($own, 64); },
    function () use ($data) { wd\SocketWrite('echo', $data); wd\SocketRead('echo', 1); },
];
$best = [1e9, 1e9];
for ($turn = 0; $turn < 5; $turn++) {
    foreach ($exchanges as $which => $exchange) {
        $start = hrtime(true);
        for ($round = 0; $round < $rounds; $round++) {
            $exchange();
        }
        $best[$which] = min($best[$which], (hrtime(true) - $start) / $rounds / 1000);
    }
}
printf("own %.1f, wdsocket %.1f\n", ...$best);

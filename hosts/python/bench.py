"""An echo of 64 bytes: bench.py PORT ROUNDS."""

import socket
import sys
import time

import wdsocket as wd

port, rounds, data = int(sys.argv[1]), int(sys.argv[2]), b"x" * 64
own = socket.create_connection(("127.0.0.1", port))
own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
wd.SocketConnect("echo", port, "127.0.0.1")
wd.SocketChangeTransmissionMode("echo", wd.SocketNoEndTag, None)


def with_own():
    own.sendall(data)
    own.recv(64)


def with_wdsocket():
    wd.SocketWrite("echo", data)
    wd.SocketRead("echo", True)


best = {with_own: 1e9, with_wdsocket: 1e9}
for _ in range(5):
    for exchange in best:
        start = time.perf_counter()
        for _ in range(rounds):
            exchange()
        best[exchange] = min(best[exchange], (time.perf_counter() - start) / rounds * 1e6)
print("own %.1f, wdsocket %.1f" % (best[with_own], best[with_wdsocket]))

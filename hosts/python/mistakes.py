"""What goes wrong first, and what the answer is: mistakes.py PORT of a server that greets."""

import asyncio
import sys

try:
    import wdsocket as wd
except ImportError as error:
    sys.exit(str(error))


def refused(what, call, *values):
    try:
        print(f"{what}: was not refused: {call(*values)}")
    except (wd.Error, ValueError, TypeError) as error:
        print(f"{what}: {error}")


port = int(sys.argv[1])
wd.SocketConnect("till", port, "127.0.0.1", 20000)
wd.SocketWrite("till", "Grüße")
print("accents:", wd.SocketRead("till", timeout=20000).decode())
wd.SocketWrite("till", b"a\0b")
print("zero inside:", wd.SocketRead("till", timeout=20000))
wd.SocketWrite("till", b"x" * 65536)
print("large:", len(wd.SocketRead("till", timeout=20000)))
refused("zero in a name", wd.SocketWrite, "ti\0ll", "x")
refused("blank behind a name", wd.SocketWrite, "till ", "x")
refused("wrong port", wd.SocketConnect, "other", 1, "127.0.0.1")
refused("wrong port, in another thread", lambda: asyncio.run(asyncio.to_thread(wd.SocketConnect, "other", 1, "127.0.0.1")))
refused("no port", wd.SocketConnect, "other", 70000, "127.0.0.1")

"""A client and a server in Python, in clear and under TLS.

demo.py talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
demo.py serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
"""

import asyncio
import sys
import threading

import wdsocket as wd

TIME = 20000


def clients(port, tls_port, trusted):
    with wd.closing("till"):
        wd.SocketConnect("till", port, "127.0.0.1", TIME)
        wd.SocketWrite("till", "Zoë")
        print("client:", wd.SocketRead("till", timeout=TIME).decode())
    with wd.closing("bank"):
        wd.SocketSetText("bank", wd.SSLCaFile, trusted)
        wd.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME)
        wd.SocketWrite("bank", "Zoë")
        print("TLS:", wd.SocketSSLInfo("bank", wd.SSLProtocol), wd.SocketRead("bank", timeout=TIME).decode())
    try:
        wd.SocketConnectSSL("bank", tls_port, "localhost", 0, TIME)
    except wd.Error as error:
        print("not trusted:", error.code, error.text)


def threads():
    """One thread reads, another writes, this one closes."""
    wd.SocketCreate("server", 0, "127.0.0.1")
    wd.SocketConnect("left", int(wd.SocketLocalInfo("server", wd.SocketPort)), "127.0.0.1", TIME)
    wd.SocketWaitForConnection("server", TIME)
    right = wd.SocketAccept("server")
    read, all_read = [], threading.Event()

    def reader():
        try:
            while True:
                read.append(wd.SocketRead(right, True))
                if len(read) == 3:
                    all_read.set()
        except wd.Error as error:
            read.append(error)

    def writer():
        for word in "one", "two", "three":
            wd.SocketWrite("left", word)

    running = [threading.Thread(target=reader), threading.Thread(target=writer)]
    for thread in running:
        thread.start()
    all_read.wait(TIME / 1000)
    wd.SocketClose(right)
    for thread in running:
        thread.join()
    print("threads:", len(read) - 1, "messages, then", read[-1])


async def from_a_loop(port):
    """The error keeps its text, because it is fetched in the thread of the call."""
    await asyncio.to_thread(wd.SocketConnect, "loop", port, "127.0.0.1", TIME)
    try:
        await asyncio.to_thread(wd.SocketRead, "loop", timeout=50)
    except wd.Error as error:
        print("asyncio:", error)
    wd.SocketClose("loop")


def leave_with_a_thread_inside(port):
    wd.SocketConnect("last", port, "127.0.0.1", TIME)
    threading.Thread(target=wd.SocketRead, args=("last", True), daemon=True).start()
    print("leaving with a thread inside SocketRead")


def serve(certificate):
    wd.SocketCreate("clear", 0, "127.0.0.1")
    wd.SocketCreateSSL("secure", 0, certificate, 0, "127.0.0.1")
    print(wd.SocketLocalInfo("clear", wd.SocketPort), wd.SocketLocalInfo("secure", wd.SocketPort), flush=True)
    for server in "clear", "secure":
        if wd.SocketWaitForConnection(server, TIME):
            with wd.closing(wd.SocketAccept(server)) as channel:
                wd.SocketWrite(channel, b"Welcome, " + wd.SocketRead(channel, timeout=TIME) + b"!")


if sys.argv[1] == "talk":
    clients(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    threads()
    asyncio.run(from_a_loop(int(sys.argv[2])))
    leave_with_a_thread_inside(int(sys.argv[2]))
else:
    serve(sys.argv[2])

import wdsocket as wd

wd.SocketCreate("till", 0, "127.0.0.1")
wd.SocketConnect("guest", int(wd.SocketLocalInfo("till", wd.SocketPort)), "127.0.0.1")
wd.SocketWrite("guest", "one tea")
print(wd.SocketRead("till", True, 5000).decode())

const wd = require("wdsocket");
wd.SocketCreate("till", 0, "127.0.0.1");
wd.SocketConnect("guest", Number(wd.SocketLocalInfo("till", wd.SocketPort)), "127.0.0.1");
wd.SocketWrite("guest", "one tea");
console.log(wd.SocketRead("till", 1, 5000).toString());

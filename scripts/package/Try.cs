using System;
using static Wdsocket;

class Try
{
    static void Main()
    {
        Wd.Must(SocketCreate("till", 0, "127.0.0.1"));
        int port = int.Parse(Wd.LocalInfo("till", SocketPort));
        Wd.Must(SocketConnect("guest", port, "127.0.0.1", WDSOCKET_DEFAULT));
        Wd.Write("guest", "one tea");
        Console.WriteLine(Wd.ReadText("till", true, 5000));
    }
}

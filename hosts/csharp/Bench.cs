// An echo of 64 bytes: Bench.exe PORT ROUNDS.
using System;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using static Wdsocket;

static class Bench
{
    static void Main(string[] arguments)
    {
        int port = int.Parse(arguments[0]), rounds = int.Parse(arguments[1]);
        byte[] data = new byte[64], answer = new byte[64];
        Socket own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        own.Connect("127.0.0.1", port);
        Wd.Must(SocketConnect("echo", port, "127.0.0.1", WDSOCKET_DEFAULT));
        Wd.Must(SocketChangeTransmissionMode("echo", SocketNoEndTag, null, 0));
        Action[] exchanges =
        {
            () => { own.Send(data); own.Receive(answer); },
            () => { Wd.Write("echo", data); Wd.Read("echo", true, WDSOCKET_DEFAULT); },
        };
        double[] best = { 1e9, 1e9 };
        for (int turn = 0; turn < 10; turn++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            for (int round = 0; round < rounds; round++)
                exchanges[turn % 2]();
            best[turn % 2] = Math.Min(best[turn % 2], clock.Elapsed.TotalMilliseconds * 1000 / rounds);
        }
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "own {0:F1}, wdsocket {1:F1}", best[0], best[1]));
    }
}

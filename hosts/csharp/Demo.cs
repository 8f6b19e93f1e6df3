// Demo.exe talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
// Demo.exe serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
// Demo.exe mistakes PORT                    what goes wrong first, and what the answer is
using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using static Wdsocket;

static class Demo
{
    static int Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        try
        {
            switch (arguments.Length > 0 ? arguments[0] : "")
            {
                case "talk":
                    Client(int.Parse(arguments[1]), int.Parse(arguments[2]), arguments[3]);
                    Threads(int.Parse(arguments[1]));
                    LeaveWithAReader(int.Parse(arguments[1]));
                    return 0;
                case "serve": Serve(arguments[1]); return 0;
                case "mistakes": Mistakes(int.Parse(arguments[1])); return 0;
                default: return 2;
            }
        }
        catch (WdException failure)
        {
            Console.WriteLine(failure.Message);
            return 1;
        }
        catch (DllNotFoundException)
        {
            Console.WriteLine("wdsocket cannot be loaded: put libwdsocket.so (wdsocket.dll on Windows) where the system looks for libraries, or name its folder in LD_LIBRARY_PATH");
            return 1;
        }
    }

    static void Client(int port, int securePort, string trusted)
    {
        Wd.Must(SocketConnect("clear", port, "127.0.0.1", 20000));
        Console.WriteLine("client: " + Answer("clear"));
        Wd.Must(SocketSetText("secure", SSLCaFile, trusted));
        Wd.Must(SocketConnectSSL("secure", securePort, "localhost", 0, 20000, null));
        Console.WriteLine("TLS: " + Wd.SSLInfo("secure", SSLProtocol) + " " + Answer("secure"));
        // One that does not know who signed the certificate.
        if (SocketConnectSSL("stranger", securePort, "localhost", 0, 20000, null) == 0)
        {
            WdException failure = Wd.Failure();
            Console.WriteLine("not trusted: " + failure.Code + " " + failure.Message);
        }
    }

    static string Answer(string name)
    {
        Wd.Write(name, "Zo\u00eb");
        return Wd.ReadText(name, false, 20000);
    }

    static void Serve(string certificate)
    {
        Wd.Must(SocketCreate("server", 0, "127.0.0.1"));
        Wd.Must(SocketCreateSSL("secure server", 0, certificate, 0, "127.0.0.1", null));
        Console.WriteLine(Wd.LocalInfo("server", SocketPort) + " " + Wd.LocalInfo("secure server", SocketPort));
        Greet("server");
        Greet("secure server");
    }

    static void Greet(string server)
    {
        Wd.Must(SocketWaitForConnection(server, 20000));
        string channel = Wd.Accept(server);
        Wd.Write(channel, "Welcome, " + Wd.ReadText(channel, false, 20000) + "!");
        SocketRead(channel, 0, 20000, null, 0); // until the client has left
        SocketClose(channel);
    }

    static int messages, code;

    static void ReadAll()
    {
        try
        {
            for (;;)
            {
                Wd.Read("shared", true, 0);
                Interlocked.Increment(ref messages);
            }
        }
        catch (WdException failure)
        {
            code = failure.Code;
        }
    }

    static Thread Start(ThreadStart work)
    {
        Thread thread = new Thread(work);
        thread.IsBackground = true;
        thread.Start();
        return thread;
    }

    static void Threads(int port)
    {
        Wd.Must(SocketConnect("shared", port, "127.0.0.1", 20000));
        Thread reader = Start(ReadAll);
        Start(delegate { for (int i = 0; i < 3; i++) Wd.Write("shared", "message"); }).Join();
        while (Thread.VolatileRead(ref messages) < 3)
            Thread.Sleep(10);
        Start(delegate { SocketClose("shared"); }).Join();
        reader.Join();
        Console.WriteLine("threads: " + messages + " messages, then " + code);
    }

    static void LeaveWithAReader(int port)
    {
        Wd.Must(SocketConnect("shared", port, "127.0.0.1", 20000));
        Start(ReadAll);
        Thread.Sleep(300);
        GC.Collect(); // stops no thread inside a call
        Console.WriteLine("leaving with a thread inside SocketRead");
    }

    // What goes wrong first, with a server that greets.
    static void Mistakes(int port)
    {
        Wd.Must(SocketConnect("till", port, "127.0.0.1", 20000));
        Wd.Write("till", "Gr\u00fc\u00dfe");
        Console.WriteLine("accents: " + Wd.ReadText("till", false, 20000));
        Wd.Write("till", "a\0b");
        Console.WriteLine("zero inside: " + Wd.Read("till", false, 20000).Length + " bytes");
        Wd.Write("till", new byte[65536]);
        Console.WriteLine("large: " + Wd.Read("till", false, 20000).Length);
        Tried("zero in a name", delegate { Wd.Write("ti\0ll", "x"); });
        Tried("blank behind a name", delegate { Wd.Write("till ", "x"); });
        Tried("wrong port", delegate { Wd.Must(SocketConnect("other", 1, "127.0.0.1", 20000)); });
        // What is told in the thread of the call goes with the exception to the one that waits.
        Tried("wrong port, in another thread", delegate
        {
            Task.Run(() => Wd.Must(SocketConnect("other", 1, "127.0.0.1", 20000))).GetAwaiter().GetResult();
        });
        Tried("no port", delegate { Wd.Must(SocketConnect("other", 70000, "127.0.0.1", 20000)); });
    }

    static void Tried(string title, Action call)
    {
        try
        {
            call();
            Console.WriteLine(title + ": no error");
        }
        catch (WdException failure)
        {
            Console.WriteLine(title + ": " + failure.Message);
        }
    }
}

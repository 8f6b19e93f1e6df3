// wdsocket for C# and VB.NET: the calls that hand out text or bytes as strings and arrays, and failures as exceptions.
// All else is called as Wdsocket.cs declares it: Wd.Must(Wdsocket.SocketConnect("till", 5000, "192.0.2.7", -2)).
using System;
using System.Text;

/// <summary>A failure: the library's sentence, and Code, one of WDSOCKET_ERR_...</summary>
public class WdException : Exception
{
    public readonly int Code;

    public WdException(int code, string text) : base(text)
    {
        Code = code;
    }
}

public static class Wd
{
    static Wd()
    {
        // A thread inside SocketRead keeps Mono from ending; closing the sockets ends its wait.
        AppDomain.CurrentDomain.ProcessExit += delegate { Wdsocket.SocketCloseAll(); };
    }

    /// <summary>Throws unless a yes/no function said 1.</summary>
    public static void Must(int answer)
    {
        if (answer != 1)
            throw Failure();
    }

    /// <summary>Throws if a length, an id or a count is -code; else gives it.</summary>
    public static int Count(int answer)
    {
        if (answer < 0)
            throw Failure();
        return answer;
    }

    /// <summary>What the last call of this thread said.</summary>
    public static WdException Failure()
    {
        byte[] text = new byte[4096];
        int length = Wdsocket.SocketErrorInfo(text, text.Length);
        return new WdException(Wdsocket.SocketErrorCode(), Encoding.UTF8.GetString(text, 0, Math.Max(length, 0)));
    }

    // C would take the name up to its zero, which may be another socket's.
    static string Named(string name)
    {
        if (name.IndexOf('\0') >= 0)
            throw new WdException(Wdsocket.WDSOCKET_ERR_INVALID_ARGUMENT, "a name holds a zero");
        return name;
    }

    // What a thread reads into: to make and clear 64 KiB costs more than a small message.
    [ThreadStatic]
    private static byte[] room;

    /// <summary>SocketRead: one whole message. A larger one than the capacity is read all the same.</summary>
    public static byte[] Read(string name, bool undefinedWait, int timeout, int capacity = 65536)
    {
        if (room == null || room.Length < capacity)
            room = new byte[capacity];
        byte[] buffer = room;
        int length = Wdsocket.SocketRead(Named(name), undefinedWait ? 1 : 0, timeout, buffer, capacity);
        while (length == -Wdsocket.WDSOCKET_ERR_BUFFER_TOO_SMALL)
        {
            // The message has stayed; now its size is known.
            buffer = new byte[Count(Wdsocket.SocketPending(name))];
            length = Wdsocket.SocketRead(name, undefinedWait ? 1 : 0, timeout, buffer, buffer.Length);
        }
        byte[] message = new byte[Count(length)];
        Buffer.BlockCopy(buffer, 0, message, 0, message.Length);
        return message;
    }

    /// <summary>SocketRead: one whole message that is text, in UTF-8.</summary>
    public static string ReadText(string name, bool undefinedWait, int timeout, int capacity = 65536)
    {
        return Encoding.UTF8.GetString(Read(name, undefinedWait, timeout, capacity));
    }

    /// <summary>SocketWrite: the bytes of the array.</summary>
    public static void Write(string name, byte[] data)
    {
        Must(Wdsocket.SocketWrite(Named(name), data, data.Length));
    }

    /// <summary>SocketWrite: the text in UTF-8, its zeros and all.</summary>
    public static void Write(string name, string text)
    {
        Write(name, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>SocketAccept: the name of the new channel.</summary>
    public static string Accept(string server)
    {
        return Told((buffer, capacity) => Wdsocket.SocketAccept(Named(server), buffer, capacity));
    }

    public static string LocalInfo(string name, int info)
    {
        return Told((buffer, capacity) => Wdsocket.SocketLocalInfo(Named(name), info, buffer, capacity));
    }

    public static string ClientInfo(string name, int info)
    {
        return Told((buffer, capacity) => Wdsocket.SocketClientInfo(Named(name), info, buffer, capacity));
    }

    public static string SSLInfo(string name, int info)
    {
        return Told((buffer, capacity) => Wdsocket.SocketSSLInfo(Named(name), info, buffer, capacity));
    }

    /// <summary>The text that a function puts into a buffer.</summary>
    public static string Told(Func<byte[], int, int> call)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, Count(call(buffer, buffer.Length)));
    }
}

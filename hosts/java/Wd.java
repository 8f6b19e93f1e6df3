// wdsocket for Java: the calls that hand out text or bytes as String and byte[], and failures as exceptions.
// All else is called as Wdsocket.java declares it: Wd.must(Wdsocket.SocketConnect("till", 5000, "192.0.2.7", -2)).

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

public final class Wd {
    private Wd() {
    }

    /** A failure: the library's sentence, and its code, one of WDSOCKET_ERR_... */
    public static final class Failure extends RuntimeException {
        public final int code;

        Failure(int code, String text) {
            super(text);
            this.code = code;
        }
    }

    /** Throws unless a yes/no function said 1. */
    public static void must(int answer) {
        if (answer != 1) {
            throw failure();
        }
    }

    /** Throws if a length, an id or a count is -code; else gives it. */
    public static int count(int answer) {
        if (answer < 0) {
            throw failure();
        }
        return answer;
    }

    /** What the last call of this thread said. */
    public static Failure failure() {
        byte[] text = new byte[4096];
        int length = Math.max(Wdsocket.SocketErrorInfo(text, text.length), 0);
        return new Failure(Wdsocket.SocketErrorCode(), new String(text, 0, length, StandardCharsets.UTF_8));
    }

    /** C would take the name up to its zero, which may be another socket's. */
    private static String named(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new Failure(Wdsocket.WDSOCKET_ERR_INVALID_ARGUMENT, "a name holds a zero");
        }
        return name;
    }

    /** What a thread reads into; JNA would copy a byte[] into the call and back, all of it. */
    private static final ThreadLocal<ByteBuffer> BUFFER = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(65536));

    /** SocketRead: one whole message. */
    public static byte[] read(String name, boolean undefinedWait, int timeout) {
        return read(name, undefinedWait, timeout, 65536);
    }

    /** The same with room for a message of this size; a larger one is read all the same, with a second call. */
    public static byte[] read(String name, boolean undefinedWait, int timeout, int capacity) {
        ByteBuffer buffer = BUFFER.get();
        if (buffer.capacity() < capacity) {
            buffer = ByteBuffer.allocateDirect(capacity);
            BUFFER.set(buffer);
        }
        int wait = undefinedWait ? 1 : 0;
        int length = Wdsocket.SocketRead(named(name), wait, timeout, buffer, capacity);
        while (length == -Wdsocket.WDSOCKET_ERR_BUFFER_TOO_SMALL) {
            // The message has stayed; now its size is known.
            buffer = ByteBuffer.allocateDirect(count(Wdsocket.SocketPending(name)));
            length = Wdsocket.SocketRead(name, wait, timeout, buffer, buffer.capacity());
        }
        byte[] message = new byte[count(length)];
        buffer.clear();
        buffer.get(message);
        return message;
    }

    /** SocketRead: one whole message that is text, in UTF-8. */
    public static String readText(String name, boolean undefinedWait, int timeout) {
        return new String(read(name, undefinedWait, timeout), StandardCharsets.UTF_8);
    }

    /** SocketWrite: the bytes of the array. */
    public static void write(String name, byte[] data) {
        must(Wdsocket.SocketWrite(named(name), data, data.length));
    }

    /** SocketWrite: the text in UTF-8, its zeros and all. */
    public static void write(String name, String text) {
        write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** SocketAccept: the name of the new channel. */
    public static String accept(String server) {
        return told((buffer, capacity) -> Wdsocket.SocketAccept(named(server), buffer, capacity));
    }

    public static String localInfo(String name, int info) {
        return told((buffer, capacity) -> Wdsocket.SocketLocalInfo(named(name), info, buffer, capacity));
    }

    public static String clientInfo(String name, int info) {
        return told((buffer, capacity) -> Wdsocket.SocketClientInfo(named(name), info, buffer, capacity));
    }

    public static String sslInfo(String name, int info) {
        return told((buffer, capacity) -> Wdsocket.SocketSSLInfo(named(name), info, buffer, capacity));
    }

    /** A function that puts a text into a buffer. */
    public interface Telling {
        int into(byte[] buffer, int capacity);
    }

    public static String told(Telling call) {
        byte[] buffer = new byte[4096];
        return new String(buffer, 0, count(call.into(buffer, buffer.length)), StandardCharsets.UTF_8);
    }
}

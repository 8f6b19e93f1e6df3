// Demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
// Demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
// Demo mistakes PORT                    what goes wrong first, and what the answer is

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;

final class Demo {
    static PrintStream out;

    public static void main(String[] arguments) throws Exception {
        out = new PrintStream(System.out, true, "UTF-8");
        try {
            switch (arguments.length > 0 ? arguments[0] : "") {
                case "talk":
                    client(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]), arguments[3]);
                    threads(Integer.parseInt(arguments[1]));
                    leaveWithAReader(Integer.parseInt(arguments[1]));
                    break;
                case "serve":
                    serve(arguments[1]);
                    break;
                case "mistakes":
                    mistakes(Integer.parseInt(arguments[1]));
                    break;
                default:
                    System.exit(2);
            }
        } catch (Wd.Failure failure) {
            out.println(failure.getMessage());
            System.exit(1);
        } catch (UnsatisfiedLinkError error) {
            out.println(error.getMessage().lines().findFirst().orElse(""));
            out.println("Name the folder of the library in -Djna.library.path.");
            System.exit(1);
        }
    }

    static void client(int port, int securePort, String trusted) {
        Wd.must(Wdsocket.SocketConnect("clear", port, "127.0.0.1", 20000));
        out.println("client: " + answer("clear"));
        Wd.must(Wdsocket.SocketSetText("secure", Wdsocket.SSLCaFile, trusted));
        Wd.must(Wdsocket.SocketConnectSSL("secure", securePort, "localhost", 0, 20000, null));
        out.println("TLS: " + Wd.sslInfo("secure", Wdsocket.SSLProtocol) + " " + answer("secure"));
        // One that does not know who signed the certificate.
        if (Wdsocket.SocketConnectSSL("stranger", securePort, "localhost", 0, 20000, null) == 0) {
            Wd.Failure failure = Wd.failure();
            out.println("not trusted: " + failure.code + " " + failure.getMessage());
        }
    }

    static String answer(String name) {
        Wd.write(name, "Zo\u00eb");
        return Wd.readText(name, false, 20000);
    }

    static void serve(String certificate) {
        Wd.must(Wdsocket.SocketCreate("server", 0, "127.0.0.1"));
        Wd.must(Wdsocket.SocketCreateSSL("secure server", 0, certificate, 0, "127.0.0.1", null));
        out.println(Wd.localInfo("server", Wdsocket.SocketPort) + " " + Wd.localInfo("secure server", Wdsocket.SocketPort));
        greet("server");
        greet("secure server");
    }

    static void greet(String server) {
        Wd.must(Wdsocket.SocketWaitForConnection(server, 20000));
        String channel = Wd.accept(server);
        Wd.write(channel, "Welcome, " + Wd.readText(channel, false, 20000) + "!");
        Wdsocket.SocketRead(channel, 0, 20000, (byte[]) null, 0); // until the client has left
        Wdsocket.SocketClose(channel);
    }

    static final AtomicInteger messages = new AtomicInteger(), code = new AtomicInteger();

    static void readAll() {
        try {
            for (;;) {
                Wd.read("shared", true, 0);
                messages.incrementAndGet();
            }
        } catch (Wd.Failure failure) {
            code.set(failure.code);
        }
    }

    /** A thread that does not keep the program from ending. */
    static Thread started(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    static void threads(int port) throws InterruptedException {
        Wd.must(Wdsocket.SocketConnect("shared", port, "127.0.0.1", 20000));
        Thread reader = started(Demo::readAll);
        started(() -> {
            for (int i = 0; i < 3; i++) {
                Wd.write("shared", "message");
            }
        }).join();
        while (messages.get() < 3) {
            Thread.sleep(10);
        }
        started(() -> Wdsocket.SocketClose("shared")).join();
        reader.join();
        out.println("threads: " + messages + " messages, then " + code);
    }

    static void leaveWithAReader(int port) throws InterruptedException {
        Wd.must(Wdsocket.SocketConnect("shared", port, "127.0.0.1", 20000));
        started(Demo::readAll);
        Thread.sleep(300);
        System.gc(); // does not wait for a thread inside a call
        out.println("leaving with a thread inside SocketRead");
    }

    /** What goes wrong first, with a server that greets. */
    static void mistakes(int port) {
        Wd.must(Wdsocket.SocketConnect("till", port, "127.0.0.1", 20000));
        Wd.write("till", "Gr\u00fc\u00dfe");
        out.println("accents: " + Wd.readText("till", false, 20000));
        Wd.write("till", "a\0b");
        out.println("zero inside: " + Wd.read("till", false, 20000).length + " bytes");
        Wd.write("till", new byte[65536]);
        out.println("large: " + Wd.read("till", false, 20000).length);
        tried("zero in a name", () -> Wd.write("ti\0ll", "x"));
        tried("blank behind a name", () -> Wd.write("till ", "x"));
        tried("wrong port", () -> Wd.must(Wdsocket.SocketConnect("other", 1, "127.0.0.1", 20000)));
        tried("no port", () -> Wd.must(Wdsocket.SocketConnect("other", 70000, "127.0.0.1", 20000)));
    }

    static void tried(String title, Runnable call) {
        try {
            call.run();
            out.println(title + ": no error");
        } catch (Wd.Failure failure) {
            out.println(title + ": " + failure.getMessage());
        }
    }
}

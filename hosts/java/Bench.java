// An echo of 64 bytes: Bench PORT ROUNDS.

import java.io.IOException;
import java.net.Socket;
import java.util.Locale;

public final class Bench {
    private interface Exchange {
        void run() throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        byte[] data = new byte[64];
        byte[] answer = new byte[64];
        try (Socket own = new Socket("127.0.0.1", port)) {
            own.setTcpNoDelay(true);
            Wd.must(Wdsocket.SocketConnect("echo", port, "127.0.0.1", Wdsocket.WDSOCKET_DEFAULT));
            Wd.must(Wdsocket.SocketChangeTransmissionMode("echo", Wdsocket.SocketNoEndTag, null, 0));
            Exchange[] exchanges = {
                () -> {
                    own.getOutputStream().write(data);
                    own.getInputStream().read(answer);
                },
                () -> {
                    Wd.write("echo", data);
                    Wd.read("echo", true, Wdsocket.WDSOCKET_DEFAULT);
                },
            };
            double[] best = {1e9, 1e9};
            for (int turn = 0; turn < 10; turn++) {
                long start = System.nanoTime();
                for (int round = 0; round < rounds; round++) {
                    exchanges[turn % 2].run();
                }
                best[turn % 2] = Math.min(best[turn % 2], (System.nanoTime() - start) / 1e3 / rounds);
            }
            System.out.printf(Locale.ROOT, "own %.1f, wdsocket %.1f%n", best[0], best[1]);
        }
    }
}

// A client and a server in C++, in clear and under TLS.
//
//   demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
//   demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
#include <future>
#include <iostream>
#include <thread>

#include "wdsocket.hpp"

constexpr int32_t TIME = 20000;

static void clients(int port, int tls_port, const std::string &trusted)
{
    wd::Socket till = wd::connect(port, "127.0.0.1", TIME);
    till.write("Zoë");
    std::cout << "client: " << till.read(TIME) << std::endl;

    wd::Socket bank = wd::connect_ssl(tls_port, "localhost", {{SSLCaFile, trusted}}, 0, TIME);
    bank.write("Zoë");
    std::cout << "TLS: " << bank.ssl(SSLProtocol) << " " << bank.read(TIME) << std::endl;
    try {
        wd::connect_ssl(tls_port, "localhost", {}, 0, TIME);
    } catch (const wd::Error &error) {
        std::cout << "not trusted: " << error.code << " " << error.what() << std::endl;
    }
}

// One thread reads, another writes, this one closes.
static void threads()
{
    wd::Socket server = wd::create(0, "127.0.0.1");
    wd::Socket left = wd::connect(std::stoi(server.local(SocketPort)), "127.0.0.1", TIME);
    server.wait_for_connection(TIME);
    wd::Socket right = server.accept();
    std::promise<void> all_read;
    int read = 0;
    std::string end;
    std::thread reader([&] {
        try {
            for (;;) {
                right.read(WDSOCKET_INFINITE);
                if (++read == 3) all_read.set_value();
            }
        } catch (const wd::Error &error) {
            end = error.what();
        }
    });
    std::thread writer([&] {
        for (const char *word : {"one", "two", "three"}) left.write(word);
    });
    all_read.get_future().wait();
    right.close();
    reader.join();
    writer.join();
    std::cout << "threads: " << read << " messages, then " << end << std::endl;
}

static void leave_with_a_thread_inside(int port)
{
    static wd::Socket last = wd::connect(port, "127.0.0.1", TIME);
    std::thread([id = last.id()] {
        char message[64];
        SocketReadId(id, 1, 0, message, sizeof message);
    }).detach();
    std::cout << "leaving with a thread inside SocketRead" << std::endl;
}

static void serve(const std::string &certificate)
{
    wd::Socket clear = wd::create(0, "127.0.0.1");
    wd::Socket secure = wd::create_ssl(0, certificate, {}, 0, "127.0.0.1");
    std::cout << clear.local(SocketPort) << " " << secure.local(SocketPort) << std::endl;
    for (wd::Socket *server : {&clear, &secure}) {
        if (!server->wait_for_connection(TIME)) continue;
        wd::Socket channel = server->accept();
        channel.write("Welcome, " + channel.read(TIME) + "!");
    }
}

int main(int argc, char **argv)
{
    if (argc == 5) {
        clients(std::stoi(argv[2]), std::stoi(argv[3]), argv[4]);
        threads();
        leave_with_a_thread_inside(std::stoi(argv[2]));
    } else {
        serve(argv[2]);
    }
}

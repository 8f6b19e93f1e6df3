// An echo of 64 bytes: bench PORT ROUNDS.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "wdsocket.hpp"

int main(int, char **argv)
{
    const int port = std::stoi(argv[1]), rounds = std::stoi(argv[2]), on = 1;
    const std::string data(64, 'x');
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int own = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(own, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) return 1;
    setsockopt(own, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wd::Socket echo = wd::connect(port, "127.0.0.1");
    SocketChangeTransmissionModeId(echo.id(), SocketNoEndTag, nullptr, 0);

    double best[2] = {1e9, 1e9};
    for (int turn = 0; turn < 10; turn++) {
        const auto start = std::chrono::steady_clock::now();
        for (int round = 0; round < rounds; round++) {
            if (turn % 2 == 0) {
                char answer[64];
                if (send(own, data.data(), 64, 0) != 64 || recv(own, answer, 64, 0) <= 0) return 1;
            } else {
                echo.write(data);
                echo.read(WDSOCKET_INFINITE);
            }
        }
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
        best[turn % 2] = std::min(best[turn % 2], took.count() / rounds);
    }
    std::printf("own %.1f, wdsocket %.1f\n", best[0], best[1]);
}

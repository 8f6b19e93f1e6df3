/* The median time of a 64-byte datagram and its 64-byte answer, beside the same with plain blocking sockets: first on
 * one processor, where every nanosecond of both sides counts; then on two, where waking the other one is most of it. */
#include "bench.h"

enum { ROUNDS = 80, TRIPS = 250, SIZE = 64 };

static int plain_udp(int *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        stop("udp");
    *port = ntohs(address.sin_port);
    return fd;
}

static void plain_echo(int fd)
{
    char buffer[4096];
    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
        if (got < 0 || sendto(fd, buffer, (size_t)got, 0, (struct sockaddr *)&from, length) != got)
            stop("plain echo");
    }
}

static void our_echo(void)
{
    char buffer[4096], address[64], port[8];
    for (;;) {
        intptr_t got = SocketRead("echo", 1, 0, buffer, sizeof buffer);
        if (got < 0 || SocketClientInfo("echo", SocketAddress, address, sizeof address) <= 0 ||
            SocketClientInfo("echo", SocketPort, port, sizeof port) <= 0 ||
            SocketWriteTo("echo", buffer, (int32_t)got, address, atoi(port)) != 1)
            stop("our echo");
    }
}

/* Answers every datagram in a process of its own. */
static peer start_echo(int ours)
{
    int pipe_ends[2], fd = -1, port;
    peer result;
    if (pipe(pipe_ends) != 0 || (result.process = fork()) < 0)
        stop("fork");
    if (result.process > 0) {
        if (read(pipe_ends[0], &result.port, sizeof result.port) != sizeof result.port)
            stop("the peer's port");
        return result;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(peers_on_last);
    if (!ours) {
        fd = plain_udp(&port);
    } else {
        if (!SocketCreateUDP("echo", 0, "127.0.0.1"))
            stop("echo");
        port = ours_port("echo");
    }
    if (write(pipe_ends[1], &port, sizeof port) != sizeof port)
        stop("pipe");
    if (ours)
        our_echo();
    else
        plain_echo(fd);
    exit(1);
}

/* A way of asking: over a descriptor, or over a name of ours. */
typedef struct way {
    const char *what, *target;
    double allowed_us; /* more than the plain way may take; 0 = no target */
    const char *name;
    int fd, port;
    double medians[ROUNDS], over_plain[ROUNDS];
} way;

static void ask(way *w)
{
    char buffer[SIZE];
    memset(buffer, 'm', sizeof buffer);
    if (w->name == NULL) {
        struct sockaddr_in to = loopback(w->port), from;
        socklen_t length = sizeof from;
        if (sendto(w->fd, buffer, SIZE, 0, (struct sockaddr *)&to, sizeof to) != SIZE ||
            recvfrom(w->fd, buffer, SIZE, 0, (struct sockaddr *)&from, &length) != SIZE)
            stop("plain");
    } else if (SocketWriteTo(w->name, buffer, SIZE, "127.0.0.1", w->port) != 1 ||
               SocketRead(w->name, 0, 10000, buffer, SIZE) != SIZE) {
        stop(w->name);
    }
}

static double round_trip_us(way *w)
{
    double times[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        int64_t start = now_ns();
        ask(w);
        times[i] = (double)(now_ns() - start) / 1000;
    }
    return median(times, TRIPS);
}

static void measure(int peer_on_last, const char *heading)
{
    int own;
    puts(heading);
    fflush(stdout);
    peers_on_last = peer_on_last;
    peer plain = start_echo(0), ours = start_echo(1);
    way ways[] = {
        { "64 B UDP echo, plain C on both sides", "", 0, NULL, plain_udp(&own), plain.port, { 0 }, { 0 } },
        { "64 B UDP echo, plain C server", "plain + 1.5 us", 1.5, "ipv4", 0, plain.port, { 0 }, { 0 } },
        { "64 B UDP echo, plain C server, all interfaces", "plain + 1.5 us", 1.5, "all", 0, plain.port, { 0 }, { 0 } },
        { "64 B UDP echo, both sides", "", 0, "ipv4", 0, ours.port, { 0 }, { 0 } },
    };
    int count = sizeof ways / sizeof *ways;

    pin(0);
    if (!SocketCreateUDP("ipv4", 0, "127.0.0.1") || !SocketCreateUDP("all", 0, NULL))
        stop("udp");
    for (int i = 0; i < count; i++)
        round_trip_us(&ways[i]);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            ways[i].medians[round] = round_trip_us(&ways[i]);
            ways[i].over_plain[round] = ways[i].medians[round] - ways[0].medians[round];
        }
    }
    for (int i = 0; i < count; i++) {
        char figure[64];
        double over = median(ways[i].over_plain, ROUNDS), whole = median(ways[i].medians, ROUNDS);
        if (i == 0)
            snprintf(figure, sizeof figure, "%.2f us", whole);
        else
            snprintf(figure, sizeof figure, "%.2f us, plain %+.2f us", whole, over);
        if (peer_on_last || ways[i].allowed_us == 0)
            report(ways[i].what, figure, "", -1);
        else
            report(ways[i].what, figure, ways[i].target, over <= ways[i].allowed_us);
    }
    end_peer(plain);
    end_peer(ours);
    SocketCloseAll();
}

/* Each in a process of its own: a peer is forked before the library is used. */
int main(void)
{
    pid_t first = fork();
    if (first == 0) {
        measure(0, "both sides on one processor:");
        return 0;
    }
    waitpid(first, NULL, 0);
    measure(1, "each side on a processor of its own:");
    return 0;
}

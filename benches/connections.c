/* How many connections a second, beside plain C; and what an idle accepted connection costs in memory. */
#include "bench.h"

#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

enum { ROUNDS = 31, CONNECTIONS = 100, IDLE = 2000 };

/* The server closes first, in both loops: then it is its own port that the system remembers for a minute, and not the
 * client's, or the search for a client's port that is free would soon be most of what is measured. */

static double plain_rate(int listener, int port, int no_delay)
{
    struct sockaddr_in address = loopback(port);
    int64_t start = now_ns();
    for (int i = 0; i < CONNECTIONS; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0), channel;
        if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof address) != 0)
            stop("connect");
        if ((channel = accept(listener, NULL, NULL)) < 0)
            stop("accept");
        if (no_delay) {
            plain_no_delay(client);
            plain_no_delay(channel);
        }
        close(channel);
        close(client);
    }
    return CONNECTIONS / ((double)(now_ns() - start) / 1e9);
}

/* What keeping the library's promises takes of the system, and nothing else: a connect that does not wait longer than it
 * was told and is not to itself, TCP_NODELAY, an end that destroys nothing on its way. */
static double careful_rate(int listener, int port)
{
    struct sockaddr_in address = loopback(port), other;
    socklen_t size;
    char unread[64];
    int64_t start = now_ns();
    for (int i = 0; i < CONNECTIONS; i++) {
        int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), off = 0;
        plain_no_delay(client);
        if (connect(client, (struct sockaddr *)&address, sizeof address) != 0 &&
            (errno != EINPROGRESS || connect(client, (struct sockaddr *)&address, sizeof address) != 0))
            stop("connect");
        size = sizeof other;
        if (getsockname(client, (struct sockaddr *)&other, &size) != 0 || ioctl(client, FIONBIO, &off) != 0)
            stop("client");
        size = sizeof other;
        int channel = accept4(listener, (struct sockaddr *)&other, &size, SOCK_CLOEXEC);
        if (channel < 0)
            stop("accept");
        for (int end = 0; end < 2; end++) {
            int fd = end == 0 ? channel : client;
            if (recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0)
                stop("nothing was sent");
            close(fd);
        }
    }
    return CONNECTIONS / ((double)(now_ns() - start) / 1e9);
}

static double our_rate(int port)
{
    char channel[32];
    int64_t start = now_ns();
    for (int i = 0; i < CONNECTIONS; i++) {
        if (!SocketConnect("client", port, "127.0.0.1", 10000) ||
            SocketAccept("listener", channel, sizeof channel) <= 0 || !SocketClose(channel) || !SocketClose("client"))
            stop("connection");
    }
    return CONNECTIONS / ((double)(now_ns() - start) / 1e9);
}

static void rates(void)
{
    static double plain[ROUNDS], no_delay[ROUNDS], careful[ROUNDS], careful_ratio[ROUNDS];
    static double ours[ROUNDS], ratio[ROUNDS], strict[ROUNDS];
    char figure[64];
    int port, listener = plain_listen(&port);
    int no_delay_port, no_delay_listener = plain_listen(&no_delay_port);
    int careful_port, careful_listener = plain_listen(&careful_port);
    plain_no_delay(careful_listener); /* accepted sockets take it over, as those of the library do */
    if (!SocketCreate("listener", 0, "127.0.0.1"))
        stop("listener");
    for (int round = -1; round < ROUNDS; round++) {
        int r = round < 0 ? 0 : round; /* the first round warms up and is written over */
        plain[r] = plain_rate(listener, port, 0);
        no_delay[r] = plain_rate(no_delay_listener, no_delay_port, 1);
        careful[r] = careful_rate(careful_listener, careful_port);
        careful_ratio[r] = careful[r] / plain[r];
        ours[r] = our_rate(ours_port("listener"));
        ratio[r] = ours[r] / no_delay[r];
        strict[r] = ours[r] / plain[r];
    }
    snprintf(figure, sizeof figure, "%.1f k/s", median(plain, ROUNDS) / 1000);
    report("connect, accept, close twice: plain C", figure, "", -1);
    snprintf(figure, sizeof figure, "%.1f k/s", median(no_delay, ROUNDS) / 1000);
    report("connect, accept, close twice: plain C with TCP_NODELAY", figure, "", -1);
    snprintf(figure, sizeof figure, "%.1f k/s, %.1f %% of plain", median(careful, ROUNDS) / 1000,
             median(careful_ratio, ROUNDS) * 100);
    report("  plain C that makes the library's system calls", figure, "", -1);
    double of_no_delay = median(ratio, ROUNDS), of_plain = median(strict, ROUNDS);
    snprintf(figure, sizeof figure, "%.1f k/s, %.1f %% (%.1f %%)", median(ours, ROUNDS) / 1000, of_no_delay * 100,
             of_plain * 100);
    report("SocketConnect, SocketAccept, SocketClose twice", figure, "90 % of plain", of_plain >= 0.9);
}

static long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1)
        stop("statm");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Connects IDLE times, sends one message on each connection when told to, and waits. */
static void be_many_clients(int port, int go)
{
    static int clients[IDLE];
    char byte;
    for (int i = 0; i < IDLE; i++)
        clients[i] = plain_connect(port);
    if (read(go, &byte, 1) != 1)
        exit(0);
    for (int i = 0; i < IDLE; i++)
        plain_send(clients[i], "5\r\nhello", 8);
    pause();
}

static void memory(void)
{
    static char channels[IDLE][24];
    struct rlimit limit;
    char message[64], figure[64];
    int port_pipe[2], go_pipe[2], port;
    pid_t clients;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < IDLE + 100)
        stop("too few descriptors are allowed here");
    if (pipe(port_pipe) != 0 || pipe(go_pipe) != 0 || (clients = fork()) < 0)
        stop("fork");
    if (clients == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (read(port_pipe[0], &port, sizeof port) != sizeof port)
            exit(1);
        be_many_clients(port, go_pipe[0]);
    }
    if (!SocketCreate("server", 0, "127.0.0.1"))
        stop("server");
    port = ours_port("server");
    memset(channels, 1, sizeof channels); /* its pages are there before the count starts */

    size_t heap = mallinfo2().uordblks;
    long resident = resident_bytes();
    if (write(port_pipe[1], &port, sizeof port) != sizeof port)
        stop("pipe");
    for (int i = 0; i < IDLE; i++)
        if (!SocketWaitForConnection("server", 10000) ||
            SocketAccept("server", channels[i], sizeof channels[i]) <= 0)
            stop("server");
    double accepted = (double)(mallinfo2().uordblks - heap) / IDLE;
    snprintf(figure, sizeof figure, "%.0f B heap, %.0f B resident", accepted,
             (double)(resident_bytes() - resident) / IDLE);
    report("memory of an accepted connection by name, of 2,000", figure, "2048 B", accepted < 2048);

    if (write(go_pipe[1], "g", 1) != 1)
        stop("pipe");
    for (int i = 0; i < IDLE; i++)
        if (SocketRead(channels[i], 0, 10000, message, sizeof message) != 5)
            stop("read");
    double used = (double)(mallinfo2().uordblks - heap) / IDLE;
    snprintf(figure, sizeof figure, "%.0f B heap, %.0f B resident", used,
             (double)(resident_bytes() - resident) / IDLE);
    report("  the same, idle again after one message", figure, "2048 B", used < 2048);
    kill(clients, SIGKILL);
    waitpid(clients, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "memory") == 0) {
        memory();
    } else {
        pin(0);
        rates();
    }
    return 0;
}

/* What the measurements share: a clock, medians, plain blocking sockets, peers in processes of their own. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wdsocket.h"

static inline void stop(const char *what)
{
    char text[512] = "";
    SocketErrorInfo(text, sizeof text);
    fprintf(stderr, "%s: %s %s\n", what, strerror(errno), text);
    exit(1);
}

static inline int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values in place. */
static inline double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return values[count / 2];
}

/* One line of the result; `met` says whether the target is, -1 that there is none. */
static inline void report(const char *what, const char *figure, const char *target, int met)
{
    printf("%-58s %-34s %-22s %s\n", what, figure, target, met < 0 ? "" : met ? "met" : "MISSED");
    fflush(stdout);
}

/* Keeps this process on the first (0) or last (1) of the processors it was given. */
static inline void pin(int last)
{
    cpu_set_t given, one;
    int chosen = -1;
    sched_getaffinity(0, sizeof given, &given);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &given) && (chosen < 0 || last))
            chosen = cpu;
    CPU_ZERO(&one);
    CPU_SET(chosen, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* --- plain blocking sockets ------------------------------------------------------------------ */

static inline struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline void plain_no_delay(int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline int plain_listen(int *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        stop("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

static inline int plain_connect(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        stop("connect");
    plain_no_delay(fd);
    return fd;
}

static inline void plain_send(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            stop("send");
        at += sent;
        size -= (size_t)sent;
    }
}

static inline void plain_receive(int fd, void *buffer, size_t size)
{
    char *at = buffer;
    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);
        if (got <= 0)
            stop("recv");
        at += got;
        size -= (size_t)got;
    }
}

/* --- this library ---------------------------------------------------------------------------- */

static inline void ours_connect(const char *name, int port, int32_t mode)
{
    if (!SocketConnect(name, port, "127.0.0.1", 10000) || !SocketChangeTransmissionMode(name, mode, NULL, 0))
        stop(name);
}

static inline void ours_write(const char *name, const void *data, int32_t size)
{
    if (SocketWrite(name, data, size) != 1)
        stop(name);
}

static inline int ours_port(const char *name)
{
    char text[8];
    if (SocketLocalInfo(name, SocketPort, text, sizeof text) <= 0)
        stop(name);
    return atoi(text);
}

/* --- peers ----------------------------------------------------------------------------------- */

typedef struct peer {
    pid_t process;
    int port;
} peer;

/* Whether peers run on the last of the processors given, or share the first. */
static int peers_on_last = 1;

/* Starts a server in a process of its own, on the other processor; it ends with this program.
 * `mode` -1: a plain one, which hands each connection's descriptor to `plain`; otherwise one of this
 * library in that mode, which hands each channel's name to `ours`. Each connection has its own thread. */
static inline peer start_peer(int32_t mode, void *(*plain)(void *), void *(*ours)(void *))
{
    int pipe_ends[2];
    peer result;
    pthread_t thread;
    if (pipe(pipe_ends) != 0 || (result.process = fork()) < 0)
        stop("fork");
    if (result.process > 0) {
        if (read(pipe_ends[0], &result.port, sizeof result.port) != sizeof result.port)
            stop("the peer's port");
        return result;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(peers_on_last);
    int port, listener = -1;
    if (mode < 0) {
        listener = plain_listen(&port);
    } else {
        if (!SocketCreate("peer", 0, "127.0.0.1") || !SocketChangeTransmissionMode("peer", mode, NULL, 0))
            stop("peer");
        port = ours_port("peer");
    }
    if (write(pipe_ends[1], &port, sizeof port) != sizeof port)
        stop("pipe");
    for (;;) {
        void *connection;
        if (mode < 0) {
            int fd = accept(listener, NULL, NULL);
            if (fd < 0)
                stop("accept");
            plain_no_delay(fd);
            connection = (void *)(intptr_t)fd;
        } else {
            connection = malloc(32);
            if (!SocketWaitForConnection("peer", WDSOCKET_INFINITE) || SocketAccept("peer", connection, 32) <= 0)
                stop("peer");
        }
        if (pthread_create(&thread, NULL, mode < 0 ? plain : ours, connection) != 0)
            stop("thread");
    }
}

static inline void end_peer(peer p)
{
    kill(p.process, SIGKILL);
    waitpid(p.process, NULL, 0);
}

#endif

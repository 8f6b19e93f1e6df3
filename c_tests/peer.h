/* A peer that is not this library: plain sockets, for bytes by hand and for misbehaviour.
 * Every wait ends after twenty seconds. */
#ifndef PEER_H
#define PEER_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

static inline void peer_limits(int fd)
{
    struct timeval limit = {20, 0};
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline struct sockaddr_in peer_loopback(int port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Connects to a port of loopback; the descriptor, or -1. */
static inline int peer_connect(int port)
{
    struct sockaddr_in address = peer_loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    peer_limits(fd);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Binds a free port of loopback without listening: a connection to it is refused. */
static inline int peer_bind(int *port)
{
    struct sockaddr_in address = peer_loopback(0);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *port = 0;
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        close(fd);
        return -1;
    }
    peer_limits(fd);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline int peer_listen(int *port)
{
    int fd = peer_bind(port);
    if (fd >= 0 && listen(fd, 16) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline int peer_accept(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
        peer_limits(fd);
    return fd;
}

/* 1 when every byte was taken by the system. */
static inline int peer_send(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return 0;
        at += sent;
        size -= (size_t)sent;
    }
    return 1;
}

#define PEER_SEND(fd, text) CHECK(peer_send(fd, text, strlen(text)))

/* 1 when exactly `size` bytes arrived. */
static inline int peer_receive(int fd, void *buffer, size_t size)
{
    char *at = buffer;
    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        at += got;
        size -= (size_t)got;
    }
    return 1;
}

/* 1 when the next bytes are exactly these. */
static inline int peer_expects(int fd, const void *bytes, size_t size)
{
    char *buffer = malloc(size + 1);
    int same = buffer != NULL && peer_receive(fd, buffer, size) && memcmp(buffer, bytes, size) == 0;
    free(buffer);
    return same;
}

/* 1 when the other side ended its stream in order, with nothing more to read. */
static inline int peer_sees_the_end(int fd)
{
    char byte;
    ssize_t got;
    do {
        got = recv(fd, &byte, 1, 0);
    } while (got < 0 && errno == EINTR);
    return got == 0;
}

/* Ends a connection with a reset instead of an orderly end. */
static inline void peer_reset(int fd)
{
    struct linger now = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

#ifndef _WIN32 /* posix.h has it for Windows */
static inline int peer_all_is_delivered(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || info.tcpi_unacked == 0;
}
#endif

/* Waits until the bytes sent have been acknowledged: they lie in the other side's queue. */
static inline void peer_wait_until_delivered(int fd)
{
    int64_t end = now_ms() + 10000;
    while (!peer_all_is_delivered(fd) && now_ms() < end)
        sleep_ms(1);
}

#endif

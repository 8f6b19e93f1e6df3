/* UDP sockets of both families of functions, and plain ones as their peers. */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include "family.h"
#include "peer.h"

static inline intptr_t S_CreateUDP(sock *h, const char *name, int32_t port, const char *address)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketCreateUDPId(port, address));
#else
    return SocketCreateUDP(name, port, address);
#endif
}

#define S_WriteTo(h, data, size, address, port) S_CALL(SocketWriteTo)(S_KEY(h), data, size, address, port)
#define S_JoinGroup(h, group, interface) S_CALL(SocketJoinGroup)(S_KEY(h), group, interface)
#define S_LeaveGroup(h, group, interface) S_CALL(SocketLeaveGroup)(S_KEY(h), group, interface)

/* A UDP socket on any free port; returns the port or 0. */
static inline int32_t s_udp(sock *h, const char *name, const char *address)
{
    if (S_CreateUDP(h, name, 0, address) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a UDP socket");
        return 0;
    }
    return s_port(h);
}

/* Who sent the datagram that this thread read last; the port, and the address in `address` (64 bytes). */
static inline int32_t s_sender(const sock *h, char *address)
{
    char text[16] = "";
    CHECK(S_ClientInfo(h, SocketAddress, address, 64) > 0);
    CHECK(S_ClientInfo(h, SocketPort, text, sizeof text) > 0);
    return atoi(text);
}

/* A plain UDP socket on a free port of loopback. */
static inline int peer_udp(int *port)
{
    struct sockaddr_in address = peer_loopback(0);
    socklen_t length = sizeof address;
    struct timeval limit = {20, 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *port = 0;
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    *port = ntohs(address.sin_port);
    return fd;
}

/* 1 when the system took the whole datagram. */
static inline int peer_send_to(int fd, const void *bytes, size_t size, int port)
{
    struct sockaddr_in to = peer_loopback(port);
    return sendto(fd, bytes, size, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)size;
}

/* The library's descriptor of a UDP socket: the one of this process that has this port. */
static inline int descriptor_of_udp(int port)
{
    int fd;
    for (fd = 3; fd < 200; fd++) {
        struct sockaddr_storage own;
        socklen_t length = sizeof own, size = sizeof(int);
        int type = 0, here;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_DGRAM ||
            getsockname(fd, (struct sockaddr *)&own, &length) != 0)
            continue;
        here = own.ss_family == AF_INET ? ((struct sockaddr_in *)&own)->sin_port
                                        : ((struct sockaddr_in6 *)&own)->sin6_port;
        if (ntohs((uint16_t)here) == port)
            return fd;
    }
    return -1;
}

static inline int has_ipv6(void)
{
    struct sockaddr_in6 address;
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), has;
    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return has;
}

#endif

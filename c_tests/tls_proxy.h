/* An HTTPS proxy of this library's own: TLS to it, CONNECT, and bytes passed on as they come. The programs about TLS
 * run through it too, compiled with -DTHROUGH_A_PROXY: what is promised of TLS holds for TLS inside TLS. */
#ifndef TLS_PROXY_H
#define TLS_PROXY_H

#include "peer.h"

#include <signal.h>
#include <sys/prctl.h>

enum { TUNNEL_PART = 32 * 1024 };

typedef struct tunnel {
    int32_t channel;
    int fd;
} tunnel;

static inline void *tunnel_to_server(void *argument)
{
    tunnel *r = argument;
    char part[TUNNEL_PART];
    intptr_t count;
    while ((count = SocketReadId(r->channel, 0, 60000, part, sizeof part)) > 0) {
        ssize_t sent = 0, more;
        while (sent < count && (more = send(r->fd, part + sent, (size_t)(count - sent), MSG_NOSIGNAL)) > 0)
            sent += more;
        if (sent < count)
            break;
    }
    shutdown(r->fd, SHUT_WR);
    return NULL;
}

/* Connects to a port of this machine, as "127.0.0.1:80" or "[::1]:80". */
static inline int tunnel_connect(const char *to)
{
    struct sockaddr_in6 address;
    int port, fd;
    if (sscanf(to, "127.0.0.1:%d ", &port) == 1)
        return peer_connect(port);
    memset(&address, 0, sizeof address);
    if (sscanf(to, "[::1]:%d ", &port) != 1)
        return -1;
    address.sin6_family = AF_INET6;
    address.sin6_port = htons((uint16_t)port);
    address.sin6_addr = in6addr_loopback;
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return fd;
}

static inline void *tunnel_run(void *argument)
{
    tunnel *r = argument;
    char part[TUNNEL_PART];
    pthread_t thread;
    ssize_t count = 0;
    while (count < (ssize_t)sizeof part - 1 && (count < 4 || memcmp(part + count - 4, "\r\n\r\n", 4) != 0))
        if (SocketReadId(r->channel, 0, 10000, part + count++, 1) != 1)
            return NULL;
    part[count] = '\0';
    if (strncmp(part, "CONNECT ", 8) != 0 || (r->fd = tunnel_connect(part + 8)) < 0) {
        SocketWriteId(r->channel, "HTTP/1.1 502 Bad Gateway\r\n\r\n", -1);
    } else {
        SocketWriteId(r->channel, "HTTP/1.1 200 OK\r\n\r\n", -1);
        thread = thread_start(tunnel_to_server, r);
        while ((count = recv(r->fd, part, sizeof part, 0)) > 0)
            if (SocketWriteId(r->channel, part, (int32_t)count) != 1)
                break;
        SocketShutdownId(r->channel);
        thread_end(thread);
        close(r->fd);
    }
    SocketCloseId(r->channel);
    free(r);
    return NULL;
}

static inline void tunnel_serve(int32_t listener)
{
    for (;;) {
        tunnel *r = malloc(sizeof *r);
        intptr_t channel;
        if (r == NULL || SocketWaitForConnectionId(listener, -1) != 1 || (channel = SocketAcceptId(listener)) <= 0)
            _exit(1);
        r->channel = (int32_t)channel;
        SocketChangeTransmissionModeId(r->channel, SocketNoEndTag, NULL, 0);
        pthread_detach(thread_start(tunnel_run, r));
    }
}

/* From now on every connection goes through it. It is a process of its own, which ends with this one. */
static inline int tls_proxy_start(const char *certificate)
{
    int32_t port = 0;
    int told[2];
    if (pipe(told) != 0)
        return 0;
    if (fork() == 0) {
        intptr_t listener;
        char text[16] = "";
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        listener = SocketCreateSSLId(0, certificate, 0, "127.0.0.1", NULL);
        SocketLocalInfoId((int32_t)listener, SocketPort, text, sizeof text);
        port = atoi(text);
        if (write(told[1], &port, sizeof port) == sizeof port)
            tunnel_serve((int32_t)listener);
        _exit(1);
    }
    return read(told[0], &port, sizeof port) == sizeof port &&
           SocketProxy("https://127.0.0.1", port, NULL, NULL) == 1;
}

#endif

/* A connection between this library and a plain socket: bytes can be checked and written by hand. */
#ifndef SCENE_H
#define SCENE_H

#include "family.h"
#include "peer.h"

/* `channel` is the library's end, `fd` the plain socket's. The listener is closed again. */
static inline int s_channel_and_peer(sock *channel, int *fd)
{
    sock listener;
    int32_t port = s_listen(&listener, "scene");
    int taken;
    if (port == 0)
        return 0;
    *fd = peer_connect(port);
    CHECK(*fd >= 0);
    taken = *fd >= 0 && s_take(&listener, channel);
    CHECK_EQ(1, S_Close(&listener));
    return taken;
}

/* Sends text and waits until it lies in the library's receive queue. */
static inline void peer_deliver(int fd, const void *bytes, size_t size)
{
    CHECK(peer_send(fd, bytes, size));
    peer_wait_until_delivered(fd);
}

#define PEER_DELIVER(fd, text) peer_deliver(fd, text, strlen(text))

/* Holds when the next message is exactly this text. */
#define CHECK_MESSAGE(h, text) check_message(__FILE__, __LINE__, h, text, strlen(text))

static inline void check_message(const char *file, int line, const sock *h, const char *text, size_t size)
{
    static _Thread_local char buffer[70000];
    char what[200];
    intptr_t got = S_Read(h, 0, 10000, buffer, sizeof buffer);
    if (got == (intptr_t)size && SocketErrorCode() == 0 && memcmp(buffer, text, size) == 0)
        return;
    snprintf(what, sizeof what, "read gave %ld \"%.40s\", expected %zu \"%.40s\"", (long)got, got > 0 ? buffer : "",
             size, text);
    check_fault_with_error(file, line, what);
}

#endif

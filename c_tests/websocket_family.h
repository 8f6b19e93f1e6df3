/* WebSockets over both families of functions, and a client by hand. */
#ifndef WEBSOCKET_FAMILY_H
#define WEBSOCKET_FAMILY_H

#include "scene.h"

static inline intptr_t S_WebSocket(sock *h, const char *name, int32_t port, const char *path, const char *protocols)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, WebSocketClientConnectId("127.0.0.1", port, path, protocols, 10000));
#else
    return WebSocketClientConnect(name, "127.0.0.1", port, path, protocols, 10000);
#endif
}

/* A listener whose clients speak WebSocket; returns the port or 0. */
static inline int32_t ws_listen(sock *h)
{
    int32_t port = s_listen(h, "listener");
    CHECK_EQ(1, S_SetOption(h, WebSocketServer, 1));
    return port;
}

typedef struct ws_taking {
    const sock *listener;
    sock *channel;
    int taken;
    atomic_int connected;
} ws_taking;

/* Takes a client and answers it: whatever looks at the channel does that. */
static inline void *ws_take_thread(void *argument)
{
    ws_taking *t = argument;
    t->taken = s_take(t->listener, t->channel);
    while (t->taken && !atomic_load(&t->connected) && S_Pending(t->channel) == 0)
        sleep_ms(1);
    return NULL;
}

/* Two ends of one WebSocket, both of this library. The listener stays open. */
static inline int ws_pair(sock *listener, sock *client, sock *channel)
{
    ws_taking taking = {listener, channel, 0, 0};
    pthread_t thread;
    int32_t port = ws_listen(listener);
    intptr_t made;
    if (port == 0)
        return 0;
    thread = thread_start(ws_take_thread, &taking);
    made = S_WebSocket(client, "client", port, NULL, NULL);
    if (made != 1)
        check_fault_with_error(__FILE__, __LINE__, "a WebSocket on loopback");
    atomic_store(&taking.connected, 1);
    thread_end(thread);
    return made == 1 && taking.taken;
}

#define WS_REQUEST                                                                                \
    "GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define WS_ANSWER                                                                                 \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

/* `channel` is the library's end of an open WebSocket, `fd` a client by hand, perhaps with a receive buffer of that size. */
static inline int ws_channel_and_peer_with(sock *channel, int *fd, int receive_buffer)
{
    sock listener;
    struct sockaddr_in address = peer_loopback(ws_listen(&listener));
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer_limits(*fd);
    if (receive_buffer > 0)
        setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (connect(*fd, (struct sockaddr *)&address, sizeof address) != 0 || !s_take(&listener, channel))
        return 0;
    CHECK_EQ(1, S_Close(&listener));
    PEER_DELIVER(*fd, WS_REQUEST);
    CHECK_EQ(0, S_Pending(channel));
    CHECK(peer_expects(*fd, WS_ANSWER, strlen(WS_ANSWER)));
    return 1;
}

static inline int ws_channel_and_peer(sock *channel, int *fd)
{
    return ws_channel_and_peer_with(channel, fd, 0);
}

/* A frame of a client with a mask of zero, which is one: the bytes are as they were. */
static inline size_t ws_frame(unsigned char *out, unsigned char first, const void *payload, size_t size)
{
    size_t header = 2;
    out[0] = first;
    if (size < 126) {
        out[1] = (unsigned char)(0x80 | size);
    } else {
        out[1] = 0x80 | 126;
        out[2] = (unsigned char)(size >> 8);
        out[3] = (unsigned char)size;
        header = 4;
    }
    memset(out + header, 0, 4);
    memcpy(out + header + 4, payload, size);
    return header + 4 + size;
}

static inline void ws_deliver(int fd, unsigned char first, const char *payload)
{
    unsigned char frame[400];
    peer_deliver(fd, frame, ws_frame(frame, first, payload, strlen(payload)));
}

#endif

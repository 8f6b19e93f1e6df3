/* libzmq: a PAIR on each side, over tcp. */
#include "transport.h"

#include <zmq.h>

static void *new_pair(void)
{
    static void *context;
    void *pair;
    int no_wait = 0;
    if (context == NULL)
        context = zmq_ctx_new();
    if ((pair = zmq_socket(context, ZMQ_PAIR)) == NULL || zmq_setsockopt(pair, ZMQ_LINGER, &no_wait, sizeof no_wait) != 0)
        stop("zmq");
    return pair;
}

static void *pair_listen(const transport *t, int *port)
{
    char endpoint[64];
    size_t size = sizeof endpoint;
    void *pair = new_pair();
    (void)t;
    if (zmq_bind(pair, "tcp://127.0.0.1:*") != 0 || zmq_getsockopt(pair, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        stop("zmq_bind");
    *port = atoi(strrchr(endpoint, ':') + 1);
    return pair;
}

static void *pair_accept(const transport *t, void *listener)
{
    (void)t;
    return listener;
}

static void *pair_connect(const transport *t, int port)
{
    char endpoint[64];
    void *pair = new_pair();
    (void)t;
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
    if (zmq_connect(pair, endpoint) != 0)
        stop("zmq_connect");
    return pair;
}

static void pair_send(void *connection, const void *data, size_t size)
{
    if (zmq_send(connection, data, size, 0) != (int)size)
        stop("zmq_send");
}

static size_t pair_receive(void *connection, void *buffer, size_t capacity)
{
    int got = zmq_recv(connection, buffer, capacity, 0);
    return got > 0 ? (size_t)got : 0;
}

static void pair_close(void *connection)
{
    zmq_close(connection);
}

const transport candidates[] = {
    { "libzmq PAIR", 0, pair_listen, pair_accept, pair_connect, pair_send, pair_receive, pair_close, NULL },
    { 0 },
};

/* nng: a pair0 on each side, over tcp. */
#include "transport.h"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

static void must(int result, const char *what)
{
    if (result != 0) {
        fprintf(stderr, "%s: %s\n", what, nng_strerror(result));
        stop(what);
    }
}

static nng_socket new_pair(void)
{
    nng_socket pair;
    must(nng_pair0_open(&pair), "nng_pair0_open");
    must(nng_socket_set_bool(pair, NNG_OPT_TCP_NODELAY, true), "nodelay");
    return pair;
}

static void *pair_listen(const transport *t, int *port)
{
    nng_listener listener;
    nng_socket pair = new_pair();
    (void)t;
    must(nng_listener_create(&listener, pair, "tcp://127.0.0.1:0"), "nng_listener_create");
    must(nng_listener_start(listener, 0), "nng_listener_start");
    must(nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, port), "port");
    return (void *)(intptr_t)pair.id;
}

static void *pair_accept(const transport *t, void *listener)
{
    (void)t;
    return listener;
}

static void *pair_connect(const transport *t, int port)
{
    char url[64];
    nng_socket pair = new_pair();
    (void)t;
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", port);
    must(nng_dial(pair, url, NULL, 0), "nng_dial");
    return (void *)(intptr_t)pair.id;
}

static nng_socket socket_of(void *connection)
{
    nng_socket pair = { .id = (uint32_t)(intptr_t)connection };
    return pair;
}

static void pair_send(void *connection, const void *data, size_t size)
{
    must(nng_send(socket_of(connection), (void *)(intptr_t)data, size, 0), "nng_send");
}

static size_t pair_receive(void *connection, void *buffer, size_t capacity)
{
    return nng_recv(socket_of(connection), buffer, &capacity, 0) == 0 ? capacity : 0;
}

static void pair_close(void *connection)
{
    nng_close(socket_of(connection));
}

const transport candidates[] = {
    { "nng pair0", 0, pair_listen, pair_accept, pair_connect, pair_send, pair_receive, pair_close, NULL },
    { 0 },
};

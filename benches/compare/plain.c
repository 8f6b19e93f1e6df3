/* The bare system calls: blocking sockets, and the same with a poll before each recv, which is how a program keeps a time
 * limit by hand. */
#include "transport.h"

#include <poll.h>

static void *plain_accept(const transport *t, void *listener)
{
    (void)t;
    return (void *)(intptr_t)descriptor_accept(listener);
}

static void *plain_open(const transport *t, int port)
{
    (void)t;
    return (void *)(intptr_t)plain_connect(port);
}

static void plain_write(void *connection, const void *data, size_t size)
{
    plain_send((int)(intptr_t)connection, data, size);
}

static size_t plain_read(void *connection, void *buffer, size_t capacity)
{
    ssize_t got = recv((int)(intptr_t)connection, buffer, capacity, 0);
    return got > 0 ? (size_t)got : 0;
}

static size_t polled_read(void *connection, void *buffer, size_t capacity)
{
    struct pollfd entry = { .fd = (int)(intptr_t)connection, .events = POLLIN };
    if (poll(&entry, 1, 10000) != 1)
        stop("poll");
    return plain_read(connection, buffer, capacity);
}

static void plain_close(void *connection)
{
    close((int)(intptr_t)connection);
}

const transport candidates[] = {
    { "plain C", 0, descriptor_listen, plain_accept, plain_open, plain_write, plain_read, plain_close, NULL },
    { "C, poll before recv", 0, descriptor_listen, plain_accept, plain_open, plain_write, polled_read, plain_close, NULL },
    { 0 },
};

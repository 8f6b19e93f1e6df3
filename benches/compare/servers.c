#include "servers.h"

#include <fcntl.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <poll.h>
#include <sys/epoll.h>

enum { READY = 64, BUFFER = 4096 };

/* Sends back what has come; closes the connection at its end. */
static int answer(int fd)
{
    char buffer[BUFFER];
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got > 0)
        plain_send(fd, buffer, (size_t)got);
    else
        close(fd);
    return got > 0;
}

static int listen_and_tell(int tell)
{
    int port, listener = plain_listen(&port);
    tell_port(tell, port);
    return listener;
}

static void epoll_server(const void *what, int tell)
{
    struct epoll_event ready[READY], entry = { .events = EPOLLIN };
    int listener = listen_and_tell(tell), poller = epoll_create1(0);
    (void)what;
    entry.data.fd = listener;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &entry);
    for (;;) {
        int count = epoll_wait(poller, ready, READY, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd != listener) {
                answer(ready[i].data.fd);
                continue;
            }
            entry.data.fd = descriptor_accept((void *)(intptr_t)listener);
            epoll_ctl(poller, EPOLL_CTL_ADD, entry.data.fd, &entry);
        }
    }
}

static void poll_server(const void *what, int tell)
{
    int count = 1, room = 1024, listener = listen_and_tell(tell);
    struct pollfd *entries = malloc((size_t)room * sizeof *entries);
    (void)what;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    entries[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
    for (;;) {
        int ready = poll(entries, (nfds_t)count, -1), known = count;
        for (int i = 1; i < known && ready > 0; i++) {
            if (entries[i].revents == 0)
                continue;
            ready--;
            if (!answer(entries[i].fd))
                entries[i].fd = -1;
        }
        /* All that wait: a look at the whole table for each would take minutes. */
        for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
            plain_no_delay(fd);
            if (count == room)
                entries = realloc(entries, (size_t)(room += 1024) * sizeof *entries);
            entries[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
    }
}

static void start_thread(void *(*work)(void *), void *what)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    if (pthread_create(&thread, &small, work, what) != 0)
        stop("thread");
    pthread_detach(thread);
}

static void *plain_thread(void *connection)
{
    while (answer((int)(intptr_t)connection))
        continue;
    return NULL;
}

static void thread_server(const void *what, int tell)
{
    int listener = listen_and_tell(tell);
    (void)what;
    for (;;)
        start_thread(plain_thread, (void *)(intptr_t)descriptor_accept((void *)(intptr_t)listener));
}

/* --- this library -------------------------------------------------------------------------------- */

static int32_t listen_by_id(int tell)
{
    char port[8];
    int32_t server = (int32_t)SocketCreateId(0, "127.0.0.1");
    if (server <= 0 || !SocketChangeTransmissionModeId(server, SocketNoEndTag, NULL, 0) ||
        SocketLocalInfoId(server, SocketPort, port, sizeof port) <= 0)
        stop("server");
    tell_port(tell, atoi(port));
    return server;
}

static int our_answer(int32_t id)
{
    char buffer[BUFFER];
    intptr_t got = SocketReadId(id, 1, 0, buffer, sizeof buffer);
    if (got > 0)
        SocketWriteId(id, buffer, (int32_t)got);
    else
        SocketCloseId(id);
    return got > 0;
}

static void watch_server(const void *what, int tell)
{
    int32_t ready[READY], server = listen_by_id(tell), watch = (int32_t)SocketWatchId();
    (void)what;
    SocketWatchAddId(watch, server);
    for (;;) {
        intptr_t count = SocketWatchWaitId(watch, WDSOCKET_INFINITE, ready, READY);
        for (intptr_t i = 0; i < count; i++) {
            if (ready[i] != server) {
                our_answer(ready[i]);
                continue;
            }
            intptr_t client = SocketAcceptId(server);
            if (client > 0 && !SocketWatchAddId(watch, (int32_t)client))
                stop("watch");
        }
    }
}

static void *our_thread(void *connection)
{
    while (our_answer((int32_t)(intptr_t)connection))
        continue;
    return NULL;
}

static void our_thread_server(const void *what, int tell)
{
    int32_t server = listen_by_id(tell);
    (void)what;
    for (;;) {
        if (!SocketWaitForConnectionId(server, WDSOCKET_INFINITE))
            stop("wait");
        start_thread(our_thread, (void *)SocketAcceptId(server));
    }
}

/* --- nng ----------------------------------------------------------------------------------------- */

/* A rep0 socket; the clients speak its wire format by hand. */
static void nng_server(const void *what, int tell)
{
    nng_socket server;
    nng_listener listener;
    nng_msg *message;
    int port;
    (void)what;
    if (nng_rep0_open(&server) != 0 || nng_listener_create(&listener, server, "tcp://127.0.0.1:0") != 0 ||
        nng_listener_start(listener, 0) != 0 || nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) != 0)
        stop("nng");
    tell_port(tell, port);
    while (nng_recvmsg(server, &message, 0) == 0)
        if (nng_sendmsg(server, message, 0) != 0)
            nng_msg_free(message);
}

/* Protocol 48 is req0; a message is its length in 8 bytes, the request's number in 4, and the body. */
static const char sp_hello[8] = { 0, 'S', 'P', 0, 0, 48, 0, 0 };
static const char sp_header[12] = { 0, 0, 0, 0, 0, 0, 0, MESSAGE + 4, (char)0x80, 0, 0, 1 };

const crowd_server servers[] = {
    { "C on epoll", epoll_server, 1, 1, NULL, 0, NULL, 0 },
    { "C on poll", poll_server, 1, 0, NULL, 0, NULL, 0 },
    { "C, thread per connection", thread_server, 0, 1, NULL, 0, NULL, 0 },
    { "wdsocket's watch", watch_server, 1, 1, NULL, 0, NULL, 0 },
    { "wdsocket, thread per connection", our_thread_server, 0, 1, NULL, 0, NULL, 0 },
    { "nng rep0", nng_server, 1, 1, sp_hello, sizeof sp_hello, sp_header, sizeof sp_header },
    { 0 },
};

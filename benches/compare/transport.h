/* What a candidate of the comparison has to be able to do. Each file of candidates becomes a shared object that exports
 * `candidates`, ended by one without a name; a measurement loads the files it is told and runs one loop over all. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "../bench.h"

typedef struct transport transport;
struct transport {
    const char *name;
    int variant; /* whatever tells two candidates of one file apart */
    void *(*listen)(const transport *, int *port); /* on loopback, any free port */
    void *(*accept)(const transport *, void *listener); /* waits for a client */
    void *(*connect)(const transport *, int port);
    void (*send)(void *connection, const void *data, size_t size); /* all of it, as one message */
    size_t (*receive)(void *connection, void *buffer, size_t capacity); /* a message, or what is there; 0 at the end */
    void (*close)(void *connection);
    int (*is_resumed)(void *connection); /* TLS: whether the handshake was a short one; NULL where it cannot tell */
};

extern const transport candidates[];

/* Receives until `size` bytes are there; 0 at the end of the connection. */
static inline int receive_all(const transport *t, void *connection, char *buffer, size_t size)
{
    for (size_t got = 0, part; got < size; got += part)
        if ((part = t->receive(connection, buffer + got, size - got)) == 0)
            return 0;
    return 1;
}

/* --- descriptors, for the candidates that stand on them ---------------------------------------- */

static inline void *descriptor_listen(const transport *t, int *port)
{
    (void)t;
    return (void *)(intptr_t)plain_listen(port);
}

static inline int descriptor_accept(void *listener)
{
    int fd = accept((int)(intptr_t)listener, NULL, NULL);
    if (fd < 0)
        stop("accept");
    plain_no_delay(fd);
    return fd;
}

/* The path of a file that compare.sh made for the TLS candidates. */
static inline const char *certificate_file(const char *name)
{
    static char path[512];
    const char *folder = getenv("WDSOCKET_BENCH_CERTIFICATES");
    if (folder == NULL)
        stop("WDSOCKET_BENCH_CERTIFICATES is not set");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

#endif

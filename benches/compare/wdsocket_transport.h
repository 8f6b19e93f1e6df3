/* What the plain and the TLS candidate of this library share. A connection of the Id family is its id; one of the name
 * family is its name. */
#ifndef WDSOCKET_TRANSPORT_H
#define WDSOCKET_TRANSPORT_H

#include "transport.h"

enum { PATIENCE = 10000 };

/* --- by id --------------------------------------------------------------------------------------- */

static inline void *id_of(intptr_t id, int mode)
{
    if (id <= 0 ||
        (mode != SocketSize && SocketChangeTransmissionModeId((int32_t)id, mode, NULL, 0) != 1))
        stop("wdsocket");
    return (void *)id;
}

static inline void *id_listening(intptr_t id, int mode, int *port)
{
    char text[8];
    if (id <= 0 || SocketLocalInfoId((int32_t)id, SocketPort, text, sizeof text) <= 0)
        stop("listen");
    *port = atoi(text);
    return id_of(id, mode);
}

static inline void *id_listen(const transport *t, int *port)
{
    return id_listening(SocketCreateId(0, "127.0.0.1"), t->variant, port);
}

/* A client that is there already costs no wait, as in plain C. */
static inline void *id_accept(const transport *t, void *listener)
{
    int32_t server = (int32_t)(intptr_t)listener;
    intptr_t channel;
    (void)t;
    while ((channel = SocketAcceptId(server)) == -WDSOCKET_ERR_NO_CONNECTION)
        if (!SocketWaitForConnectionId(server, WDSOCKET_INFINITE))
            stop("wait");
    return id_of(channel, SocketSize);
}

static inline void *id_connect(const transport *t, int port)
{
    return id_of(SocketConnectId(port, "127.0.0.1", PATIENCE), t->variant);
}

/* The connection holds messages together for a millisecond. */
static inline void *id_gathering(void *connection)
{
    if (!SocketSetOptionId((int32_t)(intptr_t)connection, SocketGather, 1))
        stop("SocketGather");
    return connection;
}

static inline void id_send(void *connection, const void *data, size_t size)
{
    if (SocketWriteId((int32_t)(intptr_t)connection, data, (int32_t)size) != 1)
        stop("SocketWriteId");
}

static inline size_t id_receive(void *connection, void *buffer, size_t capacity)
{
    intptr_t got = SocketReadId((int32_t)(intptr_t)connection, 0, PATIENCE, buffer, (int32_t)capacity);
    while (got == -WDSOCKET_ERR_TIMEOUT)
        got = SocketReadId((int32_t)(intptr_t)connection, 0, PATIENCE, buffer, (int32_t)capacity);
    return got > 0 ? (size_t)got : 0;
}

static inline void id_close(void *connection)
{
    SocketCloseId((int32_t)(intptr_t)connection);
}

/* --- by name ------------------------------------------------------------------------------------- */

static inline char *new_name(void)
{
    static int number;
    char *name = malloc(32);
    snprintf(name, 32, "connection %d", number++);
    return name;
}

static inline void *name_listen(const transport *t, int *port)
{
    char *name = new_name();
    if (!SocketCreate(name, 0, "127.0.0.1") || !SocketChangeTransmissionMode(name, t->variant, NULL, 0))
        stop(name);
    *port = ours_port(name);
    return name;
}

static inline void *name_accept(const transport *t, void *listener)
{
    char *name = malloc(32);
    (void)t;
    while (SocketAccept(listener, name, 32) <= 0)
        if (SocketErrorCode() != WDSOCKET_ERR_NO_CONNECTION || !SocketWaitForConnection(listener, WDSOCKET_INFINITE))
            stop("accept");
    return name;
}

static inline void *name_connect(const transport *t, int port)
{
    char *name = new_name();
    if (!SocketConnect(name, port, "127.0.0.1", PATIENCE) ||
        (t->variant != SocketSize && !SocketChangeTransmissionMode(name, t->variant, NULL, 0)))
        stop(name);
    return name;
}

static inline void name_send(void *connection, const void *data, size_t size)
{
    ours_write(connection, data, (int32_t)size);
}

static inline size_t name_receive(void *connection, void *buffer, size_t capacity)
{
    intptr_t got = SocketRead(connection, 0, PATIENCE, buffer, (int32_t)capacity);
    while (got == -WDSOCKET_ERR_TIMEOUT)
        got = SocketRead(connection, 0, PATIENCE, buffer, (int32_t)capacity);
    return got > 0 ? (size_t)got : 0;
}

static inline void name_close(void *connection)
{
    SocketClose(connection);
    free(connection);
}

#endif

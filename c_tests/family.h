/* The same test body over both families of functions: compiled with -DBY_NAME it calls
 * SocketRead(name, ...), with -DBY_ID SocketReadId(id, ...). A test holds each socket in a `sock`.
 * Creating functions fill it; a `sock` that was never filled stands for a socket that is not there. */
#ifndef FAMILY_H
#define FAMILY_H

#include "check.h"

typedef struct sock {
    char name[256]; /* what the name family goes by */
    int32_t id;     /* what the Id family goes by */
} sock;

#ifdef BY_ID
#define S_CALL(function) function##Id
#define S_KEY(h) ((h)->id)
#else
#define S_CALL(function) function
#define S_KEY(h) ((const char *)(h)->name)
#endif

/* A name or id that no socket has. */
static const sock s_missing = {"no socket of this name", 0x7ffffff1};

static inline void s_name(sock *h, const char *name)
{
    snprintf(h->name, sizeof h->name, "%s", name);
}

#ifdef BY_ID
/* The Id family's creating functions return the id or -code: told here as yes/no, as the others do. */
static inline intptr_t s_made(sock *h, intptr_t result)
{
    if (result > 0) {
        CHECK_EQ(0, SocketErrorCode());
        CHECK(result <= INT32_MAX);
        h->id = (int32_t)result;
        return 1;
    }
    h->id = 0;
    CHECK_EQ(-SocketErrorCode(), result);
    return 0;
}
#endif

static inline intptr_t S_Create(sock *h, const char *name, int32_t port, const char *address)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketCreateId(port, address));
#else
    return SocketCreate(name, port, address);
#endif
}

static inline intptr_t S_Connect(sock *h, const char *name, int32_t port, const char *address, int32_t timeout)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketConnectId(port, address, timeout));
#else
    return SocketConnect(name, port, address, timeout);
#endif
}

static inline intptr_t S_FromDescriptor(sock *h, const char *name, int32_t descriptor)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketFromDescriptorId(descriptor));
#else
    return SocketFromDescriptor(name, descriptor);
#endif
}

/* 1 when a client was taken into `channel`, else -code. */
static inline intptr_t S_Accept(const sock *h, sock *channel)
{
#ifdef BY_ID
    intptr_t result = SocketAcceptId(h->id);
    channel->id = result > 0 ? (int32_t)result : 0;
    return result > 0 ? 1 : result;
#else
    intptr_t result;
    channel->name[0] = '\0';
    result = SocketAccept(h->name, channel->name, sizeof channel->name);
    if (result <= 0)
        return result;
    CHECK_EQ((intptr_t)strlen(channel->name), result);
    return 1;
#endif
}

#define S_WaitForConnection(h, timeout) S_CALL(SocketWaitForConnection)(S_KEY(h), timeout)
#define S_Deny(h) S_CALL(SocketDeny)(S_KEY(h))
#define S_Read(h, undefined_wait, timeout, buffer, capacity) \
    S_CALL(SocketRead)(S_KEY(h), undefined_wait, timeout, buffer, capacity)
#define S_Write(h, data, size) S_CALL(SocketWrite)(S_KEY(h), data, size)
#define S_Flush(h) S_CALL(SocketFlush)(S_KEY(h))
#define S_Mode(h, mode, tag, tag_size) S_CALL(SocketChangeTransmissionMode)(S_KEY(h), mode, tag, tag_size)
#define S_ClientInfo(h, info, buffer, capacity) S_CALL(SocketClientInfo)(S_KEY(h), info, buffer, capacity)
#define S_LocalInfo(h, info, buffer, capacity) S_CALL(SocketLocalInfo)(S_KEY(h), info, buffer, capacity)
#define S_Exist(h) S_CALL(SocketExist)(S_KEY(h))
#define S_Close(h) S_CALL(SocketClose)(S_KEY(h))
#define S_Cancel(h) S_CALL(SocketCancel)(S_KEY(h))
#define S_Pending(h) S_CALL(SocketPending)(S_KEY(h))
#define S_Connected(h) S_CALL(SocketConnected)(S_KEY(h))
#define S_Shutdown(h) S_CALL(SocketShutdown)(S_KEY(h))
#define S_SetOption(h, option, value) S_CALL(SocketSetOption)(S_KEY(h), option, value)
#define S_GetOption(h, option) S_CALL(SocketGetOption)(S_KEY(h), option)

/* The port a listener or connection has on this machine. */
static inline int32_t s_port(const sock *h)
{
    char text[16] = "";
    CHECK(S_LocalInfo(h, SocketPort, text, sizeof text) > 0);
    return atoi(text);
}

/* A listener on loopback, any free port; returns the port or 0. */
static inline int32_t s_listen(sock *h, const char *name)
{
    if (S_Create(h, name, 0, "127.0.0.1") != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a listener on loopback");
        return 0;
    }
    return s_port(h);
}

/* Takes the next client of a listener, waiting for it. */
static inline int s_take(const sock *listener, sock *channel)
{
    if (S_WaitForConnection(listener, 10000) != 1 || S_Accept(listener, channel) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a client is taken");
        return 0;
    }
    return 1;
}

/* Two ends of one connection, both of this library: the client and the listener's channel. */
static inline int s_pair(sock *listener, sock *client, sock *channel)
{
    int32_t port = s_listen(listener, "listener");
    if (port == 0)
        return 0;
    if (S_Connect(client, "client", port, "127.0.0.1", 10000) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a connection on loopback");
        return 0;
    }
    return s_take(listener, channel);
}

#endif

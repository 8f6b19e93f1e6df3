/* TLS over both families of functions. Arguments of the programs: the path of a server's certificate for
 * this machine (localhost, 127.0.0.1, ::1), the path of the root that issued it. */
#ifndef TLS_FAMILY_H
#define TLS_FAMILY_H

#include "scene.h"
#ifdef THROUGH_A_PROXY
#include "tls_proxy.h"
#endif

static const char *tls_certificate, *tls_root;

/* The words of every program's command line, and the trust in the one root. */
static inline int tls_start(int argc, char **argv, unsigned seconds)
{
    check_start(seconds);
    if (argc < 3) {
        printf("not ok - the_program_starts: it needs a certificate and a root\n");
        return 0;
    }
    tls_certificate = argv[1];
    tls_root = argv[2];
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, tls_root));
    CHECK_EQ(1, SocketSetOption(NULL, SSLSystemRoots, 0));
#ifdef THROUGH_A_PROXY
    CHECK(tls_proxy_start(tls_certificate));
#endif
    return 1;
}

static inline intptr_t S_CreateSSL(sock *h, const char *name, int32_t options, const char *address)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketCreateSSLId(0, tls_certificate, options, address, NULL));
#else
    return SocketCreateSSL(name, 0, tls_certificate, options, address, NULL);
#endif
}

static inline intptr_t S_ConnectSSL(sock *h, const char *name, int32_t port, const char *address, int32_t options,
                                    int32_t timeout)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketConnectSSLId(port, address, options, timeout, NULL));
#else
    return SocketConnectSSL(name, port, address, options, timeout, NULL);
#endif
}

#define S_StartSSL(h, options, timeout, server_name) \
    S_CALL(SocketStartSSL)(S_KEY(h), options, timeout, server_name, NULL)
#define S_SetText(h, option, text) S_CALL(SocketSetText)(S_KEY(h), option, text)
#define S_SSLInfo(h, info, buffer, capacity) S_CALL(SocketSSLInfo)(S_KEY(h), info, buffer, capacity)

/* A TLS listener on loopback, any free port; returns the port or 0. */
static inline int32_t tls_listen(sock *h, const char *name)
{
    if (S_CreateSSL(h, name, 0, "127.0.0.1") != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a TLS listener on loopback");
        return 0;
    }
    return s_port(h);
}

typedef struct tls_accepting {
    const sock *listener;
    sock channel;
    int done;
} tls_accepting;

/* Takes a client, and reads one message of it: the handshake runs in that read. */
static inline void *tls_accept_thread(void *argument)
{
    tls_accepting *a = argument;
    char first[16];
    a->done = s_take(a->listener, &a->channel) &&
              S_Read(&a->channel, 0, 10000, first, sizeof first) == 5 && memcmp(first, "hello", 5) == 0;
    if (!a->done)
        check_fault_with_error(__FILE__, __LINE__, "a TLS client is taken");
    return NULL;
}

/* Two ends of one TLS connection, both of this library, after a first message. */
static inline int tls_pair_of(sock *listener, sock *client, sock *channel, int32_t options, const char *address)
{
    tls_accepting accepting = {listener, *channel, 0};
    pthread_t thread;
    int connected;
    if (S_CreateSSL(listener, "listener", options, address) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a TLS listener");
        return 0;
    }
    pthread_create(&thread, NULL, tls_accept_thread, &accepting);
    connected = S_ConnectSSL(client, "client", s_port(listener), address, options, 10000) == 1 &&
                S_Write(client, "hello", -1) == 1;
    if (!connected)
        check_fault_with_error(__FILE__, __LINE__, "a TLS connection on loopback");
    pthread_join(thread, NULL);
    *channel = accepting.channel;
    return connected && accepting.done;
}

static inline int tls_pair(sock *listener, sock *client, sock *channel)
{
    return tls_pair_of(listener, client, channel, 0, "127.0.0.1");
}

#endif

/* This library with TLS: its own defaults, the chain and the address checked. */
#include "wdsocket_transport.h"

static void *tls_listen(const transport *t, int *port)
{
    intptr_t id = SocketCreateSSLId(0, certificate_file("server.pem"), 0, "127.0.0.1", NULL);
    return id_listening(id, t->variant, port);
}

static void *tls_connect(const transport *t, int port)
{
    static int trusts;
    if (!trusts) {
        trusts = 1;
        const char *authorities = certificate_file("ca.pem"), *systems = getenv("SSL_CERT_FILE");
        int is_systems = systems != NULL && strcmp(systems, authorities) == 0;
        if (!is_systems &&
            (!SocketSetText(NULL, SSLCaFile, authorities) || !SocketSetOption(NULL, SSLSystemRoots, 0)))
            stop("trust");
    }
    return id_of(SocketConnectSSLId(port, "127.0.0.1", 0, PATIENCE, NULL), t->variant);
}

static void *gather_connect(const transport *t, int port)
{
    return id_gathering(tls_connect(t, port));
}

const transport candidates[] = {
    { "wdsocket, no-tag", SocketNoEndTag, tls_listen, id_accept, tls_connect, id_send, id_receive, id_close, NULL },
    { "wdsocket, size", SocketSize, tls_listen, id_accept, tls_connect, id_send, id_receive, id_close, NULL },
    { "wdsocket, size, gather", SocketSize, tls_listen, id_accept, gather_connect, id_send, id_receive, id_close, NULL },
    { 0 },
};

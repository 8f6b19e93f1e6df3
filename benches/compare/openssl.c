/* Straight on OpenSSL: blocking sockets, one SSL_CTX a side that is kept, the chain and the address checked, sessions
 * resumed where the server gives tickets. Protocols, cipher suites and key exchanges are those that this library offers. */
#include "transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* Without tickets every handshake is a full one. */
enum { TICKETS, NO_TICKETS };

/* By the server's port: one client may speak to several servers in turn. */
static SSL_SESSION *kept[65536];

static void must(int done, const char *what)
{
    if (!done) {
        ERR_print_errors_fp(stderr);
        stop(what);
    }
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **place = SSL_get_app_data(ssl);
    SSL_SESSION_free(*place);
    *place = session;
    return 1;
}

static SSL_CTX *new_context(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);
    must(context != NULL, "SSL_CTX_new");
    must(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION), "protocol");
    return context;
}

static SSL *new_connection(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);
    must(ssl != NULL && SSL_set_fd(ssl, fd), "SSL_new");
    return ssl;
}

static void *ssl_accept(const transport *t, void *listener)
{
    static SSL_CTX *context;
    if (context == NULL) {
        context = new_context(TLS_server_method());
        must(SSL_CTX_use_certificate_chain_file(context, certificate_file("server.pem")), "certificate");
        must(SSL_CTX_use_PrivateKey_file(context, certificate_file("server.pem"), SSL_FILETYPE_PEM), "key");
        if (t->variant == NO_TICKETS)
            must(SSL_CTX_set_num_tickets(context, 0), "tickets");
    }
    SSL *ssl = new_connection(context, descriptor_accept(listener));
    must(SSL_accept(ssl) == 1, "SSL_accept");
    return ssl;
}

static void *ssl_connect(const transport *t, int port)
{
    static SSL_CTX *context;
    if (context == NULL) {
        context = new_context(TLS_client_method());
        must(SSL_CTX_load_verify_locations(context, certificate_file("ca.pem"), NULL), "ca.pem");
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    }
    SSL *ssl = new_connection(context, plain_connect(port));
    must(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), "127.0.0.1"), "address");
    SSL_set_app_data(ssl, &kept[port]);
    if (kept[port] != NULL && t->variant == TICKETS)
        must(SSL_set_session(ssl, kept[port]), "session");
    must(SSL_connect(ssl) == 1, "SSL_connect");
    return ssl;
}

static void ssl_send(void *connection, const void *data, size_t size)
{
    must(SSL_write(connection, data, (int)size) == (int)size, "SSL_write");
}

static size_t ssl_receive(void *connection, void *buffer, size_t capacity)
{
    int got = SSL_read(connection, buffer, (int)capacity);
    return got > 0 ? (size_t)got : 0;
}

/* The bytes of SocketSize, as whoever writes them by hand would: header and message in one call and one record. */
static void framed_send(void *connection, const void *data, size_t size)
{
    static char both[65536 + 16];
    int header = sprintf(both, "%zu\r\n", size);
    memcpy(both + header, data, size);
    ssl_send(connection, both, (size_t)header + size);
}

/* One connection a process. */
static size_t framed_receive(void *connection, void *buffer, size_t capacity)
{
    static char waiting[2 * 65536];
    static size_t filled;
    for (;;) {
        char *end = memchr(waiting, '\n', filled);
        size_t header = end == NULL ? 0 : (size_t)(end + 1 - waiting);
        size_t size = end == NULL ? 0 : (size_t)strtoul(waiting, NULL, 10);
        if (end != NULL && size <= capacity && filled >= header + size) {
            memcpy(buffer, waiting + header, size);
            filled -= header + size;
            memmove(waiting, waiting + header + size, filled);
            return size;
        }
        size_t got = ssl_receive(connection, waiting + filled, sizeof waiting - filled);
        if (got == 0)
            return 0;
        filled += got;
    }
}

static void ssl_close(void *connection)
{
    int fd = SSL_get_fd(connection);
    SSL_shutdown(connection);
    SSL_free(connection);
    ERR_clear_error();
    close(fd);
}

static int ssl_is_resumed(void *connection)
{
    return SSL_session_reused(connection);
}

const transport candidates[] = {
    { "OpenSSL", TICKETS, descriptor_listen, ssl_accept, ssl_connect, ssl_send, ssl_receive, ssl_close, ssl_is_resumed },
    { "OpenSSL, size", TICKETS, descriptor_listen, ssl_accept, ssl_connect, framed_send, framed_receive, ssl_close,
      ssl_is_resumed },
    { "OpenSSL, no tickets", NO_TICKETS, descriptor_listen, ssl_accept, ssl_connect, ssl_send, ssl_receive, ssl_close,
      ssl_is_resumed },
    { 0 },
};

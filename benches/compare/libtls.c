/* libtls: its own defaults (on Debian it stands on the system's OpenSSL), the chain and the address checked. */
#include "transport.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <tls.h>

typedef struct connection {
    struct tls *tls;
    int fd;
} connection;

static void must(int done, struct tls *tls, const char *what)
{
    if (!done) {
        fprintf(stderr, "%s: %s\n", what, tls != NULL && tls_error(tls) != NULL ? tls_error(tls) : "failed");
        stop(what);
    }
}

static struct tls_config *new_config(void)
{
    struct tls_config *config = tls_config_new();
    must(config != NULL && tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_3) == 0, NULL, "tls_config");
    return config;
}

static void *new_connection(struct tls *tls, int fd)
{
    connection *c = malloc(sizeof *c);
    *c = (connection){ tls, fd };
    must(tls_handshake(tls) == 0, tls, "tls_handshake");
    return c;
}

static void *libtls_accept(const transport *t, void *listener)
{
    static struct tls *server;
    struct tls *tls;
    (void)t;
    if (server == NULL) {
        struct tls_config *config = new_config();
        const char *file = certificate_file("server.pem");
        must(tls_config_set_keypair_file(config, file, file) == 0, NULL, "key pair");
        tls_config_set_session_lifetime(config, 7200);
        server = tls_server();
        must(server != NULL && tls_configure(server, config) == 0, server, "tls_configure");
    }
    int fd = descriptor_accept(listener);
    must(tls_accept_socket(server, &tls, fd) == 0, server, "tls_accept_socket");
    return new_connection(tls, fd);
}

static void *libtls_connect(const transport *t, int port)
{
    static struct tls_config *config;
    struct tls *tls = tls_client();
    (void)t;
    if (config == NULL) {
        config = new_config();
        must(tls_config_set_ca_file(config, certificate_file("ca.pem")) == 0, NULL, "ca.pem");
        /* libtls keeps a session in a file that nobody else may read. */
        int sessions = memfd_create("sessions", 0);
        must(fchmod(sessions, 0600) == 0 && tls_config_set_session_fd(config, sessions) == 0, NULL, "sessions");
    }
    int fd = plain_connect(port);
    must(tls != NULL && tls_configure(tls, config) == 0, tls, "tls_configure");
    must(tls_connect_socket(tls, fd, "127.0.0.1") == 0, tls, "tls_connect_socket");
    return new_connection(tls, fd);
}

static void libtls_send(void *given, const void *data, size_t size)
{
    connection *c = given;
    const char *at = data;
    while (size > 0) {
        ssize_t sent = tls_write(c->tls, at, size);
        must(sent > 0 || sent == TLS_WANT_POLLIN || sent == TLS_WANT_POLLOUT, c->tls, "tls_write");
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        }
    }
}

static size_t libtls_receive(void *given, void *buffer, size_t capacity)
{
    connection *c = given;
    ssize_t got;
    do
        got = tls_read(c->tls, buffer, capacity);
    while (got == TLS_WANT_POLLIN || got == TLS_WANT_POLLOUT);
    return got > 0 ? (size_t)got : 0;
}

static void libtls_close(void *given)
{
    connection *c = given;
    tls_close(c->tls);
    tls_free(c->tls);
    close(c->fd);
    free(c);
}

static int libtls_is_resumed(void *given)
{
    connection *c = given;
    return tls_conn_session_resumed(c->tls);
}

const transport candidates[] = {
    { "libtls", 0, descriptor_listen, libtls_accept, libtls_connect, libtls_send, libtls_receive, libtls_close,
      libtls_is_resumed },
    { 0 },
};

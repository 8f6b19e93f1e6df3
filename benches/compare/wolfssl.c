/* wolfSSL as Debian builds it, with the same cipher suite and key exchange; the chain and the name are checked. */
#include "transport.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

static void must(int done, const char *what)
{
    if (!done)
        stop(what);
}

static WOLFSSL_CTX *new_context(WOLFSSL_METHOD *method)
{
    wolfSSL_Init();
    WOLFSSL_CTX *context = wolfSSL_CTX_new(method);
    must(context != NULL, "wolfSSL_CTX_new");
    must(wolfSSL_CTX_set_cipher_list(context, "TLS13-AES256-GCM-SHA384") == WOLFSSL_SUCCESS, "cipher suite");
    return context;
}

static WOLFSSL *new_connection(WOLFSSL_CTX *context, int fd)
{
    WOLFSSL *ssl = wolfSSL_new(context);
    must(ssl != NULL && wolfSSL_set_fd(ssl, fd) == WOLFSSL_SUCCESS, "wolfSSL_new");
    return ssl;
}

static void *wolf_accept(const transport *t, void *listener)
{
    static WOLFSSL_CTX *context;
    (void)t;
    if (context == NULL) {
        context = new_context(wolfTLSv1_3_server_method());
        must(wolfSSL_CTX_use_certificate_chain_file(context, certificate_file("server.pem")) == WOLFSSL_SUCCESS,
             "certificate");
        must(wolfSSL_CTX_use_PrivateKey_file(context, certificate_file("server.pem"), WOLFSSL_FILETYPE_PEM) ==
                 WOLFSSL_SUCCESS,
             "key");
    }
    WOLFSSL *ssl = new_connection(context, descriptor_accept(listener));
    must(wolfSSL_accept(ssl) == WOLFSSL_SUCCESS, "wolfSSL_accept");
    return ssl;
}

static WOLFSSL_SESSION *kept;

static void *wolf_connect(const transport *t, int port)
{
    static WOLFSSL_CTX *context;
    (void)t;
    if (context == NULL) {
        context = new_context(wolfTLSv1_3_client_method());
        must(wolfSSL_CTX_load_verify_locations(context, certificate_file("ca.pem"), NULL) == WOLFSSL_SUCCESS, "ca.pem");
        wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL);
    }
    WOLFSSL *ssl = new_connection(context, plain_connect(port));
    must(wolfSSL_UseKeyShare(ssl, WOLFSSL_ECC_X25519) == WOLFSSL_SUCCESS, "key exchange");
    must(wolfSSL_check_domain_name(ssl, "localhost") == WOLFSSL_SUCCESS, "name");
    if (kept != NULL)
        wolfSSL_set_session(ssl, kept); /* refused where the server gave no ticket */
    must(wolfSSL_connect(ssl) == WOLFSSL_SUCCESS, "wolfSSL_connect");
    return ssl;
}

static void wolf_send(void *connection, const void *data, size_t size)
{
    must(wolfSSL_write(connection, data, (int)size) == (int)size, "wolfSSL_write");
}

static size_t wolf_receive(void *connection, void *buffer, size_t capacity)
{
    int got = wolfSSL_read(connection, buffer, (int)capacity);
    return got > 0 ? (size_t)got : 0;
}

static void wolf_close(void *connection)
{
    int fd = wolfSSL_get_fd(connection);
    wolfSSL_SESSION_free(kept);
    kept = wolfSSL_get1_session(connection);
    wolfSSL_shutdown(connection);
    wolfSSL_free(connection);
    close(fd);
}

static int wolf_is_resumed(void *connection)
{
    return wolfSSL_session_reused(connection);
}

const transport candidates[] = {
    { "wolfSSL", 0, descriptor_listen, wolf_accept, wolf_connect, wolf_send, wolf_receive, wolf_close, wolf_is_resumed },
    { 0 },
};

/* A host that links the system's own OpenSSL talks TLS through it and through this library, which has another one
 * inside, at the same time. Neither sees the other's functions. Linked with -lssl -lcrypto. */
#include "tls_family.h"

#include <dlfcn.h>
#include <openssl/ssl.h>

/* The object that a function of this program really comes from. */
static const char *home_of(const void *function)
{
    Dl_info info;
    return dladdr(function, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "";
}

static void the_hosts_functions_are_the_systems(void)
{
    char version[200];
    CHECK(strstr(home_of((const void *)(uintptr_t)SSL_new), "libssl") != NULL);
    CHECK(strstr(home_of((const void *)(uintptr_t)OpenSSL_version), "libcrypto") != NULL);
    CHECK(strstr(home_of(dlsym(RTLD_DEFAULT, "SSL_CTX_new")), "libssl") != NULL);
    CHECK(SocketVersion(version, sizeof version) > 0);
    /* The two are really two: this library names the one inside it. */
    printf("# host: %s; library: %s\n", OpenSSL_version(OPENSSL_VERSION), version);
    CHECK(strstr(version, OpenSSL_version(OPENSSL_VERSION_STRING)) == NULL);
}

enum { ROUNDS = 50 };

typedef struct host_client {
    int32_t port;
    int greeted;
} host_client;

/* Connects with the system's OpenSSL, checks the certificate with it, sends and receives a message. */
static void *talk_with_the_systems(void *argument)
{
    host_client *c = argument;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int i;
    CHECK(context != NULL && SSL_CTX_load_verify_locations(context, tls_root, NULL) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    for (i = 0; i < ROUNDS; i++) {
        char answer[16] = "";
        SSL *ssl = SSL_new(context);
        int fd = peer_connect(c->port);
        CHECK(fd >= 0 && ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_set1_host(ssl, "localhost") == 1);
        CHECK_EQ(1, SSL_connect(ssl));
        CHECK_EQ(8, SSL_write(ssl, "5\r\nhello", 8));
        if (SSL_read(ssl, answer, sizeof answer) == 10 && memcmp(answer, "7\r\nbonjour", 10) == 0)
            c->greeted++;
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
    SSL_CTX_free(context);
    return NULL;
}

static void *talk_with_ours(void *argument)
{
    host_client *c = argument;
    int i;
    for (i = 0; i < ROUNDS; i++) {
        sock client;
        char name[32], answer[16];
        snprintf(name, sizeof name, "ours %d", i);
        if (S_ConnectSSL(&client, name, c->port, "localhost", 0, 10000) == 1 && S_Write(&client, "hello", -1) == 1 &&
            S_Read(&client, 0, 10000, answer, sizeof answer) == 7 && memcmp(answer, "bonjour", 7) == 0)
            c->greeted++;
        else
            check_fault_with_error(__FILE__, __LINE__, "a client of this library is served");
        CHECK_EQ(1, S_Close(&client));
    }
    return NULL;
}

static void both_talk_tls_at_once(void)
{
    sock listener, channel;
    host_client theirs = {0, 0}, ours = {0, 0};
    pthread_t threads[2];
    char hello[16];
    int i;
    REQUIRE((ours.port = theirs.port = tls_listen(&listener, "listener")) != 0);
    pthread_create(&threads[0], NULL, talk_with_the_systems, &theirs);
    pthread_create(&threads[1], NULL, talk_with_ours, &ours);
    for (i = 0; i < 2 * ROUNDS; i++) {
        if (!s_take(&listener, &channel))
            break;
        CHECK_EQ(5, S_Read(&channel, 0, 10000, hello, sizeof hello));
        CHECK_EQ(1, S_Write(&channel, "bonjour", -1));
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, hello, sizeof hello));
        CHECK_EQ(1, S_Close(&channel));
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    CHECK_EQ(ROUNDS, theirs.greeted);
    CHECK_EQ(ROUNDS, ours.greeted);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(the_hosts_functions_are_the_systems);
    RUN(both_talk_tls_at_once);
    return check_end();
}

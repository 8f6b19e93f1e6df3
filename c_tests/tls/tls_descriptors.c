/* A moment without descriptors is LIMIT, also where a file was to be read, and nothing of it is remembered. Arguments:
 * certificate, root. */
#include "tls_family.h"

#include <fcntl.h>
#include <sys/resource.h>

static struct rlimit before;

/* Leaves this process so many free descriptors. */
static void leave_descriptors(int count)
{
    struct rlimit now;
    int next = fcntl(0, F_DUPFD, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)(next + count);
    close(next);
    CHECK(setrlimit(RLIMIT_NOFILE, &now) == 0);
}

static void free_descriptors(void)
{
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

static void roots_that_could_not_be_read_are_read_a_moment_later(void)
{
    sock listener, client;
    tls_accepting accepting = {&listener, {"", 0}, 0};
    pthread_t thread;
    int32_t port = tls_listen(&listener, "listener");
    /* The system's roots, which are the one root of the tests. */
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, ""));
    CHECK_EQ(1, SocketSetOption(NULL, SSLSystemRoots, 1));
    CHECK(setenv("SSL_CERT_FILE", tls_root, 1) == 0 && unsetenv("SSL_CERT_DIR") == 0);
    leave_descriptors(0);
    CHECK_EQ(0, S_ConnectSSL(&client, "client", port, "localhost", 0, 10000));
    CHECK_EQ(WDSOCKET_ERR_LIMIT, SocketErrorCode());
    CHECK_EQ(EMFILE, SocketErrorSystem());
    free_descriptors();
    thread = thread_start(tls_accept_thread, &accepting);
    REQUIRE(S_ConnectSSL(&client, "client", port, "localhost", 0, 10000) == 1);
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    thread_end(thread);
    CHECK(accepting.done);
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, tls_root));
    CHECK_EQ(1, SocketSetOption(NULL, SSLSystemRoots, 0));
}

static void a_certificate_that_could_not_be_read_is_LIMIT(void)
{
    sock listener, client, channel = {"", 0}, other;
    REQUIRE(tls_pair(&listener, &client, &channel));
    leave_descriptors(1); /* one for the listener's socket */
    CHECK_EQ(0, S_CreateSSL(&other, "other", ProtocolTLS1_2, "127.0.0.1"));
    CHECK_EQ(WDSOCKET_ERR_LIMIT, SocketErrorCode());
    CHECK_EQ(EMFILE, SocketErrorSystem());
    free_descriptors();
    CHECK_EQ(1, S_CreateSSL(&other, "other", ProtocolTLS1_2, "127.0.0.1"));
    CHECK_EQ(1, S_Write(&client, "works", 5));
    CHECK_MESSAGE(&channel, "works");
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 60))
        return 1;
    RUN(roots_that_could_not_be_read_are_read_a_moment_later);
    RUN(a_certificate_that_could_not_be_read_is_LIMIT);
    return check_end();
}

/* TLS on sockets that were taken over: SocketStartSSL on both ends of a pair. */
#include "tls_family.h"

#include <sys/socket.h>

static sock client, server;

static void *start_as_server(void *unused)
{
    CHECK_EQ(1, S_CALL(SocketStartSSL)(S_KEY(&server), SSLAsServer, 10000, NULL, tls_certificate));
    return unused;
}

static void a_pair_is_put_under_tls(void)
{
    int ends[2];
    char version[32];
    pthread_t thread;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    REQUIRE(S_FromDescriptor(&client, "client", ends[0]) == 1 && S_FromDescriptor(&server, "server", ends[1]) == 1);
    thread = thread_start(start_as_server, NULL);
    CHECK_EQ(1, S_StartSSL(&client, 0, 10000, NULL));
    thread_end(thread);
    CHECK_EQ(1, S_Write(&client, "secret", -1));
    CHECK_MESSAGE(&server, "secret");
    CHECK(S_SSLInfo(&server, SSLProtocol, version, sizeof version) > 0);
    CHECK(strcmp("TLSv1.3", version) == 0);
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&server));
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 60))
        return 2;
    RUN(a_pair_is_put_under_tls);
    return check_end();
}

/* Many TLS connections one after the other, both ends here: no memory stays behind, whatever their end was.
 * Arguments: certificate, root, how many. */
#include "tls_family.h"

#include <malloc.h>

static int rounds;

static int32_t port;
static sock listener;

static void *serve(void *argument)
{
    sock channel;
    char message[64];
    intptr_t length;
    (void)argument;
    if (!s_take(&listener, &channel))
        return NULL;
    while ((length = S_Read(&channel, 0, 10000, message, sizeof message)) >= 0)
        S_Write(&channel, message, (int32_t)length);
    CHECK_EQ(1, S_Close(&channel));
    return NULL;
}

static void one_connection(int number)
{
    pthread_t server;
    sock client;
    char message[64];
    pthread_create(&server, NULL, serve, NULL);
    if (number % 4 == 3) {
        /* One that never does its handshake. */
        int silent = peer_connect(port);
        CHECK(silent >= 0 && peer_send(silent, "\x16\x03\x01", 3));
        close(silent);
    } else if (number % 4 == 2) {
        /* One that refuses the certificate. */
        CHECK_EQ(1, SocketSetText(NULL, SSLServerName, "till.example"));
        CHECK_EQ(0, S_ConnectSSL(&client, "refusing", port, "localhost", 0, 10000) == 1);
        CHECK_EQ(1, SocketSetText(NULL, SSLServerName, ""));
    } else {
        CHECK_EQ(1, S_ConnectSSL(&client, "client", port, "localhost", number % 4 ? ProtocolTLS1_2 : 0, 10000));
        CHECK_EQ(1, S_Write(&client, "message", -1));
        CHECK_EQ(7, S_Read(&client, 0, 10000, message, sizeof message));
        CHECK_EQ(1, S_Close(&client));
    }
    pthread_join(server, NULL);
}

static void connections_come_and_go(void)
{
    size_t before = 0;
    int i;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    for (i = 0; i < 2 * rounds && atomic_load(&check_faults) == 0; i++) {
        if (i == rounds)
            before = mallinfo2().uordblks;
        one_connection(i);
    }
    if (atomic_load(&check_faults) == 0) {
        size_t after = mallinfo2().uordblks;
        printf("# %zu bytes in use after %d connections, %zu after %d\n", before, rounds, after, 2 * rounds);
        /* Caches fill up meanwhile; what a connection needs is a hundred times as much. */
        CHECK(after < before + (size_t)rounds * 64 + 20000);
    }
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 250))
        return 1;
    /* mallinfo2 tells of one arena: all threads shall use it. */
    mallopt(M_ARENA_MAX, 1);
    rounds = argc > 3 ? atoi(argv[3]) / 2 : 100;
    RUN(connections_come_and_go);
    return check_end();
}

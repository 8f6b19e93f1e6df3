/* Many TLS connections one after the other, both ends here, through a relay that counts the server's bytes and may
 * cut them: no memory stays behind, whatever their end was.
 * Arguments: certificate, root, how many (at least 400). */
#include "tls_family.h"

#include "memory_use.h"

#include <poll.h>

enum {
    KINDS = 8,
    FEWEST = 200, /* with half of them the caches would not be full */
    WHOLE = 1 << 30,
    SHORTEST_HANDSHAKE = 600, /* fewer bytes of the server than in any full handshake */
    MESSAGE = 200,
    CUT_OFF = 24 + MESSAGE / 2, /* the server's close_notify, and half of its answer before: tickets differ by some bytes */
};

static int rounds;

static int32_t port, relay_port;
static int relay_listener;
static sock listener;

typedef struct relayed {
    int most, carried; /* bytes of the server */
} relayed;

/* Carries one client's connection; after `most` bytes of the server it drops both ends. */
static void *relay(void *argument)
{
    relayed *r = argument;
    int ends[2] = {peer_accept(relay_listener), peer_connect(port)}, is_open[2] = {1, 1}, i;
    char bytes[4096];
    CHECK(ends[0] >= 0 && ends[1] >= 0);
    while ((is_open[0] || is_open[1]) && r->carried < r->most) {
        struct pollfd waiting[2];
        int which[2], count = 0, next;
        for (i = 0; i < 2; i++)
            if (is_open[i]) {
                waiting[count].fd = ends[i];
                waiting[count].events = POLLIN;
                waiting[count].revents = 0;
                which[count++] = i;
            }
        if (poll(waiting, (unsigned)count, 20000) <= 0)
            break;
        for (next = 0; next < count; next++) {
            int room;
            ssize_t got;
            i = which[next];
            room = i == 1 && r->most - r->carried < (int)sizeof bytes ? r->most - r->carried : (int)sizeof bytes;
            if (waiting[next].revents == 0 || room == 0)
                continue;
            got = recv(ends[i], bytes, (size_t)room, 0);
            if (got > 0 && peer_send(ends[!i], bytes, (size_t)got)) {
                r->carried += i == 1 ? (int)got : 0;
            } else {
                shutdown(ends[!i], SHUT_WR);
                is_open[i] = 0;
            }
        }
    }
    for (i = 0; i < 2; i++)
        close(ends[i]);
    return NULL;
}

static void *serve(void *argument)
{
    sock channel;
    char message[MESSAGE + 1];
    intptr_t length;
    (void)argument;
    if (!s_take(&listener, &channel))
        return NULL;
    while ((length = S_Read(&channel, 0, 10000, message, sizeof message)) >= 0)
        S_Write(&channel, message, (int32_t)length);
    CHECK_EQ(1, S_Close(&channel));
    return NULL;
}

/* What a client does not share with an earlier one is agreed anew: sessions belong to a depth, and of a hundred
 * depths the library does not keep those that were used longest ago. */
static void forget_sessions(void)
{
    static int depth;
    CHECK_EQ(1, SocketSetOption(NULL, SSLVerifyDepth, 1 + depth++ % 100));
}

/* One connection of a client that asks for these versions, cut after `most` bytes of the server. `expected` is how
 * the handshake ends. Returns how many bytes the server sent. */
static int talk(int32_t options, int most, int expected)
{
    relayed r = {most, 0};
    pthread_t carrier = thread_start(relay, &r);
    sock client;
    char message[MESSAGE + 1];
    memset(message, 'm', MESSAGE);
    if (expected != 0) {
        CHECK_NO(expected, S_ConnectSSL(&client, "refused", relay_port, "localhost", options, 10000));
    } else {
        CHECK_EQ(1, S_ConnectSSL(&client, "client", relay_port, "localhost", options, 10000));
        CHECK_EQ(1, S_Write(&client, message, MESSAGE));
        if (most == WHOLE)
            CHECK_EQ(MESSAGE, S_Read(&client, 0, 10000, message, sizeof message));
        else
            CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&client, 0, 10000, message, sizeof message));
        CHECK_EQ(1, S_Close(&client));
    }
    pthread_join(carrier, NULL);
    return r.carried;
}

static void one_connection(int number)
{
    static int full[2], resumed[2];
    pthread_t server = thread_start(serve, NULL);
    int version = number % KINDS / 2;
    int32_t options = version == 1 ? ProtocolTLS1_2 : ProtocolTLS1_3;
    switch (number % KINDS) {
    case 0:
    case 2: /* A full handshake. */
        forget_sessions();
        full[version] = talk(options, WHOLE, 0);
        break;
    case 1:
    case 3: /* One that takes up the session of the last. */
        resumed[version] = talk(options, WHOLE, 0);
        CHECK(resumed[version] < full[version] - 300);
        break;
    case 4: /* One that refuses the certificate. */
        CHECK_EQ(1, SocketSetText(NULL, SSLServerName, "till.example"));
        talk(0, WHOLE, WDSOCKET_ERR_TLS_CERTIFICATE);
        CHECK_EQ(1, SocketSetText(NULL, SSLServerName, ""));
        break;
    case 5: { /* One that never does its handshake. */
        int silent = peer_connect(port);
        CHECK(silent >= 0 && peer_send(silent, "\x16\x03\x01", 3));
        close(silent);
        break;
    }
    case 6: /* One whose handshake is cut, somewhere else each time. */
        forget_sessions();
        talk(number % 16 < 8 ? ProtocolTLS1_2 : ProtocolTLS1_3, number * 37 % SHORTEST_HANDSHAKE,
             WDSOCKET_ERR_LOST);
        break;
    default: /* One that is cut in the middle of the answer. */
        forget_sessions();
        talk(ProtocolTLS1_3, full[0] - CUT_OFF, 0);
        break;
    }
    pthread_join(server, NULL);
}

static void connections_come_and_go(void)
{
    int64_t before = 0;
    int i, number;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    REQUIRE((relay_listener = peer_listen(&number)) >= 0);
    relay_port = number;
    for (i = 0; i < 2 * rounds && atomic_load(&check_faults) == 0; i++) {
        if (i == rounds)
            before = bytes_in_use();
        one_connection(i);
    }
    close(relay_listener);
    CHECK_EQ(1, SocketSetOption(NULL, SSLVerifyDepth, WDSOCKET_DEFAULT));
    if (atomic_load(&check_faults) == 0) {
        int64_t after = bytes_in_use();
        printf("# %ld bytes in use after %d connections, %ld after %d\n", (long)before, rounds, (long)after, 2 * rounds);
        /* Caches fill up meanwhile; what a connection needs is a hundred times as much. */
        CHECK(after < before + rounds * 64 + 20000);
    }
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 250))
        return 1;
    memory_start();
    rounds = argc > 3 ? atoi(argv[3]) / 2 : 0;
    if (rounds < FEWEST)
        rounds = FEWEST;
    RUN(connections_come_and_go);
    return check_end();
}

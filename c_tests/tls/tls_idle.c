/* What TLS connections cost: idle ones, after large messages went both ways, all of the library's memory for both ends; and
 * those whose peer claims a long first message and sends its beginning. Arguments: certificate, root. */
#include "tls_family.h"

#include "memory_use.h"

enum { PAIRS = 100, LARGE = 1000000, MOST = 60 * 1024 };

typedef struct pair {
    sock client, channel;
} pair;

static sock listener;
static pair pairs[2][PAIRS], warm[2][10];
static char sent[LARGE], echoed[LARGE], received[LARGE];

/* Takes a client and sends its message back. */
static void *serve(void *argument)
{
    pair *p = argument;
    if (s_take(&listener, &p->channel) && S_Read(&p->channel, 0, 20000, echoed, LARGE) == LARGE &&
        S_Write(&p->channel, echoed, LARGE) == 1)
        return NULL;
    check_fault_with_error(__FILE__, __LINE__, "a client is served");
    return NULL;
}

static void connect_pair(pair *p, int32_t options, int number)
{
    pthread_t server = thread_start(serve, p);
    char name[32];
    snprintf(name, sizeof name, "%d of %d", number, (int)options);
    CHECK_EQ(1, S_ConnectSSL(&p->client, name, s_port(&listener), "localhost", options, 20000));
    CHECK_EQ(1, S_Write(&p->client, sent, LARGE));
    CHECK_EQ(LARGE, S_Read(&p->client, 0, 20000, received, LARGE));
    pthread_join(server, NULL);
    CHECK(memcmp(sent, received, LARGE) == 0);
}

static void idle_connections_give_their_buffers_back(void)
{
    static const int32_t versions[] = {ProtocolTLS1_2, ProtocolTLS1_3};
    int version, i;
    for (i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 2654435761u >> 13);
    REQUIRE(S_CreateSSL(&listener, "listener", 0, "127.0.0.1") == 1);
    for (version = 0; version < 2; version++) {
        int64_t before, cost;
        /* The contexts, and the first connections' caches, are shared by all. */
        for (i = 0; i < 10; i++)
            connect_pair(&warm[version][i], versions[version], 1000 + i);
        before = bytes_in_use();
        for (i = 0; i < PAIRS; i++)
            connect_pair(&pairs[version][i], versions[version], i);
        cost = (bytes_in_use() - before) / PAIRS;
        printf("# TLS 1.%d: %ld bytes for both ends\n", 2 + version, (long)cost);
        CHECK(cost < MOST);
    }
}

enum { CLAIMS = 100, SLACK = 8 * 1024 };

/* What a client costs that has sent the head of a ClientHello of this length, and two bytes of it (RFC 8446, section 4). */
static int64_t cost_of_a_claim(int32_t port, unsigned claimed)
{
    static int fds[CLAIMS];
    static sock channels[CLAIMS];
    const unsigned char head[] = {
        22, 3, 1, 0, 6, 1, (unsigned char)(claimed >> 16), (unsigned char)(claimed >> 8), (unsigned char)claimed, 3, 3};
    int64_t before = bytes_in_use(), cost;
    char text[16];
    int i;
    for (i = 0; i < CLAIMS; i++) {
        fds[i] = peer_connect(port);
        if (!s_take(&listener, &channels[i]))
            return 0;
        CHECK(peer_send(fds[i], head, sizeof head));
        peer_wait_until_delivered(fds[i]);
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channels[i], 0, 0, text, sizeof text));
    }
    cost = (bytes_in_use() - before) / CLAIMS;
    for (i = 0; i < CLAIMS; i++) {
        S_Close(&channels[i]);
        close(fds[i]);
    }
    return cost;
}

static void memory_in_the_handshake_follows_what_came_and_not_what_is_claimed(void)
{
    int64_t few, many;
    int32_t port;
    REQUIRE(S_CreateSSL(&listener, "listener", 0, "127.0.0.1") == 1);
    port = s_port(&listener);
    cost_of_a_claim(port, 300); /* what the first ones need is kept */
    few = cost_of_a_claim(port, 300);
    many = cost_of_a_claim(port, 131000);
    printf("# %ld bytes for a claim of 300 bytes, %ld for one of 131,000\n", (long)few, (long)many);
    CHECK(few > 0 && many < few + SLACK);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 280))
        return 1;
    memory_start();
    RUN(idle_connections_give_their_buffers_back);
    RUN(memory_in_the_handshake_follows_what_came_and_not_what_is_claimed);
    return check_end();
}

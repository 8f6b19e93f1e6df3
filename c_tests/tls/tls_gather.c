/* SocketGather over TLS: messages that are held leave in one record. */
#include "tls_family.h"

enum { LONG_TIME = 60000, MESSAGES = 20000 };

/* --- what stands between the two ends and counts records of data ------------------------------ */

typedef struct relay {
    int port, listener, server;
    int client, target;
    atomic_int records;
} relay;

/* The client's way: each record is five bytes that tell its kind and size, and the rest. */
static void *forward_records(void *argument)
{
    relay *r = argument;
    unsigned char record[5 + 65536];
    size_t size;
    while (peer_receive(r->client, record, 5)) {
        size = (size_t)record[3] << 8 | record[4];
        if (!peer_receive(r->client, record + 5, size))
            break;
        if (record[0] == 23)
            atomic_fetch_add(&r->records, 1);
        if (!peer_send(r->target, record, 5 + size))
            break;
    }
    shutdown(r->target, SHUT_WR);
    return NULL;
}

static void *relay_run(void *argument)
{
    relay *r = argument;
    pthread_t there;
    char bytes[4096];
    ssize_t count;
    r->client = peer_accept(r->listener);
    r->target = peer_connect(r->server);
    if (r->client < 0 || r->target < 0)
        return NULL;
    there = thread_start(forward_records, r);
    while ((count = recv(r->target, bytes, sizeof bytes, 0)) > 0 && peer_send(r->client, bytes, (size_t)count)) {
    }
    thread_end(there);
    close(r->client);
    close(r->target);
    return NULL;
}

/* --- the promises ----------------------------------------------------------------------------- */

static void many_messages_leave_in_one_record(void)
{
    sock listener, client;
    tls_accepting accepting = {&listener, {"", 0}, 0};
    pthread_t relaying, taking;
    char message[64], in[64];
    relay r;
    int before, i;
    memset(&r, 0, sizeof r);
    REQUIRE((r.server = tls_listen(&listener, "listener")) > 0);
    REQUIRE((r.listener = peer_listen(&r.port)) >= 0);
    relaying = thread_start(relay_run, &r);
    taking = thread_start(tls_accept_thread, &accepting);
    REQUIRE(S_ConnectSSL(&client, "client", r.port, "127.0.0.1", 0, 10000) == 1);
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    thread_end(taking);
    REQUIRE(accepting.done && S_SetOption(&client, SocketGather, LONG_TIME) == 1);
    before = atomic_load(&r.records);
    for (i = 0; i < 100; i++) {
        memset(message, i, sizeof message);
        CHECK_EQ(1, S_Write(&client, message, sizeof message));
    }
    CHECK_EQ(before, atomic_load(&r.records));
    CHECK_EQ(1, S_Flush(&client));
    for (i = 0; i < 100; i++) {
        REQUIRE(S_Read(&accepting.channel, 0, 10000, in, sizeof in) == 64);
        CHECK(in[0] == i && in[63] == i);
    }
    CHECK_EQ(before + 1, atomic_load(&r.records));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&accepting.channel));
    thread_end(relaying);
    close(r.listener);
}

static void *connect_and_read(void *argument)
{
    sock client;
    char in[16];
    if (S_ConnectSSL(&client, "client", *(int32_t *)argument, "127.0.0.1", 0, 10000) != 1)
        check_fault_with_error(__FILE__, __LINE__, "a TLS connection on loopback");
    CHECK_EQ(7, S_Read(&client, 0, 10000, in, sizeof in));
    return NULL;
}

static void a_channel_that_writes_first_does_its_handshake_at_once(void)
{
    sock listener, channel;
    char version[32];
    int32_t port = tls_listen(&listener, "listener");
    pthread_t thread;
    REQUIRE(port > 0 && S_SetOption(&listener, SocketGather, 50) == 1);
    thread = thread_start(connect_and_read, &port);
    REQUIRE(s_take(&listener, &channel));
    CHECK_EQ(1, S_Write(&channel, "welcome", 7));
    CHECK(S_SSLInfo(&channel, SSLProtocol, version, sizeof version) > 0);
    thread_end(thread);
}

static void close_sends_what_is_held(void)
{
    sock listener, client, channel;
    char in[16];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketGather, LONG_TIME));
    CHECK_EQ(1, S_Write(&client, "last", 4));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(4, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, in, sizeof in));
}

static void *write_numbers(void *argument)
{
    int i;
    for (i = 0; i < MESSAGES; i++)
        CHECK_EQ(1, S_Write((sock *)argument, &i, sizeof i));
    return NULL;
}

static void messages_stay_in_their_order_in_both_directions(void)
{
    sock listener, client, channel;
    pthread_t there, back;
    int number, i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketGather, 1));
    CHECK_EQ(1, S_SetOption(&channel, SocketGather, 1));
    there = thread_start(write_numbers, &client);
    back = thread_start(write_numbers, &channel);
    for (i = 0; i < MESSAGES; i++) {
        REQUIRE(S_Read(&channel, 0, 10000, &number, sizeof number) == sizeof number && number == i);
        REQUIRE(S_Read(&client, 0, 10000, &number, sizeof number) == sizeof number && number == i);
    }
    thread_end(there);
    thread_end(back);
}

static void a_peer_that_stops_reading_gets_all_of_it_later(void)
{
    static char message[5000], in[5000];
    sock listener, client, channel;
    int written = 0, i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketGather, 1));
    CHECK_EQ(1, S_SetOption(&client, SocketWriteTimeout, 200));
    while (written < 100000 && S_Write(&client, message, sizeof message) == 1)
        written++;
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    for (i = 0; i < written; i++)
        REQUIRE(S_Read(&channel, 0, 10000, in, sizeof in) == sizeof in);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(many_messages_leave_in_one_record);
    RUN(a_channel_that_writes_first_does_its_handshake_at_once);
    RUN(close_sends_what_is_held);
    RUN(messages_stay_in_their_order_in_both_directions);
    RUN(a_peer_that_stops_reading_gets_all_of_it_later);
    return check_end();
}

/* A watch over TLS: one thread serves all, handshakes included. Argument: the server's certificate and key
 * in one PEM file. */
#include "watch_scene.h"

enum { CLIENTS = 20 };

static const char *certificate;
static sock server, watch;
static int32_t port;

/* One thread, one watch: takes clients, does their handshakes within the wait, echoes, until `stopped`. */
static atomic_int stopped, accepted;

static void *serve(void *argument)
{
    static char message[100000];
    (void)argument;
    while (!atomic_load(&stopped)) {
        int32_t ready[8];
        intptr_t count = S_WatchWait(&watch, 100, ready, 8), i;
        CHECK(count >= 0);
        for (i = 0; i < count; i++) {
            intptr_t size;
            if (ready[i] == s_id(&server)) {
                intptr_t client = SocketAcceptId(ready[i]);
                CHECK(client > 0);
                CHECK_EQ(1, SocketWatchAddId(s_id(&watch), (int32_t)client));
                atomic_fetch_add(&accepted, 1);
                continue;
            }
            size = SocketReadId(ready[i], 0, 0, message, sizeof message);
            if (size >= 0)
                CHECK_EQ(1, SocketWriteId(ready[i], message, (int32_t)size));
            else
                CHECK_EQ(1, SocketCloseId(ready[i]));
        }
    }
    return NULL;
}

static int listen_with_tls(void)
{
    s_name(&server, "server");
#ifdef BY_ID
    if (s_made(&server, SocketCreateSSLId(0, certificate, 0, "127.0.0.1", NULL)) != 1)
        return 0;
#else
    if (SocketCreateSSL("server", 0, certificate, 0, "127.0.0.1", NULL) != 1)
        return 0;
#endif
    port = s_port(&server);
    return S_Watch(&watch, "watch") == 1 && S_WatchAdd(&watch, &server) == 1;
}

static int32_t connect_with_tls(void)
{
    return (int32_t)SocketConnectSSLId(port, "127.0.0.1", SSLNoVerify, 20000, NULL);
}

static void one_thread_serves_clients_that_shake_hands(void)
{
    static char sent[80000], got[80000];
    int32_t clients[CLIENTS];
    pthread_t thread;
    int i, round;
    REQUIRE(listen_with_tls());
    atomic_store(&stopped, 0);
    for (i = 0; i < (int)sizeof sent; i++)
        sent[i] = (char)(i * 7 >> 2);
    thread = thread_start(serve, NULL);
    for (i = 0; i < CLIENTS; i++)
        CHECK((clients[i] = connect_with_tls()) > 0);
    for (round = 0; round < 5; round++) {
        /* Sizes from nothing to several TLS records; one is larger than all that a receive takes. */
        int32_t size = round == 0 ? 0 : round == 4 ? 80000 : round * 9000;
        for (i = 0; i < CLIENTS; i++) {
            CHECK_EQ(1, SocketWriteId(clients[i], sent, size));
            CHECK_EQ(1, SocketWriteId(clients[i], "next", 4));
        }
        for (i = 0; i < CLIENTS; i++) {
            CHECK_EQ(size, SocketReadId(clients[i], 0, 20000, got, sizeof got));
            CHECK(memcmp(sent, got, (size_t)size) == 0);
            CHECK_EQ(4, SocketReadId(clients[i], 0, 20000, got, sizeof got));
        }
    }
    for (i = 0; i < CLIENTS; i++)
        CHECK_EQ(1, SocketCloseId(clients[i]));
    atomic_store(&stopped, 1);
    thread_end(thread);
    CHECK_EQ(CLIENTS, atomic_load(&accepted));
}

static void *hold_a_handshake(void *argument)
{
    *(int32_t *)argument = connect_with_tls();
    return NULL;
}

/* A client, and the channel at the other end, handshake done by the first read of nothing. */
static int tls_pair(int32_t *client, sock *channel)
{
    pthread_t thread = thread_start(hold_a_handshake, client);
    char byte;
    int64_t end = now_ms() + 10000;
    if (!s_take(&server, channel))
        return 0;
    while (S_Read(channel, 0, 50, &byte, 1) == -WDSOCKET_ERR_TIMEOUT && now_ms() < end) {
        char text[64];
        if (S_CALL(SocketSSLInfo)(S_KEY(channel), SSLProtocol, text, sizeof text) > 0)
            break;
    }
    thread_end(thread);
    return *client > 0;
}

/* All of the bytes come in one record: after the first byte no descriptor tells of the others. */
static void decrypted_bytes_are_told_though_the_descriptor_is_silent(void)
{
    int32_t client;
    sock channel;
    char byte;
    int i;
    REQUIRE(listen_with_tls());
    CHECK_EQ(1, S_WatchRemove(&watch, &server));
    REQUIRE(tls_pair(&client, &channel));
    CHECK_EQ(1, S_Mode(&channel, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, SocketChangeTransmissionModeId(client, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, SocketWriteId(client, "abcde", 5));
    CHECK_EQ(1, S_Read(&channel, 0, 10000, &byte, 1));
    CHECK_EQ(1, S_WatchAdd(&watch, &channel));
    for (i = 0; i < 4; i++) {
        CHECK_READY_NOW(&watch, &channel);
        CHECK_EQ(1, S_Read(&channel, 0, 0, &byte, 1));
        CHECK_EQ("bcde"[i], byte);
    }
    CHECK_QUIET(&watch);
    /* The same where the read goes past the watch: it wakes, and the read takes one byte of the record. */
    for (i = 0; i < 20; i++) {
        CHECK_EQ(1, SocketWriteId(client, "xy", 2));
        CHECK_EQ(1, S_Read(&channel, 0, 10000, &byte, 1));
        CHECK_READY_NOW(&watch, &channel);
        CHECK_EQ(1, S_Read(&channel, 0, 0, &byte, 1));
        CHECK_QUIET(&watch);
    }
    CHECK_EQ(1, SocketCloseId(client));
    CHECK_READY(&watch, &channel);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 0, &byte, 1));
}

/* A server that speaks first: its write does the handshake and may receive the client's message with it. */
static void a_message_received_within_a_write_s_handshake_is_told(void)
{
    int i;
    REQUIRE(listen_with_tls());
    CHECK_EQ(1, S_WatchRemove(&watch, &server));
    for (i = 0; i < 20; i++) {
        sock channel;
        int32_t client = 0;
        char text[16];
        pthread_t thread = thread_start(hold_a_handshake, &client);
        REQUIRE(s_take(&server, &channel));
        CHECK_EQ(1, S_WatchAdd(&watch, &channel));
        CHECK_EQ(1, S_Write(&channel, "welcome", 7));
        thread_end(thread);
        REQUIRE(client > 0);
        CHECK_QUIET(&watch);
        CHECK_EQ(1, SocketWriteId(client, "hello", 5));
        CHECK_READY(&watch, &channel);
        CHECK_MESSAGE(&channel, "hello");
        CHECK_EQ(7, SocketReadId(client, 0, 10000, text, sizeof text));
        CHECK_EQ(1, SocketCloseId(client));
        CHECK_EQ(1, S_Close(&channel));
    }
}

static void a_client_that_does_not_speak_TLS_is_told(void)
{
    int fd;
    sock channel;
    char text[16];
    REQUIRE(listen_with_tls());
    CHECK_EQ(1, S_WatchRemove(&watch, &server));
    fd = peer_connect(port);
    REQUIRE(s_take(&server, &channel));
    CHECK_EQ(1, S_WatchAdd(&watch, &channel));
    CHECK_QUIET(&watch);
    PEER_SEND(fd, "GET / HTTP/1.0\r\n\r\n");
    CHECK_READY(&watch, &channel);
    CHECK_MINUS(WDSOCKET_ERR_TLS_PROTOCOL, S_Read(&channel, 0, 0, text, sizeof text));
    close(fd);
}

/* Nothing ever comes from it: only the clock can tell. */
static void a_client_that_says_nothing_is_told_when_its_time_is_over(void)
{
    int fd;
    sock channel;
    char text[16];
    int64_t start;
    REQUIRE(listen_with_tls());
    CHECK_EQ(1, S_WatchRemove(&watch, &server));
    CHECK_EQ(1, S_SetOption(&server, SSLHandshakeTimeout, 300));
    fd = peer_connect(port);
    REQUIRE(s_take(&server, &channel));
    start = now_ms();
    CHECK_EQ(1, S_WatchAdd(&watch, &channel));
    CHECK_QUIET(&watch);
    CHECK_READY(&watch, &channel);
    CHECK(now_ms() - start >= 290);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&channel, 0, 0, text, sizeof text));
    CHECK_EQ(1, S_Close(&channel));
    CHECK_QUIET(&watch);
    close(fd);
}

int main(int argc, char **argv)
{
    check_start(120);
    if (argc != 2)
        return 3;
    certificate = argv[1];
    RUN(one_thread_serves_clients_that_shake_hands);
    RUN(decrypted_bytes_are_told_though_the_descriptor_is_silent);
    RUN(a_message_received_within_a_write_s_handshake_is_told);
    RUN(a_client_that_does_not_speak_TLS_is_told);
    RUN(a_client_that_says_nothing_is_told_when_its_time_is_over);
    return check_end();
}

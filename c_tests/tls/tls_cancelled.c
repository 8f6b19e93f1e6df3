/* pthread_cancel never unwinds through a call: a thread that is cancelled already makes every kind of call, and ends
 * at its own next point of cancellation. Threads that wait in a call when they are cancelled return from it first. */
#include "tls_family.h"
#include "datagram.h"
#include "watch_scene.h"

/* What the test itself asks of the system, where it would be cancelled. */
#define OURSELVES(statement)                                     \
    do {                                                         \
        int state_;                                              \
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_); \
        statement;                                               \
        pthread_setcancelstate(state_, &state_);                 \
    } while (0)

static int reached;

/* Runs `body` in a thread that has been cancelled; whether it came to its end. */
static void *cancelled(void *body)
{
    pthread_cancel(pthread_self());
    ((void (*)(void))(uintptr_t)body)();
    reached++;
    pthread_testcancel();
    reached = 100; /* it was not cancelled at all */
    return NULL;
}

static void check_reaches_its_end(void (*body)(void))
{
    pthread_t thread;
    void *result = NULL;
    reached = 0;
    thread = thread_start(cancelled, (void *)(uintptr_t)body);
    pthread_join(thread, &result);
    CHECK_EQ(1, reached);
    CHECK(result == PTHREAD_CANCELED);
}

static void use_tcp(void)
{
    sock listener, client, channel, watch;
    int32_t ids[4];
    char in[64], large[100000] = "";
    int fd;
    REQUIRE(s_listen(&listener, "listener") != 0);
    CHECK_EQ(0, S_WaitForConnection(&listener, 1));
    REQUIRE(S_Connect(&client, "client", s_port(&listener), "localhost", 10000) == 1 && s_take(&listener, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketWriteTimeout, 200));
    CHECK_EQ(1, S_Write(&client, "short", 5));
    CHECK_EQ(5, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 150, in, sizeof in));
    CHECK_EQ(1, S_Write(&client, large, sizeof large));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_EQ((intptr_t)sizeof large, S_Pending(&channel));
    CHECK_EQ((intptr_t)sizeof large, S_Read(&channel, 0, 10000, large, sizeof large));
    REQUIRE(S_Watch(&watch, "watch") == 1 && S_WatchAdd(&watch, &channel) == 1 && S_WatchAdd(&watch, &listener) == 1);
    CHECK_EQ(0, S_WatchWait(&watch, 5, ids, 4));
    CHECK_EQ(1, S_Write(&client, "told", 4));
    CHECK_READY(&watch, &channel);
    CHECK_EQ(1, S_WatchRemove(&watch, &channel));
    CHECK_EQ(1, S_Connected(&client));
    while (S_Write(&client, large, sizeof large) == 1) {
    }
    CHECK_EQ(0, S_Shutdown(&client));
    OURSELVES(fd = peer_connect(s_port(&listener)));
    CHECK_EQ(1, S_WaitForConnection(&listener, 10000));
    CHECK_EQ(1, S_Deny(&listener));
    OURSELVES(close(fd));
    CHECK(NetIPAddress("localhost", 1, in, sizeof in) >= 0);
    CHECK_NO(WDSOCKET_ERR_REFUSED, SocketConnect("nobody", 1, "127.0.0.1", 5000));
    CHECK(SocketCloseAll() >= 4);
}

static void use_a_simplified_server(void)
{
    sock server;
    char in[64];
    int fd;
    REQUIRE(S_Create(&server, "server", 0, "127.0.0.1") == 1);
    OURSELVES(fd = peer_connect(s_port(&server)));
    OURSELVES(PEER_SEND(fd, "5\r\nhello"));
    CHECK_EQ(5, S_Read(&server, 0, 10000, in, sizeof in));
    CHECK_EQ(1, S_Write(&server, "and back", 8));
    OURSELVES(close(fd));
    CHECK(S_Read(&server, 0, 10000, in, sizeof in) < 0);
    CHECK_EQ(1, S_Close(&server));
}

static void use_udp(void)
{
    sock udp;
    char in[64];
    int32_t port = s_udp(&udp, "udp", "127.0.0.1");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&udp, 0, 150, in, sizeof in));
    CHECK_EQ(1, S_WriteTo(&udp, "datagram", 8, "127.0.0.1", port));
    CHECK_EQ(1, S_WriteTo(&udp, "datagram", 8, "localhost", port));
    CHECK(S_Pending(&udp) == 8);
    CHECK_EQ(8, S_Read(&udp, 0, 10000, in, sizeof in));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_WriteTo(&udp, "x", 1, "no.such.host.invalid", port));
    CHECK_EQ(1, S_Close(&udp));
}

static sock tls_listener;

static void *serve_tls(void *unused)
{
    sock channel;
    char in[64];
    intptr_t length;
    if (s_take(&tls_listener, &channel))
        while ((length = S_Read(&channel, 0, 10000, in, sizeof in)) >= 0)
            S_Write(&channel, in, (int32_t)length);
    return unused;
}

static void use_tls(void)
{
    sock client;
    char in[64];
    REQUIRE(S_ConnectSSL(&client, "client", s_port(&tls_listener), "localhost", 0, 10000) == 1);
    CHECK_EQ(1, S_Write(&client, "secret", 6));
    CHECK_EQ(6, S_Read(&client, 0, 10000, in, sizeof in));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&client, 0, 150, in, sizeof in));
    CHECK_EQ(0, S_Pending(&client));
    CHECK(S_SSLInfo(&client, SSLProtocol, in, sizeof in) > 0);
    CHECK_EQ(1, S_Shutdown(&client));
    CHECK_EQ(1, S_Close(&client));
}

static void a_thread_that_is_cancelled_finishes_its_calls_over_tcp(void)
{
    check_reaches_its_end(use_tcp);
}

static void a_thread_that_is_cancelled_finishes_its_calls_as_a_simplified_server(void)
{
    check_reaches_its_end(use_a_simplified_server);
}

static void a_thread_that_is_cancelled_finishes_its_calls_over_udp(void)
{
    check_reaches_its_end(use_udp);
}

static void a_thread_that_is_cancelled_finishes_its_calls_over_tls(void)
{
    pthread_t server;
    REQUIRE(tls_listen(&tls_listener, "tls") != 0);
    server = thread_start(serve_tls, NULL);
    check_reaches_its_end(use_tls);
    thread_end(server);
}

typedef struct waiting {
    const sock *socket;
    atomic_int thread;
    intptr_t result;
} waiting;

static void *read_without_limit(void *argument)
{
    waiting *w = argument;
    char in[16];
    atomic_store(&w->thread, this_thread());
    w->result = S_Read(w->socket, 1, 0, in, sizeof in);
    pthread_testcancel();
    return NULL;
}

static void a_thread_that_waits_in_a_call_is_cancelled_when_that_returns(void)
{
    sock listener, client, channel, udp;
    waiting readers[] = {{&channel, 0, 0}, {&channel, 0, 0}, {&udp, 0, 0}};
    pthread_t threads[3];
    void *result;
    int i;
    REQUIRE(s_pair(&listener, &client, &channel) && s_udp(&udp, "udp", "127.0.0.1") != 0);
    for (i = 0; i < 3; i++) {
        threads[i] = thread_start(read_without_limit, &readers[i]);
        wait_until_thread_waits(&readers[i].thread);
        CHECK_EQ(0, pthread_cancel(threads[i]));
    }
    CHECK_EQ(1, S_Write(&client, "one", 3));
    CHECK_EQ(1, S_Write(&client, "two", 3));
    CHECK_EQ(1, S_WriteTo(&udp, "it", 2, "127.0.0.1", s_port(&udp)));
    for (i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        CHECK(result == PTHREAD_CANCELED);
        CHECK_EQ(i < 2 ? 3 : 2, readers[i].result);
    }
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 60))
        return 1;
    RUN(a_thread_that_is_cancelled_finishes_its_calls_over_tcp);
    RUN(a_thread_that_is_cancelled_finishes_its_calls_as_a_simplified_server);
    RUN(a_thread_that_is_cancelled_finishes_its_calls_over_udp);
    RUN(a_thread_that_is_cancelled_finishes_its_calls_over_tls);
    RUN(a_thread_that_waits_in_a_call_is_cancelled_when_that_returns);
    return check_end();
}

/* A client that asks for new TLS keys without end: it holds up nobody. Arguments: certificate, root. For each promise the
 * program prints "port N"; the client that then comes says "bad" and then sends KeyUpdates as fast as it
 * can, nothing else. */
#include "tls_family.h"
#include "watch_scene.h"

/* What is allowed beyond what a call was given: unbounded, each would last as long as the flood. */
enum { MORE = 500, WAITS = 40 };

static int next_client(sock *bad)
{
    sock server;
    char first[16];
    int taken;
    if (S_CreateSSL(&server, "server", 0, "127.0.0.1") != 1)
        return 0;
    printf("port %d\n", (int)s_port(&server));
    taken = s_take(&server, bad) && S_Read(bad, 0, 60000, first, sizeof first) == 3 && memcmp(first, "bad", 3) == 0;
    if (!taken)
        check_fault_with_error(__FILE__, __LINE__, "a client is taken");
    return taken;
}

/* The slowest of the calls so far. */
static void note(int64_t *slowest, int64_t start)
{
    int64_t took = now_ms() - start;
    if (took > *slowest)
        *slowest = took;
}

static void a_watch_and_its_other_sockets_keep_their_time(void)
{
    sock bad, watch, listener, client, channel;
    int64_t wait = 0, echo = 0, start;
    char text[64];
    int32_t ids[4];
    int i, waits = 0;
    REQUIRE(next_client(&bad));
    REQUIRE(s_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Watch(&watch, "watch"));
    CHECK_EQ(1, S_WatchAdd(&watch, &bad));
    CHECK_EQ(1, S_WatchAdd(&watch, &channel));
    while (waits++ < WAITS) {
        int64_t asked = now_ms();
        int answered = 0;
        CHECK_EQ(1, S_Write(&client, "hi", 2));
        while (!answered && now_ms() - asked < 20000) {
            intptr_t count;
            start = now_ms();
            count = S_WatchWait(&watch, 50, ids, 4);
            note(&wait, start);
            REQUIRE(count >= 0);
            for (i = 0; i < count; i++) {
                if (ids[i] == s_id(&bad)) {
                    S_Read(&bad, 0, 0, text, sizeof text);
                } else {
                    CHECK_EQ(2, S_Read(&channel, 0, 0, text, sizeof text));
                    CHECK_EQ(1, S_Write(&channel, text, 2));
                    CHECK_EQ(2, S_Read(&client, 0, 10000, text, sizeof text));
                    answered = 1;
                }
            }
        }
        note(&echo, asked);
    }
    CHECK(wait < 50 + MORE);
    CHECK(echo < MORE);
}

static void a_call_that_does_not_wait_returns_at_once(void)
{
    sock bad;
    int64_t read = 0, pending = 0, start;
    char text[64];
    int i;
    REQUIRE(next_client(&bad));
    for (i = 0; i < WAITS; i++) {
        start = now_ms();
        S_Read(&bad, 0, 0, text, sizeof text);
        note(&read, start);
        start = now_ms();
        S_Pending(&bad);
        note(&pending, start);
    }
    CHECK(read < MORE);
    CHECK(pending < MORE);
}

static atomic_int over;

static void *wait_again_and_again(void *watch)
{
    int32_t ids[4];
    while (!atomic_load(&over) && S_WatchWait((sock *)watch, 50, ids, 4) >= 0) {
    }
    return NULL;
}

/* The processor time of another thread, in milliseconds. */
static int64_t cpu_ms(pthread_t thread)
{
    clockid_t clock;
    struct timespec t = {0, 0};
    if (pthread_getcpuclockid(thread, &clock) == 0)
        clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void a_close_takes_no_time(void)
{
    sock bad, watch;
    pthread_t thread;
    int64_t start;
    REQUIRE(next_client(&bad));
    CHECK_EQ(1, S_Watch(&watch, "watch"));
    CHECK_EQ(1, S_WatchAdd(&watch, &bad));
    atomic_store(&over, 0);
    thread = thread_start(wait_again_and_again, &watch);
    WAIT_UNTIL(cpu_ms(thread) >= 20); /* it looks at the flood */
    start = now_ms();
    CHECK_EQ(1, S_Close(&bad));
    CHECK(now_ms() - start < MORE);
    atomic_store(&over, 1);
    thread_end(thread);
}

static void a_client_that_sends_nothing_else_is_dropped(void)
{
    sock bad;
    char text[600];
    int i;
    REQUIRE(next_client(&bad));
    for (i = 0; i < 3; i++) {
        CHECK_MINUS(WDSOCKET_ERR_TLS_PROTOCOL, S_Read(&bad, 1, 0, text, sizeof text));
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "the client was dropped") != NULL);
    }
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 240))
        return 1;
    RUN(a_watch_and_its_other_sockets_keep_their_time);
    RUN(a_call_that_does_not_wait_returns_at_once);
    RUN(a_close_takes_no_time);
    RUN(a_client_that_sends_nothing_else_is_dropped);
    return check_end();
}

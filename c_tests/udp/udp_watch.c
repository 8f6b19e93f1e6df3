/* Watches of UDP sockets. */
#include "datagram.h"
#include "watch_scene.h"

static char in[100];

static void a_datagram_is_told_until_it_is_read(void)
{
    sock s, w;
    int port, own, fd, i;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0 && S_Watch(&w, "w") == 1);
    fd = peer_udp(&own);
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    CHECK_QUIET(&w);
    for (i = 0; i < 3; i++) {
        CHECK(peer_send_to(fd, i == 1 ? "" : "one", i == 1 ? 0 : 3, port));
        CHECK_READY(&w, &s);
        CHECK_READY_NOW(&w, &s);
        CHECK_EQ(i == 1 ? 0 : 3, S_Read(&s, 0, 0, in, sizeof in));
        CHECK_QUIET(&w);
    }
    CHECK(peer_send_to(fd, "before", 6, port));
    CHECK_EQ(1, S_WatchRemove(&w, &s));
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    CHECK_READY(&w, &s);
    CHECK_EQ(1, S_Close(&s));
    CHECK_QUIET(&w);
    close(fd);
}

static void a_datagram_that_did_not_fit_is_told(void)
{
    sock s, first, second;
    int port, own, fd;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0 && S_Watch(&first, "first") == 1 && S_Watch(&second, "second") == 1);
    fd = peer_udp(&own);
    CHECK_EQ(1, S_WatchAdd(&first, &s));
    CHECK(peer_send_to(fd, "four", 4, port));
    CHECK_READY(&first, &s);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&s, 0, 0, in, 3));
    CHECK_READY(&first, &s);
    CHECK_READY_NOW(&first, &s);
    CHECK_EQ(1, S_WatchAdd(&second, &s));
    CHECK_READY(&second, &s);
    CHECK_EQ(4, S_Read(&s, 0, 0, in, 4));
    CHECK_QUIET(&first);
    CHECK_QUIET(&second);
    close(fd);
}

typedef struct short_reader {
    const sock *socket;
    atomic_int thread;
    intptr_t result;
} short_reader;

static void *read_short(void *argument)
{
    short_reader *r = argument;
    char buffer[3];
    atomic_store(&r->thread, this_thread());
    r->result = S_Read(r->socket, 1, 0, buffer, sizeof buffer);
    return NULL;
}

static void what_another_thread_left_is_told_to_a_watch_that_waits(void)
{
    sock s, w;
    short_reader r = {&s, 0, 0};
    pthread_t thread;
    int port, own, fd;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0 && S_Watch(&w, "w") == 1);
    fd = peer_udp(&own);
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    thread = thread_start(read_short, &r);
    wait_until_thread_waits(&r.thread);
    CHECK(peer_send_to(fd, "four", 4, port));
    CHECK_READY(&w, &s);
    thread_end(thread);
    CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, r.result);
    CHECK_READY_NOW(&w, &s);
    CHECK_EQ(4, S_Read(&s, 0, 0, in, 4));
    CHECK_QUIET(&w);
    close(fd);
}

enum { SOCKETS = 40, ROUNDS = 50 };

static void one_thread_serves_many_ports(void)
{
    sock s[SOCKETS], w;
    int ports[SOCKETS], own, fd, round, i;
    REQUIRE(S_Watch(&w, "w") == 1);
    fd = peer_udp(&own);
    for (i = 0; i < SOCKETS; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        REQUIRE((ports[i] = s_udp(&s[i], name, "127.0.0.1")) != 0 && S_WatchAdd(&w, &s[i]) == 1);
    }
    for (round = 0; round < ROUNDS && atomic_load(&check_faults) == 0; round++) {
        int left = 0;
        for (i = round % 7; i < SOCKETS; i += 3, left++)
            CHECK(peer_send_to(fd, &i, sizeof i, ports[i]));
        while (left > 0) {
            int32_t ids[8];
            intptr_t count = S_WatchWait(&w, 10000, ids, 8), k;
            REQUIRE(count > 0);
            for (k = 0; k < count; k++) {
                int number = -1;
                CHECK_EQ((intptr_t)sizeof number, SocketReadId(ids[k], 0, 0, &number, sizeof number));
                REQUIRE(number >= 0 && number < SOCKETS);
                CHECK_EQ(s_id(&s[number]), ids[k]);
                left--;
            }
        }
    }
    CHECK_QUIET(&w);
    close(fd);
}

int main(void)
{
    check_start(60);
    RUN(a_datagram_is_told_until_it_is_read);
    RUN(a_datagram_that_did_not_fit_is_told);
    RUN(what_another_thread_left_is_told_to_a_watch_that_waits);
    RUN(one_thread_serves_many_ports);
    return check_end();
}

/* A port is free when SocketClose has returned, whatever other threads are doing with its socket. */
#include "datagram.h"
#include "watch_scene.h"

enum { ROUNDS = 25, THREADS = 2 };

static sock used;
static atomic_int threads_in[THREADS];

static void *read_for_ever(void *place)
{
    static char bytes[THREADS][65536];
    atomic_int *thread = place;
    atomic_store(thread, this_thread());
    S_Read(&used, 1, 0, bytes[thread - threads_in], sizeof bytes[0]);
    return NULL;
}

static void *wait_for_a_client(void *place)
{
    atomic_int *thread = place;
    atomic_store(thread, this_thread());
    S_WaitForConnection(&used, WDSOCKET_INFINITE);
    return NULL;
}

static intptr_t close_it(void)
{
    return S_Close(&used);
}

static intptr_t close_all(void)
{
    return SocketCloseAll();
}

/* Makes the socket again and again at one port, each time while threads wait in a call of it. */
static void makes_it_at_the_same_port(intptr_t (*make)(sock *, const char *, int32_t, const char *),
                                      void *(*wait_in)(void *), intptr_t (*finish)(void))
{
    pthread_t threads[THREADS];
    sock again;
    int round, i;
    int32_t port = 0;
    for (round = 0; round < ROUNDS; round++) {
        REQUIRE(make(&used, "used", port, "127.0.0.1") == 1);
        port = s_port(&used);
        for (i = 0; i < THREADS; i++) {
            atomic_store(&threads_in[i], 0);
            threads[i] = thread_start(wait_in, &threads_in[i]);
        }
        for (i = 0; i < THREADS; i++)
            wait_until_thread_waits(&threads_in[i]);
        CHECK_EQ(1, finish());
        /* Before the threads are known to have left. */
        REQUIRE(make(&again, "again", port, "127.0.0.1") == 1);
        for (i = 0; i < THREADS; i++)
            thread_end(threads[i]);
        CHECK_EQ(1, S_Close(&again));
    }
}

static void a_udp_port_that_threads_read_is_free_when_SocketClose_returns(void)
{
    makes_it_at_the_same_port(S_CreateUDP, read_for_ever, close_it);
}

static void a_udp_port_that_threads_read_is_free_when_SocketCloseAll_returns(void)
{
    makes_it_at_the_same_port(S_CreateUDP, read_for_ever, close_all);
}

static void a_tcp_port_on_which_threads_wait_is_free_when_SocketClose_returns(void)
{
    makes_it_at_the_same_port(S_Create, wait_for_a_client, close_it);
}

static void a_simplified_servers_port_is_free_when_SocketClose_returns(void)
{
    makes_it_at_the_same_port(S_Create, read_for_ever, close_it);
}

static void *watch_it(void *watch)
{
    int32_t ids[4];
    while (S_WatchWait((const sock *)watch, WDSOCKET_INFINITE, ids, 4) >= 0) {
    }
    return NULL;
}

static void a_port_in_a_watch_that_a_thread_waits_on_is_free_when_SocketClose_returns(void)
{
    sock watch;
    pthread_t thread;
    int32_t port = 0;
    int round;
    REQUIRE(S_Watch(&watch, "watch") == 1);
    thread = thread_start(watch_it, &watch);
    for (round = 0; round < ROUNDS; round++) {
        REQUIRE(S_CreateUDP(&used, "used", port, "127.0.0.1") == 1);
        port = s_port(&used);
        CHECK_EQ(1, S_WatchAdd(&watch, &used));
        CHECK_EQ(1, S_Close(&used));
    }
    CHECK_EQ(1, S_Close(&watch));
    thread_end(thread);
}

int main(void)
{
    check_start(60);
    RUN(a_udp_port_that_threads_read_is_free_when_SocketClose_returns);
    RUN(a_udp_port_that_threads_read_is_free_when_SocketCloseAll_returns);
    RUN(a_tcp_port_on_which_threads_wait_is_free_when_SocketClose_returns);
    RUN(a_simplified_servers_port_is_free_when_SocketClose_returns);
    RUN(a_port_in_a_watch_that_a_thread_waits_on_is_free_when_SocketClose_returns);
    return check_end();
}

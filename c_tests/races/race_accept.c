/* Several threads serve one listener while clients come, and everything may be closed meanwhile.
 * Argument: how many clients each client thread makes. */
#include "scene.h"

enum { SERVERS = 4, CLIENTS = 3 };

static int rounds;
static sock listener;
static int32_t port;
static _Atomic unsigned char *served;
static atomic_int served_count;

/* Takes clients until the listener is closed; answers each client's number. */
static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        sock channel;
        char text[32];
        intptr_t size, taken;
        if (S_WaitForConnection(&listener, WDSOCKET_INFINITE) != 1) {
            CHECK(SocketErrorCode() == WDSOCKET_ERR_CANCELLED || SocketErrorCode() == WDSOCKET_ERR_NOT_FOUND);
            return NULL;
        }
        taken = S_Accept(&listener, &channel);
        if (taken != 1) {
            /* Another thread was quicker, or the listener is gone. */
            CHECK(taken == -WDSOCKET_ERR_NO_CONNECTION || taken == -WDSOCKET_ERR_CANCELLED ||
                  taken == -WDSOCKET_ERR_NOT_FOUND);
            continue;
        }
        size = S_Read(&channel, 0, 30000, text, sizeof text - 1);
        CHECK(size > 0);
        if (size > 0) {
            int number;
            text[size] = '\0';
            number = atoi(text);
            CHECK(number >= 0 && number < CLIENTS * rounds);
            atomic_fetch_add(&served[number], 1);
            CHECK_EQ(1, S_Write(&channel, text, (int32_t)size));
        }
        CHECK_EQ(1, S_Close(&channel));
    }
}

static void *make_clients(void *argument)
{
    int me = (int)(intptr_t)argument, i;
    for (i = 0; i < rounds; i++) {
        sock client;
        char name[32], number[16], text[32];
        snprintf(name, sizeof name, "client %d", me);
        snprintf(number, sizeof number, "%d", me * rounds + i);
        if (S_Connect(&client, name, port, "127.0.0.1", 30000) != 1 || S_Write(&client, number, -1) != 1 ||
            S_Read(&client, 0, 30000, text, sizeof text) != (intptr_t)strlen(number) ||
            memcmp(text, number, strlen(number)) != 0) {
            check_fault_with_error(__FILE__, __LINE__, "a client is served");
            return NULL;
        }
        CHECK_EQ(1, S_Close(&client));
        atomic_fetch_add(&served_count, 1);
    }
    return NULL;
}

static void each_client_is_taken_by_exactly_one_of_several_threads(void)
{
    pthread_t servers[SERVERS], clients[CLIENTS];
    intptr_t i;
    served = calloc((size_t)(CLIENTS * rounds), sizeof *served);
    REQUIRE(served != NULL);
    port = s_listen(&listener, "listener");
    for (i = 0; i < SERVERS; i++)
        servers[i] = thread_start(serve, NULL);
    for (i = 0; i < CLIENTS; i++)
        clients[i] = thread_start(make_clients, (void *)i);
    for (i = 0; i < CLIENTS; i++)
        thread_end(clients[i]);
    CHECK_EQ(1, S_Close(&listener));
    for (i = 0; i < SERVERS; i++)
        thread_end(servers[i]);
    CHECK_EQ(CLIENTS * rounds, atomic_load(&served_count));
    for (i = 0; i < CLIENTS * rounds; i++)
        if (served[i] != 1) {
            CHECK_EQ(1, served[i]);
            break;
        }
    free((void *)served);
    CHECK_EQ(0, SocketCloseAll());
}

static atomic_int stop;

/* Clients that come, send one message and go, until told to stop. */
static void *pester(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        int fd = peer_connect(port);
        if (fd < 0)
            continue;
        peer_send(fd, "4\r\nping", 7);
        shutdown(fd, SHUT_WR);
        peer_sees_the_end(fd);
        close(fd);
    }
    return NULL;
}

static atomic_int messages;

static void *serve_simply(void *unused)
{
    char text[32];
    (void)unused;
    for (;;) {
        intptr_t size = S_Read(&listener, 1, 0, text, sizeof text);
        if (size == 4) {
            CHECK(memcmp(text, "ping", 4) == 0);
            atomic_fetch_add(&messages, 1);
        } else if (size == -WDSOCKET_ERR_CANCELLED || size == -WDSOCKET_ERR_NOT_FOUND) {
            return NULL;
        } else {
            CHECK(size == -WDSOCKET_ERR_CLOSED || size == -WDSOCKET_ERR_LOST);
        }
    }
}

static void a_simplified_server_read_by_two_threads_serves_every_client(void)
{
    pthread_t readers[2], client;
    int i;
    port = s_listen(&listener, "listener");
    for (i = 0; i < 2; i++)
        readers[i] = thread_start(serve_simply, NULL);
    atomic_store(&stop, 0);
    client = thread_start(pester, NULL);
    while (atomic_load(&messages) < rounds)
        sleep_ms(1);
    atomic_store(&stop, 1);
    thread_end(client);
    CHECK_EQ(1, S_Close(&listener));
    for (i = 0; i < 2; i++)
        thread_end(readers[i]);
}

static void *make_and_use(void *argument)
{
    int i;
    for (i = 0; i < rounds; i++) {
        sock own, client;
        char name[32], text[16];
        int32_t here = 0;
        snprintf(name, sizeof name, "own %d", (int)(intptr_t)argument);
        if (S_Create(&own, name, 0, "127.0.0.1") == 1 && S_LocalInfo(&own, SocketPort, text, sizeof text) > 0)
            here = atoi(text);
        snprintf(name, sizeof name, "client %d", (int)(intptr_t)argument);
        if (here != 0 && S_Connect(&client, name, here, "127.0.0.1", 1000) == 1) {
            S_Write(&client, "x", 1);
            S_Read(&client, 0, 1, text, sizeof text);
            S_Close(&client);
        }
        S_Close(&own);
    }
    atomic_fetch_add(&served_count, 1);
    return NULL;
}

static void close_all_may_come_at_any_moment(void)
{
    pthread_t threads[CLIENTS];
    intptr_t i;
    atomic_store(&served_count, 0);
    for (i = 0; i < CLIENTS; i++)
        threads[i] = thread_start(make_and_use, (void *)i);
    while (atomic_load(&served_count) < CLIENTS)
        CHECK(SocketCloseAll() >= 0);
    for (i = 0; i < CLIENTS; i++)
        thread_end(threads[i]);
    CHECK_EQ(0, SocketCloseAll());
    CHECK(s_listen(&listener, "listener") != 0);
}

int main(int argc, char **argv)
{
    rounds = rounds_argument(argc, argv, 200);
    check_start(60 + (unsigned)rounds / 20);
    RUN(each_client_is_taken_by_exactly_one_of_several_threads);
    RUN(a_simplified_server_read_by_two_threads_serves_every_client);
    RUN(close_all_may_come_at_any_moment);
    return check_end();
}

/* Processes that end without a word, and what is left of their connections and ports. The program starts itself again:
 *
 *   client PORT       connects, says "up" and the half of a message, and waits to be killed; reads nothing
 *   server PORT       listens on a port of its own, tells it to PORT, takes one client, and waits to be killed
 *   create PORT       tries to listen on PORT, and returns the error code */
#include "child.h"
#include "scene.h"

/* --- what the other processes do -------------------------------------------------------------- */

static int be_a_client(int port)
{
    static const char said[] = "2\r\nup10\r\nhalf";
    int fd = peer_connect(port);
    if (fd < 0 || !peer_send(fd, said, strlen(said)))
        return 1;
    for (;;)
        sleep_ms(1000);
}

static int be_a_server(int port)
{
    sock listener, channel;
    char told[32];
    int fd = peer_connect(port);
    snprintf(told, sizeof told, "%d\n", (int)s_listen(&listener, "listener"));
    if (fd < 0 || !peer_send(fd, told, strlen(told)) || !s_take(&listener, &channel) || S_Write(&channel, "up", 2) != 1)
        return 1;
    for (;;)
        sleep_ms(1000);
}

static int be_a_second_creator(int port)
{
    sock one, all;
    /* Not on loopback, and not on all interfaces. */
    if (S_Create(&one, "one", port, "127.0.0.1") == 1)
        return 0;
    return S_Create(&all, "all", port, NULL) == 1 ? 0 : (int)SocketErrorCode();
}

static int start(child *started, const char *what, int32_t port)
{
    char number[16];
    const char *const words[] = {what, number, NULL};
    snprintf(number, sizeof number, "%d", (int)port);
    return child_start(started, words);
}

/* --- clients that are killed ------------------------------------------------------------------ */

enum { KILLED = 5, KNOWN_MS = 100 };

/* A client in a process of its own that has said "up" through the channel. */
static int killable_client(sock *channel, child *client)
{
    sock listener;
    int32_t port = s_listen(&listener, "listener");
    if (!start(client, "client", port) || !s_take(&listener, channel)) {
        check_fault_with_error(__FILE__, __LINE__, "a client in a process of its own");
        return 0;
    }
    CHECK_MESSAGE(channel, "up");
    CHECK_EQ(1, S_Close(&listener));
    return 1;
}

typedef struct waiting {
    const sock *channel;
    atomic_int thread;
    intptr_t result, code;
    int64_t ended;
} waiting;

static void *read_without_limit(void *argument)
{
    waiting *w = argument;
    char text[16];
    atomic_store(&w->thread, this_thread());
    w->result = S_Read(w->channel, 1, 0, text, sizeof text);
    w->code = SocketErrorCode();
    w->ended = now_ms();
    return NULL;
}

static void *write_without_limit(void *argument)
{
    enum { SIZE = 64 << 20 };
    waiting *w = argument;
    char *large = calloc(1, SIZE);
    CHECK(large != NULL);
    atomic_store(&w->thread, this_thread());
    w->result = S_Write(w->channel, large, SIZE);
    w->code = SocketErrorCode();
    w->ended = now_ms();
    free(large);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Kills clients of a thread that waits in `body`; half of the deaths are known in time: a busy machine may hold up some. */
static void a_killed_client_is_known_in_time(void *(*body)(void *), int reads)
{
    int64_t known[KILLED];
    int i;
    for (i = 0; i < KILLED; i++) {
        sock channel;
        child client;
        waiting w = {&channel, 0, 0, 0, 0};
        pthread_t thread;
        int64_t start;
        REQUIRE(killable_client(&channel, &client));
        thread = thread_start(body, &w);
        wait_until_thread_waits(&w.thread);
        start = now_ms();
        child_kill(client);
        thread_end(thread);
        known[i] = w.ended - start;
        child_end(client);
        /* The system ends in order what it has nothing unread for, and resets the rest. */
        CHECK_EQ(reads ? -WDSOCKET_ERR_CLOSED : 0, w.result);
        CHECK_EQ(reads ? WDSOCKET_ERR_CLOSED : WDSOCKET_ERR_LOST, w.code);
        CHECK_EQ(0, S_Connected(&channel));
        CHECK_EQ(1, S_Exist(&channel));
        CHECK_EQ(1, S_Close(&channel));
    }
    qsort(known, KILLED, sizeof *known, compare);
    if (known[KILLED / 2] > KNOWN_MS)
        fprintf(stderr, "# known after %d ms\n", (int)known[KILLED / 2]);
    CHECK(known[KILLED / 2] <= KNOWN_MS);
}

static void an_endless_read_knows_of_a_killed_client_at_once(void)
{
    a_killed_client_is_known_in_time(read_without_limit, 1);
}

static void a_write_without_limit_knows_of_a_killed_client_at_once(void)
{
    a_killed_client_is_known_in_time(write_without_limit, 0);
}

static void what_a_killed_client_had_said_is_not_lost(void)
{
    sock channel;
    child client;
    char text[16];
    REQUIRE(killable_client(&channel, &client));
    child_kill(client);
    child_end(client);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, text, sizeof text));
    CHECK_EQ(1, S_Mode(&channel, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&channel, "10\r\nhalf");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, text, sizeof text));
}

/* --- ports ------------------------------------------------------------------------------------ */

static void a_port_is_made_again_at_once_after_its_server_closed_first(void)
{
    sock server, channel;
    int round, fd, last = -1;
    int32_t port = s_listen(&server, "server");
    REQUIRE(port != 0);
    for (round = 0; round < 5; round++) {
        fd = peer_connect(port);
        REQUIRE(fd >= 0 && s_take(&server, &channel));
        CHECK_EQ(1, S_Close(&channel));
        CHECK_EQ(1, S_Close(&server));
        /* One client has noticed, another holds on to its half of the connection. */
        if (round % 2 == 0)
            CHECK(peer_sees_the_end(fd));
        REQUIRE(S_Create(&server, "server", port, "127.0.0.1") == 1);
        if (last >= 0)
            close(last);
        last = fd;
    }
    close(last);
}

static void a_port_is_made_again_at_once_after_its_server_was_killed(void)
{
    sock client, server, channel;
    child killed;
    char line[16] = "";
    int own, listener = peer_listen(&own), fd, i;
    int32_t its;
    REQUIRE(listener >= 0 && start(&killed, "server", own));
    fd = peer_accept(listener);
    for (i = 0; i < 15 && peer_receive(fd, line + i, 1) && line[i] != '\n';)
        i++;
    its = atoi(line);
    REQUIRE(S_Connect(&client, "client", its, "127.0.0.1", 10000) == 1);
    CHECK_MESSAGE(&client, "up");
    child_kill(killed);
    child_end(killed);
    REQUIRE(S_Create(&server, "server", its, "127.0.0.1") == 1);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&client, 0, 10000, line, sizeof line));
    CHECK_EQ(1, S_Close(&client));
    REQUIRE(S_Connect(&client, "client", its, "127.0.0.1", 10000) == 1);
    REQUIRE(s_take(&server, &channel));
    close(fd);
    close(listener);
}

static void a_second_creator_of_a_port_is_refused_in_another_process(void)
{
    static const char *const addresses[] = {"127.0.0.1", NULL};
    int i;
    for (i = 0; i < 2; i++) {
        sock server;
        child second;
        int32_t port;
        REQUIRE(S_Create(&server, "server", 0, addresses[i]) == 1);
        port = s_port(&server);
        REQUIRE(start(&second, "create", port));
        CHECK_EQ(WDSOCKET_ERR_ADDRESS_IN_USE, child_end(second));
        CHECK_EQ(1, S_Close(&server));
        /* So it was the port. */
        REQUIRE(start(&second, "create", port));
        CHECK_EQ(0, child_end(second));
    }
}

int main(int argc, char **argv)
{
    check_start(60);
    if (argc == 3 && strcmp(argv[1], "client") == 0)
        return be_a_client(atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "server") == 0)
        return be_a_server(atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "create") == 0)
        return be_a_second_creator(atoi(argv[2]));
    RUN(an_endless_read_knows_of_a_killed_client_at_once);
    RUN(a_write_without_limit_knows_of_a_killed_client_at_once);
    RUN(what_a_killed_client_had_said_is_not_lost);
    RUN(a_port_is_made_again_at_once_after_its_server_closed_first);
    RUN(a_port_is_made_again_at_once_after_its_server_was_killed);
    RUN(a_second_creator_of_a_port_is_refused_in_another_process);
    return check_end();
}

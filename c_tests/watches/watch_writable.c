/* Room to write, told once for each time that it is asked for: a loop of one thread and peers that read slowly. */
#include "datagram.h"
#include "watch_scene.h"

#define S_WatchWritable(w, h) S_CALL(SocketWatchWritable)(S_KEY(w), S_KEY(h))

enum { SIZE = 8000, MESSAGES = 3000, CLIENTS = 20 };

static char message[SIZE], buffer[64];

/* The message of this number. */
static const char *numbered(int number)
{
    memset(message, 'a' + number % 26, SIZE);
    memcpy(message, &number, sizeof number);
    return message;
}

/* Writes go whole or not at all, and wait for no more than a millisecond. */
static int in_haste(sock *h)
{
    return S_SetOption(h, SocketWriteTimeout, 1) && S_SetOption(h, SocketGather, 1);
}

/* How many messages are taken before one says TIMEOUT. */
static int fill(sock *h, int number)
{
    int first = number;
    while (number < 100000 && S_Write(h, numbered(number), SIZE) == 1)
        number++;
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    return number - first;
}

static void room_is_told_once_for_each_call(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_READY_NOW(&w, &c);
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_READY_NOW(&w, &c);
    CHECK_QUIET(&w);
    close(fd);
}

static void a_full_connection_is_told_when_its_peer_has_read(void)
{
    sock w, c;
    int fd, sent;
    char head[4], got[SIZE];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    REQUIRE(in_haste(&c));
    sent = fill(&c, 0);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_QUIET(&w);
    for (int i = 0; i < sent; i++) {
        REQUIRE(peer_receive(fd, head, 4) && memcmp(head, "8000", 4) == 0 && peer_receive(fd, head, 2));
        REQUIRE(peer_receive(fd, got, SIZE) && memcmp(got, numbered(i), SIZE) == 0);
    }
    CHECK_READY(&w, &c);
    CHECK_EQ(1, S_Write(&c, numbered(sent), SIZE));
    CHECK_QUIET(&w);
    close(fd);
}

static void what_is_ready_to_read_is_told_beside_it(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    REQUIRE(in_haste(&c));
    fill(&c, 0);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_READY_NOW(&w, &c);
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hi");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "2\r\nho");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "ho");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_connection_that_breaks_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    REQUIRE(in_haste(&c));
    fill(&c, 0);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_QUIET(&w);
    peer_reset(fd);
    CHECK_READY(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
}

static void *ask_for_room(void *argument)
{
    sock **both = argument;
    sleep_ms(100);
    CHECK_EQ(1, S_WatchWritable(both[0], both[1]));
    return NULL;
}

static void a_wait_under_way_hears_of_it(void)
{
    sock w, c, *both[] = {&w, &c};
    pthread_t asker;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    asker = thread_start(ask_for_room, both);
    CHECK_READY(&w, &c);
    thread_end(asker);
    close(fd);
}

static void a_closed_or_removed_socket_is_not_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_EQ(1, S_WatchRemove(&w, &c));
    CHECK_QUIET(&w);
    CHECK_EQ(0, S_WatchWritable(&w, &c));
    CHECK_EQ(WDSOCKET_ERR_NOT_FOUND, SocketErrorCode());
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchWritable(&w, &c));
    CHECK_EQ(1, S_Close(&c));
    CHECK_QUIET(&w);
    CHECK_EQ(0, S_WatchWritable(&w, &c));
    CHECK_EQ(WDSOCKET_ERR_NOT_FOUND, SocketErrorCode());
    close(fd);
}

static void a_simplified_server_is_told_for_its_client(void)
{
    sock w, server;
    int32_t port = s_listen(&server, "simplified");
    int fd;
    REQUIRE(port != 0 && S_Watch(&w, "watch") == 1 && S_WatchAdd(&w, &server) == 1);
    CHECK_EQ(0, S_WatchWritable(&w, &server));
    CHECK_EQ(WDSOCKET_ERR_NO_CONNECTION, SocketErrorCode());
    fd = peer_connect(port);
    REQUIRE(fd >= 0);
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&server, "hi");
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchWritable(&w, &server));
    CHECK_READY_NOW(&w, &server);
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_SetOption(&server, SocketWriteTimeout, 1));
    fill(&server, 0);
    CHECK_EQ(1, S_WatchWritable(&w, &server));
    CHECK_QUIET(&w);
    peer_reset(fd);
    CHECK_READY(&w, &server);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&server, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_Close(&server));
}

static void a_udp_socket_is_told(void)
{
    sock w, u;
    REQUIRE(s_udp(&u, "datagrams", "127.0.0.1") != 0 && S_Watch(&w, "watch") == 1 && S_WatchAdd(&w, &u) == 1);
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_WatchWritable(&w, &u));
    CHECK_READY_NOW(&w, &u);
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_Close(&u));
}

/* Reads a little at a time, and sees that nothing is missing. */
static void *read_slowly(void *argument)
{
    int fd = *(int *)argument, i;
    char head[6], got[SIZE];
    for (i = 0; i < MESSAGES; i++) {
        int number = -1;
        if (peer_receive(fd, head, 6) && peer_receive(fd, got, SIZE))
            memcpy(&number, got, sizeof number);
        CHECK_EQ(i, number);
        if (number != i)
            return NULL;
        if (i % 20 == 0)
            sleep_ms(2);
    }
    return NULL;
}

static void a_slow_reader_gets_all_and_the_loop_does_not_spin(void)
{
    pthread_t reader;
    sock w, c;
    int fd, next = 0, told = 0, idle = 0;
    int32_t ready[4];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    REQUIRE(in_haste(&c));
    reader = thread_start(read_slowly, &fd);
    while (next < MESSAGES) {
        int before = next;
        while (next < MESSAGES && S_Write(&c, numbered(next), SIZE) == 1)
            next++;
        if (next == MESSAGES)
            break;
        REQUIRE(SocketErrorCode() == WDSOCKET_ERR_TIMEOUT);
        idle += next == before;
        told++;
        REQUIRE(S_WatchWritable(&w, &c) == 1);
        REQUIRE(S_WatchWait(&w, 10000, ready, 4) == 1 && ready[0] == s_id(&c));
    }
    CHECK(told > 0 && told < MESSAGES / 4);
    CHECK(idle < 1 + told / 2);
    thread_end(reader);
    CHECK_EQ(1, S_Close(&c));
    close(fd);
}

static void many_are_told_each_once(void)
{
    static sock clients[CLIENTS];
    static int fds[CLIENTS];
    int32_t ready[CLIENTS];
    int seen[CLIENTS] = {0}, i, k, rest = CLIENTS;
    sock w;
    REQUIRE(S_Watch(&w, "watch") == 1);
    for (i = 0; i < CLIENTS; i++) {
        REQUIRE(s_channel_and_peer(&clients[i], &fds[i]) && S_WatchAdd(&w, &clients[i]) == 1);
        CHECK_EQ(1, S_WatchWritable(&w, &clients[i]));
    }
    while (rest > 0) {
        intptr_t count = S_WatchWait(&w, 10000, ready, 7);
        REQUIRE(count > 0);
        for (k = 0; k < count; k++, rest--)
            for (i = 0; i < CLIENTS; i++)
                seen[i] += ready[k] == s_id(&clients[i]);
    }
    CHECK_EQ(0, rest);
    CHECK_QUIET(&w);
    for (i = 0; i < CLIENTS; i++) {
        CHECK_EQ(1, seen[i]);
        CHECK_EQ(1, S_Close(&clients[i]));
        close(fds[i]);
    }
}

int main(void)
{
    check_start(120);
    RUN(room_is_told_once_for_each_call);
    RUN(a_full_connection_is_told_when_its_peer_has_read);
    RUN(what_is_ready_to_read_is_told_beside_it);
    RUN(a_connection_that_breaks_is_told);
    RUN(a_wait_under_way_hears_of_it);
    RUN(a_closed_or_removed_socket_is_not_told);
    RUN(a_simplified_server_is_told_for_its_client);
    RUN(a_udp_socket_is_told);
    RUN(a_slow_reader_gets_all_and_the_loop_does_not_spin);
    RUN(many_are_told_each_once);
    return check_end();
}

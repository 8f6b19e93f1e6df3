/* Watches as sockets of the table, what goes in and out of them, and the order in which they tell. */
#include "watch_scene.h"

#include <dirent.h>

static void a_watch_is_a_socket_of_the_table(void)
{
    sock w, again;
    char name[256];
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_Exist(&w));
#ifdef BY_NAME
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, S_Watch(&again, "watch"));
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, S_Create(&again, "watch", 0, "127.0.0.1"));
    CHECK_EQ(5, SocketName(s_id(&w), name, sizeof name));
#else
    CHECK_EQ(1, S_Watch(&again, "watch"));
    CHECK(again.id != w.id);
    CHECK_EQ(0, SocketName(w.id, name, sizeof name));
#endif
    CHECK_EQ(1, S_Close(&w));
    CHECK_EQ(0, S_Exist(&w));
    CHECK_EQ(0, S_Close(&w));
    CHECK_EQ(0, SocketErrorCode());
}

static void what_is_no_watch_is_WRONG_KIND(void)
{
    sock w, c;
    int fd;
    int32_t id;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WatchAdd(&c, &w));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WatchRemove(&c, &w));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_WatchWait(&c, 0, &id, 1));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WatchAdd(&w, &w));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WatchRemove(&w, &w));
    close(fd);
}

static void the_functions_of_sockets_are_WRONG_KIND_for_a_watch(void)
{
    sock w, c;
    char text[64];
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_Read(&w, 0, 0, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_Pending(&w));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_ClientInfo(&w, SocketAddress, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_LocalInfo(&w, SocketPort, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_GetOption(&w, SocketNagle));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_CALL(SocketSSLInfo)(S_KEY(&w), SSLProtocol, text, sizeof text));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&w, SocketNagle, 1));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Write(&w, "x", 1));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Mode(&w, SocketSize, NULL, 0));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WaitForConnection(&w, 0));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Deny(&w));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Shutdown(&w));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Connected(&w));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_Accept(&w, &c));
    CHECK_EQ(1, S_Exist(&w));
}

static void what_is_not_there_is_NOT_FOUND(void)
{
    sock w, c;
    int fd;
    int32_t id;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchAdd(&s_missing, &c));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchAdd(&w, &s_missing));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchRemove(&s_missing, &c));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchRemove(&w, &s_missing));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchRemove(&w, &c));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_WatchWait(&s_missing, 0, &id, 1));
    close(fd);
}

static void arguments_outside_the_contract_are_refused(void)
{
    sock w;
    int32_t id = 7;
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, 0, NULL, 1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, 0, NULL, 0));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, 0, &id, 0));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, 0, &id, -1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, 0, &id, INT32_MIN));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_WatchWait(&w, -3, &id, 1));
    CHECK_EQ(7, id);
#ifdef BY_NAME
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatch(NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatch(""));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatchAdd("watch", NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatchAdd(NULL, "watch"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatchRemove("watch", ""));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWatchWait(NULL, 0, &id, 1));
#endif
}

static void a_wait_without_news_takes_its_time_and_is_no_error(void)
{
    sock w;
    int32_t id;
    int64_t start = now_ms(), cpu = thread_cpu_ms();
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(0, S_WatchWait(&w, 300, &id, 1));
    CHECK_EQ(0, SocketErrorCode());
    CHECK(now_ms() - start >= 299 && now_ms() - start < 5000);
    start = now_ms();
    CHECK_EQ(0, S_WatchWait(&w, WDSOCKET_DEFAULT, &id, 1));
    CHECK(now_ms() - start >= 999 && now_ms() - start < 10000);
    start = now_ms();
    CHECK_EQ(0, S_WatchWait(&w, 0, &id, 1));
    CHECK(now_ms() - start < 900);
    CHECK(thread_cpu_ms() - cpu < 200);
}

static void adding_twice_is_the_same_as_once(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    CHECK_READY(&w, &c);
    CHECK_EQ(1, S_WatchRemove(&w, &c));
    CHECK_QUIET(&w);
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WatchRemove(&w, &c));
    CHECK_MESSAGE(&c, "hi");
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    CHECK_QUIET(&w);
    PEER_SEND(fd, "2\r\nho");
    CHECK_READY(&w, &c);
    close(fd);
}

static void closing_a_socket_takes_it_out(void)
{
    sock w, c, s;
    int fd;
    int32_t port;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    CHECK_EQ(1, S_Close(&c));
    CHECK_QUIET(&w);
    close(fd);
    port = s_listen(&s, "server");
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    fd = peer_connect(port);
    CHECK_READY(&w, &s);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&s, "hi");
    PEER_SEND(fd, "2\r\nho");
    CHECK_READY(&w, &s);
    CHECK_EQ(1, S_Close(&s));
    CHECK_QUIET(&w);
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

static void a_socket_may_be_in_several_watches(void)
{
    sock v, w, c;
    int fd, i;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_Watch(&v, "other"));
    CHECK_EQ(1, S_WatchAdd(&v, &c));
    for (i = 0; i < 3; i++) {
        PEER_SEND(fd, "1\r\na1\r\nb");
        CHECK_READY(&w, &c); /* receives the bytes: the other one's descriptor is silent */
        CHECK_READY(&v, &c);
        CHECK_MESSAGE(&c, "a");
        CHECK_READY(&v, &c);
        CHECK_READY(&w, &c);
        CHECK_MESSAGE(&c, "b");
        CHECK_QUIET(&v);
        CHECK_QUIET(&w);
    }
    CHECK_EQ(1, S_Close(&w));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_READY(&v, &c);
    CHECK_EQ(1, S_Close(&c));
    CHECK_QUIET(&v);
    close(fd);
}

static void closing_a_watch_leaves_its_sockets_open(void)
{
    sock w, c, s;
    int fd, other;
    int32_t port = s_listen(&s, "server");
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    other = peer_connect(port);
    CHECK_READY(&w, &s);
    CHECK_EQ(1, S_Close(&w));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    PEER_SEND(other, "2\r\nho");
    CHECK_MESSAGE(&s, "ho");
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    close(fd);
    close(other);
}

enum { MANY = 20 };

static int many_channels(sock *w, sock *channels, int *fds)
{
    int i;
    if (S_Watch(w, "watch") != 1)
        return 0;
    for (i = 0; i < MANY; i++)
        if (!s_channel_and_peer(&channels[i], &fds[i]) || S_WatchAdd(w, &channels[i]) != 1)
            return 0;
    return 1;
}

static int place_of(const sock *channels, int32_t id)
{
    int i;
    for (i = 0; i < MANY; i++)
        if (s_id(&channels[i]) == id)
            return i;
    CHECK(!"an id of a channel");
    return 0;
}

static void with_little_room_the_following_waits_tell_the_others(void)
{
    sock w, channels[MANY];
    int fds[MANY], told[MANY] = {0}, i, n, capacity;
    int32_t ids[3];
    REQUIRE(many_channels(&w, channels, fds));
    for (i = 0; i < MANY; i++)
        PEER_DELIVER(fds[i], "1\r\na1\r\nb");
    for (capacity = 1; capacity <= 3; capacity++) {
        memset(told, 0, sizeof told);
        for (i = 0; i < 2 * MANY; i += capacity) {
            CHECK_EQ(capacity, S_WatchWait(&w, 0, ids, capacity));
            for (n = 0; n < capacity; n++)
                told[place_of(channels, ids[n])]++;
        }
        for (i = 0; i < MANY; i++)
            CHECK(told[i] > 0);
    }
    for (i = 0; i < MANY; i++)
        close(fds[i]);
}

/* The first socket is never read; all the others are served all the same, one at a time. */
static void who_never_reads_one_socket_still_hears_of_the_others(void)
{
    sock w, channels[MANY];
    int fds[MANY], i, waits, served = 0;
    int32_t id;
    char buffer[16];
    REQUIRE(many_channels(&w, channels, fds));
    PEER_DELIVER(fds[0], "6\r\nunread1\r\nx");
    CHECK_EQ(1, S_WatchWait(&w, 10000, &id, 1));
    for (i = 1; i < MANY; i++)
        PEER_DELIVER(fds[i], "2\r\nhi");
    PEER_DELIVER(fds[0], "more bytes");
    for (waits = 0; waits < 10 * MANY && served < MANY - 1; waits++) {
        CHECK_EQ(1, S_WatchWait(&w, 0, &id, 1));
        if (place_of(channels, id) != 0)
            served += SocketReadId(id, 0, 0, buffer, sizeof buffer) == 2;
    }
    CHECK_EQ(MANY - 1, served);
    CHECK_READY_NOW(&w, &channels[0]);
    for (i = 0; i < MANY; i++)
        close(fds[i]);
}

static void all_that_are_ready_are_told_at_once_each_once(void)
{
    sock w, channels[MANY];
    int fds[MANY], told[MANY] = {0}, i;
    int32_t ids[2 * MANY];
    REQUIRE(many_channels(&w, channels, fds));
    for (i = 0; i < MANY; i++)
        PEER_DELIVER(fds[i], "2\r\nhi");
    CHECK_EQ(MANY, S_WatchWait(&w, 0, ids, 2 * MANY));
    for (i = 0; i < MANY; i++)
        told[place_of(channels, ids[i])]++;
    for (i = 0; i < MANY; i++)
        CHECK_EQ(1, told[i]);
    for (i = 0; i < MANY; i += 2)
        CHECK_MESSAGE(&channels[i], "hi");
    CHECK_EQ(MANY / 2, S_WatchWait(&w, 0, ids, 2 * MANY));
    for (i = 0; i < MANY; i++)
        close(fds[i]);
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void nothing_is_left_open(void)
{
    int before = open_descriptors(), i, fd, other;
    sock w, c, s;
    for (i = 0; i < 50; i++) {
        int32_t port;
        REQUIRE(s_watched_channel(&w, &c, &fd));
        port = s_listen(&s, "server");
        CHECK_EQ(1, S_WatchAdd(&w, &s));
        other = peer_connect(port);
        PEER_SEND(other, "2\r\nhi");
        CHECK_MESSAGE(&s, "hi");
        if (i % 2)
            CHECK_EQ(1, S_Close(&w));
        CHECK_EQ(1, S_Close(&s));
        CHECK_EQ(1, S_Close(&c));
        if (i % 2 == 0)
            CHECK_EQ(1, S_Close(&w));
        close(other);
        close(fd);
    }
    CHECK_EQ(before, open_descriptors());
}

int main(void)
{
    check_start(120);
    RUN(a_watch_is_a_socket_of_the_table);
    RUN(what_is_no_watch_is_WRONG_KIND);
    RUN(the_functions_of_sockets_are_WRONG_KIND_for_a_watch);
    RUN(what_is_not_there_is_NOT_FOUND);
    RUN(arguments_outside_the_contract_are_refused);
    RUN(a_wait_without_news_takes_its_time_and_is_no_error);
    RUN(adding_twice_is_the_same_as_once);
    RUN(closing_a_socket_takes_it_out);
    RUN(a_socket_may_be_in_several_watches);
    RUN(closing_a_watch_leaves_its_sockets_open);
    RUN(with_little_room_the_following_waits_tell_the_others);
    RUN(who_never_reads_one_socket_still_hears_of_the_others);
    RUN(all_that_are_ready_are_told_at_once_each_once);
    RUN(nothing_is_left_open);
    return check_end();
}

/* SocketClose ends every wait on the socket at once, and a reader and a writer never wait for each other. */
#include "scene.h"
#include "waiter.h"

static void close_ends(const sock *h, void *(*body)(void *), intptr_t expected)
{
    waiter w;
    pthread_t thread;
    int64_t start;
    begin_wait(&w, &thread, h, body);
    start = now_ms();
    CHECK_EQ(1, S_Close(h));
    CHECK_EQ(0, S_Exist(h));
    thread_end(thread);
    CHECK_EQ(expected, w.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, w.code);
    CHECK(w.ended - start < 5000);
}

static void close_ends_a_waiting_read(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    close_ends(&c, wait_in_read, -WDSOCKET_ERR_CANCELLED);
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

static void close_ends_a_read_in_mid_message(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "500000\r\nbegun");
    close_ends(&c, wait_in_read, -WDSOCKET_ERR_CANCELLED);
    close(fd);
}

static void close_ends_a_waiting_write(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    close_ends(&c, wait_in_write, 0);
    close(fd);
}

static void close_ends_a_wait_for_a_connection(void)
{
    sock s;
    REQUIRE(s_listen(&s, "s") != 0);
    close_ends(&s, wait_for_connection, 0);
}

static void close_ends_a_simplified_server_without_a_client(void)
{
    sock s;
    REQUIRE(s_listen(&s, "s") != 0);
    close_ends(&s, wait_in_read, -WDSOCKET_ERR_CANCELLED);
}

static void close_ends_a_simplified_server_with_a_client(void)
{
    sock s;
    int fd;
    int32_t port = s_listen(&s, "s");
    fd = peer_connect(port);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&s, "hi");
    close_ends(&s, wait_in_read, -WDSOCKET_ERR_CANCELLED);
    close(fd);
}

static void close_all_ends_every_wait(void)
{
    sock s, client, channel;
    waiter w[3];
    pthread_t threads[3];
    int i;
    REQUIRE(s_pair(&s, &client, &channel));
    memset(w, 0, sizeof w);
    w[0].socket = &s;
    w[1].socket = &client;
    w[2].socket = &channel;
    for (i = 0; i < 3; i++)
        threads[i] = thread_start(i == 0 ? wait_for_connection : wait_in_read, &w[i]);
    for (i = 0; i < 3; i++)
        wait_until_thread_waits(&w[i].thread);
    CHECK_EQ(3, SocketCloseAll());
    for (i = 0; i < 3; i++)
        thread_end(threads[i]);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, w[0].code);
    /* A reader may see its peer's end before it is cancelled itself. */
    for (i = 1; i < 3; i++)
        CHECK(w[i].code == WDSOCKET_ERR_CANCELLED || w[i].code == WDSOCKET_ERR_CLOSED);
}

static void a_write_goes_out_while_another_thread_reads(void)
{
    sock c;
    int fd, i;
    waiter w;
    pthread_t thread;
    REQUIRE(s_channel_and_peer(&c, &fd));
    begin_wait(&w, &thread, &c, wait_in_read);
    for (i = 0; i < 100; i++) {
        REQUIRE(S_Write(&c, "out", 3) == 1);
        CHECK(peer_expects(fd, "3\r\nout", 6));
    }
    CHECK_EQ(1, S_Exist(&c));
    CHECK_EQ(1, S_Connected(&c));
    CHECK_EQ(0, S_Pending(&c));
    PEER_SEND(fd, "2\r\nin");
    thread_end(thread);
    CHECK_EQ(2, w.result);
    close(fd);
}

static void a_read_goes_on_while_another_thread_is_stuck_writing(void)
{
    sock c;
    int fd, i;
    waiter w;
    pthread_t thread;
    REQUIRE(s_channel_and_peer(&c, &fd));
    begin_wait(&w, &thread, &c, wait_in_write);
    for (i = 0; i < 100; i++) {
        PEER_SEND(fd, "2\r\nin");
        CHECK_MESSAGE(&c, "in");
    }
    CHECK_EQ(1, S_Close(&c));
    thread_end(thread);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, w.code);
    close(fd);
}

static void two_waiting_readers_get_a_message_each_and_are_both_cancelled(void)
{
    sock c;
    int fd, i, round;
    waiter w[2];
    pthread_t threads[2];
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (round = 0; round < 2; round++) {
        memset(w, 0, sizeof w);
        for (i = 0; i < 2; i++) {
            w[i].socket = &c;
            threads[i] = thread_start(wait_in_read, &w[i]);
        }
        for (i = 0; i < 2; i++)
            wait_until_thread_waits(&w[i].thread);
        if (round == 0) {
            PEER_SEND(fd, "5\r\nfirst");
            PEER_SEND(fd, "6\r\nsecond");
        } else {
            CHECK_EQ(1, S_Close(&c));
        }
        for (i = 0; i < 2; i++)
            thread_end(threads[i]);
        if (round == 0) {
            CHECK_EQ(11, w[0].result + w[1].result);
            CHECK(memcmp(w[w[0].result == 5 ? 0 : 1].text, "first", 5) == 0);
            CHECK(memcmp(w[w[0].result == 6 ? 0 : 1].text, "second", 6) == 0);
        } else {
            CHECK_EQ(WDSOCKET_ERR_CANCELLED, w[0].code);
            CHECK_EQ(WDSOCKET_ERR_CANCELLED, w[1].code);
        }
    }
    close(fd);
}

static void a_second_reader_has_its_own_deadline(void)
{
    sock c;
    int fd;
    waiter w;
    pthread_t thread;
    char buffer[16];
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    begin_wait(&w, &thread, &c, wait_in_read);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK(now_ms() - start < 900);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 300, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 290 && now_ms() - start < 5000);
    PEER_SEND(fd, "2\r\nin");
    thread_end(thread);
    CHECK_EQ(2, w.result);
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(close_ends_a_waiting_read);
    RUN(close_ends_a_read_in_mid_message);
    RUN(close_ends_a_waiting_write);
    RUN(close_ends_a_wait_for_a_connection);
    RUN(close_ends_a_simplified_server_without_a_client);
    RUN(close_ends_a_simplified_server_with_a_client);
    RUN(close_all_ends_every_wait);
    RUN(a_write_goes_out_while_another_thread_reads);
    RUN(a_read_goes_on_while_another_thread_is_stuck_writing);
    RUN(two_waiting_readers_get_a_message_each_and_are_both_cancelled);
    RUN(a_second_reader_has_its_own_deadline);
    return check_end();
}

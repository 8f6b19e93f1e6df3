/* SocketCancel ends the calls that wait on a socket, and the socket goes on: nothing is lost, later calls wait as always. */
#include "datagram.h"
#include "tls_family.h"
#include "waiter.h"
#include "watch_scene.h"

static void *wait_in_timed_read(void *argument)
{
    waiter *w = argument;
    atomic_store(&w->thread, this_thread());
    note_end(w, S_Read(w->socket, 0, 60000, w->text, sizeof w->text));
    return NULL;
}

static void *wait_in_watch(void *argument)
{
    waiter *w = argument;
    int32_t ids[4];
    atomic_store(&w->thread, this_thread());
    note_end(w, S_WatchWait(w->socket, WDSOCKET_INFINITE, ids, 4));
    return NULL;
}

static void check_cancelled(const waiter *w, int64_t start, intptr_t expected)
{
    CHECK_EQ(expected, w->result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, w->code);
    CHECK(strstr(w->said, "SocketCancel") != NULL);
    CHECK(w->ended - start < 2000);
}

/* A call that waits on `h` ends, be it a moment or a while after it began to wait. */
static void cancel_ends(const sock *h, void *(*body)(void *), intptr_t expected, int after)
{
    waiter w;
    pthread_t thread;
    int64_t start;
    begin_wait(&w, &thread, h, body);
    sleep_ms(after);
    start = now_ms();
    CHECK_EQ(1, S_Cancel(h));
    CHECK(now_ms() - start < 2000);
    thread_end(thread);
    check_cancelled(&w, start, expected);
    CHECK_EQ(1, S_Exist(h));
}

static void a_read_ends_and_the_next_one_has_the_message(void)
{
    sock c;
    int fd, after;
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (after = 0; after <= 200; after += 100) {
        cancel_ends(&c, wait_in_read, -WDSOCKET_ERR_CANCELLED, after);
        cancel_ends(&c, wait_in_timed_read, -WDSOCKET_ERR_CANCELLED, after);
    }
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    CHECK_EQ(1, S_Write(&c, "on", 2));
    CHECK(peer_expects(fd, "2\r\non", 5));
    close(fd);
}

static void the_part_of_a_message_that_came_stays(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "9\r\none ");
    cancel_ends(&c, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    PEER_DELIVER(fd, "wh");
    cancel_ends(&c, wait_in_timed_read, -WDSOCKET_ERR_CANCELLED, 100);
    PEER_DELIVER(fd, "ole");
    CHECK_MESSAGE(&c, "one whole");
    close(fd);
}

static void every_call_that_waits_ends_and_no_later_one(void)
{
    enum { READERS = 5 };
    waiter w[READERS], later;
    pthread_t threads[READERS], last;
    sock c;
    int fd, i;
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (i = 0; i < READERS; i++)
        begin_wait(&w[i], &threads[i], &c, i % 2 ? wait_in_timed_read : wait_in_read);
    start = now_ms();
    CHECK_EQ(1, S_Cancel(&c));
    begin_wait(&later, &last, &c, wait_in_read);
    for (i = 0; i < READERS; i++) {
        thread_end(threads[i]);
        check_cancelled(&w[i], start, -WDSOCKET_ERR_CANCELLED);
    }
    PEER_DELIVER(fd, "2\r\nhi");
    thread_end(last);
    CHECK_EQ(2, later.result);
    close(fd);
}

static void a_cancel_that_nobody_waits_for_changes_nothing(void)
{
    sock c, other;
    int fd, other_fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_channel_and_peer(&other, &other_fd));
    CHECK_EQ(1, S_Cancel(&c));
    CHECK_EQ(0, SocketErrorCode());
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Cancel(&s_missing));
    close(fd);
    close(other_fd);
}

static void waits_on_other_sockets_go_on(void)
{
    waiter w;
    pthread_t thread;
    sock c, other;
    int fd, other_fd, i;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_channel_and_peer(&other, &other_fd));
    begin_wait(&w, &thread, &c, wait_in_read);
    sleep_ms(150);
    for (i = 0; i < 50; i++)
        CHECK_EQ(1, S_Cancel(&other));
    PEER_DELIVER(fd, "2\r\nhi");
    thread_end(thread);
    CHECK_EQ(2, w.result);
    close(fd);
    close(other_fd);
}

static void a_message_that_is_on_its_way_ends_the_sending_half(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    cancel_ends(&c, wait_in_write, 0, 100);
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&c, "more", 4));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void a_message_that_waits_for_its_turn_is_not_sent_and_harms_nothing(void)
{
    waiter first, second;
    pthread_t writer, turn;
    sock c;
    int fd;
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    begin_wait(&first, &writer, &c, wait_in_write);
    begin_wait(&second, &turn, &c, wait_in_write);
    start = now_ms();
    CHECK_EQ(1, S_Cancel(&c));
    thread_end(writer);
    thread_end(turn);
    check_cancelled(&first, start, 0);
    CHECK_EQ(0, second.result);
    CHECK(second.code == WDSOCKET_ERR_CANCELLED || second.code == WDSOCKET_ERR_LOST);
    close(fd);
}

static void a_wait_for_a_client_ends_and_the_client_can_come(void)
{
    sock s, channel;
    int fd;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    cancel_ends(&s, wait_for_connection, 0, 0);
    cancel_ends(&s, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    fd = peer_connect(port);
    REQUIRE(s_take(&s, &channel));
    close(fd);
}

static void a_simplified_server_keeps_its_client(void)
{
    sock s;
    int fd;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    fd = peer_connect(port);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&s, "hi");
    cancel_ends(&s, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    PEER_SEND(fd, "2\r\non");
    CHECK_MESSAGE(&s, "on");
    close(fd);
}

static void the_waits_of_a_watch_end_and_its_sockets_stay_in(void)
{
    waiter w[3];
    pthread_t threads[3];
    sock watch, c;
    int fd, i;
    int64_t start;
    REQUIRE(s_watched_channel(&watch, &c, &fd));
    for (i = 0; i < 3; i++)
        begin_wait(&w[i], &threads[i], &watch, wait_in_watch);
    start = now_ms();
    CHECK_EQ(1, S_Cancel(&watch));
    for (i = 0; i < 3; i++) {
        thread_end(threads[i]);
        check_cancelled(&w[i], start, -WDSOCKET_ERR_CANCELLED);
    }
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_READY(&watch, &c);
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void a_udp_socket_s_read_ends_and_the_next_one_has_the_datagram(void)
{
    sock u;
    REQUIRE(s_udp(&u, "u", "127.0.0.1") != 0);
    cancel_ends(&u, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    cancel_ends(&u, wait_in_timed_read, -WDSOCKET_ERR_CANCELLED, 100);
    CHECK_EQ(1, S_WriteTo(&u, "hi", 2, "127.0.0.1", s_port(&u)));
    CHECK_MESSAGE(&u, "hi");
}

static void a_read_over_tls_ends_and_the_next_one_has_the_message(void)
{
    sock s, client, channel = s_missing;
    REQUIRE(tls_pair(&s, &client, &channel));
    cancel_ends(&client, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    cancel_ends(&client, wait_in_timed_read, -WDSOCKET_ERR_CANCELLED, 100);
    CHECK_EQ(1, S_Write(&channel, "hi", 2));
    CHECK_MESSAGE(&client, "hi");
    cancel_ends(&channel, wait_in_write, 0, 100);
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&channel, "more", 4));
}

static void a_client_s_handshake_goes_on_where_it_was(void)
{
    sock s, channel;
    int fd;
    int32_t port = tls_listen(&s, "s");
    REQUIRE(port != 0);
    fd = peer_connect(port);
    REQUIRE(s_take(&s, &channel));
    cancel_ends(&channel, wait_in_read, -WDSOCKET_ERR_CANCELLED, 0);
    PEER_SEND(fd, "this is no TLS");
    {
        char buffer[16];
        CHECK_MINUS(WDSOCKET_ERR_TLS_PROTOCOL, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    }
    close(fd);
}

#ifndef BY_ID /* a socket that is being made has no id that anybody knows */
static int32_t connect_port;

static void *wait_in_connect(void *argument)
{
    waiter *w = argument;
    atomic_store(&w->thread, this_thread());
    note_end(w, SocketConnectSSL(w->socket->name, connect_port, "127.0.0.1", 0, 60000, NULL));
    return NULL;
}
#endif

static void a_connection_that_is_being_made_is_given_up(void)
{
#ifndef BY_ID
    waiter w;
    pthread_t thread;
    sock c;
    int port, listener = peer_listen(&port);
    int64_t start;
    connect_port = port;
    s_name(&c, "c");
    begin_wait(&w, &thread, &c, wait_in_connect);
    start = now_ms();
    CHECK_EQ(1, SocketCancel("c"));
    thread_end(thread);
    check_cancelled(&w, start, 0);
    CHECK_EQ(0, SocketExist("c"));
    close(listener);
#endif
}

static void *deliver_a_byte_at_a_time(void *argument)
{
    int fd = *(int *)argument, i;
    CHECK(peer_send(fd, "600\r\n", 5));
    for (i = 0; i < 600; i++) {
        sleep_ms(2);
        CHECK(peer_send(fd, "x", 1));
    }
    return NULL;
}

static void a_read_whose_bytes_come_one_by_one_ends_too(void)
{
    waiter w;
    pthread_t thread, sender;
    sock c;
    int fd;
    char *all = malloc(1000);
    REQUIRE(s_channel_and_peer(&c, &fd));
    sender = thread_start(deliver_a_byte_at_a_time, &fd);
    begin_wait(&w, &thread, &c, wait_in_read);
    sleep_ms(100);
    CHECK_EQ(1, S_Cancel(&c));
    thread_end(thread);
    CHECK_EQ(-WDSOCKET_ERR_CANCELLED, w.result);
    CHECK_EQ(600, S_Read(&c, 0, 20000, all, 1000));
    thread_end(sender);
    free(all);
    close(fd);
}

enum { MESSAGES = 300 };

static atomic_int read_so_far;

static void *read_all(void *socket)
{
    char buffer[16], expected[16];
    int next = 0;
    while (next < MESSAGES) {
        intptr_t got = S_Read((const sock *)socket, 1, 0, buffer, sizeof buffer);
        if (got == -WDSOCKET_ERR_CANCELLED)
            continue;
        snprintf(expected, sizeof expected, "%d", next++);
        if (got != (intptr_t)strlen(expected) || memcmp(buffer, expected, (size_t)got) != 0) {
            check_fault_with_error(__FILE__, __LINE__, "each message comes once and in its order");
            break;
        }
        atomic_store(&read_so_far, next);
    }
    return NULL;
}

static void cancels_among_arrivals_lose_nothing(void)
{
    sock c;
    int fd, i;
    pthread_t reader;
    char text[32];
    REQUIRE(s_channel_and_peer(&c, &fd));
    reader = thread_start(read_all, &c);
    for (i = 0; i < MESSAGES; i++) {
        char number[16];
        int digits = snprintf(number, sizeof number, "%d", i);
        int size = snprintf(text, sizeof text, "%d\r\n%s", digits, number);
        int half = size / 2;
        CHECK(peer_send(fd, text, (size_t)half));
        if (i % 3 == 0)
            CHECK_EQ(1, S_Cancel(&c));
        if (i % 50 == 0)
            sleep_ms(60);
        CHECK(peer_send(fd, text + half, (size_t)(size - half)));
        if (i % 2 == 0)
            CHECK_EQ(1, S_Cancel(&c));
    }
    thread_end(reader);
    CHECK_EQ(MESSAGES, atomic_load(&read_so_far));
    close(fd);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_read_ends_and_the_next_one_has_the_message);
    RUN(the_part_of_a_message_that_came_stays);
    RUN(every_call_that_waits_ends_and_no_later_one);
    RUN(a_cancel_that_nobody_waits_for_changes_nothing);
    RUN(waits_on_other_sockets_go_on);
    RUN(a_message_that_is_on_its_way_ends_the_sending_half);
    RUN(a_message_that_waits_for_its_turn_is_not_sent_and_harms_nothing);
    RUN(a_wait_for_a_client_ends_and_the_client_can_come);
    RUN(a_simplified_server_keeps_its_client);
    RUN(the_waits_of_a_watch_end_and_its_sockets_stay_in);
    RUN(a_udp_socket_s_read_ends_and_the_next_one_has_the_datagram);
    RUN(a_read_over_tls_ends_and_the_next_one_has_the_message);
    RUN(a_client_s_handshake_goes_on_where_it_was);
    RUN(a_connection_that_is_being_made_is_given_up);
    RUN(a_read_whose_bytes_come_one_by_one_ends_too);
    RUN(cancels_among_arrivals_lose_nothing);
    return check_end();
}

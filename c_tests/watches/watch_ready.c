/* What a watch tells: sockets whose next read would not wait, or would tell of an end. */
#include "watch_scene.h"

static void a_whole_message_is_told_until_it_is_read(void)
{
    sock w, c;
    int fd, i;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_QUIET(&w);
    PEER_SEND(fd, "5\r\nhello");
    for (i = 0; i < 3; i++)
        CHECK_READY(&w, &c);
    CHECK_EQ(5, S_Pending(&c));
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hello");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_message_in_two_packets_is_told_once_it_is_whole(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "1");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "0\r\n01234");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "5678");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "9");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "0123456789");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_tag_in_two_packets_is_told_once_it_is_whole(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "<END>", 5));
    PEER_DELIVER(fd, "hello<E");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "ND>");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hello");
    CHECK_QUIET(&w);
    close(fd);
}

static void any_byte_is_told_where_there_are_no_frames(void)
{
    sock w, c;
    int fd;
    char byte;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    PEER_DELIVER(fd, "abc");
    CHECK_READY_NOW(&w, &c);
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(1, S_Read(&c, 0, 0, &byte, 1));
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(1, S_Read(&c, 0, 0, &byte, 1));
    CHECK_EQ(1, S_Pending(&c));
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(1, S_Read(&c, 0, 0, &byte, 1));
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "d");
    shutdown(fd, SHUT_WR);
    CHECK_READY(&w, &c);
    CHECK_EQ(1, S_Read(&c, 0, 0, &byte, 1));
    CHECK_READY(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 0, 0, &byte, 1));
    CHECK_READY_NOW(&w, &c);
    close(fd);
}

static void an_empty_message_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "0\r\n");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "");
    CHECK_QUIET(&w);
    close(fd);
}

static void messages_that_came_together_are_each_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "1\r\na1\r\nb1\r\nc1");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "a");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "b");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "c");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "\r\nd");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "d");
    close(fd);
}

/* The first read takes both messages in; the descriptor is silent for the second. */
static void a_message_that_an_earlier_read_received_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "1\r\na1\r\nb");
    CHECK_MESSAGE(&c, "a");
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "b");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_message_received_before_it_was_added_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Watch(&w, "watch"));
    PEER_DELIVER(fd, "1\r\na1\r\nb");
    CHECK_MESSAGE(&c, "a");
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    CHECK_READY_NOW(&w, &c);
    close(fd);
}

static void a_message_that_SocketPending_received_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "5\r\nhello");
    CHECK_EQ(5, S_Pending(&c));
    CHECK_READY_NOW(&w, &c);
    close(fd);
}

static void what_becomes_a_message_in_another_mode_is_told(void)
{
    sock w, c;
    int fd;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "9\r\nhello");
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "\r\n", 2));
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "9");
    CHECK_QUIET(&w);
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hello");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_message_that_does_not_fit_stays_told(void)
{
    sock w, c;
    int fd;
    char small[2];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "5\r\nhello");
    CHECK_READY_NOW(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 0, small, sizeof small));
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hello");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_large_message_is_told_once_it_is_whole(void)
{
    enum { SIZE = 4 * 1024 * 1024 };
    sock w, c;
    int fd;
    int32_t id;
    char *sent = malloc(SIZE), *got = malloc(SIZE);
    size_t i, at;
    REQUIRE(sent != NULL && got != NULL && s_watched_channel(&w, &c, &fd));
    for (i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 31 >> 3);
    PEER_SEND(fd, "4194304\r\n");
    /* The watch takes in what comes, or the peer could not send it all. */
    for (at = 0; at < SIZE; at += 65536) {
        CHECK(peer_send(fd, sent + at, 65536));
        CHECK_EQ(at + 65536 == SIZE, S_WatchWait(&w, at + 65536 == SIZE ? 10000 : 0, &id, 1));
    }
    CHECK_EQ(SIZE, S_Pending(&c));
    CHECK_EQ(SIZE, S_Read(&c, 0, 10000, got, SIZE));
    CHECK(memcmp(sent, got, SIZE) == 0);
    CHECK_QUIET(&w);
    free(sent);
    free(got);
    close(fd);
}

static void an_end_is_told_after_the_last_message_and_stays(void)
{
    sock w, c;
    int fd, i;
    char buffer[16];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_SEND(fd, "2\r\nhi");
    close(fd);
    CHECK_READY(&w, &c);
    CHECK_MESSAGE(&c, "hi");
    for (i = 0; i < 3; i++) {
        CHECK_READY(&w, &c);
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 0, 0, buffer, sizeof buffer));
    }
    CHECK_EQ(1, S_Close(&c));
    CHECK_QUIET(&w);
}

static void a_reset_is_told(void)
{
    sock w, c;
    int fd;
    char buffer[16];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    peer_reset(fd);
    CHECK_READY(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_READY(&w, &c);
}

static void a_bad_frame_is_told_and_the_rest_can_be_read(void)
{
    sock w, c;
    int fd;
    char buffer[16];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "GET /");
    CHECK_READY_NOW(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, " more");
    CHECK_READY_NOW(&w, &c);
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(5, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_READY_NOW(&w, &c);
    CHECK_EQ(5, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    close(fd);
}

static void a_message_over_the_limit_is_told(void)
{
    sock w, c;
    int fd;
    char buffer[16];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 4));
    PEER_DELIVER(fd, "5\r\nhello");
    CHECK_READY_NOW(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 5));
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "hello");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_listener_is_told_while_a_client_waits(void)
{
    sock w, s, c;
    int32_t port = s_listen(&s, "server");
    int one, two;
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    CHECK_QUIET(&w);
    one = peer_connect(port);
    CHECK_READY(&w, &s);
    two = peer_connect(port);
    CHECK_READY(&w, &s);
    CHECK_EQ(1, S_Accept(&s, &c));
    CHECK_READY(&w, &s);
    CHECK_EQ(1, S_Deny(&s));
    CHECK_QUIET(&w);
    close(one);
    close(two);
}

/* Accept, read, read, end, accept again: each is told when it is due and not before. */
static void a_simplified_server_is_told_for_its_client(void)
{
    sock w, s;
    int32_t port = s_listen(&s, "server");
    int one, two;
    char buffer[16];
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    one = peer_connect(port);
    CHECK_READY(&w, &s);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    two = peer_connect(port);
    CHECK_QUIET(&w);
    PEER_DELIVER(one, "2\r\nh");
    CHECK_QUIET(&w);
    PEER_DELIVER(one, "i3\r\nyou");
    CHECK_READY_NOW(&w, &s);
    CHECK_MESSAGE(&s, "hi");
    CHECK_READY_NOW(&w, &s);
    CHECK_MESSAGE(&s, "you");
    CHECK_QUIET(&w);
    close(one);
    CHECK_READY(&w, &s);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 0, buffer, sizeof buffer));
    CHECK_READY(&w, &s);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    PEER_DELIVER(two, "3\r\ntwo");
    CHECK_READY_NOW(&w, &s);
    CHECK_MESSAGE(&s, "two");
    CHECK_QUIET(&w);
    close(two);
    CHECK_READY(&w, &s);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
}

static void a_simplified_server_that_has_a_client_already_can_be_added(void)
{
    sock w, s;
    int32_t port = s_listen(&s, "server");
    int fd = peer_connect(port);
    PEER_DELIVER(fd, "1\r\na1\r\nb");
    CHECK_MESSAGE(&s, "a");
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    CHECK_READY_NOW(&w, &s);
    CHECK_MESSAGE(&s, "b");
    CHECK_QUIET(&w);
    PEER_DELIVER(fd, "1\r\nc");
    CHECK_READY_NOW(&w, &s);
    CHECK_EQ(1, S_WatchRemove(&w, &s));
    CHECK_QUIET(&w);
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(a_whole_message_is_told_until_it_is_read);
    RUN(a_message_in_two_packets_is_told_once_it_is_whole);
    RUN(a_tag_in_two_packets_is_told_once_it_is_whole);
    RUN(any_byte_is_told_where_there_are_no_frames);
    RUN(an_empty_message_is_told);
    RUN(messages_that_came_together_are_each_told);
    RUN(a_message_that_an_earlier_read_received_is_told);
    RUN(a_message_received_before_it_was_added_is_told);
    RUN(a_message_that_SocketPending_received_is_told);
    RUN(what_becomes_a_message_in_another_mode_is_told);
    RUN(a_message_that_does_not_fit_stays_told);
    RUN(a_large_message_is_told_once_it_is_whole);
    RUN(an_end_is_told_after_the_last_message_and_stays);
    RUN(a_reset_is_told);
    RUN(a_bad_frame_is_told_and_the_rest_can_be_read);
    RUN(a_message_over_the_limit_is_told);
    RUN(a_listener_is_told_while_a_client_waits);
    RUN(a_simplified_server_is_told_for_its_client);
    RUN(a_simplified_server_that_has_a_client_already_can_be_added);
    return check_end();
}

/* A byte that arrived is delivered, whatever happened between. */
#include "scene.h"

static void a_message_too_long_for_the_buffer_stays(void)
{
    sock c;
    int fd, tagged;
    char buffer[100];
    for (tagged = 0; tagged < 2; tagged++) {
        REQUIRE(s_channel_and_peer(&c, &fd));
        CHECK_EQ(1, S_Mode(&c, tagged ? SocketEndTag : SocketSize, NULL, 0));
        if (tagged)
            PEER_DELIVER(fd, "hello world<EOF>next<EOF>");
        else
            PEER_DELIVER(fd, "11\r\nhello world4\r\nnext");
        memset(buffer, '?', sizeof buffer);
        CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 10000, buffer, 10));
        CHECK_EQ(11, S_Pending(&c));
        CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 10000, NULL, 0));
        CHECK_EQ(11, S_Pending(&c));
        CHECK_EQ(11, S_Read(&c, 0, 10000, buffer, 11));
        CHECK(memcmp(buffer, "hello world?", 12) == 0);
        CHECK_EQ(4, S_Pending(&c));
        CHECK_MESSAGE(&c, "next");
        CHECK_EQ(0, S_Pending(&c));
        CHECK_EQ(1, S_Close(&c));
        close(fd);
    }
}

static void a_large_message_too_long_for_the_buffer_stays(void)
{
    enum { SIZE = 300000 };
    static char sent[SIZE + 8], got[SIZE];
    sock c;
    int fd, i;
    size_t head = (size_t)sprintf(sent, "%d\r\n", SIZE);
    for (i = 0; i < SIZE; i++)
        sent[head + (size_t)i] = (char)(i % 251);
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK(peer_send(fd, sent, head + 1000));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 10, got, 5000));
    CHECK(peer_send(fd, sent + head + 1000, SIZE - 1000));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 10000, got, 5000));
    CHECK_EQ(SIZE, S_Pending(&c));
    CHECK_EQ(SIZE, S_Read(&c, 0, 10000, got, SIZE));
    CHECK(memcmp(got, sent + head, SIZE) == 0);
    close(fd);
}

static void a_timeout_in_mid_message_keeps_what_came(void)
{
    sock c;
    int fd;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "1");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_EQ(0, S_Pending(&c));
    PEER_DELIVER(fd, "0\r\n01234");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 20, buffer, sizeof buffer));
    CHECK_EQ(0, S_Pending(&c));
    PEER_DELIVER(fd, "5678");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, 3));
    PEER_DELIVER(fd, "95\r\nafter");
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 10000, buffer, 3));
    CHECK_MESSAGE(&c, "0123456789");
    CHECK_MESSAGE(&c, "after");
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "END", 3));
    PEER_DELIVER(fd, "some");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, "thingEN");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 20, buffer, 2));
    PEER_DELIVER(fd, "D");
    CHECK_MESSAGE(&c, "something");
    close(fd);
}

static void a_mode_switch_in_mid_stream_keeps_the_bytes_already_received(void)
{
    sock c;
    int fd;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "3\r\none" "two<EOF>" "three\r\n" "raw bytes");
    CHECK_MESSAGE(&c, "one");
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, NULL, 0));
    CHECK_MESSAGE(&c, "two");
    CHECK_EQ(1, S_Mode(&c, SocketEndTagBuffer, "\r\n", 2));
    CHECK_MESSAGE(&c, "three");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_EQ(9, S_Pending(&c));
    CHECK_EQ(4, S_Read(&c, 0, 10000, buffer, 4));
    CHECK(memcmp(buffer, "raw ", 4) == 0);
    CHECK_EQ(5, S_Pending(&c));
    CHECK_MESSAGE(&c, "bytes");
    CHECK_EQ(1, S_Mode(&c, SocketSize, NULL, 0));
    PEER_DELIVER(fd, "4\r\nback");
    CHECK_MESSAGE(&c, "back");
    close(fd);
}

static void a_tag_that_began_under_the_old_tag_is_searched_again_under_the_new(void)
{
    sock c;
    int fd;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "X", 1));
    PEER_DELIVER(fd, "aaa;bbb;ccX");
    CHECK_EQ(11 - 1, S_Pending(&c));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, ";", 1));
    CHECK_EQ(3, S_Pending(&c));
    CHECK_MESSAGE(&c, "aaa");
    CHECK_MESSAGE(&c, "bbb");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "X", 1));
    CHECK_MESSAGE(&c, "cc");
    close(fd);
}

static void pending_tells_what_the_next_read_returns(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(0, S_Pending(&c));
    CHECK_EQ(0, SocketErrorCode());
    PEER_DELIVER(fd, "5\r\nhell");
    CHECK_EQ(0, S_Pending(&c));
    CHECK_EQ(0, SocketErrorCode());
    PEER_DELIVER(fd, "o2\r\nxy");
    CHECK_EQ(5, S_Pending(&c));
    CHECK_EQ(5, S_Pending(&c));
    CHECK_MESSAGE(&c, "hello");
    CHECK_EQ(2, S_Pending(&c));
    CHECK_MESSAGE(&c, "xy");
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_Pending(&s_missing));
    close(fd);
}

static void bytes_written_before_close_still_go_out(void)
{
    enum { SIZE = 200000 };
    static char sent[SIZE], got[SIZE];
    sock c;
    int fd, i, unread;
    for (i = 0; i < SIZE; i++)
        sent[i] = (char)(i % 253);
    for (unread = 0; unread < 2; unread++) {
        REQUIRE(s_channel_and_peer(&c, &fd));
        CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
        if (unread)
            PEER_DELIVER(fd, "bytes that nobody reads");
        CHECK_EQ(1, S_Write(&c, sent, SIZE));
        CHECK_EQ(1, S_Close(&c));
        memset(got, 0, sizeof got);
        CHECK(peer_receive(fd, got, SIZE));
        CHECK(memcmp(got, sent, SIZE) == 0);
        CHECK(peer_sees_the_end(fd));
        close(fd);
    }
}

int main(void)
{
    check_start(120);
    RUN(a_message_too_long_for_the_buffer_stays);
    RUN(a_large_message_too_long_for_the_buffer_stays);
    RUN(a_timeout_in_mid_message_keeps_what_came);
    RUN(a_mode_switch_in_mid_stream_keeps_the_bytes_already_received);
    RUN(a_tag_that_began_under_the_old_tag_is_searched_again_under_the_new);
    RUN(pending_tells_what_the_next_read_returns);
    RUN(bytes_written_before_close_still_go_out);
    return check_end();
}

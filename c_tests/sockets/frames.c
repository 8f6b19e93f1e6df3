/* The four transmission modes, byte by byte, against a plain socket. */
#include "scene.h"

static void each_mode_writes_its_own_bytes(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    CHECK(peer_expects(fd, "5\r\nhello", 8));
    CHECK_EQ(1, S_Write(&c, "a\0b", 3));
    CHECK(peer_expects(fd, "3\r\na\0b", 6));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK(peer_expects(fd, "hello<EOF>", 10));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "\r\n", 2));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK(peer_expects(fd, "hello\r\n", 7));
    CHECK_EQ(1, S_Mode(&c, SocketEndTagBuffer, "ab\0d", 4));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK(peer_expects(fd, "helloab\0d", 9));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK(peer_expects(fd, "hello", 5));
    CHECK_EQ(1, S_Mode(&c, SocketSize, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "back again!", -1));
    CHECK(peer_expects(fd, "11\r\nback again!", 15));
    close(fd);
}

static void each_mode_reads_its_own_bytes(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_SEND(fd, "5\r\nhello");
    CHECK_MESSAGE(&c, "hello");
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, NULL, 0));
    PEER_SEND(fd, "hello<EOF>");
    CHECK_MESSAGE(&c, "hello");
    CHECK_EQ(1, S_Mode(&c, SocketEndTagBuffer, "ab\0d", 4));
    CHECK(peer_send(fd, "x\0yab\0d", 7));
    check_message(__FILE__, __LINE__, &c, "x\0y", 3);
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    PEER_DELIVER(fd, "12\r\nhello");
    CHECK_MESSAGE(&c, "12\r\nhello");
    close(fd);
}

static void a_message_may_be_empty(void)
{
    sock c;
    int fd;
    char byte = 'x';
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Write(&c, "", 0));
    CHECK_EQ(1, S_Write(&c, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "", -1));
    CHECK(peer_expects(fd, "0\r\n0\r\n0\r\n", 9));
    PEER_DELIVER(fd, "0\r\n0\r\n3\r\nabc");
    CHECK_EQ(0, S_Read(&c, 0, 10000, &byte, 1));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, S_Read(&c, 0, 10000, NULL, 0));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_MESSAGE(&c, "abc");
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "||", 2));
    CHECK_EQ(1, S_Write(&c, "", 0));
    CHECK(peer_expects(fd, "||", 2));
    PEER_DELIVER(fd, "||a||");
    CHECK_EQ(0, S_Read(&c, 0, 10000, &byte, 1));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_MESSAGE(&c, "a");
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "", 0));
    CHECK_EQ(1, S_Write(&c, "z", 1));
    CHECK(peer_expects(fd, "z", 1));
    close(fd);
}

/* Sends single bytes and reads after each: a message comes when its last byte is there, not before. */
static void byte_by_byte(const sock *c, int fd, const char *bytes, const char *const *messages)
{
    size_t i, m = 0;
    char buffer[100];
    for (i = 0; bytes[i] != '\0'; i++) {
        intptr_t got;
        peer_deliver(fd, bytes + i, 1);
        got = S_Read(c, 0, 0, buffer, sizeof buffer);
        if (got == -WDSOCKET_ERR_TIMEOUT)
            continue;
        REQUIRE(messages[m] != NULL && got == (intptr_t)strlen(messages[m]));
        CHECK(memcmp(buffer, messages[m], (size_t)got) == 0);
        CHECK(bytes[i + 1] == '|' || bytes[i + 1] == '\0');
        m++;
        if (bytes[i + 1] == '|')
            i++;
    }
    CHECK(messages[m] == NULL);
}

static void headers_and_tags_may_be_split_over_single_byte_packets(void)
{
    static const char *const sized[] = {"hello", "hello world!", "", NULL};
    static const char *const tagged[] = {"xENE", "ENEN", "", "a", NULL};
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    byte_by_byte(&c, fd, "5\r\nhello|12\r\nhello world!|0\r\n", sized);
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "END", 3));
    byte_by_byte(&c, fd, "xENEEND|ENENEND|END|aEND", tagged);
    close(fd);
}

static void leading_zeros_are_digits(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_SEND(fd, "0000000003\r\nabc03\r\nxyz");
    CHECK_MESSAGE(&c, "abc");
    CHECK_MESSAGE(&c, "xyz");
    close(fd);
}

static void many_messages_in_one_packet_are_told_apart(void)
{
    enum { COUNT = 600 };
    static char bytes[COUNT * 60], expected[64];
    sock c;
    int fd, i, tagged;
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (tagged = 0; tagged < 2; tagged++) {
        size_t size = 0;
        CHECK_EQ(1, S_Mode(&c, tagged ? SocketEndTag : SocketSize, "\n", 1));
        for (i = 0; i < COUNT; i++) {
            int length = snprintf(expected, sizeof expected, "message %d%.*s", i, i % 30,
                                  "..............................");
            if (tagged)
                size += (size_t)sprintf(bytes + size, "%s\n", expected);
            else
                size += (size_t)sprintf(bytes + size, "%d\r\n%s", length, expected);
        }
        CHECK(peer_send(fd, bytes, size));
        for (i = 0; i < COUNT; i++) {
            snprintf(expected, sizeof expected, "message %d%.*s", i, i % 30, "..............................");
            CHECK_MESSAGE(&c, expected);
        }
    }
    close(fd);
}

static void a_header_takes_digits_and_nothing_else(void)
{
    static const char *const bad[] = {"abc\r\n", "99999999999\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n",
                                      "\r\n",    "1\n2",            "1\rx",   "0x1\r\n", "1,0\r\n", NULL};
    char buffer[64];
    int i;
    for (i = 0; bad[i] != NULL; i++) {
        sock c;
        int fd;
        REQUIRE(s_channel_and_peer(&c, &fd));
        PEER_DELIVER(fd, bad[i]);
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 10000, buffer, sizeof buffer));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 10000, buffer, sizeof buffer));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Pending(&c));
        CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
        CHECK_MESSAGE(&c, bad[i]);
        CHECK_EQ(1, S_Close(&c));
        close(fd);
    }
}

static void a_header_that_never_ends_is_refused_at_its_eleventh_digit(void)
{
    sock c;
    int fd;
    char buffer[8];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "1111111111");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, "1");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 1, 0, buffer, sizeof buffer));
    close(fd);
}

static void a_mode_outside_the_list_or_a_bad_tag_is_refused(void)
{
    char tag[300];
    sock c;
    int fd;
    memset(tag, 't', sizeof tag);
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, -1, NULL, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, 8, NULL, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, SocketEndTag, tag, 256));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, SocketEndTag, tag, -5));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, SocketEndTag, tag, 0));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Mode(&s_missing, SocketEndTag, NULL, 0));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, tag, 255));
    CHECK_EQ(1, S_Write(&c, "M", 1));
    CHECK(peer_expects(fd, "M", 1) && peer_expects(fd, tag, 255));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "text", -1));
    CHECK_EQ(1, S_Write(&c, "M", 1));
    CHECK(peer_expects(fd, "Mtext", 5));
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(each_mode_writes_its_own_bytes);
    RUN(each_mode_reads_its_own_bytes);
    RUN(a_message_may_be_empty);
    RUN(headers_and_tags_may_be_split_over_single_byte_packets);
    RUN(leading_zeros_are_digits);
    RUN(many_messages_in_one_packet_are_told_apart);
    RUN(a_header_takes_digits_and_nothing_else);
    RUN(a_header_that_never_ends_is_refused_at_its_eleventh_digit);
    RUN(a_mode_outside_the_list_or_a_bad_tag_is_refused);
    return check_end();
}

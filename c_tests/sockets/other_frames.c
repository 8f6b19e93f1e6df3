/* Frames of other machines: binary lengths, fixed sizes, lines and exact sizes, against a plain socket. */
#include "scene.h"

/* Chooses SocketBinarySize with these options. */
static int s_binary(const sock *h, int bytes, int order, int offset, int adjust, int header, int uncounted)
{
    return S_SetOption(h, SocketLengthBytes, bytes) == 1 && S_SetOption(h, SocketLengthOrder, order) == 1 &&
           S_SetOption(h, SocketLengthOffset, offset) == 1 && S_SetOption(h, SocketLengthAdjust, adjust) == 1 &&
           S_SetOption(h, SocketLengthHeader, header) == 1 && S_SetOption(h, SocketLengthUncounted, uncounted) == 1 &&
           S_Mode(h, SocketBinarySize, NULL, 0) == 1;
}

#define CHECK_BYTES(h, text) check_message(__FILE__, __LINE__, h, text, sizeof text - 1)
#define CHECK_SENT(fd, text) CHECK(peer_expects(fd, text, sizeof text - 1))
#define DELIVER(fd, text) peer_deliver(fd, text, sizeof text - 1)

static void a_binary_length_goes_before_the_message(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketBinarySize, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    CHECK_EQ(1, S_Write(&c, "", 0));
    CHECK_SENT(fd, "\0\5hello\0\0");
    DELIVER(fd, "\0\3abc\0\0\0\2xy");
    CHECK_BYTES(&c, "abc");
    CHECK_BYTES(&c, "");
    CHECK_EQ(2, S_Pending(&c));
    CHECK_BYTES(&c, "xy");
    REQUIRE(s_binary(&c, 4, 1, 0, 0, 0, 0));
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    CHECK_SENT(fd, "\5\0\0\0hello");
    DELIVER(fd, "\3\0\0\0abc");
    CHECK_BYTES(&c, "abc");
    REQUIRE(s_binary(&c, 1, 0, 3, 0, 0, 0));
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    CHECK_SENT(fd, "\0\0\0\5hello");
    DELIVER(fd, "xyz\3abc");
    CHECK_BYTES(&c, "abc");
    close(fd);
}

static void a_header_is_part_of_the_message_where_that_is_asked_for(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_binary(&c, 2, 0, 2, 4, 1, 0)); /* TPKT */
    CHECK_EQ(1, S_Write(&c, "\3\0??hello", 9));
    CHECK_SENT(fd, "\3\0\0\11hello");
    DELIVER(fd, "\3\0\0\7abc\3\0\0\4");
    CHECK_BYTES(&c, "\3\0\0\7abc");
    CHECK_BYTES(&c, "\3\0\0\4");
    REQUIRE(s_binary(&c, 3, 0, 0, 0, 1, 6)); /* HTTP/2 */
    CHECK_EQ(1, S_Write(&c, "???\6\0\0\0\0\1pinging!", 17));
    CHECK_SENT(fd, "\0\0\10\6\0\0\0\0\1pinging!");
    DELIVER(fd, "\0\0\0\4\1\0\0\0\0");
    CHECK_BYTES(&c, "\0\0\0\4\1\0\0\0\0");
    close(fd);
}

static void a_frame_may_be_cut_at_every_byte(void)
{
    static const char wire[] = "ab\0\7xyz";
    char buffer[16];
    sock c;
    int fd, i, header;
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (header = 0; header < 2; header++) {
        REQUIRE(s_binary(&c, 2, 0, 2, 4, header, 0));
        for (i = 0; i < 7; i++) {
            CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
            CHECK_EQ(0, S_Pending(&c));
            peer_deliver(fd, wire + i, 1);
        }
        check_message(__FILE__, __LINE__, &c, header ? wire : "xyz", header ? 7 : 3);
    }
    close(fd);
}

static void a_length_that_lies_is_a_bad_frame(void)
{
    char buffer[16];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_binary(&c, 2, 0, 2, 4, 0, 0));
    DELIVER(fd, "\3\0\0\3abc");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Pending(&c));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_BYTES(&c, "\3\0\0\3abc");
    close(fd);
}

static void a_length_over_the_limit_is_refused_from_its_header(void)
{
    char buffer[16];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 1000));
    REQUIRE(s_binary(&c, 4, 0, 0, 0, 0, 255));
    DELIVER(fd, "\xff\xff\xff\xff");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, INT32_MAX));
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_BYTES(&c, "\xff\xff\xff\xff");
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 1000));
    REQUIRE(s_binary(&c, 2, 0, 0, 0, 1, 0));
    DELIVER(fd, "\3\xe7"); /* 999, and 2 of the header */
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    close(fd);
}

static void what_cannot_be_framed_is_refused_and_nothing_is_sent(void)
{
    static char large[70000];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_binary(&c, 1, 0, 0, 0, 0, 0));
    CHECK_NO(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Write(&c, large, 256));
    REQUIRE(s_binary(&c, 2, 0, 0, 2, 0, 0));
    CHECK_NO(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Write(&c, large, 65534));
    REQUIRE(s_binary(&c, 2, 0, 4, 0, 1, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, large, 5));
    REQUIRE(s_binary(&c, 2, 0, 0, 0, 0, 2));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, large, 1));
    CHECK_EQ(1, S_Mode(&c, SocketFixedSize, NULL, 8));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, large, 7));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, large, 9));
    CHECK_EQ(1, S_Write(&c, "eight by", 8));
    CHECK_SENT(fd, "eight by");
    CHECK_EQ(1, S_SetOption(&c, SocketGather, 60000));
    CHECK_EQ(1, S_Write(&c, "gathered", 8));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, large, 7));
    CHECK_EQ(1, S_Write(&c, "together", 8));
    CHECK_EQ(1, S_CALL(SocketFlush)(S_KEY(&c)));
    CHECK_SENT(fd, "gatheredtogether");
    close(fd);
}

static void messages_of_a_fixed_size_come_whole(void)
{
    char buffer[16];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, SocketFixedSize, NULL, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Mode(&c, SocketFixedSize, "abcd", -1));
    CHECK_EQ(1, S_Mode(&c, SocketFixedSize, "passed over", 4));
    DELIVER(fd, "abcdef");
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 0, buffer, 3));
    CHECK_BYTES(&c, "abcd");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    DELIVER(fd, "gh");
    CHECK_BYTES(&c, "efgh");
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 3));
    DELIVER(fd, "x");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 0, buffer, sizeof buffer));
    close(fd);
}

static void lines_end_with_lf_or_cr_lf(void)
{
    char buffer[16];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketLine, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK_SENT(fd, "hello\r\n");
    DELIVER(fd, "one\r\ntwo\n\n\r\nthr\ree\r");
    CHECK_BYTES(&c, "one");
    CHECK_BYTES(&c, "two");
    CHECK_BYTES(&c, "");
    CHECK_BYTES(&c, "");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    DELIVER(fd, "\n");
    CHECK_BYTES(&c, "thr\ree");
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 3));
    DELIVER(fd, "abcd");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    close(fd);
}

static void an_exact_read_takes_as_many_bytes_as_it_asks_for(void)
{
    static char sent[100000], got[100000];
    size_t i;
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketExactSize, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "hello", -1));
    CHECK_SENT(fd, "hello");
    DELIVER(fd, "abcdefg");
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&c, 0, 10000, got, 0));
    CHECK_EQ(2, S_Read(&c, 0, 10000, got, 2));
    CHECK_EQ(3, S_Read(&c, 0, 10000, got + 2, 3));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 10, got, 3));
    CHECK_EQ(2, S_Read(&c, 0, 10000, got + 5, 2));
    CHECK(memcmp(got, "abcdefg", 7) == 0);
    for (i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7);
    DELIVER(fd, "-");
    CHECK(peer_send(fd, sent, sizeof sent));
    CHECK_EQ(1, S_Read(&c, 0, 10000, got, 1));
    CHECK_EQ((intptr_t)sizeof got, S_Read(&c, 0, 10000, got, sizeof got));
    CHECK(memcmp(sent, got, sizeof got) == 0);
    DELIVER(fd, "ab");
    close(fd);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 0, 10000, got, 3));
    CHECK_EQ(2, S_Read(&c, 0, 10000, got, 2));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 0, 10000, got, 1));
}

static void a_watch_tells_an_exact_size_once_it_is_there(void)
{
    char buffer[16];
    int32_t id[2];
    sock c, w;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    s_name(&w, "watch");
    CHECK_EQ(1, S_Mode(&c, SocketExactSize, NULL, 0));
    CHECK((w.id = (int32_t)SocketWatchId()) > 0);
#ifdef BY_ID
    CHECK_EQ(1, SocketWatchAddId(w.id, c.id));
#else
    CHECK_EQ(1, SocketWatchAddId(w.id, (int32_t)SocketId(c.name)));
#endif
    CHECK_EQ(0, SocketWatchWaitId(w.id, 0, id, 2));
    DELIVER(fd, "ab");
    CHECK_EQ(1, SocketWatchWaitId(w.id, 10000, id, 2));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, 4));
    CHECK_EQ(0, SocketWatchWaitId(w.id, 0, id, 2));
    DELIVER(fd, "c");
    CHECK_EQ(0, SocketWatchWaitId(w.id, 50, id, 2));
    DELIVER(fd, "d");
    CHECK_EQ(1, SocketWatchWaitId(w.id, 10000, id, 2));
    CHECK_EQ(4, S_Read(&c, 0, 0, buffer, 4));
    close(fd);
}

static void channels_take_the_layout_of_their_server(void)
{
    sock listener, client, channel;
    int32_t port = s_listen(&listener, "server");
    REQUIRE(port > 0);
    REQUIRE(s_binary(&listener, 4, 1, 0, 0, 0, 0));
    CHECK_EQ(1, S_Connect(&client, "client", port, "127.0.0.1", 10000));
    REQUIRE(s_take(&listener, &channel));
    CHECK_EQ(4, S_GetOption(&channel, SocketLengthBytes));
    CHECK_EQ(2, S_GetOption(&client, SocketLengthBytes));
    CHECK_EQ(1, S_Write(&channel, "hello", 5));
    CHECK_EQ(1, S_Mode(&client, SocketNoEndTag, NULL, 0));
    CHECK_BYTES(&client, "\5\0\0\0hello");
}

static void the_options_count_from_the_next_change_of_the_mode_on(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    REQUIRE(s_binary(&c, 2, 0, 0, 0, 0, 0));
    CHECK_EQ(1, S_SetOption(&c, SocketLengthBytes, 1));
    CHECK_EQ(1, S_Write(&c, "a", 1));
    CHECK_SENT(fd, "\0\1a");
    CHECK_EQ(1, S_Mode(&c, SocketBinarySize, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "a", 1));
    CHECK_SENT(fd, "\1a");
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&c, SocketLengthBytes, 5));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&c, SocketLengthAdjust, 256));
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(a_binary_length_goes_before_the_message);
    RUN(a_header_is_part_of_the_message_where_that_is_asked_for);
    RUN(a_frame_may_be_cut_at_every_byte);
    RUN(a_length_that_lies_is_a_bad_frame);
    RUN(a_length_over_the_limit_is_refused_from_its_header);
    RUN(what_cannot_be_framed_is_refused_and_nothing_is_sent);
    RUN(messages_of_a_fixed_size_come_whole);
    RUN(lines_end_with_lf_or_cr_lf);
    RUN(an_exact_read_takes_as_many_bytes_as_it_asks_for);
    RUN(a_watch_tells_an_exact_size_once_it_is_there);
    RUN(channels_take_the_layout_of_their_server);
    RUN(the_options_count_from_the_next_change_of_the_mode_on);
    return check_end();
}

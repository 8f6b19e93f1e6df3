/* How a connection ends, and what can still be read and written then. */
#include "scene.h"

static void complete_messages_come_before_the_end(void)
{
    sock c;
    int fd, i;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_SEND(fd, "3\r\none3\r\ntwo9\r\nunfin");
    close(fd);
    CHECK_MESSAGE(&c, "one");
    CHECK_MESSAGE(&c, "two");
    for (i = 0; i < 3; i++)
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Pending(&c));
}

static void bytes_of_an_unfinished_message_are_readable_in_the_no_tag_mode(void)
{
    sock c;
    int fd;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "\n", 1));
    PEER_SEND(fd, "line\nrest of it");
    close(fd);
    CHECK_MESSAGE(&c, "line");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_EQ(10, S_Pending(&c));
    CHECK_MESSAGE(&c, "rest of it");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Close(&c));

    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_SEND(fd, "20\r\nnot twenty");
    close(fd);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&c, "20\r\nnot twenty");
}

static void a_large_unfinished_message_is_readable_in_the_no_tag_mode(void)
{
    enum { SIZE = 200000, CUT = 150000 };
    static char got[SIZE], sent[CUT + 8];
    sock c;
    int fd, i;
    size_t have = 0, head = (size_t)sprintf(sent, "%d\r\n", SIZE);
    for (i = 0; i < CUT; i++)
        sent[head + (size_t)i] = (char)(i % 249);
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK(peer_send(fd, sent, head + CUT));
    close(fd);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, got, sizeof got));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    for (;;) {
        intptr_t n = S_Read(&c, 1, 0, got + have, (int32_t)(sizeof got - have));
        if (n <= 0) {
            CHECK_EQ(-WDSOCKET_ERR_CLOSED, n);
            break;
        }
        have += (size_t)n;
    }
    CHECK_EQ((intptr_t)(head + CUT), (intptr_t)have);
    CHECK(memcmp(got, sent, have) == 0);
}

static void connected_tells_whether_the_peer_is_there_without_taking_a_byte(void)
{
    sock c;
    int fd;
    char buffer[10];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Connected(&c));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_EQ(1, S_Connected(&c));
    CHECK_MESSAGE(&c, "hi");
    CHECK_EQ(1, S_Connected(&c));
    close(fd);
    WAIT_UNTIL(S_Connected(&c) == 0);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(0, S_Connected(&c));
    CHECK_EQ(1, S_Exist(&c));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Connected(&s_missing));
}

static void shutdown_ends_the_sending_half_alone(void)
{
    sock c;
    int fd;
    char buffer[10];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_Write(&c, "bye", 3));
    CHECK_EQ(1, S_Shutdown(&c));
    CHECK(peer_expects(fd, "3\r\nbye", 6));
    CHECK(peer_sees_the_end(fd));
    PEER_SEND(fd, "6\r\nanswer");
    CHECK_MESSAGE(&c, "answer");
    CHECK_EQ(0, S_Write(&c, "x", 1));
    CHECK(SocketErrorCode() != 0);
    close(fd);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Shutdown(&s_missing));
}

static void writing_to_a_dead_peer_is_an_error_and_not_a_signal(void)
{
    sock c;
    int fd, i;
    struct sigaction action;
    REQUIRE(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    REQUIRE(s_channel_and_peer(&c, &fd));
    peer_reset(fd);
    for (i = 0; i < 1000 && S_Write(&c, "are you there?", -1) == 1; i++)
        sleep_ms(1);
    CHECK(i < 1000);
    for (i = 0; i < 3; i++)
        CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&c, "are you there?", -1));
}

static void a_peer_that_ended_in_order_can_still_be_answered(void)
{
    sock c;
    int fd;
    char buffer[10];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_SEND(fd, "8\r\nquestion");
    shutdown(fd, SHUT_WR);
    CHECK_MESSAGE(&c, "question");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Write(&c, "answer", -1));
    CHECK(peer_expects(fd, "6\r\nanswer", 9));
    close(fd);
}

static void a_write_timeout_makes_the_sending_half_unusable(void)
{
    enum { SIZE = 32 * 1024 * 1024 };
    char *large = calloc(1, SIZE);
    sock c;
    int fd;
    int64_t start;
    REQUIRE(large != NULL);
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(0, S_GetOption(&c, SocketWriteTimeout));
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 300));
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Write(&c, large, SIZE));
    CHECK(now_ms() - start >= 290 && now_ms() - start < 10000);
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&c, "more", 4));
    PEER_SEND(fd, "4\r\nread");
    CHECK_MESSAGE(&c, "read");
    close(fd);
    free(large);
}

int main(void)
{
    check_start(120);
    RUN(complete_messages_come_before_the_end);
    RUN(bytes_of_an_unfinished_message_are_readable_in_the_no_tag_mode);
    RUN(a_large_unfinished_message_is_readable_in_the_no_tag_mode);
    RUN(connected_tells_whether_the_peer_is_there_without_taking_a_byte);
    RUN(shutdown_ends_the_sending_half_alone);
    RUN(writing_to_a_dead_peer_is_an_error_and_not_a_signal);
    RUN(a_peer_that_ended_in_order_can_still_be_answered);
    RUN(a_write_timeout_makes_the_sending_half_unusable);
    return check_end();
}

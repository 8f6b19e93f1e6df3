/* The simplified server: SocketRead on a listener takes the client, serves it, and takes the next. */
#include "scene.h"

static void a_read_on_a_listener_attaches_the_client_that_comes(void)
{
    sock s;
    int fd;
    char text[64], port[16];
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    int32_t listening = s_listen(&s, "s");
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Write(&s, "nobody", -1));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_ClientInfo(&s, SocketAddress, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 50, text, sizeof text));
    fd = peer_connect(listening);
    REQUIRE(fd >= 0);
    PEER_SEND(fd, "5\r\nhello");
    CHECK_MESSAGE(&s, "hello");
    CHECK_EQ(1, S_Write(&s, "welcome", -1));
    CHECK(peer_expects(fd, "7\r\nwelcome", 10));
    CHECK_EQ(9, S_ClientInfo(&s, SocketAddress, text, sizeof text));
    CHECK(strcmp(text, "127.0.0.1") == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &length) == 0);
    CHECK(S_ClientInfo(&s, SocketPort, port, sizeof port) > 0);
    CHECK_EQ(ntohs(own.sin_port), atoi(port));
    close(fd);
}

typedef struct caller {
    int port, fd;
} caller;

static void *call_after_a_while(void *argument)
{
    caller *c = argument;
    sleep_ms(100);
    c->fd = peer_connect(c->port);
    sleep_ms(100);
    PEER_SEND(c->fd, "4\r\nlate");
    return NULL;
}

static void one_wait_covers_the_coming_of_the_client_and_of_its_message(void)
{
    sock s;
    caller c;
    pthread_t thread;
    int64_t start;
    char text[16];
    c.port = s_listen(&s, "s");
    thread = thread_start(call_after_a_while, &c);
    CHECK_MESSAGE(&s, "late");
    thread_end(thread);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 200, text, sizeof text));
    CHECK(now_ms() - start >= 190 && now_ms() - start < 5000);
    close(c.fd);
}

static void a_client_that_leaves_gives_one_CLOSED_and_the_next_is_served(void)
{
    sock s;
    int i;
    char text[32], expected[32];
    int32_t port = s_listen(&s, "s");
    for (i = 0; i < 5; i++) {
        int fd = peer_connect(port);
        REQUIRE(fd >= 0);
        snprintf(expected, sizeof expected, "client %d", i);
        PEER_SEND(fd, "8\r\n");
        PEER_SEND(fd, expected);
        CHECK_MESSAGE(&s, expected);
        close(fd);
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 10000, text, sizeof text));
        CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Write(&s, "gone", -1));
    }
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 0, text, sizeof text));
}

static void a_client_that_resets_gives_one_LOST_and_the_next_is_served(void)
{
    sock s;
    char text[32];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    PEER_SEND(fd, "1\r\na");
    CHECK_MESSAGE(&s, "a");
    peer_reset(fd);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&s, 0, 10000, text, sizeof text));
    fd = peer_connect(port);
    PEER_SEND(fd, "1\r\nb");
    CHECK_MESSAGE(&s, "b");
    close(fd);
}

static void a_second_client_waits_for_the_first_to_leave(void)
{
    sock s;
    char text[32];
    int32_t port = s_listen(&s, "s");
    int first = peer_connect(port), second;
    PEER_SEND(first, "5\r\nfirst");
    CHECK_MESSAGE(&s, "first");
    second = peer_connect(port);
    PEER_DELIVER(second, "6\r\nsecond");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 50, text, sizeof text));
    PEER_SEND(first, "5\r\nagain");
    CHECK_MESSAGE(&s, "again");
    close(first);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 10000, text, sizeof text));
    CHECK_MESSAGE(&s, "second");
    close(second);
}

static void a_mode_set_on_the_listener_serves_its_client(void)
{
    sock s;
    int32_t port = s_listen(&s, "s");
    int fd;
    CHECK_EQ(1, S_Mode(&s, SocketEndTag, "\r\n", 2));
    fd = peer_connect(port);
    PEER_SEND(fd, "HELO\r\nraw");
    CHECK_MESSAGE(&s, "HELO");
    CHECK_EQ(1, S_Write(&s, "250 OK", -1));
    CHECK(peer_expects(fd, "250 OK\r\n", 8));
    CHECK_EQ(1, S_Mode(&s, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&s, "raw");
    CHECK_EQ(1, S_Write(&s, "x", 1));
    CHECK(peer_expects(fd, "x", 1));
    close(fd);
}

static void nothing_is_lost_on_an_attached_client_either(void)
{
    sock s;
    char text[32];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    PEER_DELIVER(fd, "10\r\n01234");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 50, text, sizeof text));
    PEER_DELIVER(fd, "56789");
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&s, 0, 10000, text, 4));
    CHECK_EQ(10, S_Pending(&s));
    CHECK_MESSAGE(&s, "0123456789");
    close(fd);
}

static void a_client_that_sends_no_messages_is_told_once_and_the_next_is_served(void)
{
    sock s;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int first = peer_connect(port), second;
    PEER_DELIVER(first, "GET / HTTP/1.1\r\n\r\n");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&s, 1, 0, text, sizeof text));
    CHECK_EQ(1, S_Write(&s, "no", 2)); /* it can still be told */
    CHECK(peer_expects(first, "2\r\nno", 5));
    second = peer_connect(port);
    PEER_SEND(second, "5\r\nhello");
    CHECK_MESSAGE(&s, "hello");
    CHECK(peer_sees_the_end(first));
    CHECK_EQ(1, S_SetOption(&s, SocketMaxMessage, 1000));
    PEER_DELIVER(second, "1001\r\n");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&s, 1, 0, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 50, text, sizeof text));
    CHECK(peer_sees_the_end(second));
    close(first);
    close(second);
}

static void a_client_that_sends_no_messages_can_be_read_in_another_mode(void)
{
    sock s;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    PEER_DELIVER(fd, "HELO there\r\n");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&s, 1, 0, text, sizeof text));
    CHECK_EQ(1, S_Mode(&s, SocketEndTag, "\r\n", 2));
    CHECK_MESSAGE(&s, "HELO there");
    close(fd);
}

static void deny_sends_away_a_client_that_sends_no_messages(void)
{
    sock s;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    PEER_DELIVER(fd, "rubbish");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&s, 1, 0, text, sizeof text));
    CHECK_EQ(1, S_Deny(&s));
    CHECK(peer_sees_the_end(fd));
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Deny(&s));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 50, text, sizeof text));
    close(fd);
}

static void closing_the_listener_ends_its_attached_client(void)
{
    sock s;
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&s, "hi");
    CHECK_EQ(1, S_Write(&s, "bye", -1));
    CHECK_EQ(1, S_Close(&s));
    CHECK(peer_expects(fd, "3\r\nbye", 6));
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(a_read_on_a_listener_attaches_the_client_that_comes);
    RUN(one_wait_covers_the_coming_of_the_client_and_of_its_message);
    RUN(a_client_that_leaves_gives_one_CLOSED_and_the_next_is_served);
    RUN(a_client_that_resets_gives_one_LOST_and_the_next_is_served);
    RUN(a_second_client_waits_for_the_first_to_leave);
    RUN(a_mode_set_on_the_listener_serves_its_client);
    RUN(nothing_is_lost_on_an_attached_client_either);
    RUN(a_client_that_sends_no_messages_is_told_once_and_the_next_is_served);
    RUN(a_client_that_sends_no_messages_can_be_read_in_another_mode);
    RUN(deny_sends_away_a_client_that_sends_no_messages);
    RUN(closing_the_listener_ends_its_attached_client);
    return check_end();
}

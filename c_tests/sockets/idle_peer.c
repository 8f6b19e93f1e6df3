/* A peer that sends nothing for SocketIdleTimeout counts as gone: reads say so, and a watch tells it. */
#include "scene.h"

static char buffer[64];

/* Holds when the last call has named the option. */
static void check_text(void)
{
    char text[1000] = "";
    SocketErrorInfo(text, sizeof text);
    CHECK(strstr(text, "(SocketIdleTimeout)") != NULL);
}

static void a_peer_that_says_nothing_is_lost(void)
{
    sock c;
    int fd;
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 300));
    CHECK_EQ(300, S_GetOption(&c, SocketIdleTimeout));
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 1, 0, buffer, sizeof buffer));
    check_text();
    CHECK(now_ms() - start >= 300 && now_ms() - start < 5000);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Pending(&c));
    CHECK_EQ(0, S_Connected(&c));
    close(fd);
}

static void the_silence_goes_on_over_reads_that_time_out(void)
{
    sock c;
    int fd, reads;
    int64_t start = now_ms();
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 500));
    for (reads = 0; S_Read(&c, 0, 50, buffer, sizeof buffer) == -WDSOCKET_ERR_TIMEOUT && reads < 100;)
        reads++;
    CHECK(reads >= 1 && reads < 11);
    CHECK_EQ(WDSOCKET_ERR_LOST, SocketErrorCode());
    check_text();
    CHECK(now_ms() - start >= 500);
    close(fd);
}

static void every_byte_begins_it_anew(void)
{
    sock c;
    int fd, i;
    int64_t start = now_ms();
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 2000));
    for (i = 0; i < 5; i++) {
        PEER_DELIVER(fd, i == 0 ? "9\r\n" : "x");
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 500, buffer, sizeof buffer));
    }
    CHECK(now_ms() - start >= 2500);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 20000, buffer, sizeof buffer));
    /* What came of the message is still there. */
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&c, "9\r\nxxxx");
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    close(fd);
}

static void what_has_come_is_read_however_late(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 100));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, "2\r\nhi3\r\nyes");
    sleep_ms(200);
    CHECK_MESSAGE(&c, "hi");
    sleep_ms(200);
    CHECK_MESSAGE(&c, "yes");
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    close(fd);
}

static void without_the_option_silence_is_no_end(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(0, S_GetOption(&c, SocketIdleTimeout));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 100));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 0));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 300, buffer, sizeof buffer));
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 60000));
    CHECK_EQ(1, S_SetOption(&c, SocketReadIdle, 100));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Connected(&c));
    close(fd);
}

static void a_watch_tells_a_silent_peer(void)
{
    int32_t id[4];
    sock c;
    int fd;
    int64_t start;
    int32_t watch = (int32_t)SocketWatchId();
    REQUIRE(s_channel_and_peer(&c, &fd));
#ifndef BY_ID
    c.id = (int32_t)SocketId(c.name);
#endif
    CHECK_EQ(1, SocketWatchAddId(watch, c.id));
    CHECK_EQ(0, SocketWatchWaitId(watch, 0, id, 4));
    start = now_ms();
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 300));
    CHECK_EQ(1, SocketWatchWaitId(watch, 20000, id, 4));
    CHECK(now_ms() - start >= 300 && now_ms() - start < 5000);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    check_text();
    close(fd);
}

static void clients_of_a_server_have_it_from_there(void)
{
    sock server;
    int first, second;
    int32_t port = s_listen(&server, "server");
    CHECK_EQ(1, S_SetOption(&server, SocketIdleTimeout, 300));
    first = peer_connect(port);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&server, 1, 0, buffer, sizeof buffer));
    check_text();
    second = peer_connect(port);
    PEER_SEND(second, "2\r\nhi");
    CHECK_MESSAGE(&server, "hi");
    close(first);
    close(second);
}

int main(void)
{
    check_start(120);
    RUN(a_peer_that_says_nothing_is_lost);
    RUN(the_silence_goes_on_over_reads_that_time_out);
    RUN(every_byte_begins_it_anew);
    RUN(what_has_come_is_read_however_late);
    RUN(without_the_option_silence_is_no_end);
    RUN(a_watch_tells_a_silent_peer);
    RUN(clients_of_a_server_have_it_from_there);
    return check_end();
}

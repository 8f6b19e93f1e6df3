/* A watch over UDP: datagrams are told until they are read, kept ones included. */
#include "watch_scene.h"
#include "datagram.h"

static sock w, u;
static int32_t port;

static int watched_socket(void)
{
    port = s_udp(&u, "udp", "127.0.0.1");
    return port != 0 && S_Watch(&w, "watch") == 1 && S_WatchAdd(&w, &u) == 1;
}

#define SEND(fd, text) CHECK(peer_send_to(fd, text, strlen(text), port))

static void a_datagram_is_told_until_it_is_read(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), i;
    char buffer[16];
    REQUIRE(watched_socket());
    CHECK_QUIET(&w);
    SEND(fd, "one");
    SEND(fd, "");
    SEND(fd, "three");
    for (i = 0; i < 3; i++)
        CHECK_READY(&w, &u);
    CHECK_EQ(3, S_Read(&u, 0, 0, buffer, sizeof buffer));
    CHECK_READY_NOW(&w, &u);
    CHECK_EQ(0, S_Read(&u, 0, 0, buffer, sizeof buffer));
    CHECK_READY_NOW(&w, &u);
    CHECK_EQ(5, S_Read(&u, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    close(fd);
}

static void a_datagram_that_does_not_fit_stays_told(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    char buffer[16];
    REQUIRE(watched_socket());
    SEND(fd, "hello");
    CHECK_READY(&w, &u);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&u, 0, 0, buffer, 2));
    CHECK_READY_NOW(&w, &u);
    CHECK_EQ(5, S_Pending(&u));
    CHECK_EQ(5, S_Read(&u, 0, 0, buffer, sizeof buffer));
    CHECK_QUIET(&w);
    close(fd);
}

static void a_closed_socket_is_told_no_more(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(watched_socket());
    SEND(fd, "hello");
    CHECK_READY(&w, &u);
    CHECK_EQ(1, S_Close(&u));
    CHECK_QUIET(&w);
    close(fd);
}

static void streams_and_datagrams_share_a_watch(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), stream;
    int32_t ids[4];
    sock channel;
    REQUIRE(watched_socket());
    REQUIRE(s_channel_and_peer(&channel, &stream));
    CHECK_EQ(1, S_WatchAdd(&w, &channel));
    SEND(fd, "hello");
    CHECK_READY(&w, &u);
    PEER_DELIVER(stream, "5\r\nhello");
    CHECK_EQ(2, S_WatchWait(&w, 10000, ids, 4));
    CHECK_MESSAGE(&u, "hello");
    CHECK_READY_NOW(&w, &channel);
    CHECK_MESSAGE(&channel, "hello");
    CHECK_QUIET(&w);
    close(fd);
    close(stream);
}

int main(void)
{
    check_start(60);
    RUN(a_datagram_is_told_until_it_is_read);
    RUN(a_datagram_that_does_not_fit_stays_told);
    RUN(a_closed_socket_is_told_no_more);
    RUN(streams_and_datagrams_share_a_watch);
    return check_end();
}

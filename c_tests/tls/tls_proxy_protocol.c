/* SocketProxyProtocol: a load balancer says whose connection it passes on, and nobody else does. Arguments: certificate, root. */
#include "tls_family.h"
#include "watch_scene.h"

#include <poll.h>

#define CLEAR "2\r\nhi"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FOUR "\300\0\2\7\300\0\2\1\303\120\1\273"

static char buffer[8192];
static sock listener;

/* A server whose clients come through a load balancer. */
static int32_t listen_behind(void)
{
    int32_t port;
    S_Close(&listener);
    port = s_listen(&listener, "listener");
    CHECK_EQ(1, S_SetOption(&listener, SocketProxyProtocol, 1));
    return port;
}

/* A connection on which these bytes came, and its channel; the descriptor, or -1. */
static int passed_on(const void *bytes, size_t size, sock *channel)
{
    int fd = peer_connect(s_port(&listener));
    CHECK(fd >= 0 && peer_send(fd, bytes, size) && s_take(&listener, channel));
    return fd;
}

static void check_client(const char *file, int line, const sock *h, const char *address, const char *port)
{
    char told[64] = "", told_port[16] = "";
    if (S_ClientInfo(h, SocketAddress, told, sizeof told) < 0 || S_ClientInfo(h, SocketPort, told_port, sizeof told_port) < 0 ||
        strcmp(told, address) != 0 || (port != NULL && strcmp(told_port, port) != 0))
        check_fault_with_error(file, line, told);
}

/* Holds when that client is told; any port where that is NULL. */
#define CHECK_CLIENT(h, address, port) check_client(__FILE__, __LINE__, h, address, port)

/* Holds when the last error's text has this in it. */
static void check_text(const char *words)
{
    char text[1000] = "";
    SocketErrorInfo(text, sizeof text);
    CHECK(strstr(text, words) != NULL);
}

static void a_header_tells_the_client_and_takes_nothing_behind_it(void)
{
    static const struct { const char *bytes; size_t size; const char *address, *port; } headers[] = {
#define HEADER(text, address, port) {text CLEAR, sizeof text CLEAR - 1, address, port}
        HEADER("PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n", "192.0.2.7", "50000"),
        HEADER("PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n", "2001:db8::7", "50000"),
        HEADER("PROXY UNKNOWN what ever\r\n", "127.0.0.1", NULL),
        HEADER(SIGNATURE "\x21\x11\0\14" FOUR, "192.0.2.7", "50000"),
        HEADER(SIGNATURE "\x21\x11\0\23" FOUR "\5\0\4\1\2\3\4", "192.0.2.7", "50000"),
        HEADER(SIGNATURE "\x20\0\0\0", "127.0.0.1", NULL),
        HEADER(SIGNATURE "\x21\0\0\0", "127.0.0.1", NULL),
    };
    size_t i;
    sock c;
    int fd;
    REQUIRE(listen_behind());
    for (i = 0; i < sizeof headers / sizeof *headers; i++) {
        fd = passed_on(headers[i].bytes, headers[i].size, &c);
        CHECK_MESSAGE(&c, "hi");
        CHECK_CLIENT(&c, headers[i].address, headers[i].port);
        CHECK_EQ(1, S_Write(&c, "ok", 2));
        CHECK(peer_expects(fd, "2\r\nok", 5));
        S_Close(&c);
        close(fd);
    }
}

static void a_header_may_be_as_long_as_its_version_allows(void)
{
    static char v1[107], v2[4096];
    sock c;
    int fd;
    REQUIRE(listen_behind());
    memset(v1, 'x', sizeof v1);
    memcpy(v1, "PROXY UNKNOWN ", 14);
    memcpy(v1 + sizeof v1 - 2, "\r\n", 2);
    fd = passed_on(v1, sizeof v1, &c);
    CHECK(peer_send(fd, CLEAR, 5));
    CHECK_MESSAGE(&c, "hi");
    S_Close(&c);
    close(fd);
    memset(v2, 0, sizeof v2);
    memcpy(v2, SIGNATURE "\x21\x11\x0F\xF0" FOUR "\4\x0F\xE1", 31);
    fd = passed_on(v2, sizeof v2, &c);
    CHECK(peer_send(fd, CLEAR, 5));
    CHECK_MESSAGE(&c, "hi");
    CHECK_CLIENT(&c, "192.0.2.7", "50000");
    S_Close(&c);
    close(fd);
}

static void anything_else_is_bad_frame_and_ends_the_connection(void)
{
    static const struct { const char *bytes; size_t size; } others[] = {
#define OTHER(text) {text, sizeof text - 1}
        OTHER("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        OTHER("PROXY TCP4 192.0.2.7 192.0.2.1 50000\r\n"),
        OTHER("PROXY TCP4 2001:db8::7 2001:db8::1 50000 443\r\n"),
        OTHER("PROXY UDP4 192.0.2.7 192.0.2.1 50000 443\r\n"),
        OTHER("PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\n" "and no end"),
        OTHER("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        OTHER(SIGNATURE "\x21\x11\0\13" FOUR), /* too short for its addresses */
        OTHER(SIGNATURE "\x21\x31\0\14" FOUR), /* AF_UNIX */
        OTHER(SIGNATURE "\x21\x12\0\14" FOUR), /* UDP */
        OTHER(SIGNATURE "\x11\x11\0\14" FOUR),
        OTHER(SIGNATURE "\x21\x11\0\17" FOUR "\4\0\1"), /* a part that is longer than the rest */
        OTHER(SIGNATURE "\x21\x11\x0F\xF1" FOUR),       /* more than 4 KiB */
    };
    size_t i;
    sock c;
    int fd;
    REQUIRE(listen_behind());
    for (i = 0; i < sizeof others / sizeof *others; i++) {
        fd = passed_on(others[i].bytes, others[i].size, &c);
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 10000, buffer, sizeof buffer));
        check_text("SocketProxyProtocol");
        CHECK(peer_sees_the_end(fd));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 0, buffer, sizeof buffer));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_ClientInfo(&c, SocketAddress, buffer, sizeof buffer));
        S_Close(&c);
        close(fd);
    }
}

static void a_header_that_is_cut_anywhere_is_bad_frame_and_none_at_all_an_end(void)
{
    static const char v1[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n", v2[] = SIGNATURE "\x21\x11\0\14" FOUR;
    size_t i;
    sock c;
    int fd, version;
    REQUIRE(listen_behind());
    for (version = 1; version <= 2; version++)
        for (i = 0; i < (version == 1 ? sizeof v1 : sizeof v2) - 1; i++) {
            fd = passed_on(version == 1 ? v1 : v2, i, &c);
            shutdown(fd, SHUT_WR);
            CHECK_MINUS(i == 0 ? WDSOCKET_ERR_CLOSED : WDSOCKET_ERR_BAD_FRAME, S_Read(&c, 0, 10000, buffer, sizeof buffer));
            S_Close(&c);
            close(fd);
        }
}

static void it_may_come_byte_by_byte_and_the_client_is_told_once_it_is_there(void)
{
    static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n" CLEAR;
    size_t i;
    sock c;
    int fd;
    REQUIRE(listen_behind());
    fd = passed_on("", 0, &c);
    for (i = 0; i < sizeof header - 1; i++) {
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
        if (i < sizeof header - 6) {
            CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_ClientInfo(&c, SocketAddress, buffer, sizeof buffer));
            check_text("SocketRead");
        }
        peer_deliver(fd, header + i, 1);
    }
    CHECK_CLIENT(&c, "192.0.2.7", "50000");
    CHECK_MESSAGE(&c, "hi");
    S_Close(&c);
    close(fd);
}

static void who_is_not_trusted_is_turned_away(void)
{
    static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n" CLEAR;
    sock c;
    int fd;
    REQUIRE(listen_behind());
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetText(&listener, SocketProxyFrom, "192.0.2.0/24, here"));
    CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, "192.0.2.0/24, 2001:db8::/32"));
    fd = passed_on(header, sizeof header - 1, &c);
    CHECK(peer_sees_the_end(fd));
    CHECK_MINUS(WDSOCKET_ERR_ACCESS_DENIED, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    check_text("SocketProxyFrom");
    CHECK_MINUS(WDSOCKET_ERR_ACCESS_DENIED, S_ClientInfo(&c, SocketAddress, buffer, sizeof buffer));
    CHECK(S_Write(&c, "ok", 2) <= 0);
    S_Close(&c);
    close(fd);
    CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, "192.0.2.0/24,127.0.0.0/8"));
    fd = passed_on(header, sizeof header - 1, &c);
    CHECK_MESSAGE(&c, "hi");
    S_Close(&c);
    close(fd);
}

static void whoever_sends_it_late_holds_up_nobody_and_is_dropped_in_time(void)
{
    static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n" CLEAR;
    sock slow, fast;
    int slow_fd, fast_fd;
    int64_t start;
    REQUIRE(listen_behind());
    CHECK_EQ(1, S_SetOption(&listener, SSLHandshakeTimeout, 1000));
    slow_fd = passed_on("PROXY", 5, &slow);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&slow, 0, 0, buffer, sizeof buffer));
    start = now_ms();
    fast_fd = passed_on(header, sizeof header - 1, &fast);
    CHECK_MESSAGE(&fast, "hi");
    CHECK(now_ms() - start < 1000);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&slow, 0, 10000, buffer, sizeof buffer));
    check_text("SSLHandshakeTimeout");
    CHECK(now_ms() - start >= 900 && now_ms() - start < 9000);
    CHECK(peer_sees_the_end(slow_fd));
    S_Close(&slow);
    S_Close(&fast);
    close(slow_fd);
    close(fast_fd);
}

static sock written;

static void *write_hello(void *argument)
{
    (void)argument;
    CHECK_EQ(1, S_Write(&written, "hello", 5));
    return NULL;
}

static void a_server_that_speaks_first_waits_for_it(void)
{
    pthread_t writer;
    struct pollfd early = { .events = POLLIN };
    int fd;
    REQUIRE(listen_behind());
    fd = passed_on("PROXY TCP4 192.0.2.7 ", 21, &written);
    early.fd = fd;
    writer = thread_start(write_hello, NULL);
    sleep_ms(50);
    CHECK_EQ(0, poll(&early, 1, 0));
    CHECK(peer_send(fd, "192.0.2.1 50000 443\r\n" CLEAR, 21 + 5));
    CHECK(peer_expects(fd, "5\r\nhello", 8));
    thread_end(writer);
    CHECK_MESSAGE(&written, "hi");
    CHECK_CLIENT(&written, "192.0.2.7", "50000");
    S_Close(&written);
    close(fd);
}

static void a_watch_tells_messages_behind_it_and_whoever_sends_none(void)
{
    sock c, watch;
    int fd;
    REQUIRE(listen_behind());
    CHECK_EQ(1, S_SetOption(&listener, SSLHandshakeTimeout, 1000));
    CHECK_EQ(1, S_Watch(&watch, "watch"));
    fd = passed_on("PROXY TCP4 192.0.2.7 ", 21, &c);
    CHECK_EQ(1, S_WatchAdd(&watch, &c));
    CHECK_QUIET(&watch);
    CHECK(peer_send(fd, "192.0.2.1 50000 443\r\n", 21));
    CHECK_QUIET(&watch);
    CHECK(peer_send(fd, CLEAR, 5));
    CHECK_READY(&watch, &c);
    CHECK_MESSAGE(&c, "hi");
    S_Close(&c);
    close(fd);
    fd = passed_on("", 0, &c);
    CHECK_EQ(1, S_WatchAdd(&watch, &c));
    CHECK_QUIET(&watch);
    CHECK_READY(&watch, &c);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    S_Close(&c);
    S_Close(&watch);
    close(fd);
}

static void a_simplified_server_goes_on_to_the_next_client(void)
{
    static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n" CLEAR;
    int bad, good, round;
    for (round = 0; round < 2; round++) {
        int32_t port = listen_behind();
        REQUIRE(port != 0);
        CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, round == 0 ? "" : "192.0.2.9"));
        bad = peer_connect(port);
        CHECK(peer_send(bad, "GET / HTTP/1.1\r\n\r\n", 18));
        CHECK_MINUS(round == 0 ? WDSOCKET_ERR_BAD_FRAME : WDSOCKET_ERR_ACCESS_DENIED,
                    S_Read(&listener, 0, 10000, buffer, sizeof buffer));
        CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, NULL));
        good = peer_connect(port);
        CHECK(peer_send(good, header, sizeof header - 1));
        CHECK_MESSAGE(&listener, "hi");
        CHECK_CLIENT(&listener, "192.0.2.7", "50000");
        close(bad);
        close(good);
    }
}

static void without_the_option_a_header_is_a_message(void)
{
    sock c;
    int fd;
    S_Close(&listener);
    REQUIRE(s_listen(&listener, "listener"));
    CHECK_EQ(0, S_GetOption(&listener, SocketProxyProtocol));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&listener, SSLHandshakeTimeout, 1000));
    fd = passed_on("PROXY UNKNOWN\r\n", 15, &c);
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&c, "PROXY UNKNOWN\r\n");
    CHECK_CLIENT(&c, "127.0.0.1", NULL);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&c, SocketProxyProtocol, 1));
    S_Close(&c);
    close(fd);
}

#ifdef _WIN32
static void utf16_names_the_balancers_and_the_client(void)
{
    static const uint16_t name[] = {'l', 'i', 's', 't', 'e', 'n', 'e', 'r', 0}, wrong[] = {'x', '/', '8', 0};
    static const uint16_t from[] = {'1', '2', '7', '.', '0', '.', '0', '.', '0', '/', '8', 0};
    static const char header[] = "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n";
    uint16_t channel_name[64], told[32];
    size_t i;
    int32_t port;
    int fd;
    SocketClose("listener");
    REQUIRE(SocketCreate("listener", 0, "127.0.0.1") == 1);
    CHECK_EQ(1, SocketSetOption("listener", SocketProxyProtocol, 1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetTextW(name, SocketProxyFrom, wrong));
    CHECK_EQ(1, SocketSetTextW(name, SocketProxyFrom, from));
    CHECK(SocketLocalInfo("listener", SocketPort, buffer, sizeof buffer) > 0);
    port = atoi(buffer);
    fd = peer_connect(port);
    CHECK(peer_send(fd, header, sizeof header - 1));
    CHECK_EQ(1, SocketWaitForConnection("listener", 10000));
    CHECK(SocketAccept("listener", buffer, sizeof buffer) > 0);
    peer_wait_until_delivered(fd);
    for (i = 0; i <= strlen(buffer); i++)
        channel_name[i] = (uint16_t)(unsigned char)buffer[i];
    CHECK_EQ(9, SocketClientInfoW(channel_name, SocketAddress, told, 32));
    CHECK(told[0] == '1' && told[8] == '7' && told[9] == 0);
    CHECK_EQ(1, SocketClose(buffer));
    CHECK_EQ(1, SocketClose("listener"));
    close(fd);
}
#endif

static sock channel;

static void *accept_tls(void *argument)
{
    char first[16];
    (void)argument;
    CHECK(s_take(&listener, &channel));
    CHECK_EQ(5, S_Read(&channel, 0, 10000, first, sizeof first));
    return NULL;
}

/* A client of a TLS server that sends this first; whether its handshake went well. */
static int starts_tls_behind(sock *client, const char *header, int32_t size)
{
    CHECK_EQ(1, S_Connect(client, "client", s_port(&listener), "127.0.0.1", 10000));
    CHECK_EQ(1, S_Mode(client, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(client, header, size));
    CHECK_EQ(1, S_Mode(client, SocketSize, NULL, 0));
    return S_StartSSL(client, 0, 10000, "localhost") == 1;
}

static void tls_begins_behind_it(void)
{
    static const struct { const char *header; int32_t size; } headers[] = {
        {"PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n", 42},
        {SIGNATURE "\x21\x11\0\14" FOUR, 28},
    };
    size_t i;
    for (i = 0; i < 2; i++) {
        sock client;
        pthread_t server;
        S_Close(&listener);
        REQUIRE(tls_listen(&listener, "listener"));
        CHECK_EQ(1, S_SetOption(&listener, SocketProxyProtocol, 1));
        server = thread_start(accept_tls, NULL);
        CHECK(starts_tls_behind(&client, headers[i].header, headers[i].size));
        CHECK_EQ(1, S_Write(&client, "hello", 5));
        thread_end(server);
        CHECK_CLIENT(&channel, "192.0.2.7", "50000");
        CHECK(S_SSLInfo(&channel, SSLProtocol, buffer, sizeof buffer) > 0);
        CHECK_EQ(1, S_Write(&channel, "hi", 2));
        CHECK_MESSAGE(&client, "hi");
        S_Close(&channel);
        S_Close(&client);
    }
}

static void *refuse_tls(void *argument)
{
    char first[64];
    (void)argument;
    CHECK(s_take(&listener, &channel));
    S_Read(&channel, 0, 10000, first, sizeof first);
    return (void *)(intptr_t)SocketErrorCode();
}

static intptr_t refused_with(const char *header, int32_t size)
{
    sock client;
    void *code;
    pthread_t server = thread_start(refuse_tls, NULL);
    CHECK(!starts_tls_behind(&client, header, size));
    pthread_join(server, &code);
    S_Close(&channel);
    S_Close(&client);
    return (intptr_t)code;
}

static void under_tls_it_comes_once_and_first(void)
{
    static const char twice[] = "PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n";
    S_Close(&listener);
    REQUIRE(tls_listen(&listener, "listener"));
    CHECK_EQ(1, S_SetOption(&listener, SocketProxyProtocol, 1));
    /* TLS alone: if a header comes at all, it comes inside. */
    CHECK_EQ(WDSOCKET_ERR_BAD_FRAME, refused_with("", 0));
    CHECK_EQ(WDSOCKET_ERR_TLS_PROTOCOL, refused_with(twice, sizeof twice - 1));
    CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, "192.0.2.1"));
    CHECK_EQ(WDSOCKET_ERR_ACCESS_DENIED, refused_with(twice, 15));
}

static void header_and_handshake_share_their_time(void)
{
    sock c;
    int fd;
    int64_t start;
    S_Close(&listener);
    REQUIRE(tls_listen(&listener, "listener"));
    CHECK_EQ(1, S_SetOption(&listener, SocketProxyProtocol, 1));
    CHECK_EQ(1, S_SetOption(&listener, SSLHandshakeTimeout, 1500));
    fd = passed_on("", 0, &c);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 1000, buffer, sizeof buffer));
    PEER_SEND(fd, "PROXY UNKNOWN\r\n");
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 20000, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 1400 && now_ms() - start < 2400);
    S_Close(&c);
    close(fd);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_header_tells_the_client_and_takes_nothing_behind_it);
    RUN(a_header_may_be_as_long_as_its_version_allows);
    RUN(anything_else_is_bad_frame_and_ends_the_connection);
    RUN(a_header_that_is_cut_anywhere_is_bad_frame_and_none_at_all_an_end);
    RUN(it_may_come_byte_by_byte_and_the_client_is_told_once_it_is_there);
    RUN(who_is_not_trusted_is_turned_away);
    RUN(whoever_sends_it_late_holds_up_nobody_and_is_dropped_in_time);
    RUN(a_server_that_speaks_first_waits_for_it);
    RUN(a_watch_tells_messages_behind_it_and_whoever_sends_none);
    RUN(a_simplified_server_goes_on_to_the_next_client);
    RUN(without_the_option_a_header_is_a_message);
#ifdef _WIN32
    RUN(utf16_names_the_balancers_and_the_client);
#endif
    RUN(tls_begins_behind_it);
    RUN(under_tls_it_comes_once_and_first);
    RUN(header_and_handshake_share_their_time);
    return check_end();
}

/* A WebSocket server behind a load balancer: its clients send a header of the PROXY protocol, TLS if it has any, then a
 * browser's request. Arguments: certificate, root. */
#include "tls_family.h"
#include "websocket_family.h"

#define V1 "PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n"
#define V2 "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\14\300\0\2\7\300\0\2\1\303\120\1\273"

typedef struct header {
    const char *bytes;
    size_t size;
} header;

static const header versions[] = {{V1, sizeof V1 - 1}, {V2, sizeof V2 - 1}};

static char buffer[1024];
static sock listener, channel;

/* What a server does whose clients are browsers behind a balancer. */
static void as_behind(void)
{
    CHECK_EQ(1, S_SetOption(&listener, WebSocketServer, 1));
    CHECK_EQ(1, S_SetOption(&listener, SocketProxyProtocol, 1));
}

/* A connection on which these bytes came, and its channel; the descriptor, or -1. */
static int passed_on(const void *bytes, size_t size)
{
    int fd = peer_connect(s_port(&listener));
    CHECK(fd >= 0 && peer_send(fd, bytes, size) && s_take(&listener, &channel));
    return fd;
}

static int listen_behind(void)
{
    int32_t port;
    S_Close(&listener);
    port = s_listen(&listener, "listener");
    as_behind();
    return port != 0;
}

/* Holds when the channel's client is the one of the headers. */
static void check_client(void)
{
    char address[64] = "", port[16] = "";
    CHECK(S_ClientInfo(&channel, SocketAddress, address, sizeof address) > 0);
    CHECK(S_ClientInfo(&channel, SocketPort, port, sizeof port) > 0);
    CHECK(strcmp(address, "192.0.2.7") == 0 && strcmp(port, "50000") == 0);
}

static void check_text(const char *words)
{
    char text[1000] = "";
    SocketErrorInfo(text, sizeof text);
    CHECK(strstr(text, words) != NULL);
}

static void end(int fd)
{
    S_Close(&channel);
    close(fd);
}

/* A header, a request and a first message. */
static size_t opening(unsigned char *out, const header *version)
{
    size_t size = version->size;
    memcpy(out, version->bytes, size);
    memcpy(out + size, WS_REQUEST, strlen(WS_REQUEST));
    size += strlen(WS_REQUEST);
    return size + ws_frame(out + size, 0x81, "hi", 2);
}

static void the_request_stands_behind_the_header(void)
{
    unsigned char bytes[1000];
    size_t i;
    int fd;
    REQUIRE(listen_behind());
    for (i = 0; i < 2; i++) {
        fd = passed_on(bytes, opening(bytes, &versions[i]));
        CHECK_MESSAGE(&channel, "hi");
        check_client();
        CHECK(peer_expects(fd, WS_ANSWER, strlen(WS_ANSWER)));
        CHECK_EQ(1, S_Write(&channel, "ok", 2));
        CHECK(peer_expects(fd, "\x81\2ok", 4));
        end(fd);
    }
}

static void both_may_come_byte_by_byte(void)
{
    unsigned char bytes[1000];
    size_t i, j, size;
    int fd;
    REQUIRE(listen_behind());
    CHECK_EQ(1, S_SetOption(&listener, SSLHandshakeTimeout, 60000));
    for (i = 0; i < 2; i++) {
        size = opening(bytes, &versions[i]);
        fd = passed_on("", 0);
        for (j = 0; j < size; j++) {
            CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 0, buffer, sizeof buffer));
            peer_deliver(fd, bytes + j, 1);
        }
        CHECK_MESSAGE(&channel, "hi");
        check_client();
        CHECK(peer_expects(fd, WS_ANSWER, strlen(WS_ANSWER)));
        end(fd);
    }
}

static void a_request_without_a_header_is_not_answered(void)
{
    int fd;
    REQUIRE(listen_behind());
    fd = passed_on(WS_REQUEST, strlen(WS_REQUEST));
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    check_text("SocketProxyProtocol");
    /* Nothing but the end, which may be a reset: there are bytes that nobody read. */
    CHECK(recv(fd, buffer, 1, 0) <= 0);
    end(fd);
}

static void a_second_header_is_no_request(void)
{
    int fd;
    REQUIRE(listen_behind());
    fd = passed_on(V1 V1 "\r\n", 2 * (sizeof V1 - 1) + 2);
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    CHECK(peer_expects(fd, "HTTP/1.1 4", 10));
    end(fd);
}

static void only_who_is_trusted_may_tell_a_client(void)
{
    unsigned char bytes[1000];
    size_t size = opening(bytes, &versions[0]);
    int fd;
    REQUIRE(listen_behind());
    CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, "192.0.2.0/24"));
    fd = passed_on(bytes, size);
    CHECK_MINUS(WDSOCKET_ERR_ACCESS_DENIED, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    check_text("SocketProxyFrom");
    CHECK_MINUS(WDSOCKET_ERR_ACCESS_DENIED, S_ClientInfo(&channel, SocketAddress, buffer, sizeof buffer));
    CHECK(recv(fd, buffer, 1, 0) <= 0);
    end(fd);
    CHECK_EQ(1, S_SetText(&listener, SocketProxyFrom, "192.0.2.0/24, 127.0.0.0/8"));
    fd = passed_on(bytes, size);
    CHECK_MESSAGE(&channel, "hi");
    check_client();
    end(fd);
}

static void who_sends_no_header_or_no_request_is_dropped_in_time(void)
{
    static const char *const told[] = {"PROXY protocol", "did not ask for a WebSocket"};
    static const header sent[] = {{"PROXY", 5}, {V1 "GET /", sizeof V1 - 1 + 5}};
    size_t i;
    int fd;
    REQUIRE(listen_behind());
    CHECK_EQ(1, S_SetOption(&listener, SSLHandshakeTimeout, 700));
    for (i = 0; i < 2; i++) {
        int64_t start = now_ms();
        fd = passed_on(sent[i].bytes, sent[i].size);
        CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&channel, 0, 20000, buffer, sizeof buffer));
        check_text(told[i]);
        CHECK(now_ms() - start >= 600 && now_ms() - start < 10000);
        end(fd);
    }
}

static void *accept_one(void *argument)
{
    (void)argument;
    CHECK(s_take(&listener, &channel));
    CHECK_MESSAGE(&channel, "hi");
    return NULL;
}

static void under_tls_the_header_comes_first_and_the_request_last(void)
{
    unsigned char frame[16];
    size_t i, got;
    for (i = 0; i < 2; i++) {
        sock client;
        pthread_t server;
        S_Close(&listener);
        REQUIRE(tls_listen(&listener, "listener"));
        as_behind();
        server = thread_start(accept_one, NULL);
        CHECK_EQ(1, S_Connect(&client, "client", s_port(&listener), "127.0.0.1", 10000));
        CHECK_EQ(1, S_Mode(&client, SocketNoEndTag, NULL, 0));
        CHECK_EQ(1, S_Write(&client, versions[i].bytes, (int32_t)versions[i].size));
        CHECK_EQ(1, S_StartSSL(&client, 0, 10000, "localhost"));
        CHECK_EQ(1, S_Write(&client, WS_REQUEST, -1));
        CHECK_EQ(1, S_Write(&client, frame, (int32_t)ws_frame(frame, 0x81, "hi", 2)));
        thread_end(server);
        check_client();
        CHECK(S_SSLInfo(&channel, SSLProtocol, buffer, sizeof buffer) > 0);
        CHECK_EQ(1, S_Write(&channel, "ok", 2));
        for (got = 0; got < strlen(WS_ANSWER) + 4;) {
            intptr_t size = S_Read(&client, 0, 10000, buffer + got, (int32_t)(sizeof buffer - got));
            REQUIRE(size > 0);
            got += (size_t)size;
        }
        CHECK(memcmp(buffer, WS_ANSWER "\x81\2ok", got) == 0);
        S_Close(&channel);
        S_Close(&client);
    }
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 60))
        return 1;
    RUN(the_request_stands_behind_the_header);
    RUN(both_may_come_byte_by_byte);
    RUN(a_request_without_a_header_is_not_answered);
    RUN(a_second_header_is_no_request);
    RUN(only_who_is_trusted_may_tell_a_client);
    RUN(who_sends_no_header_or_no_request_is_dropped_in_time);
    RUN(under_tls_the_header_comes_first_and_the_request_last);
    return check_end();
}

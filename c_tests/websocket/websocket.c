/* WebSockets: messages, their ends, and a client that does what none may. */
#include "websocket_family.h"

#define KIND(h, expected)                                                             \
    do {                                                                              \
        char kind_[16] = "";                                                          \
        CHECK_EQ((intptr_t)strlen(expected), S_ClientInfo(h, WebSocketKind, kind_, sizeof kind_)); \
        CHECK(strcmp(kind_, expected) == 0);                                          \
    } while (0)

static char buffer[400000];

static void error_text_has(const char *words)
{
    char text[1024] = "";
    SocketErrorInfo(text, sizeof text);
    if (strstr(text, words) == NULL)
        check_fault_with_error(__FILE__, __LINE__, words);
}

static void messages_come_whole_both_ways_and_tell_their_kind(void)
{
    static const int32_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, 300000};
    sock listener, client, channel;
    REQUIRE(ws_pair(&listener, &client, &channel));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_ClientInfo(&client, WebSocketKind, buffer, 16));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *message = malloc((size_t)sizes[i] + 1);
        const sock *ends[] = {&client, &channel};
        memset(message, 'a' + (int)i, (size_t)sizes[i]);
        for (int from = 0; from < 2; from++) {
            CHECK_EQ(1, S_SetOption(ends[from], WebSocketBinary, (int32_t)(i & 1)));
            CHECK_EQ(1, S_Write(ends[from], message, sizes[i]));
            CHECK_EQ(sizes[i], S_Read(ends[!from], 0, 10000, buffer, sizeof buffer));
            CHECK(memcmp(buffer, message, (size_t)sizes[i]) == 0);
            KIND(ends[!from], i & 1 ? "binary" : "text");
        }
        free(message);
    }
    /* Two messages do not become one, and one that does not fit stays. */
    CHECK_EQ(1, S_Write(&client, "first", 5));
    CHECK_EQ(1, S_Write(&client, "second", 6));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&channel, 0, 10000, buffer, 4));
    CHECK_EQ(5, S_Pending(&channel));
    CHECK_MESSAGE(&channel, "first");
    CHECK_MESSAGE(&channel, "second");
    CHECK_EQ(0, S_Pending(&channel));
    CHECK_EQ(1, S_Connected(&channel));
}

static void a_text_that_is_not_utf8_is_not_sent(void)
{
    sock listener, client, channel;
    REQUIRE(ws_pair(&listener, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&client, "\xff", 1));
    CHECK_EQ(1, S_SetOption(&client, WebSocketBinary, 1));
    CHECK_EQ(1, S_Write(&client, "\xff", 1));
    CHECK_MESSAGE(&channel, "\xff");
}

static void the_mode_changes_nothing_and_streams_have_no_options_of_websockets(void)
{
    sock listener, client, channel, plain;
    REQUIRE(ws_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Mode(&client, SocketEndTag, NULL, 0));
    CHECK_EQ(1, S_Mode(&channel, SocketSize, NULL, 0));
    CHECK_EQ(1, S_Write(&client, "hello<EOF>", -1));
    CHECK_MESSAGE(&channel, "hello<EOF>");
    CHECK_EQ(1, S_GetOption(&listener, WebSocketServer));
    CHECK_EQ(0, S_GetOption(&client, WebSocketBinary));
    CHECK_EQ(1, S_SetOption(&listener, WebSocketServer, 0));
    CHECK_EQ(1, S_Connect(&plain, "plain", s_port(&listener), "127.0.0.1", 10000));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&plain, WebSocketBinary, 1));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_ClientInfo(&plain, WebSocketKind, buffer, 16));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_CALL(SocketStartSSL)(S_KEY(&client), 0, 1000, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WaitForConnection(&client, 0));
}

static void a_request_cut_at_every_byte_is_answered_and_what_follows_is_read(void)
{
    static const char stream[] = WS_REQUEST "\x81\x82\0\0\0\0hi\x81\x83\0\0\0\0bye";
    for (size_t cut = 1; cut < sizeof stream - 1; cut++) {
        sock listener, channel;
        int fd;
        int32_t port = ws_listen(&listener);
        REQUIRE(port != 0 && (fd = peer_connect(port)) >= 0);
        REQUIRE(s_take(&listener, &channel));
        peer_deliver(fd, stream, cut);
        CHECK(S_Pending(&channel) >= 0);
        CHECK(peer_send(fd, stream + cut, sizeof stream - 1 - cut));
        CHECK_MESSAGE(&channel, "hi");
        CHECK_MESSAGE(&channel, "bye");
        CHECK(peer_expects(fd, WS_ANSWER, strlen(WS_ANSWER)));
        close(fd);
        CHECK_EQ(1, S_Close(&channel));
        CHECK_EQ(1, S_Close(&listener));
    }
}

static void who_does_not_ask_for_a_websocket_is_turned_away(void)
{
    static const struct { const char *said, *status; } clients[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 426"},
        {"5\r\nhello\r\n\r\n", "HTTP/1.1 400"},
        {"\r\n\r\n", "HTTP/1.1 400"},
    };
    sock listener, channel;
    int32_t port = ws_listen(&listener);
    char status[13] = "", *long_one;
    int fd;
    REQUIRE(port != 0);
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        fd = peer_connect(port);
        REQUIRE(s_take(&listener, &channel));
        PEER_SEND(fd, clients[i].said);
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&channel, 0, 10000, buffer, 10));
        CHECK_NO(WDSOCKET_ERR_BAD_FRAME, S_Write(&channel, "x", 1));
        CHECK(peer_receive(fd, status, 12));
        CHECK(strcmp(status, clients[i].status) == 0);
        close(fd);
    }
    /* Without end. */
    fd = peer_connect(port);
    REQUIRE(s_take(&listener, &channel));
    long_one = calloc(1, 20000);
    memset(long_one, 'x', 20000);
    CHECK(peer_send(fd, long_one, 20000));
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&channel, 0, 10000, buffer, 10));
    error_text_has("16384");
    close(fd);
    free(long_one);
    /* Silence. */
    CHECK_EQ(1, SocketSetOption(NULL, SSLHandshakeTimeout, 200));
    CHECK_EQ(1, S_Close(&listener));
    port = ws_listen(&listener);
    CHECK_EQ(1, SocketSetOption(NULL, SSLHandshakeTimeout, WDSOCKET_DEFAULT));
    fd = peer_connect(port);
    REQUIRE(s_take(&listener, &channel));
    PEER_SEND(fd, "GET / HTTP/1.1\r\n");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 10, buffer, 10));
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&channel, 0, 10000, buffer, 10));
    error_text_has("SSLHandshakeTimeout");
    close(fd);
}

static void the_peers_close_code_and_reason_stand_in_the_text(void)
{
    sock channel;
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    ws_deliver(fd, 0x81, "last");
    ws_deliver(fd, 0x88, "\x0f\xa0gone \xe2\x82\xac");
    CHECK_MESSAGE(&channel, "last");
    for (int i = 0; i < 2; i++) {
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, buffer, 10));
        error_text_has("with code 4000 (\"gone \xe2\x82\xac\")");
    }
    CHECK_NO(WDSOCKET_ERR_CLOSED, S_Write(&channel, "x", 1));
    CHECK_EQ(0, S_Connected(&channel));
    CHECK(peer_expects(fd, "\x88\x02\x0f\xa0", 4));
    CHECK(peer_sees_the_end(fd));
    close(fd);
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    ws_deliver(fd, 0x88, "");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, buffer, 10));
    error_text_has("without a code");
    CHECK(peer_expects(fd, "\x88\x00", 2));
    close(fd);
    /* An end that nobody announced is none in good order. */
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    close(fd);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&channel, 0, 10000, buffer, 10));
}

static void shutdown_says_close_and_reading_goes_on(void)
{
    sock channel;
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_Shutdown(&channel));
    CHECK_EQ(1, S_Shutdown(&channel));
    CHECK(peer_expects(fd, "\x88\x02\x03\xe8", 4));
    CHECK_NO(WDSOCKET_ERR_CLOSED, S_Write(&channel, "x", 1));
    ws_deliver(fd, 0x81, "still here");
    CHECK_MESSAGE(&channel, "still here");
    ws_deliver(fd, 0x88, "\x03\xe8");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, buffer, 10));
    CHECK(peer_sees_the_end(fd));
    close(fd);
    /* SocketClose says it too. */
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_Close(&channel));
    CHECK(peer_expects(fd, "\x88\x02\x03\xe8", 4));
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

static void what_breaks_the_protocol_ends_it_with_a_close_code(void)
{
#define CASE(bytes, code) {bytes, sizeof bytes - 1, code}
    static const struct { const char *bytes; size_t size; int code; } cases[] = {
        CASE("\x81\x05hello", 1002),                     /* no mask */
        CASE("\xc1\x80\0\0\0\0", 1002),                  /* a reserved bit */
        CASE("\xa1\x80\0\0\0\0", 1002),
        CASE("\x83\x80\0\0\0\0", 1002),                  /* an unknown kind */
        CASE("\x09\x80\0\0\0\0", 1002),                  /* a control frame in fragments */
        CASE("\x89\xfe\0\x7e\0\0\0\0", 1002),            /* and one of 126 bytes */
        CASE("\x82\xff\x80\0\0\0\0\0\0\1", 1002),        /* lengths that lie */
        CASE("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1002),
        CASE("\x82\xfe\0\1", 1002),
        CASE("\x80\x80\0\0\0\0", 1002),                  /* more of nothing */
        CASE("\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b", 1002), /* a message within another */
        CASE("\x88\x81\0\0\0\0\3", 1002),                /* a close code of one byte */
        CASE("\x88\x82\0\0\0\0\x03\xed", 1002),          /* 1005 */
        CASE("\x81\x81\0\0\0\0\xff", 1007),              /* no UTF-8 */
        CASE("\x01\x81\0\0\0\0\xe2\x80\x81\0\0\0\0\x28", 1007),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sock channel;
        unsigned char head[4] = {0};
        int fd;
        REQUIRE(ws_channel_and_peer(&channel, &fd));
        CHECK(peer_send(fd, cases[i].bytes, cases[i].size));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&channel, 0, 10000, buffer, 100));
        CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Pending(&channel));
        CHECK_NO(WDSOCKET_ERR_BAD_FRAME, S_Write(&channel, "x", 1));
        CHECK(peer_receive(fd, head, 4));
        CHECK_EQ(0x88, head[0]);
        CHECK_EQ(cases[i].code, head[2] << 8 | head[3]);
        close(fd);
        CHECK_EQ(1, S_Close(&channel));
    }
}

static void a_message_over_the_limit_is_read_once_the_limit_is_higher(void)
{
    sock channel;
    unsigned char frame[400];
    char payload[200];
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    memset(payload, 'x', sizeof payload);
    CHECK_EQ(1, S_SetOption(&channel, SocketMaxMessage, 300));
    /* Two fragments with a PING between them, and one more message. */
    peer_deliver(fd, frame, ws_frame(frame, 0x01, payload, 200));
    ws_deliver(fd, 0x89, "are you there");
    peer_deliver(fd, frame, ws_frame(frame, 0x80, payload, 200));
    ws_deliver(fd, 0x81, "next");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Pending(&channel));
    CHECK(peer_expects(fd, "\x8a\x0d" "are you there", 15));
    CHECK_EQ(1, S_SetOption(&channel, SocketMaxMessage, 400));
    CHECK_EQ(400, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    CHECK_MESSAGE(&channel, "next");
    close(fd);
}

static void a_timeout_in_the_middle_of_a_frame_loses_nothing(void)
{
    static const char stream[] = "\x01\x83\1\2\3\4\x60\x60\x60\x89\x80\0\0\0\0\x80\x82\1\2\3\4\x65\x67";
    sock channel;
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    for (size_t i = 0; i < sizeof stream - 2; i++) {
        peer_deliver(fd, stream + i, 1);
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, i & 1, buffer, 10));
    }
    peer_deliver(fd, stream + sizeof stream - 2, 1);
    CHECK_MESSAGE(&channel, "abcde");
    CHECK(peer_expects(fd, "\x8a\0", 2));
    close(fd);
}

typedef struct writing {
    const sock *channel;
    atomic_int thread;
    intptr_t wrote;
} writing;

static void *write_thread(void *argument)
{
    writing *w = argument;
    char *large = calloc(1, 8 << 20);
    atomic_store(&w->thread, this_thread());
    w->wrote = S_Write(w->channel, large, 8 << 20);
    free(large);
    return NULL;
}

static void a_ping_holds_up_no_reader_while_a_writer_waits_and_the_newest_is_answered(void)
{
    sock channel;
    writing w = {&channel, 0, 0};
    pthread_t thread;
    unsigned char head[10], frame[100];
    size_t left = 8 << 20, pings = 0;
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    thread = thread_start(write_thread, &w);
    wait_until_thread_waits(&w.thread);
    /* A flood that nobody reads stays where it is. */
    for (; pings < 1000; pings++) {
        char number[16];
        snprintf(number, sizeof number, "%04d", (int)pings);
        CHECK(peer_send(fd, frame, ws_frame(frame, 0x89, number, 4)));
    }
    CHECK(peer_send(fd, frame, ws_frame(frame, 0x81, "hello", 5)));
    CHECK_MESSAGE(&channel, "hello");
    CHECK(peer_receive(fd, head, 10));
    CHECK_EQ(0x81, head[0]);
    while (left > 0) {
        size_t part = left < sizeof buffer ? left : sizeof buffer;
        REQUIRE(peer_receive(fd, buffer, part));
        left -= part;
    }
    thread_end(thread);
    CHECK_EQ(1, w.wrote);
    CHECK(peer_expects(fd, "\x8a\x04" "0999", 6));
    close(fd);
}

typedef struct reading {
    const sock *channel;
    atomic_int thread;
    intptr_t got;
    int code;
} reading;

static void *read_thread(void *argument)
{
    reading *r = argument;
    char message[100];
    atomic_store(&r->thread, this_thread());
    r->got = S_Read(r->channel, 1, 0, message, sizeof message);
    r->code = (int)SocketErrorCode();
    return NULL;
}

static void a_pong_that_the_system_did_not_take_leaves_while_a_read_waits(void)
{
    sock channel;
    reading r = {&channel, 0, 0, 0};
    pthread_t thread;
    unsigned char frame[300], head[2] = {0};
    char payload[125];
    int fd, answers = 0;
    enum { PINGS = 10000 };
    CHECK_EQ(1, SocketSetOption(NULL, SocketSendBuffer, 4096));
    REQUIRE(ws_channel_and_peer_with(&channel, &fd, 4096));
    CHECK_EQ(1, SocketSetOption(NULL, SocketSendBuffer, WDSOCKET_DEFAULT));
    memset(payload, 'p', sizeof payload);
    /* Nobody reads the answers, until the system takes no more of them. */
    for (int i = 0; i < PINGS; i++) {
        CHECK(peer_send(fd, frame, ws_frame(frame, 0x89, payload, sizeof payload)));
        CHECK_EQ(0, S_Pending(&channel));
    }
    ws_deliver(fd, 0x89, "last");
    thread = thread_start(read_thread, &r);
    wait_until_thread_waits(&r.thread);
    /* Each answer is whole, and the newest comes though nothing else does. */
    while (peer_receive(fd, head, 2) && head[0] == 0x8a && peer_receive(fd, buffer, head[1]) && head[1] == 125)
        answers++;
    CHECK(answers > 0 && answers < PINGS);
    CHECK_EQ(4, head[1]);
    CHECK(memcmp(buffer, "last", 4) == 0);
    ws_deliver(fd, 0x81, "x");
    thread_end(thread);
    CHECK_EQ(1, r.got);
    close(fd);
}

static void close_ends_every_waiting_read(void)
{
    sock channel;
    reading readers[3];
    pthread_t threads[3];
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    for (int i = 0; i < 3; i++) {
        readers[i] = (reading){&channel, 0, 0, 0};
        threads[i] = thread_start(read_thread, &readers[i]);
        wait_until_thread_waits(&readers[i].thread);
    }
    CHECK_EQ(1, S_Close(&channel));
    for (int i = 0; i < 3; i++) {
        thread_end(threads[i]);
        CHECK_EQ(WDSOCKET_ERR_CANCELLED, readers[i].code);
    }
    close(fd);
}

static void a_watch_tells_whole_messages_alone_and_each_of_them(void)
{
    sock channel;
    int32_t ids[4], watch, id;
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
#ifdef BY_ID
    id = channel.id;
#else
    id = (int32_t)SocketId(channel.name);
#endif
    watch = (int32_t)SocketWatchId();
    CHECK_EQ(1, SocketWatchAddId(watch, id));
    ws_deliver(fd, 0x01, "be");
    ws_deliver(fd, 0x89, "ping");
    CHECK_EQ(0, SocketWatchWaitId(watch, 50, ids, 4));
    CHECK(peer_expects(fd, "\x8a\4ping", 6));
    CHECK(peer_send(fd, "\x80\x81\0\0\0\0e\x81\x80\0\0\0\0\x82\x81\0\0\0\0x", 20));
    CHECK_EQ(1, SocketWatchWaitId(watch, 10000, ids, 4));
    CHECK_EQ(id, ids[0]);
    CHECK_MESSAGE(&channel, "bee");
    CHECK_EQ(1, SocketWatchWaitId(watch, 10000, ids, 4));
    CHECK_MESSAGE(&channel, "");
    CHECK_EQ(1, SocketWatchWaitId(watch, 10000, ids, 4));
    CHECK_MESSAGE(&channel, "x");
    KIND(&channel, "binary");
    CHECK_EQ(0, SocketWatchWaitId(watch, 0, ids, 4));
    ws_deliver(fd, 0x88, "\x03\xe9");
    CHECK_EQ(1, SocketWatchWaitId(watch, 10000, ids, 4));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 0, buffer, 10));
    close(fd);
}

static void a_simplified_server_speaks_it_too_and_goes_on_after_nonsense(void)
{
    sock server;
    int32_t port = ws_listen(&server);
    int fd = peer_connect(port), second;
    PEER_SEND(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&server, 0, 10000, buffer, 10));
    second = peer_connect(port);
    PEER_SEND(second, WS_REQUEST "\x82\x82");
    PEER_SEND(second, "yyyy\x11\x10");
    CHECK_MESSAGE(&server, "hi");
    KIND(&server, "binary");
    CHECK_EQ(1, S_Write(&server, "hello", 5));
    CHECK(peer_expects(second, WS_ANSWER "\x81\5hello", strlen(WS_ANSWER) + 7));
    close(fd);
    close(second);
}

static void the_first_protocol_that_a_client_offers_is_taken(void)
{
    sock listener, channel, client;
    ws_taking taking = {&listener, &channel, 0, 0};
    int32_t port = ws_listen(&listener);
    pthread_t thread = thread_start(ws_take_thread, &taking);
    CHECK_EQ(1, S_WebSocket(&client, "client", port, "chat?room=1", "mqtt, soap"));
    atomic_store(&taking.connected, 1);
    thread_end(thread);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WebSocket(&client, "other", port, "/a b", NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WebSocket(&client, "other", port, NULL, "a,,b"));
    CHECK_EQ(1, SocketSetText(NULL, WebSocketHeaders, "Host: other"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WebSocket(&client, "other", port, NULL, NULL));
    CHECK_EQ(1, SocketSetText(NULL, WebSocketHeaders, NULL));
}

static void a_silence_ends_a_read_and_a_ping_begins_it_anew(void)
{
    sock channel;
    int64_t begin = now_ms();
    int fd;
    REQUIRE(ws_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, 100));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 1, 0, buffer, 10));
    CHECK(now_ms() - begin >= 100);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 20, buffer, 10));
    ws_deliver(fd, 0x81, "x");
    CHECK_MESSAGE(&channel, "x");
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(messages_come_whole_both_ways_and_tell_their_kind);
    RUN(a_text_that_is_not_utf8_is_not_sent);
    RUN(the_mode_changes_nothing_and_streams_have_no_options_of_websockets);
    RUN(a_request_cut_at_every_byte_is_answered_and_what_follows_is_read);
    RUN(who_does_not_ask_for_a_websocket_is_turned_away);
    RUN(the_peers_close_code_and_reason_stand_in_the_text);
    RUN(shutdown_says_close_and_reading_goes_on);
    RUN(what_breaks_the_protocol_ends_it_with_a_close_code);
    RUN(a_message_over_the_limit_is_read_once_the_limit_is_higher);
    RUN(a_timeout_in_the_middle_of_a_frame_loses_nothing);
    RUN(a_ping_holds_up_no_reader_while_a_writer_waits_and_the_newest_is_answered);
    RUN(a_pong_that_the_system_did_not_take_leaves_while_a_read_waits);
    RUN(close_ends_every_waiting_read);
    RUN(a_watch_tells_whole_messages_alone_and_each_of_them);
    RUN(a_simplified_server_speaks_it_too_and_goes_on_after_nonsense);
    RUN(the_first_protocol_that_a_client_offers_is_taken);
    RUN(a_silence_ends_a_read_and_a_ping_begins_it_anew);
    return check_end();
}

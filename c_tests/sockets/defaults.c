/* What WLanguage says of parameters that are left out, and of the functions around them: the default tag,
 * times, SocketDeny of every kind of socket, the port of the last datagram, the idle time of a read. */
#include "datagram.h"
#include "scene.h"

static const int32_t tag_modes[] = {SocketEndTag, SocketEndTagBuffer};

static void without_a_tag_the_tag_is_EOF_in_both_modes(void)
{
    size_t i;
    for (i = 0; i < 2; i++) {
        sock channel;
        int fd;
        REQUIRE(s_channel_and_peer(&channel, &fd));
        CHECK_EQ(1, S_Mode(&channel, tag_modes[i], NULL, 0));
        PEER_SEND(fd, "Hello<EOF><EOF>two<EOF>thr");
        CHECK_MESSAGE(&channel, "Hello");
        CHECK_MESSAGE(&channel, "");
        CHECK_MESSAGE(&channel, "two");
        PEER_SEND(fd, "ee<EOF>");
        CHECK_MESSAGE(&channel, "three");
        CHECK_EQ(1, S_Write(&channel, "answer", -1));
        CHECK(peer_expects(fd, "answer<EOF>", 11));
        CHECK_EQ(1, S_Close(&channel));
        close(fd);
    }
}

static void a_part_of_the_tag_belongs_to_the_message_wherever_packets_are_cut(void)
{
    static const char *const texts[] = {"a<EO", "<", "<EOF", "<<<EOF", "b<EO>c", "<E<EO<EOF", "<EOX<EOF"};
    size_t i, cut;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char wire[32];
        size_t length = (size_t)snprintf(wire, sizeof wire, "%s<EOF>", texts[i]);
        for (cut = 1; cut < length; cut++) {
            sock channel;
            int fd;
            REQUIRE(s_channel_and_peer(&channel, &fd));
            CHECK_EQ(1, S_Mode(&channel, tag_modes[cut % 2], NULL, 0));
            peer_deliver(fd, wire, cut);
            CHECK_EQ(0, S_Pending(&channel));
            peer_deliver(fd, wire + cut, length - cut);
            CHECK_MESSAGE(&channel, texts[i]);
            CHECK_EQ(1, S_Close(&channel));
            close(fd);
        }
    }
}

typedef struct loop {
    const sock *listener;
    atomic_int thread, ended;
} loop;

/* WLanguage's WHILE SocketWaitForConnection(name). */
static void *wait_for_clients(void *argument)
{
    loop *l = argument;
    atomic_store(&l->thread, this_thread());
    while (S_WaitForConnection(l->listener, WDSOCKET_DEFAULT)) {
        sock channel;
        CHECK_EQ(1, S_Accept(l->listener, &channel));
    }
    CHECK(SocketErrorCode() == WDSOCKET_ERR_CANCELLED || SocketErrorCode() == WDSOCKET_ERR_NOT_FOUND);
    atomic_store(&l->ended, 1);
    return NULL;
}

static void a_loop_that_waits_for_clients_ends_when_the_listener_is_closed_and_not_before(void)
{
    sock listener;
    loop l = {&listener, 0, 0};
    pthread_t thread;
    int64_t start;
    int fd, port = s_listen(&listener, "loop");
    REQUIRE(port != 0);
    thread = thread_start(wait_for_clients, &l);
    wait_until_thread_waits(&l.thread);
    fd = peer_connect(port);
    CHECK(fd >= 0);
    /* The wait that does not end is what is proved. */
    sleep_ms(1500);
    CHECK_EQ(0, atomic_load(&l.ended));
    start = now_ms();
    CHECK_EQ(1, S_Close(&listener));
    thread_end(thread);
    CHECK(now_ms() - start < 500);
    close(fd);
}

/* A server that lets connections come and says nothing. */
typedef struct silent {
    int port;
    int64_t took;
    void (*connect)(struct silent *s);
} silent;

static void in_clear_then_tls(silent *s)
{
    sock c;
    CHECK_EQ(1, S_Connect(&c, "starts", s->port, "127.0.0.1", WDSOCKET_DEFAULT));
    s->took = now_ms();
#ifdef BY_ID
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, SocketStartSSLId(c.id, SSLNoVerify, WDSOCKET_DEFAULT, NULL, NULL));
#else
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, SocketStartSSL(c.name, SSLNoVerify, WDSOCKET_DEFAULT, NULL, NULL));
#endif
    s->took = now_ms() - s->took;
}

static void tls_from_the_start(silent *s)
{
    s->took = now_ms();
#ifdef BY_ID
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, SocketConnectSSLId(s->port, "127.0.0.1", SSLNoVerify, WDSOCKET_DEFAULT, NULL));
#else
    CHECK_NO(WDSOCKET_ERR_TIMEOUT,
             SocketConnectSSL("tls", s->port, "127.0.0.1", SSLNoVerify, WDSOCKET_DEFAULT, NULL));
#endif
    s->took = now_ms() - s->took;
}

static void *connect_to_silence(void *argument)
{
    silent *s = argument;
    s->connect(s);
    return NULL;
}

static void what_connects_gives_up_after_five_seconds(void)
{
    silent both[2] = {{0, 0, in_clear_then_tls}, {0, 0, tls_from_the_start}};
    pthread_t threads[2];
    int i, port, fd = peer_listen(&port);
    REQUIRE(fd >= 0);
    for (i = 0; i < 2; i++) {
        both[i].port = port;
        threads[i] = thread_start(connect_to_silence, &both[i]);
    }
    for (i = 0; i < 2; i++) {
        thread_end(threads[i]);
        CHECK(both[i].took >= 4990 && both[i].took < 6500);
    }
    close(fd);
}

static void SocketDeny_closes_a_channel(void)
{
    sock channel;
    int fd;
    REQUIRE(s_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_Deny(&channel));
    CHECK_EQ(0, SocketErrorCode());
    CHECK(peer_sees_the_end(fd));
    CHECK_EQ(0, S_Exist(&channel));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Deny(&channel));
    close(fd);
}

static void SocketDeny_drops_the_client_of_a_simplified_server_once_none_waits(void)
{
    sock server;
    int attached, waiting, third, port = s_listen(&server, "simplified");
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Deny(&server));
    attached = peer_connect(port);
    PEER_SEND(attached, "5\r\nfirst");
    CHECK_MESSAGE(&server, "first");
    waiting = peer_connect(port);
    CHECK_EQ(1, S_WaitForConnection(&server, 10000));
    CHECK_EQ(1, S_Deny(&server));
    CHECK(peer_sees_the_end(waiting));
    CHECK_EQ(1, S_Write(&server, "still here", -1));
    CHECK(peer_expects(attached, "10\r\nstill here", 14));
    CHECK_EQ(1, S_Deny(&server));
    CHECK(peer_sees_the_end(attached));
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Write(&server, "nobody", -1));
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Deny(&server));
    third = peer_connect(port);
    PEER_SEND(third, "4\r\nnext");
    CHECK_MESSAGE(&server, "next");
    close(attached);
    close(waiting);
    close(third);
}

static void SocketDeny_drops_a_client_that_sends_no_messages_before_one_that_waits(void)
{
    sock server;
    char text[64];
    int bad, good, port = s_listen(&server, "simplified");
    bad = peer_connect(port);
    PEER_SEND(bad, "GET / HTTP/1.1\r\n\r\n");
    CHECK_MINUS(WDSOCKET_ERR_BAD_FRAME, S_Read(&server, 0, 10000, text, sizeof text));
    good = peer_connect(port);
    PEER_SEND(good, "4\r\ngood");
    CHECK_EQ(1, S_WaitForConnection(&server, 10000));
    CHECK_EQ(1, S_Deny(&server));
    CHECK_MESSAGE(&server, "good");
    CHECK_EQ(1, S_Write(&server, "yes", -1));
    CHECK(peer_expects(good, "3\r\nyes", 6));
    close(bad);
    close(good);
}

static void a_datagram_without_a_port_goes_to_that_of_the_last_one(void)
{
    sock udp;
    char text[16], told[300];
    int first_port, second_port, first = peer_udp(&first_port), second = peer_udp(&second_port);
    REQUIRE(first >= 0 && second >= 0);
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&udp, "x", 1, "127.0.0.1", WDSOCKET_DEFAULT));
    CHECK(SocketErrorInfo(told, sizeof told) > 0 && strstr(told, "the port is missing") != NULL);
    CHECK_EQ(1, S_WriteTo(&udp, "one", 3, "127.0.0.1", first_port));
    CHECK_EQ(1, S_WriteTo(&udp, "two", 3, "127.0.0.1", WDSOCKET_DEFAULT));
    CHECK_EQ(1, S_WriteTo(&udp, "three", 5, "127.0.0.1", second_port));
    /* What did not leave changes nothing. */
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&udp, "x", 1, "127.0.0.1", 70000));
    CHECK_EQ(1, S_WriteTo(&udp, "four", 4, "127.0.0.1", WDSOCKET_DEFAULT));
    CHECK(recv(first, text, sizeof text, 0) == 3 && memcmp(text, "one", 3) == 0);
    CHECK(recv(first, text, sizeof text, 0) == 3 && memcmp(text, "two", 3) == 0);
    CHECK(recv(second, text, sizeof text, 0) == 5 && memcmp(text, "three", 5) == 0);
    CHECK(recv(second, text, sizeof text, 0) == 4 && memcmp(text, "four", 4) == 0);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&udp, "x", 1, "127.0.0.1", WDSOCKET_INFINITE));
    close(first);
    close(second);
}

/* --- the idle time ------------------------------------------------------------------------- */

#define IDLE 400

typedef struct drip {
    int fd;
    const char *bytes;
} drip;

/* A byte every quarter of the idle time: three idle times and more for twelve bytes. */
static void *send_drop_by_drop(void *argument)
{
    drip *d = argument;
    const char *at;
    for (at = d->bytes; *at != '\0'; at++) {
        sleep_ms(IDLE / 4);
        CHECK(peer_send(d->fd, at, 1));
    }
    return NULL;
}

/* Holds when a read without limit gives up after the idle time, with a text that says why. */
static void check_gives_up(const sock *h)
{
    char text[300] = "";
    int64_t start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(h, 1, 0, text, sizeof text));
    CHECK(now_ms() - start >= IDLE - 5 && now_ms() - start < IDLE + 1500);
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "SocketReadIdle") != NULL);
}

static void a_read_goes_on_as_long_as_bytes_arrive_and_gives_up_when_none_do(void)
{
    sock channel;
    drip d;
    char text[300];
    int fd;
    pthread_t thread;
    REQUIRE(s_channel_and_peer(&channel, &fd));
    CHECK_EQ(0, S_GetOption(&channel, SocketReadIdle));
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, IDLE));
    CHECK_EQ(IDLE, S_GetOption(&channel, SocketReadIdle));
    d.fd = fd;
    d.bytes = "9\r\nslow text";
    thread = thread_start(send_drop_by_drop, &d);
    CHECK_EQ(9, S_Read(&channel, 1, 0, text, sizeof text));
    CHECK(memcmp(text, "slow text", 9) == 0);
    thread_end(thread);
    check_gives_up(&channel);
    /* What arrived of a message is kept, and the limit of the whole still counts. */
    PEER_DELIVER(fd, "4\r\nha");
    check_gives_up(&channel);
    PEER_SEND(fd, "lf");
    CHECK_MESSAGE(&channel, "half");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 20, text, sizeof text));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "within 20 ms") != NULL);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&channel, SocketReadIdle, -1));
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, WDSOCKET_DEFAULT));
    CHECK_EQ(0, S_GetOption(&channel, SocketReadIdle));
    CHECK_EQ(1, S_SetOption(&channel, SocketNagle, 1));
    CHECK_EQ(1, S_SetOption(&channel, SocketNagle, WDSOCKET_DEFAULT));
    CHECK_EQ(0, S_GetOption(&channel, SocketNagle));
    close(fd);
}

static void a_large_message_that_keeps_coming_is_read_whole(void)
{
    enum { SIZE = 300000, PARTS = 12 };
    static char message[SIZE], got[SIZE];
    sock channel;
    int fd, i;
    memset(message, 'm', sizeof message);
    REQUIRE(s_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, IDLE));
    PEER_SEND(fd, "300000\r\n");
    for (i = 0; i < PARTS; i++)
        CHECK(peer_send(fd, message + i * (SIZE / PARTS), SIZE / PARTS - (i == PARTS - 1)));
    check_gives_up(&channel);
    CHECK(peer_send(fd, "m", 1));
    CHECK_EQ(SIZE, S_Read(&channel, 1, 0, got, sizeof got));
    CHECK(memcmp(message, got, sizeof got) == 0);
    close(fd);
}

typedef struct short_reader {
    const sock *h;
    atomic_int stop;
} short_reader;

static void *read_again_and_again(void *argument)
{
    short_reader *r = argument;
    char text[16];
    while (!atomic_load(&r->stop))
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(r->h, 0, 30, text, sizeof text));
    return NULL;
}

static void another_readers_time_out_is_no_arrival(void)
{
    sock channel;
    short_reader r = {&channel, 0};
    int fd;
    pthread_t thread;
    REQUIRE(s_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, IDLE));
    thread = thread_start(read_again_and_again, &r);
    check_gives_up(&channel);
    atomic_store(&r.stop, 1);
    thread_end(thread);
    close(fd);
}

static void the_idle_time_counts_on_servers_and_UDP_too(void)
{
    sock server, udp;
    int fd, port = s_listen(&server, "idle");
    CHECK_EQ(1, S_SetOption(&server, SocketReadIdle, IDLE));
    check_gives_up(&server);
    fd = peer_connect(port);
    PEER_SEND(fd, "5\r\nhello");
    CHECK_MESSAGE(&server, "hello");
    check_gives_up(&server);
    /* Also for the client that is attached already. */
    CHECK_EQ(1, S_SetOption(&server, SocketReadIdle, 0));
    {
        char text[16];
        int64_t start = now_ms();
        CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&server, 0, IDLE + 300, text, sizeof text));
        CHECK(now_ms() - start >= IDLE + 290);
    }
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    CHECK_EQ(1, S_SetOption(&udp, SocketReadIdle, IDLE));
    CHECK_EQ(IDLE, S_GetOption(&udp, SocketReadIdle));
    check_gives_up(&udp);
    close(fd);
}

static void the_mode_of_TLS_is_always_OpenSSL(void)
{
    char text[300];
    CHECK_EQ(1, SocketConfigure(1, 1));
    CHECK_EQ(1, SocketConfigure(SocketConfigureMode, SocketModeOpenSSL));
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, SocketConfigure(1, 0));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "always made by OpenSSL") != NULL);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConfigure(1, 2));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConfigure(0, 1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConfigure(-1, 1));
}

int main(void)
{
    check_start(120);
    RUN(without_a_tag_the_tag_is_EOF_in_both_modes);
    RUN(a_part_of_the_tag_belongs_to_the_message_wherever_packets_are_cut);
    RUN(a_loop_that_waits_for_clients_ends_when_the_listener_is_closed_and_not_before);
    RUN(what_connects_gives_up_after_five_seconds);
    RUN(SocketDeny_closes_a_channel);
    RUN(SocketDeny_drops_the_client_of_a_simplified_server_once_none_waits);
    RUN(SocketDeny_drops_a_client_that_sends_no_messages_before_one_that_waits);
    RUN(a_datagram_without_a_port_goes_to_that_of_the_last_one);
    RUN(a_read_goes_on_as_long_as_bytes_arrive_and_gives_up_when_none_do);
    RUN(a_large_message_that_keeps_coming_is_read_whole);
    RUN(another_readers_time_out_is_no_arrival);
    RUN(the_idle_time_counts_on_servers_and_UDP_too);
    RUN(the_mode_of_TLS_is_always_OpenSSL);
    return check_end();
}

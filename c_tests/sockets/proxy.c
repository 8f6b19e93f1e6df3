/* SocketProxy against proxies that are not ours: what is sent byte for byte, what each answer means, and
 * proxies that lie, stop in the middle or say nothing. */
#include "datagram.h"
#include "scene.h"

/* What a made-up proxy waits for and then answers, step by step. */
typedef struct step {
    const char *expects;
    size_t expected;
    const char *answers;
    size_t answered;
} step;

#define STEP(expects, answers) {expects, sizeof(expects) - 1, answers, sizeof(answers) - 1}

enum { DRIP_MS = 2 };

typedef struct proxy {
    int listener, port;
    const step *steps;
    int count;
    int drop_by_drop;
    /* Ends the connection after so many bytes of its answers; less than 0 never does. */
    int ends_after;
    /* How many connections it takes, with the steps of each following one another. */
    int connections;
    int fd, ended;
    pthread_t thread;
} proxy;

static int answer(proxy *p, const step *s, int *sent)
{
    size_t i;
    for (i = 0; i < s->answered; i += p->drop_by_drop ? 1 : s->answered) {
        size_t size = p->drop_by_drop ? 1 : s->answered;
        if (p->ends_after >= 0 && *sent + (int)size > p->ends_after)
            size = (size_t)(p->ends_after - *sent);
        peer_send(p->fd, s->answers + i, size);
        *sent += (int)size;
        if (*sent == p->ends_after)
            return 0;
        if (p->drop_by_drop)
            sleep_ms(DRIP_MS);
    }
    return 1;
}

static void *play(void *argument)
{
    proxy *p = argument;
    int i, j, sent = 0;
    for (j = 0; j < p->connections; j++) {
        p->fd = peer_accept(p->listener);
        for (i = 0; i < p->count; i++) {
            const step *s = &p->steps[j * p->count + i];
            CHECK(peer_expects(p->fd, s->expects, s->expected));
            if (!answer(p, s, &sent))
                break;
        }
        if (j + 1 < p->connections || p->ends_after >= 0)
            close(p->fd);
    }
    return NULL;
}

/* Starts the proxy and has the library use it; `login` is "" for none. */
static int use_proxy(proxy *p, const char *scheme, const char *login, const char *password)
{
    char address[64];
    p->listener = peer_listen(&p->port);
    snprintf(address, sizeof address, "%s://127.0.0.1", scheme);
    CHECK_EQ(1, SocketProxy(address, p->port, login, password));
    CHECK_EQ(0, SocketErrorCode());
    p->thread = thread_start(play, p);
    return p->listener >= 0;
}

static void await_proxy(proxy *p)
{
    if (!p->ended)
        thread_end(p->thread);
    p->ended = 1;
}

static void forget_proxy(proxy *p)
{
    CHECK_EQ(1, SocketProxy(NULL, 0, NULL, NULL));
    await_proxy(p);
    if (p->ends_after < 0)
        close(p->fd);
    close(p->listener);
}

#define PROXY(steps) {-1, 0, steps, sizeof(steps) / sizeof(steps[0]), 0, -1, 1, -1, 0, 0}

/* 192.0.2.9 port 80, and the answer that says yes. */
#define TO_192_0_2_9 "\x05\x01\x00\x01\xC0\x00\x02\x09\x00\x50"
#define YES "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"

static void check_talk(const sock *c, proxy *p)
{
    char text[64], number[16];
    CHECK_MESSAGE(c, "first");
    CHECK_EQ(1, S_Write(c, "hello", -1));
    CHECK(peer_expects(p->fd, "5\r\nhello", 8));
    CHECK_EQ(9, S_ClientInfo(c, SocketAddress, text, sizeof text));
    CHECK(strcmp(text, "127.0.0.1") == 0);
    CHECK(S_ClientInfo(c, SocketPort, number, sizeof number) > 0);
    CHECK_EQ(p->port, atoi(number));
}

static void the_servers_first_bytes_may_come_with_the_answer(void)
{
    static const step steps[] = {STEP("\x05\x01\x00", "\x05\x00"), STEP(TO_192_0_2_9, YES "5\r\nfirst")};
    int drop_by_drop;
    for (drop_by_drop = 0; drop_by_drop < 2; drop_by_drop++) {
        proxy p = PROXY(steps);
        sock c;
        p.drop_by_drop = drop_by_drop;
        REQUIRE(use_proxy(&p, "socks5", NULL, NULL));
        REQUIRE(S_Connect(&c, "c", 80, "192.0.2.9", 10000) == 1);
        check_talk(&c, &p);
        forget_proxy(&p);
        CHECK_EQ(1, S_Close(&c));
    }
}

static void a_name_goes_to_the_proxy_and_a_login_before_it(void)
{
    static const step steps[] = {
        STEP("\x05\x02\x00\x02", "\x05\x02"),
        STEP("\x01\x03" "bob\x06" "secret", "\x01\x00"),
        STEP("\x05\x01\x00\x03\x09" "till.test\x1F\x90", "\x05\x00\x00\x03\x05proxy\x00\x50" "5\r\nfirst")};
    proxy p = PROXY(steps);
    sock c;
    REQUIRE(use_proxy(&p, "socks5h", "bob", "secret"));
    REQUIRE(S_Connect(&c, "c", 8080, "till.test", 10000) == 1);
    check_talk(&c, &p);
    forget_proxy(&p);
}

static void an_address_of_IPv6_goes_to_the_proxy_as_one(void)
{
    static const step steps[] = {
        STEP("\x05\x01\x00", "\x05\x00"),
        STEP("\x05\x01\x00\x04\x20\x01\x0D\xB8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50",
             "\x05\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50" "5\r\nfirst")};
    const char *schemes[] = {"socks5", "socks5h"};
    int i;
    for (i = 0; i < 2; i++) {
        proxy p = PROXY(steps);
        sock c;
        REQUIRE(use_proxy(&p, schemes[i], NULL, NULL));
        REQUIRE(S_Connect(&c, "c", 80, i ? "[2001:db8::1]" : "2001:db8::1", 10000) == 1);
        check_talk(&c, &p);
        forget_proxy(&p);
        CHECK_EQ(1, S_Close(&c));
    }
}

/* Connects to 192.0.2.9 with half a minute of time; holds when it fails so, naming the proxy and the host. */
static void check_refused(proxy *p, int32_t code, const char *words)
{
    sock c;
    char text[1024] = "", port[16];
    CHECK_NO(code, S_Connect(&c, "c", 80, "192.0.2.9", 30000));
    SocketErrorInfo(text, sizeof text);
    snprintf(port, sizeof port, "port %d", p->port);
    if (strstr(text, words) == NULL || strstr(text, "192.0.2.9 port 80") == NULL || strstr(text, port) == NULL)
        check_fault(__FILE__, __LINE__, text);
    CHECK_EQ(0, S_Exist(&c));
}

static void each_answer_has_its_code(void)
{
    static const struct { int32_t code; const char *words; } told[] = {
        {WDSOCKET_ERR_PROXY, "without a reason: the host may not exist"}, {WDSOCKET_ERR_ACCESS_DENIED, "rules"},
        {WDSOCKET_ERR_UNREACHABLE, "no route"},   {WDSOCKET_ERR_UNREACHABLE, "does not reach"},
        {WDSOCKET_ERR_REFUSED, "no program listens"}, {WDSOCKET_ERR_TIMEOUT, "in time"},
        {WDSOCKET_ERR_PROXY, "does not make connections"}, {WDSOCKET_ERR_UNREACHABLE, "of that kind"},
        {WDSOCKET_ERR_PROXY, "unknown number 9"}};
    size_t i;
    for (i = 0; i < sizeof told / sizeof told[0]; i++) {
        char no[] = YES;
        step steps[] = {STEP("\x05\x01\x00", "\x05\x00"), {TO_192_0_2_9, 10, no, 10}};
        proxy p = PROXY(steps);
        no[1] = (char)(i + 1);
        REQUIRE(use_proxy(&p, "socks5", "", ""));
        check_refused(&p, told[i].code, told[i].words);
        forget_proxy(&p);
    }
}

static void a_proxy_that_speaks_something_else_or_refuses_the_login_is_told_apart(void)
{
    static const struct {
        const char *login;
        step steps[2];
        int count;
        int32_t code;
        const char *words;
    } cases[] = {
        {"", {STEP("\x05\x01\x00", "HTTP/1.1 400 Bad Request\r\n\r\n")}, 1, WDSOCKET_ERR_PROXY, "does not speak SOCKS 5"},
        {"", {STEP("\x05\x01\x00", "\x04\x5A")}, 1, WDSOCKET_ERR_PROXY, "0x04 instead of 0x05"},
        {"", {STEP("\x05\x01\x00", "\x05\x02")}, 1, WDSOCKET_ERR_PROXY, "not offered"},
        {"", {STEP("\x05\x01\x00", "\x05\xFF")}, 1, WDSOCKET_ERR_ACCESS_DENIED, "demands a login"},
        {"bob", {STEP("\x05\x02\x00\x02", "\x05\xFF")}, 1, WDSOCKET_ERR_ACCESS_DENIED, "neither a login"},
        {"bob", {STEP("\x05\x02\x00\x02", "\x05\x01")}, 1, WDSOCKET_ERR_PROXY, "not offered"},
        {"bob", {STEP("\x05\x02\x00\x02", "\x05\x02"), STEP("\x01\x03" "bob\x02pw", "\x01\x01")}, 2,
         WDSOCKET_ERR_ACCESS_DENIED, "refused the login"},
        {"bob", {STEP("\x05\x02\x00\x02", "\x05\x02"), STEP("\x01\x03" "bob\x02pw", "\x05\x00")}, 2, WDSOCKET_ERR_PROXY,
         "0x05 instead of 0x01"},
        {"", {STEP("\x05\x01\x00", "\x05\x00"), STEP(TO_192_0_2_9, "\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00")}, 2,
         WDSOCKET_ERR_PROXY, "0x04 instead of 0x05"},
        {"", {STEP("\x05\x01\x00", "\x05\x00"), STEP(TO_192_0_2_9, "\x05\x00\x00\x07\x00\x00\x00\x00\x00\x00")}, 2,
         WDSOCKET_ERR_PROXY, "address of kind 7"},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        proxy p = PROXY(cases[i].steps);
        p.count = cases[i].count;
        REQUIRE(use_proxy(&p, "socks5", cases[i].login, cases[i].login[0] != '\0' ? "pw" : ""));
        check_refused(&p, cases[i].code, cases[i].words);
        forget_proxy(&p);
    }
}

static void a_proxy_that_leaves_at_any_byte_is_PROXY(void)
{
    static const step steps[] = {
        STEP("\x05\x02\x00\x02", "\x05\x02"), STEP("\x01\x03" "bob\x02pw", "\x01\x00"),
        STEP(TO_192_0_2_9, "\x05\x00\x00\x03\x05proxy\x00\x50")};
    int bytes;
    for (bytes = 0; bytes < 2 + 2 + 12; bytes++) {
        proxy p = PROXY(steps);
        p.ends_after = bytes;
        REQUIRE(use_proxy(&p, "socks5", "bob", "pw"));
        check_refused(&p, WDSOCKET_ERR_PROXY, "did not connect to"); /* It ended, or was reset over bytes that it did not read. */
        forget_proxy(&p);
    }
}

static void a_proxy_that_says_nothing_or_lies_about_lengths_ends_with_the_time(void)
{
    static const step silent[] = {STEP("\x05\x01\x00", "")};
    static const step lying[] = {
        STEP("\x05\x01\x00", "\x05\x00"), STEP(TO_192_0_2_9, "\x05\x00\x00\x03\xFFshort")};
    int i;
    for (i = 0; i < 2; i++) {
        proxy p = PROXY(silent);
        sock c;
        char text[1024];
        int64_t start;
        if (i == 1) {
            p.steps = lying;
            p.count = 2;
        }
        REQUIRE(use_proxy(&p, "socks5", NULL, NULL));
        start = now_ms();
        CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", 80, "192.0.2.9", 300));
        CHECK(now_ms() - start >= 295 && now_ms() - start < 1500);
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "within 300 ms") != NULL);
        forget_proxy(&p);
    }
}

static void *connect_through_silence(void *argument)
{
    atomic_store((atomic_int *)argument, this_thread());
    CHECK_EQ(0, SocketConnect("cancelled", 80, "192.0.2.9", 30000));
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, SocketErrorCode());
    return NULL;
}

static void SocketClose_ends_the_talk_with_a_proxy(void)
{
    static const step steps[] = {STEP("\x05\x01\x00", "")};
    proxy p = PROXY(steps);
    atomic_int id = 0;
    pthread_t thread;
    int64_t start;
    REQUIRE(use_proxy(&p, "socks5", NULL, NULL));
    thread = thread_start(connect_through_silence, &id);
    /* The greeting has come: what follows is the wait for its answer. */
    await_proxy(&p);
    wait_until_thread_waits(&id);
    start = now_ms();
    CHECK_EQ(1, SocketClose("cancelled"));
    thread_end(thread);
    CHECK(now_ms() - start < 1000);
    forget_proxy(&p);
}

static void of_several_addresses_the_first_that_the_proxy_reaches_is_taken(void)
{
    int reply;
    for (reply = 0; reply < 10; reply++) {
        /* What may be otherwise with another address: all but what the rules forbid. 0 stands for an end without an answer. */
        char no[] = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        step steps[] = {
            STEP("\x05\x01\x00", "\x05\x00"),
            {"\x05\x01\x00\x01\x7F\x00\x00\x01\x00\x50", 10, no, reply == 0 ? 0 : 10},
            STEP("\x05\x01\x00", "\x05\x00"),
            STEP("\x05\x01\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50",
                 YES "5\r\nfirst")};
        proxy p = PROXY(steps);
        sock c;
        if (reply == 2)
            continue;
        no[1] = (char)reply;
        p.count = 2;
        p.connections = 2;
        REQUIRE(use_proxy(&p, "socks5", NULL, NULL));
        REQUIRE(S_Connect(&c, "c", 80, "localhost", 10000) == 1);
        check_talk(&c, &p);
        forget_proxy(&p);
        CHECK_EQ(1, S_Close(&c));
    }
}

static void a_proxy_that_is_not_there_is_PROXY_and_both_hosts_are_named(void)
{
    proxy p = {-1, 0, NULL, 0, 0, -1, 1, -1, 0, 0};
    sock c;
    char address[64];
    int fd = peer_bind(&p.port);
    REQUIRE(fd >= 0);
    snprintf(address, sizeof address, "socks5h://127.0.0.1:%d/", p.port);
    CHECK_EQ(1, SocketProxy(address, 0, NULL, NULL));
    check_refused(&p, WDSOCKET_ERR_PROXY, "cannot be had");
    CHECK_NO(WDSOCKET_ERR_PROXY, S_Connect(&c, "c", 80, "192.0.2.9", 30000));
    CHECK_EQ(ECONNREFUSED, SocketErrorSystem());
    CHECK_EQ(1, SocketProxy("socks5://no-such-proxy.invalid", p.port, NULL, NULL));
    check_refused(&p, WDSOCKET_ERR_PROXY, "no-such-proxy.invalid");
    CHECK_EQ(1, SocketProxy("", 0, NULL, NULL));
    close(fd);
}

static void servers_and_UDP_and_what_stands_already_know_no_proxy(void)
{
    sock listener, client, channel, udp;
    char text[16];
    int port, fd;
    REQUIRE(s_pair(&listener, &client, &channel));
    CHECK_EQ(1, SocketProxy("socks5://127.0.0.1:1", 0, NULL, NULL));
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    CHECK_MESSAGE(&channel, "hello");
    fd = peer_connect(s_port(&listener));
    REQUIRE(s_take(&listener, &channel));
    close(fd);
    fd = peer_udp(&port);
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    CHECK_EQ(1, S_WriteTo(&udp, "direct", 6, "127.0.0.1", port));
    CHECK_EQ(6, recv(fd, text, sizeof text, 0));
    CHECK_EQ(1, SocketProxy("", 0, NULL, NULL));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Connect(&client, "client", s_port(&listener), "127.0.0.1", 5000));
    close(fd);
}

/* Uses a made-up HTTP proxy, asks it for till.test port 80 and holds when it answers so. */
static void check_HTTP_refused(const char *answers, size_t answered, int32_t code, const char *words)
{
    static const char asks[] = "CONNECT till.test:80 HTTP/1.1\r\nHost: till.test:80\r\n\r\n";
    const step steps[] = {{asks, sizeof asks - 1, answers, answered}};
    proxy p = PROXY(steps);
    sock c;
    char text[1024] = "", port[16];
    p.ends_after = (int)answered;
    REQUIRE(use_proxy(&p, "http", NULL, NULL));
    CHECK_NO(code, S_Connect(&c, "c", 80, "till.test", 30000));
    SocketErrorInfo(text, sizeof text);
    snprintf(port, sizeof port, "port %d", p.port);
    if (strstr(text, words) == NULL || strstr(text, "till.test port 80") == NULL || strstr(text, port) == NULL)
        check_fault(__FILE__, __LINE__, text);
    forget_proxy(&p);
}

#define HTTP_YES "HTTP/1.1 200 Connection established\r\nContent-Length: 99999\r\n\r\n"

static void an_HTTP_proxy_is_asked_to_CONNECT_and_told_the_login(void)
{
    static const step plain[] = {
        STEP("CONNECT till.test:80 HTTP/1.1\r\nHost: till.test:80\r\n\r\n", HTTP_YES "5\r\nfirst")};
    static const step with_login[] = {
        STEP("CONNECT till.test:80 HTTP/1.1\r\nHost: till.test:80\r\nProxy-Authorization: Basic Ym9iOnNlY3JldA==\r\n\r\n",
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 299 Fine\n\n5\r\nfirst")};
    static const step to_address[] = {
        STEP("CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", HTTP_YES "5\r\nfirst")};
    const step *const each[] = {plain, with_login, to_address};
    int i, drop_by_drop;
    for (i = 0; i < 3; i++)
        for (drop_by_drop = 0; drop_by_drop < 2; drop_by_drop++) {
            proxy p = {-1, 0, each[i], 1, drop_by_drop, -1, 1, -1, 0, 0};
            sock c;
            REQUIRE(use_proxy(&p, "http", i == 1 ? "bob" : "", i == 1 ? "secret" : ""));
            REQUIRE(S_Connect(&c, "c", 80, i == 2 ? "[2001:db8::1]" : "till.test", 10000) == 1);
            check_talk(&c, &p);
            forget_proxy(&p);
            CHECK_EQ(1, S_Close(&c));
        }
}

static void each_HTTP_status_has_its_code(void)
{
    static const struct { const char *status; int32_t code; const char *words; } told[] = {
        {"407 Proxy Authentication Required", WDSOCKET_ERR_ACCESS_DENIED, "demands a login"},
        {"401 Unauthorized", WDSOCKET_ERR_ACCESS_DENIED, "demands a login"},
        {"403 Forbidden", WDSOCKET_ERR_ACCESS_DENIED, "rules"},
        {"502 Bad Gateway", WDSOCKET_ERR_UNREACHABLE, "does not reach"},
        {"500 Unable to connect", WDSOCKET_ERR_UNREACHABLE, "(HTTP/1.1 500 Unable to connect)"},
        {"504 Gateway Timeout", WDSOCKET_ERR_TIMEOUT, "in time"},
        {"503 No\r\nX-Squid-Error: ERR_CONNECT_FAIL 111", WDSOCKET_ERR_REFUSED, "does not let it in"},
        {"502 No\r\nProxy-Status: edge; error=connection_timeout", WDSOCKET_ERR_TIMEOUT, "does not let it in"},
        {"405 Method Not Allowed", WDSOCKET_ERR_PROXY, "makes no connections"},
        {"301 Moved", WDSOCKET_ERR_PROXY, "it failed (HTTP/1.1 301 Moved)"},
        {"20 OK", WDSOCKET_ERR_PROXY, "does not speak HTTP"},
        {"2000 OK", WDSOCKET_ERR_PROXY, "does not speak HTTP"}};
    size_t i;
    char answer[256];
    for (i = 0; i < sizeof told / sizeof told[0]; i++) {
        int length = snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nServer: x\r\n\r\n", told[i].status);
        check_HTTP_refused(answer, (size_t)length, told[i].code, told[i].words);
    }
    check_HTTP_refused("SSH-2.0-x\r\n", 11, WDSOCKET_ERR_PROXY, "does not speak HTTP");
    check_HTTP_refused("\x05", 1, WDSOCKET_ERR_PROXY, "does not speak HTTP");
}

static void an_HTTP_answer_that_is_cut_or_has_no_end_is_PROXY(void)
{
    static const char yes[] = "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n";
    static char endless[20000];
    size_t bytes;
    for (bytes = 0; bytes + 1 < sizeof yes - 1; bytes++)
        check_HTTP_refused(yes, bytes, WDSOCKET_ERR_PROXY, "did not connect to");
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "HTTP/1.1 200 ", 13);
    check_HTTP_refused(endless, sizeof endless, WDSOCKET_ERR_PROXY, "more than 16384 bytes");
    /* Interim answers count together. */
    for (bytes = 0; bytes + 25 < sizeof endless; bytes += 25)
        memcpy(endless + bytes, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    check_HTTP_refused(endless, bytes, WDSOCKET_ERR_PROXY, "more than 16384 bytes");
}

static void SOCKS4a_has_names_and_no_IPv6_and_no_login(void)
{
    static const step by_name[] = {
        STEP("\x04\x01\x00\x50\x00\x00\x00\x01\x00" "till.test\x00", "\x00\x5A\x00\x00\x00\x00\x00\x00" "5\r\nfirst")};
    static const step by_address[] = {
        STEP("\x04\x01\x00\x50\xC0\x00\x02\x09\x00", "\x00\x5A\x00\x00\x00\x00\x00\x00" "5\r\nfirst")};
    static const struct { const char *answer; int32_t code; const char *words; } told[] = {
        {"\x00\x5B\x00\x00\x00\x00\x00\x00", WDSOCKET_ERR_PROXY, "says no more"},
        {"\x00\x5C\x00\x00\x00\x00\x00\x00", WDSOCKET_ERR_ACCESS_DENIED, "ident"},
        {"\x00\x01\x00\x00\x00\x00\x00\x00", WDSOCKET_ERR_PROXY, "unknown number 1"},
        {"\x05\x00\x00\x00\x00\x00\x00\x00", WDSOCKET_ERR_PROXY, "does not speak SOCKS 4"}};
    int i;
    size_t t;
    for (i = 0; i < 2; i++) {
        proxy p = PROXY(by_name);
        sock c;
        if (i == 1)
            p.steps = by_address;
        REQUIRE(use_proxy(&p, "socks4a", "", ""));
        REQUIRE(S_Connect(&c, "c", 80, i == 1 ? "192.0.2.9" : "till.test", 10000) == 1);
        check_talk(&c, &p);
        forget_proxy(&p);
        CHECK_EQ(1, S_Close(&c));
    }
    for (t = 0; t < sizeof told / sizeof told[0]; t++) {
        step steps[] = {{"\x04\x01\x00\x50\xC0\x00\x02\x09\x00", 9, told[t].answer, 8}};
        proxy p = PROXY(steps);
        REQUIRE(use_proxy(&p, "socks4a", "", ""));
        check_refused(&p, told[t].code, told[t].words);
        forget_proxy(&p);
    }
    for (i = 0; i < 8; i++) {
        proxy p = PROXY(by_address);
        p.ends_after = i;
        REQUIRE(use_proxy(&p, "socks4a", "", ""));
        check_refused(&p, WDSOCKET_ERR_PROXY, "did not connect to");
        forget_proxy(&p);
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks4a://127.0.0.1", 0, "bob", ""));
}

/* Whose text: the Id family goes by the defaults. */
#ifdef BY_ID
#define OWN NULL
#else
#define OWN "own"
#endif

static void check_direct(const sock *listener, const char *own)
{
    sock c, channel;
    CHECK_EQ(1, SocketSetText(OWN, SocketProxyAddress, own));
    CHECK_EQ(1, S_Connect(&c, "own", s_port(listener), "127.0.0.1", 5000));
    REQUIRE(s_take(listener, &channel));
    CHECK_EQ(1, S_Close(&c));
    CHECK_EQ(1, S_Close(&channel));
}

static void a_name_may_have_a_proxy_of_its_own(void)
{
    static const step steps[] = {
        STEP("CONNECT till.test:80 HTTP/1.1\r\nHost: till.test:80\r\nProxy-Authorization: Basic Ym9iOnBANQ==\r\n\r\n",
             HTTP_YES "5\r\nfirst")};
    proxy p = PROXY(steps);
    sock c, listener;
    char url[64], text[512];
    REQUIRE(use_proxy(&p, "http", NULL, NULL));
    CHECK_EQ(1, SocketProxy("", 0, NULL, NULL));
    snprintf(url, sizeof url, "http://bob:p%%405@127.0.0.1:%d", p.port);
    CHECK_EQ(1, SocketSetText(OWN, SocketProxyAddress, url));
    REQUIRE(S_Connect(&c, "own", 80, "till.test", 10000) == 1);
    check_talk(&c, &p);
    forget_proxy(&p);
    CHECK_EQ(1, S_Close(&c));

    REQUIRE(s_listen(&listener, "listener"));
    check_direct(&listener, "");
    CHECK_EQ(1, SocketProxy("http://127.0.0.1:1", 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_PROXY, S_Connect(&c, "own", s_port(&listener), "127.0.0.1", 5000));
    check_direct(&listener, "direct:");
    CHECK_EQ(1, SocketSetText(OWN, SocketProxyAddress, "http://x:secret@"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "own", 80, "127.0.0.1", 5000));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "secret") == NULL);
    CHECK_EQ(1, SocketSetText(OWN, SocketProxyAddress, ""));
    CHECK_EQ(1, SocketProxy("", 0, NULL, NULL));
}

static void what_no_proxy_can_be_asked_is_refused_and_changes_nothing(void)
{
    static const char *const addresses[] = {"proxy", "127.0.0.1:1080", "ftp://proxy", "socks4://proxy", "socks5://",
                                            "socks5://bob:pw@proxy", "socks5://a b", "socks5://proxy:99999",
                                            "socks5://proxy/x", "\xff"};
    char long_host[320] = "socks5://";
    char text[1024], long_text[300], host[300];
    size_t i;
    sock c;
    memset(long_text, 'x', sizeof long_text);
    long_text[256] = '\0';
    for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy(addresses[i], 0, NULL, NULL));
        CHECK(SocketErrorInfo(text, sizeof text) > 0 &&
              (strstr(text, "give socks5://host") != NULL || strstr(text, "UTF-8") != NULL));
    }
    strcat(long_host, long_text);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy(long_host, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://bob:secret@proxy", 0, NULL, NULL));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "secret") == NULL);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", -1, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", 65536, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy:80", 81, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", 0, long_text, "pw"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", 0, "bob", long_text));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", 0, "bob\r\nx", "pw"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketProxy("socks5://proxy", 0, NULL, "pw"));
    CHECK_EQ(1, SocketProxy("socks5h://127.0.0.1:1", 0, NULL, NULL));
    snprintf(host, sizeof host, "%s", long_text);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 80, host, 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 80, "two words", 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 80, "line\r\nend", 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 80, "fe80::1%1", 5000));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "zone") != NULL);
    CHECK_EQ(1, SocketProxy(NULL, 99999, "ignored", NULL));
}

int main(void)
{
    check_start(120);
    RUN(the_servers_first_bytes_may_come_with_the_answer);
    RUN(a_name_goes_to_the_proxy_and_a_login_before_it);
    RUN(an_address_of_IPv6_goes_to_the_proxy_as_one);
    RUN(each_answer_has_its_code);
    RUN(a_proxy_that_speaks_something_else_or_refuses_the_login_is_told_apart);
    RUN(a_proxy_that_leaves_at_any_byte_is_PROXY);
    RUN(a_proxy_that_says_nothing_or_lies_about_lengths_ends_with_the_time);
    RUN(SocketClose_ends_the_talk_with_a_proxy);
    RUN(of_several_addresses_the_first_that_the_proxy_reaches_is_taken);
    RUN(a_proxy_that_is_not_there_is_PROXY_and_both_hosts_are_named);
    RUN(servers_and_UDP_and_what_stands_already_know_no_proxy);
    RUN(an_HTTP_proxy_is_asked_to_CONNECT_and_told_the_login);
    RUN(each_HTTP_status_has_its_code);
    RUN(an_HTTP_answer_that_is_cut_or_has_no_end_is_PROXY);
    RUN(SOCKS4a_has_names_and_no_IPv6_and_no_login);
    RUN(a_name_may_have_a_proxy_of_its_own);
    RUN(what_no_proxy_can_be_asked_is_refused_and_changes_nothing);
    return check_end();
}

/* A passing shortage of memory is LIMIT for the call that meets it, and nothing else: no stream and no simplified server
 * ends by it, no byte is lost, and no size that a peer chooses ends the process. */
#include "shortage.h"

#include "watch_scene.h"

enum { LARGE = 3000000, SOME = 4096 };

static char pattern(size_t i)
{
    return (char)(i * 11 + (i >> 8) * 13 + (i >> 16));
}

/* A large message with its header. */
static char *large_message(size_t *size)
{
    char *wire = malloc(LARGE + 16);
    size_t head, i;
    if (wire == NULL)
        exit(3);
    head = (size_t)sprintf(wire, "%d\r\n", LARGE);
    for (i = 0; i < LARGE; i++)
        wire[head + i] = pattern(i);
    *size = head + LARGE;
    return wire;
}

typedef struct outgoing {
    int fd;
    const char *bytes;
    size_t size;
} outgoing;

static void *send_all(void *argument)
{
    outgoing *o = argument;
    peer_send(o->fd, o->bytes, o->size);
    return NULL;
}

static void a_receive_that_fails_is_LIMIT_and_the_stream_goes_on(void)
{
    static const int errors[] = {ENOMEM, ENOBUFS};
    sock c;
    int fd;
    size_t i;
    char text[64];
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (i = 0; i < 2; i++) {
        PEER_DELIVER(fd, "2\r\nhi2\r\nho");
        atomic_store(&failure, errors[i]);
        atomic_store(&receives_to_fail, 1);
        CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&c, 0, 10000, text, sizeof text));
        CHECK_EQ(errors[i], SocketErrorSystem());
        CHECK_MESSAGE(&c, "hi");
        CHECK_MESSAGE(&c, "ho");
    }
    PEER_DELIVER(fd, "2\r\nhu");
    atomic_store(&receives_to_fail, 1);
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Pending(&c));
    CHECK_EQ(2, S_Pending(&c));
    CHECK_MESSAGE(&c, "hu");
    close(fd);
}

static void a_receive_that_fails_leaves_a_simplified_server_its_client(void)
{
    sock s;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int first = peer_connect(port), second;
    PEER_DELIVER(first, "2\r\nhi");
    atomic_store(&receives_to_fail, 1);
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&s, 0, 10000, text, sizeof text));
    CHECK_MESSAGE(&s, "hi");
    close(first);
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 10000, text, sizeof text));
    second = peer_connect(port);
    PEER_SEND(second, "3\r\nnew");
    CHECK_MESSAGE(&s, "new");
    close(second);
}

static void a_watch_tells_what_its_next_read_will_say(void)
{
    sock c, w;
    int fd;
    char text[64];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    PEER_DELIVER(fd, "2\r\nhi");
    atomic_store(&receives_to_fail, 2);
    CHECK_READY(&w, &c);
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&c, 0, 0, text, sizeof text));
    CHECK_READY(&w, &c);
    CHECK_MESSAGE(&c, "hi");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_message_that_finds_no_memory_waits_for_some(void)
{
    sock c, listener, client, channel;
    int fd, i;
    size_t size;
    char *wire = large_message(&size), *message = malloc(LARGE), text[64];
    outgoing o = {-1, wire, size};
    pthread_t thread;
    REQUIRE(message != NULL && s_channel_and_peer(&c, &o.fd) && s_pair(&listener, &client, &channel));
    fd = o.fd;
    thread = thread_start(send_all, &o);
    atomic_store(&too_large, 300000);
    for (i = 0; i < 3; i++) {
        intptr_t result;
        do
            result = S_Read(&c, 0, 10000, text, sizeof text);
        while (result == -WDSOCKET_ERR_TIMEOUT);
        CHECK_EQ(-WDSOCKET_ERR_LIMIT, result);
        CHECK(SocketErrorInfo(text, sizeof text) == -WDSOCKET_ERR_BUFFER_TOO_SMALL);
        CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Pending(&c));
        /* The others are none the worse for it. */
        CHECK_EQ(1, S_Write(&client, "works", 5));
        CHECK_MESSAGE(&channel, "works");
    }
    atomic_store(&too_large, SIZE_MAX);
    CHECK_EQ(LARGE, S_Read(&c, 0, 20000, message, LARGE));
    CHECK(memcmp(message, wire + size - LARGE, LARGE) == 0);
    PEER_SEND(fd, "3\r\nend");
    CHECK_MESSAGE(&c, "end");
    thread_end(thread);
    close(fd);
    free(wire);
    free(message);
}

static void a_message_that_finds_room_in_the_caller_s_buffer_needs_no_other(void)
{
    size_t size;
    char *wire = large_message(&size), *message = malloc(LARGE);
    outgoing o = {-1, wire, size};
    pthread_t thread;
    sock c;
    REQUIRE(message != NULL && s_channel_and_peer(&c, &o.fd));
    atomic_store(&too_large, 300000);
    thread = thread_start(send_all, &o);
    CHECK_EQ(LARGE, S_Read(&c, 1, 0, message, LARGE));
    atomic_store(&too_large, SIZE_MAX);
    CHECK(memcmp(message, wire + size - LARGE, LARGE) == 0);
    thread_end(thread);
    close(o.fd);
    free(wire);
    free(message);
}

enum { MIDDLE = 200000 };

/* What one thread reads while the nth of its allocations fails. */
typedef struct reading {
    sock channel;
    const char *middle;
    int nth, limits, failed;
} reading;

/* Reads the next message in spite of any LIMIT. */
static void read_in_the_end(reading *r, char *message, int32_t capacity, intptr_t expected)
{
    intptr_t result;
    while ((result = S_Read(&r->channel, 0, 10000, message, capacity)) == -WDSOCKET_ERR_LIMIT && r->limits < 100)
        r->limits++;
    CHECK_EQ(expected, result);
}

static void *read_with_one_failure(void *argument)
{
    static char message[MIDDLE];
    reading *r = argument;
    atomic_store(&until_failure, r->nth);
    atomic_store(&counted_from, SOME);
    read_in_the_end(r, message, 2, 2);
    CHECK(memcmp(message, "hi", 2) == 0);
    read_in_the_end(r, message, 2, -WDSOCKET_ERR_BUFFER_TOO_SMALL);
    read_in_the_end(r, message, sizeof message, MIDDLE);
    CHECK(memcmp(message, r->middle, MIDDLE) == 0);
    read_in_the_end(r, message, sizeof message, 2);
    read_in_the_end(r, message, sizeof message, 1);
    r->failed = atomic_load(&until_failure) <= 0;
    atomic_store(&counted_from, SIZE_MAX);
    return NULL;
}

static void a_single_allocation_that_fails_loses_no_byte(void)
{
    static char wire[MIDDLE + 64];
    size_t head = (size_t)sprintf(wire, "2\r\nhi%d\r\n", MIDDLE), i;
    reading r = {.middle = wire + head, .failed = 1};
    int limits = 0;
    for (i = 0; i < MIDDLE; i++)
        wire[head + i] = pattern(i);
    memcpy(wire + head + MIDDLE, "2\r\nho1\r\nx", 9);
    while (r.failed) {
        outgoing o = {-1, wire, head + MIDDLE + 9};
        pthread_t sender;
        REQUIRE(s_channel_and_peer(&r.channel, &o.fd));
        sender = thread_start(send_all, &o);
        r.nth++;
        r.limits = 0;
        thread_end(thread_start(read_with_one_failure, &r));
        limits += r.limits;
        thread_end(sender);
        CHECK_EQ(1, S_Close(&r.channel));
        close(o.fd);
        REQUIRE(r.nth < 200);
    }
    printf("# %d allocations failed one by one, LIMIT was told %d times\n", r.nth - 1, limits);
    CHECK(r.nth > 3 && limits > 0);
}

static void a_send_that_fails_at_once_is_LIMIT_and_the_stream_goes_on(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    atomic_store(&failure, ENOBUFS);
    atomic_store(&sends_to_fail, 1);
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Write(&c, "never", 5));
    CHECK_EQ(ENOBUFS, SocketErrorSystem());
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    CHECK(peer_expects(fd, "5\r\nhello", 8));
    close(fd);
}

typedef struct incoming {
    int fd;
    const char *bytes;
    size_t size;
    int same;
} incoming;

static void *expect_all(void *argument)
{
    incoming *i = argument;
    i->same = peer_expects(i->fd, i->bytes, i->size);
    return NULL;
}

static void a_send_that_fails_in_mid_message_is_tried_again(void)
{
    size_t size;
    char *wire = large_message(&size);
    incoming i = {-1, wire, size, 0};
    pthread_t thread;
    sock c;
    REQUIRE(s_channel_and_peer(&c, &i.fd));
    atomic_store(&failure, ENOMEM);
    atomic_store(&sends_to_pass, 1);
    atomic_store(&sends_to_fail, 3);
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 20000));
    CHECK_EQ(1, S_SetOption(&c, SocketSendBuffer, 65536)); /* so that it takes several sends */
    thread = thread_start(expect_all, &i);
    CHECK_EQ(1, S_Write(&c, wire + size - LARGE, LARGE));
    thread_end(thread);
    CHECK(i.same);
    CHECK_EQ(0, atomic_load(&sends_to_fail));
    CHECK_EQ(1, S_Write(&c, "end", 3));
    CHECK(peer_expects(i.fd, "3\r\nend", 6));
    close(i.fd);
    free(wire);
}

static void a_shortage_that_lasts_ends_with_the_time_for_the_write(void)
{
    size_t size;
    char *wire = large_message(&size);
    int64_t start;
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 200));
    CHECK_EQ(1, S_SetOption(&c, SocketSendBuffer, 65536));
    atomic_store(&sends_to_pass, 1);
    atomic_store(&sends_to_fail, INT_MAX);
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Write(&c, wire + size - LARGE, LARGE));
    CHECK(now_ms() - start >= 190 && now_ms() - start < 5000);
    atomic_store(&sends_to_fail, 0);
    close(fd);
    free(wire);
}

static void a_datagram_that_finds_no_memory_waits_for_some(void)
{
    sock a, b;
    char text[600] = "", big[5000];
    s_name(&a, "a");
    s_name(&b, "b");
#ifdef BY_ID
    CHECK(s_made(&a, SocketCreateUDPId(0, "127.0.0.1")) && s_made(&b, SocketCreateUDPId(0, "127.0.0.1")));
#else
    CHECK(SocketCreateUDP("a", 0, "127.0.0.1") && SocketCreateUDP("b", 0, "127.0.0.1"));
#endif
    memset(big, 'b', sizeof big);
    big[0] = 'a';
    big[sizeof big - 1] = 'c';
    CHECK_EQ(1, S_CALL(SocketWriteTo)(S_KEY(&a), big, sizeof big, "127.0.0.1", s_port(&b)));
    atomic_store(&too_large, SOME);
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&b, 0, 10000, text, sizeof text));
    atomic_store(&too_large, SIZE_MAX);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&b, 0, 10000, text, sizeof text));
    memset(text, 0, sizeof text);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&b, 0, 10000, text, sizeof text));
    {
        char got[sizeof big];
        atomic_store(&too_large, SOME); /* it is here already */
        CHECK_EQ((intptr_t)sizeof big, S_Read(&b, 0, 10000, got, sizeof got));
        atomic_store(&too_large, SIZE_MAX);
        CHECK(memcmp(got, big, sizeof big) == 0);
    }
}

static void a_system_that_does_not_know_a_nicety_has_datagrams_all_the_same(void)
{
    enum { MULTICAST_ALL = 49 }; /* linux/in.h */
    sock u;
    intptr_t made;
    s_name(&u, "u");
    atomic_store(&unknown_option, MULTICAST_ALL);
#ifdef BY_ID
    made = s_made(&u, SocketCreateUDPId(0, "127.0.0.1"));
#else
    made = SocketCreateUDP("u", 0, "127.0.0.1");
#endif
    atomic_store(&unknown_option, -1);
    CHECK_EQ(1, made);
}

int main(void)
{
    check_start(120);
    RUN(a_receive_that_fails_is_LIMIT_and_the_stream_goes_on);
    RUN(a_receive_that_fails_leaves_a_simplified_server_its_client);
    RUN(a_watch_tells_what_its_next_read_will_say);
    RUN(a_message_that_finds_no_memory_waits_for_some);
    RUN(a_message_that_finds_room_in_the_caller_s_buffer_needs_no_other);
    RUN(a_single_allocation_that_fails_loses_no_byte);
    RUN(a_send_that_fails_at_once_is_LIMIT_and_the_stream_goes_on);
    RUN(a_send_that_fails_in_mid_message_is_tried_again);
    RUN(a_shortage_that_lasts_ends_with_the_time_for_the_write);
    RUN(a_datagram_that_finds_no_memory_waits_for_some);
    RUN(a_system_that_does_not_know_a_nicety_has_datagrams_all_the_same);
    return check_end();
}

/* Large messages, the message limit, and peers that are slow or break off. */
#include "scene.h"

#ifdef _WIN32
#include <psapi.h>
#endif

enum { LARGE = 100 * 1000 * 1000 };

static char pattern(size_t i)
{
    return (char)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

typedef struct stream {
    int fd;
    char *bytes;
    size_t size;
    int done;
} stream;

static void *send_stream(void *argument)
{
    stream *s = argument;
    s->done = peer_send(s->fd, s->bytes, s->size);
    return NULL;
}

static void *receive_stream(void *argument)
{
    stream *s = argument;
    s->done = peer_receive(s->fd, s->bytes, s->size);
    return NULL;
}

static void a_message_of_100_MB_comes_and_goes_whole(void)
{
    char *wire = malloc(LARGE + 16), *message = malloc(LARGE + 16);
    size_t head, i;
    stream s = {-1, wire, 0, 0};
    pthread_t thread;
    sock c;
    REQUIRE(wire != NULL && message != NULL);
    REQUIRE(s_channel_and_peer(&c, &s.fd));
    head = (size_t)sprintf(wire, "%d\r\n", LARGE);
    for (i = 0; i < LARGE; i++)
        wire[head + i] = pattern(i);
    s.size = head + LARGE;
    thread = thread_start(send_stream, &s);
    CHECK_EQ(LARGE, S_Read(&c, 1, 0, message, LARGE));
    thread_end(thread);
    CHECK(s.done);
    CHECK(memcmp(message, wire + head, LARGE) == 0);
    s.bytes = message;
    thread = thread_start(receive_stream, &s);
    CHECK_EQ(1, S_Write(&c, wire + head, LARGE));
    thread_end(thread);
    CHECK(s.done);
    CHECK(memcmp(message, wire, s.size) == 0);
    close(s.fd);
    free(wire);
    free(message);
}

static void a_message_over_the_limit_is_refused_from_its_header(void)
{
    sock c;
    int fd;
    char buffer[2000];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(256 * 1024 * 1024, S_GetOption(&c, SocketMaxMessage));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 1000));
    memset(buffer, 'x', sizeof buffer);
    PEER_SEND(fd, "1000\r\n");
    CHECK(peer_send(fd, buffer, 1000));
    CHECK_EQ(1000, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    PEER_DELIVER(fd, "1001\r\n");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Pending(&c));
    close(fd);
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "9999999999\r\n");
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 1, 0, buffer, sizeof buffer));
    close(fd);
}

static void a_tagged_message_without_an_end_stops_at_the_limit(void)
{
    sock c;
    int fd;
    char buffer[2000];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketMaxMessage, 1000));
    CHECK_EQ(1, S_Mode(&c, SocketEndTag, "\n", 1));
    memset(buffer, 'x', sizeof buffer);
    buffer[1000] = '\n';
    CHECK(peer_send(fd, buffer, 1001));
    CHECK_EQ(1000, S_Read(&c, 0, 10000, buffer, sizeof buffer));
    buffer[1000] = 'x';
    CHECK(peer_send(fd, buffer, 1200));
    CHECK_MINUS(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_Read(&c, 1, 0, buffer, sizeof buffer));
    close(fd);
}

/* The private writable memory of this process, in kB. */
static long data_kilobytes(void)
{
#ifdef _WIN32
    PROCESS_MEMORY_COUNTERS counters;
    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? (long)(counters.PagefileUsage / 1024) : -1;
#else
    char line[200];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmData:", 7) == 0)
            kilobytes = atol(line + 7);
    fclose(file);
    return kilobytes;
#endif
}

static void memory_grows_with_what_arrives_not_with_what_is_claimed(void)
{
    sock c;
    int fd;
    long before;
    char small[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    before = data_kilobytes();
    REQUIRE(before > 0);
    PEER_DELIVER(fd, "260000000\r\nonly these bytes come");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 50, small, sizeof small));
    CHECK(data_kilobytes() - before < 32 * 1024);
    close(fd);
}

typedef struct drip {
    int fd;
    const char *bytes;
    atomic_int stop;
} drip;

/* One byte every 100 ms until told to stop, then the rest in one go. */
static void *drip_bytes(void *argument)
{
    drip *d = argument;
    const char *at = d->bytes;
    while (*at != '\0' && !atomic_load(&d->stop)) {
        peer_send(d->fd, at++, 1);
        sleep_ms(100);
    }
    peer_send(d->fd, at, strlen(at));
    return NULL;
}

static void a_peer_that_sends_drop_by_drop_does_not_stretch_the_timeout(void)
{
    static char text[208] = "200\r\n";
    drip d;
    pthread_t thread;
    sock c;
    char buffer[300];
    int64_t start;
    memset(text + 5, 'd', 200);
    d.bytes = text;
    atomic_init(&d.stop, 0);
    REQUIRE(s_channel_and_peer(&c, &d.fd));
    thread = thread_start(drip_bytes, &d);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 1000, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 990);
    CHECK(now_ms() - start < 8000);
    atomic_store(&d.stop, 1);
    CHECK_MESSAGE(&c, text + 5);
    thread_end(thread);
    close(d.fd);
}

static void a_reset_in_mid_message_is_lost(void)
{
    sock c;
    int fd, i;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "3\r\nabc10\r\nabc");
    CHECK_MESSAGE(&c, "abc");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    peer_reset(fd);
    for (i = 0; i < 3; i++)
        CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK(SocketErrorSystem() != 0);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Pending(&c));
    CHECK_EQ(0, S_Connected(&c));
    CHECK_EQ(1, S_Exist(&c));
}

static void a_reset_that_a_writer_meets_is_lost_for_the_reader_too(void)
{
    sock c;
    int fd;
    char buffer[100];
    REQUIRE(s_channel_and_peer(&c, &fd));
    peer_reset(fd);
    CHECK_EQ(0, S_Connected(&c));
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&c, "abc", 3)); /* the system tells of it once */
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 1, 0, buffer, sizeof buffer));
}

int main(void)
{
    check_start(180);
    RUN(memory_grows_with_what_arrives_not_with_what_is_claimed);
    RUN(a_message_of_100_MB_comes_and_goes_whole);
    RUN(a_message_over_the_limit_is_refused_from_its_header);
    RUN(a_tagged_message_without_an_end_stops_at_the_limit);
    RUN(a_peer_that_sends_drop_by_drop_does_not_stretch_the_timeout);
    RUN(a_reset_in_mid_message_is_lost);
    RUN(a_reset_that_a_writer_meets_is_lost_for_the_reader_too);
    return check_end();
}

/* Threads that take turns on one socket: whoever waits for a turn is never forgotten. */
#include "scene.h"

enum { WRITERS = 4, SIZE = 16 * 1024 * 1024 };

typedef struct writer {
    const sock *socket;
    const char *bytes;
    atomic_int thread;
    intptr_t result, code;
} writer;

static char *large;

static void *write_large(void *argument)
{
    writer *w = argument;
    atomic_store(&w->thread, this_thread());
    w->result = S_Write(w->socket, w->bytes, SIZE);
    w->code = SocketErrorCode();
    return NULL;
}

static void *shut_down(void *argument)
{
    writer *w = argument;
    atomic_store(&w->thread, this_thread());
    w->result = S_Shutdown(w->socket);
    w->code = SocketErrorCode();
    return NULL;
}

/* Threads that all wait: the first for room, the others for their turn. */
static void start_all(const sock *c, writer *writers, pthread_t *threads, int shutting_down)
{
    int i;
    memset(writers, 0, sizeof(writer) * WRITERS);
    for (i = 0; i < WRITERS; i++) {
        writers[i].socket = c;
        writers[i].bytes = large;
        threads[i] = thread_start(i == shutting_down ? shut_down : write_large, &writers[i]);
        wait_until_thread_waits(&writers[i].thread);
    }
}

static void a_reset_ends_every_waiting_writer(void)
{
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    sock c;
    int fd, i;
    REQUIRE(s_channel_and_peer(&c, &fd));
    start_all(&c, writers, threads, -1);
    peer_reset(fd);
    for (i = 0; i < WRITERS; i++) {
        thread_end(threads[i]);
        CHECK_EQ(0, writers[i].result);
        CHECK_EQ(WDSOCKET_ERR_LOST, writers[i].code);
    }
}

static void close_ends_every_waiting_writer(void)
{
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    sock c;
    int fd, i;
    REQUIRE(s_channel_and_peer(&c, &fd));
    start_all(&c, writers, threads, -1);
    CHECK_EQ(1, S_Close(&c));
    for (i = 0; i < WRITERS; i++) {
        thread_end(threads[i]);
        CHECK_EQ(0, writers[i].result);
        CHECK_EQ(WDSOCKET_ERR_CANCELLED, writers[i].code);
    }
    close(fd);
}

static void *drain(void *argument)
{
    int fd = *(int *)argument;
    char *bytes = malloc(1 << 20);
    while (bytes != NULL && recv(fd, bytes, 1 << 20, 0) > 0) {
    }
    free(bytes);
    return NULL;
}

/* A shutdown between two writers ends those that come after it, and none of them sleeps on. */
static void a_shutdown_ends_the_writers_behind_it(void)
{
    writer writers[WRITERS];
    pthread_t threads[WRITERS], reader;
    sock c;
    int fd, i, written = 0;
    REQUIRE(s_channel_and_peer(&c, &fd));
    start_all(&c, writers, threads, 1);
    reader = thread_start(drain, &fd);
    for (i = 0; i < WRITERS; i++) {
        thread_end(threads[i]);
        if (i == 1) {
            CHECK_EQ(1, writers[i].result);
        } else {
            written += writers[i].result == 1;
            CHECK(writers[i].result == 1 || writers[i].code == WDSOCKET_ERR_CLOSED);
        }
    }
    CHECK(written >= 1);
    thread_end(reader);
    close(fd);
}

static void a_writer_that_waits_for_its_turn_has_its_own_time(void)
{
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    sock c;
    int fd, i;
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    start_all(&c, writers, threads, -1);
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 300));
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Write(&c, "x", 1));
    CHECK(now_ms() - start >= 290 && now_ms() - start < 8000);
    CHECK_EQ(1, S_Close(&c));
    for (i = 0; i < WRITERS; i++)
        thread_end(threads[i]);
    close(fd);
}

typedef struct reader {
    const sock *socket;
    atomic_int thread;
    int32_t timeout;
    intptr_t result;
    int64_t began, ended;
} reader;

static void *read_once(void *argument)
{
    reader *r = argument;
    char text[16];
    r->began = now_ms();
    atomic_store(&r->thread, this_thread());
    r->result = S_Read(r->socket, r->timeout < 0, r->timeout, text, sizeof text);
    r->ended = now_ms();
    return NULL;
}

/* The second reader waits part of its time for its turn and the rest for the network: the first
 * reader's end must not give it its whole time again. */
static void waiting_for_a_turn_counts_against_the_timeout(void)
{
    reader first, second;
    pthread_t threads[2];
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    first.socket = second.socket = &c;
    first.timeout = 1500;
    second.timeout = 2000;
    threads[0] = thread_start(read_once, &first);
    wait_until_thread_waits(&first.thread);
    threads[1] = thread_start(read_once, &second);
    thread_end(threads[0]);
    thread_end(threads[1]);
    CHECK_EQ(-WDSOCKET_ERR_TIMEOUT, first.result);
    CHECK_EQ(-WDSOCKET_ERR_TIMEOUT, second.result);
    CHECK(second.ended - second.began >= 1990 && second.ended - second.began < 3000);
}

static void an_end_of_stream_wakes_every_reader(void)
{
    reader readers[3];
    pthread_t threads[3];
    sock c;
    int fd, i;
    REQUIRE(s_channel_and_peer(&c, &fd));
    memset(readers, 0, sizeof readers);
    for (i = 0; i < 3; i++) {
        readers[i].socket = &c;
        readers[i].timeout = -1;
        threads[i] = thread_start(read_once, &readers[i]);
        wait_until_thread_waits(&readers[i].thread);
    }
    PEER_SEND(fd, "2\r\nhi");
    close(fd);
    for (i = 0; i < 3; i++)
        thread_end(threads[i]);
    CHECK_EQ(2 - 2 * WDSOCKET_ERR_CLOSED, readers[0].result + readers[1].result + readers[2].result);
}

int main(void)
{
    check_start(60);
    large = calloc(1, SIZE);
    RUN(close_ends_every_waiting_writer);
    RUN(a_writer_that_waits_for_its_turn_has_its_own_time);
    RUN(waiting_for_a_turn_counts_against_the_timeout);
    RUN(an_end_of_stream_wakes_every_reader);
    RUN(a_reset_ends_every_waiting_writer);
    RUN(a_shutdown_ends_the_writers_behind_it);
    free(large);
    return check_end();
}

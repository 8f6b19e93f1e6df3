/* A wait while other threads add, remove, close, read and wait. */
#include "watch_scene.h"

typedef struct waiter {
    const sock *watch;
    int32_t timeout;
    atomic_int thread;
    intptr_t count;
    intptr_t code;
    int32_t id;
    int64_t cpu;
} waiter;

static void *wait_for_one(void *argument)
{
    waiter *w = argument;
    int64_t cpu = thread_cpu_ms();
    atomic_store(&w->thread, this_thread());
    w->count = S_WatchWait(w->watch, w->timeout, &w->id, 1);
    w->code = SocketErrorCode();
    w->cpu = thread_cpu_ms() - cpu;
    return NULL;
}

/* A thread that waits; returns once it does. */
static pthread_t start_wait(waiter *w, const sock *watch, int32_t timeout)
{
    pthread_t thread;
    memset(w, 0, sizeof *w);
    w->watch = watch;
    w->timeout = timeout;
    thread = thread_start(wait_for_one, w);
    wait_until_thread_waits(&w->thread);
    return thread;
}

static void end_wait(pthread_t thread, const waiter *w, const sock *told)
{
    int32_t id = s_id(told);
    thread_end(thread);
    CHECK_EQ(1, w->count);
    CHECK_EQ(id, w->id);
    CHECK_EQ(0, w->code);
}

static void a_message_ends_a_wait(void)
{
    sock w, c;
    int fd;
    waiter one;
    pthread_t thread;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    thread = start_wait(&one, &w, WDSOCKET_INFINITE);
    PEER_SEND(fd, "2\r\nhi");
    end_wait(thread, &one, &c);
    close(fd);
}

static void a_wait_sees_a_socket_that_is_added(void)
{
    sock w, c, d;
    int fd, other;
    waiter one;
    pthread_t thread;
    CHECK_EQ(1, S_Watch(&w, "watch"));
    REQUIRE(s_channel_and_peer(&c, &fd));
    thread = start_wait(&one, &w, WDSOCKET_INFINITE);
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    PEER_SEND(fd, "2\r\nhi");
    end_wait(thread, &one, &c);
    CHECK_MESSAGE(&c, "hi");

    CHECK_EQ(1, S_Close(&c));
    REQUIRE(s_channel_and_peer(&d, &other));
    PEER_DELIVER(other, "1\r\na1\r\nb");
    CHECK_MESSAGE(&d, "a");
    thread = start_wait(&one, &w, WDSOCKET_INFINITE);
    CHECK_EQ(1, S_WatchAdd(&w, &d));
    end_wait(thread, &one, &d);
    close(fd);
    close(other);
}

static void a_wait_does_not_see_a_socket_that_was_removed_or_closed(void)
{
    sock w, c, d;
    int fd, other;
    waiter one;
    pthread_t thread;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    REQUIRE(s_channel_and_peer(&d, &other));
    CHECK_EQ(1, S_WatchAdd(&w, &d));
    thread = start_wait(&one, &w, 500);
    CHECK_EQ(1, S_WatchRemove(&w, &c));
    CHECK_EQ(1, S_Close(&d));
    PEER_SEND(fd, "2\r\nhi");
    thread_end(thread);
    CHECK_EQ(0, one.count);
    CHECK_EQ(0, one.code);
    CHECK_MESSAGE(&c, "hi");
    close(fd);
    close(other);
}

static void closing_the_watch_ends_every_wait(void)
{
    sock w, c;
    int fd, i;
    waiter waiters[3];
    pthread_t threads[3];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    for (i = 0; i < 3; i++)
        threads[i] = start_wait(&waiters[i], &w, i == 0 ? WDSOCKET_INFINITE : 60000);
    CHECK_EQ(1, S_Close(&w));
    for (i = 0; i < 3; i++) {
        thread_end(threads[i]);
        CHECK_EQ(-WDSOCKET_ERR_CANCELLED, waiters[i].count);
    }
    CHECK_EQ(1, S_Exist(&c));
    close(fd);
}

static void closing_everything_ends_a_wait(void)
{
    sock w, c;
    int fd;
    waiter one;
    pthread_t thread;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    thread = start_wait(&one, &w, WDSOCKET_INFINITE);
    CHECK_EQ(2, SocketCloseAll());
    thread_end(thread);
    CHECK_EQ(-WDSOCKET_ERR_CANCELLED, one.count);
    close(fd);
}

static void every_waiting_thread_hears_of_a_ready_socket(void)
{
    sock w, c;
    int fd, i;
    waiter waiters[3];
    pthread_t threads[3];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    for (i = 0; i < 3; i++)
        threads[i] = start_wait(&waiters[i], &w, 60000);
    PEER_SEND(fd, "2\r\nhi");
    for (i = 0; i < 3; i++)
        end_wait(threads[i], &waiters[i], &c);
    close(fd);
}

static void a_wait_of_no_time_sees_what_a_waiting_thread_would(void)
{
    sock w, c;
    int fd, i;
    waiter one;
    pthread_t thread;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    for (i = 0; i < 50; i++) {
        thread = start_wait(&one, &w, 60000);
        PEER_DELIVER(fd, "2\r\nhi");
        CHECK_READY_NOW(&w, &c);
        end_wait(thread, &one, &c);
        CHECK_MESSAGE(&c, "hi");
        CHECK_QUIET(&w);
    }
    close(fd);
}

typedef struct reader {
    const sock *socket;
    atomic_int thread;
    intptr_t result;
} reader;

static void *read_one(void *argument)
{
    reader *r = argument;
    char buffer[64];
    atomic_store(&r->thread, this_thread());
    r->result = S_Read(r->socket, 0, 60000, buffer, sizeof buffer);
    return NULL;
}

/* Begins a read in another thread, and comes back once that waits. */
static pthread_t start_read(reader *r, const sock *socket)
{
    pthread_t thread;
    memset(r, 0, sizeof *r);
    r->socket = socket;
    thread = thread_start(read_one, r);
    wait_until_thread_waits(&r->thread);
    return thread;
}

/* A blocked reader owns the bytes; the watch sleeps meanwhile, also when some of a message came, and
 * hears of what the reader left. */
static void a_reader_in_another_thread_owns_the_bytes(void)
{
    sock w, c;
    int fd;
    waiter one;
    reader r;
    pthread_t thread, reading;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    reading = start_read(&r, &c);
    thread = start_wait(&one, &w, 500);
    PEER_SEND(fd, "9\r\n0123");
    thread_end(thread);
    CHECK_EQ(0, one.count);
    CHECK(one.cpu < 200);
    thread = start_wait(&one, &w, 60000);
    PEER_SEND(fd, "456783\r\ntwo");
    thread_end(reading);
    CHECK_EQ(9, r.result);
    end_wait(thread, &one, &c);
    CHECK_MESSAGE(&c, "two");
    CHECK_QUIET(&w);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    close(fd);
}

/* As above, without frames: whatever comes is the reader's, and what comes afterwards the watch's. */
static void a_reader_in_another_thread_owns_the_bytes_without_frames_too(void)
{
    sock w, c;
    int fd;
    waiter one;
    reader r;
    pthread_t thread, reading;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    thread = start_wait(&one, &w, 60000);
    reading = start_read(&r, &c);
    CHECK_EQ(0, S_WatchWait(&w, 0, &one.id, 1));
    PEER_SEND(fd, "one");
    thread_end(reading);
    CHECK_EQ(3, r.result);
    PEER_SEND(fd, "two");
    end_wait(thread, &one, &c);
    CHECK_READY_NOW(&w, &c);
    CHECK_MESSAGE(&c, "two");
    CHECK_QUIET(&w);
    close(fd);
}

static void a_simplified_server_that_another_thread_reads_is_told_for_what_is_left(void)
{
    sock w, s;
    int fd;
    int32_t port = s_listen(&s, "server");
    reader r;
    pthread_t reading;
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    reading = start_read(&r, &s);
    fd = peer_connect(port);
    PEER_SEND(fd, "1\r\na1\r\nb");
    thread_end(reading);
    CHECK_EQ(1, r.result);
    CHECK_READY_NOW(&w, &s);
    CHECK_MESSAGE(&s, "b");
    CHECK_QUIET(&w);
    close(fd);
}

/* Descriptors that stay readable without news cost no processor time. */
static void readable_descriptors_without_news_do_not_spin(void)
{
    sock w, s, c;
    int one, two, fd;
    int64_t cpu;
    int32_t port = s_listen(&s, "server"), id;
    char buffer[16];
    CHECK_EQ(1, S_Watch(&w, "watch"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    one = peer_connect(port);
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 100, buffer, sizeof buffer));
    two = peer_connect(port); /* the listener stays readable, its client has nothing to say */
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_WatchAdd(&w, &c));
    PEER_DELIVER(fd, "9\r\nhal"); /* a message that is not whole */
    cpu = thread_cpu_ms();
    CHECK_EQ(0, S_WatchWait(&w, 1000, &id, 1));
    CHECK(thread_cpu_ms() - cpu < 300);
    close(one);
    close(two);
    close(fd);
}

static void a_wait_ends_by_a_signal_handler_s_signal_no_sooner(void)
{
    sock w, c;
    int fd, i;
    waiter one;
    pthread_t thread;
    int64_t start;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    thread = start_wait(&one, &w, 400);
    start = now_ms();
    for (i = 0; i < 20; i++) {
        pthread_kill(thread, SIGUSR1);
        sleep_ms(5);
    }
    thread_end(thread);
    CHECK(now_ms() - start >= 300);
    CHECK_EQ(0, one.count);
    CHECK_EQ(0, one.code);
    close(fd);
}

static void on_signal(int number)
{
    (void)number;
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGUSR1, &action, NULL);
    check_start(120);
    RUN(a_message_ends_a_wait);
    RUN(a_wait_sees_a_socket_that_is_added);
    RUN(a_wait_does_not_see_a_socket_that_was_removed_or_closed);
    RUN(closing_the_watch_ends_every_wait);
    RUN(closing_everything_ends_a_wait);
    RUN(every_waiting_thread_hears_of_a_ready_socket);
    RUN(a_wait_of_no_time_sees_what_a_waiting_thread_would);
    RUN(a_reader_in_another_thread_owns_the_bytes);
    RUN(a_reader_in_another_thread_owns_the_bytes_without_frames_too);
    RUN(a_simplified_server_that_another_thread_reads_is_told_for_what_is_left);
    RUN(readable_descriptors_without_news_do_not_spin);
    RUN_ON_POSIX(a_wait_ends_by_a_signal_handler_s_signal_no_sooner);
    return check_end();
}

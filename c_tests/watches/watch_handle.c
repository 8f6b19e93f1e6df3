/* The handle of a watch in a loop of one's own: readable whenever a wait would tell something. */
#include "scene.h"

#include <fcntl.h>
#include <poll.h>

static sock w;
static int32_t ready[64];
static char buffer[64];

/* A watch with a channel in it, and its handle. */
static int s_watched(sock *c, int *fd)
{
    if (!s_channel_and_peer(c, fd))
        return -1;
    s_name(&w, "watch");
#ifdef BY_ID
    w.id = (int32_t)SocketWatchId();
    CHECK_EQ(1, SocketWatchAddId(w.id, c->id));
#else
    CHECK_EQ(1, SocketWatch(w.name));
    CHECK_EQ(1, SocketWatchAdd(w.name, c->name));
    c->id = (int32_t)SocketId(c->name);
#endif
    return (int)S_CALL(SocketWatchHandle)(S_KEY(&w));
}

#define S_WatchWait(timeout) S_CALL(SocketWatchWait)(S_KEY(&w), timeout, ready, 64)

#ifdef _WIN32

/* An event. */
static int is_readable(int handle, int timeout)
{
    return WaitForSingleObject((HANDLE)(intptr_t)handle, (DWORD)timeout) == WAIT_OBJECT_0;
}

/* The event is told by a thread of the library's, a moment after the sockets themselves could be asked. */
static int becomes_quiet(int handle)
{
    for (int i = 0; i < 1000 && is_readable(handle, 0); i++)
        S_WatchWait(5);
    return !is_readable(handle, 0);
}

#else

static int is_readable(int handle, int timeout)
{
    struct pollfd entry = {handle, POLLIN, 0};
    return poll(&entry, 1, timeout) == 1;
}

#define becomes_quiet(handle) (!is_readable(handle, 0))

#endif

static void it_is_readable_as_long_as_something_is_unread(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    CHECK_EQ(handle, S_CALL(SocketWatchHandle)(S_KEY(&w)));
    S_WatchWait(0);
    CHECK(becomes_quiet(handle));
    PEER_DELIVER(fd, "2\r\nhi2\r\nho");
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_EQ(c.id, ready[0]);
    CHECK(is_readable(handle, 0));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK(is_readable(handle, 0));
    CHECK_MESSAGE(&c, "hi");
    CHECK(is_readable(handle, 0)); /* the other one lies in the library, and no descriptor tells of it */
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_MESSAGE(&c, "ho");
    CHECK_EQ(0, S_WatchWait(0));
    CHECK(becomes_quiet(handle));
    close(fd);
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(1, S_WatchWait(0));
}

static void a_part_of_a_message_is_no_reason_to_spin(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    PEER_DELIVER(fd, "5\r\nhe");
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(0, S_WatchWait(0));
    CHECK(becomes_quiet(handle));
    CHECK(!is_readable(handle, 100));
    PEER_DELIVER(fd, "llo");
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_MESSAGE(&c, "hello");
    close(fd);
}

static void what_another_call_makes_ready_is_signalled(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    PEER_DELIVER(fd, "5\r\nhe");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    while (S_WatchWait(0) == 0 && is_readable(handle, 0)) {
    }
    CHECK(becomes_quiet(handle));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK(is_readable(handle, 0));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_MESSAGE(&c, "5\r\nhe");
    close(fd);
}

static void a_moment_that_no_descriptor_tells_is_signalled(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    int64_t start = now_ms();
    REQUIRE(handle >= 0);
    CHECK_EQ(1, S_SetOption(&c, SocketIdleTimeout, 300));
    do
        CHECK(is_readable(handle, 10000));
    while (S_WatchWait(0) == 0 && now_ms() - start < 10000);
    CHECK(now_ms() - start >= 300 && now_ms() - start < 5000);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&c, 0, 0, buffer, sizeof buffer));
    close(fd);
}

static void room_to_write_is_signalled_once(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    S_WatchWait(0);
    CHECK(becomes_quiet(handle));
    CHECK_EQ(1, S_CALL(SocketWatchWritable)(S_KEY(&w), S_KEY(&c)));
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_EQ(c.id, ready[0]);
    CHECK(becomes_quiet(handle));
    close(fd);
}

enum { MESSAGES = 4000 };

static void *send_them(void *argument)
{
    char text[32];
    int i, fd = *(int *)argument;
    for (i = 0; i < MESSAGES; i++) {
        int length = snprintf(text, sizeof text, "%d", i);
        char frame[48];
        int size = snprintf(frame, sizeof frame, "%d\r\n%s", length, text);
        /* Now and then in two pieces. */
        int first = i % 3 == 0 ? size / 2 : size;
        CHECK(peer_send(fd, frame, (size_t)first));
        if (first < size)
            CHECK(peer_send(fd, frame + first, (size_t)(size - first)));
        if (i % 97 == 0)
            sleep_ms(1);
    }
    return NULL;
}

static void nothing_is_missed_under_load(void)
{
    pthread_t sender;
    sock c;
    int fd, next = 0, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    sender = thread_start(send_them, &fd);
    while (next < MESSAGES) {
        REQUIRE(is_readable(handle, 20000));
        if (S_WatchWait(0) != 1)
            continue;
        intptr_t size = S_Read(&c, 0, 0, buffer, sizeof buffer - 1);
        REQUIRE(size > 0);
        buffer[size] = '\0';
        REQUIRE(atoi(buffer) == next);
        next++;
    }
    thread_end(sender);
    close(fd);
}

static void *wait_beside(void *argument)
{
    (void)argument;
    CHECK_MINUS(WDSOCKET_ERR_CANCELLED, S_WatchWait(20000));
    return NULL;
}

static void *hear_beside(void *argument)
{
    int32_t ids[4];
    (void)argument;
    CHECK_EQ(1, S_CALL(SocketWatchWait)(S_KEY(&w), 20000, ids, 4));
    return NULL;
}

static void it_tells_beside_waiting_threads_and_after_a_cancel(void)
{
    pthread_t beside[3];
    sock c;
    int fd, i, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    for (i = 0; i < 3; i++)
        beside[i] = thread_start(wait_beside, NULL);
    sleep_ms(50);
    CHECK_EQ(1, S_CALL(SocketCancel)(S_KEY(&w)));
    for (i = 0; i < 3; i++)
        thread_end(beside[i]);
    CHECK(becomes_quiet(handle) || S_WatchWait(0) == 0);
    for (i = 0; i < 3; i++)
        beside[i] = thread_start(hear_beside, NULL);
    sleep_ms(50);
    PEER_DELIVER(fd, "2\r\nhi");
    for (i = 0; i < 3; i++)
        thread_end(beside[i]);
    CHECK(is_readable(handle, 10000));
    CHECK_EQ(1, S_WatchWait(0));
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void it_is_closed_with_its_watch(void)
{
    sock c;
    int fd, handle = s_watched(&c, &fd);
    REQUIRE(handle >= 0);
    CHECK(fcntl(handle, F_GETFD) >= 0);
    CHECK_EQ(1, S_Close(&w));
    CHECK(fcntl(handle, F_GETFD) < 0);
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_CALL(SocketWatchHandle)(S_KEY(&w)));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_CALL(SocketWatchHandle)(S_KEY(&c)));
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(it_is_readable_as_long_as_something_is_unread);
    RUN(a_part_of_a_message_is_no_reason_to_spin);
    RUN(what_another_call_makes_ready_is_signalled);
    RUN(a_moment_that_no_descriptor_tells_is_signalled);
    RUN(room_to_write_is_signalled_once);
    RUN(nothing_is_missed_under_load);
    RUN(it_tells_beside_waiting_threads_and_after_a_cancel);
    RUN(it_is_closed_with_its_watch);
    return check_end();
}

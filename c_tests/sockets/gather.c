/* SocketGather: messages that are held for a while leave together, in time, in order and whole. */
#include "datagram.h"
#include "scene.h"

#include <poll.h>

enum { LONG_TIME = 60000, WRITERS = 8, MESSAGES = 2000 };

/* The library's end of a connection that gathers, and a plain socket. */
static int gathering(sock *channel, int *fd, int32_t time)
{
    return s_channel_and_peer(channel, fd) && S_SetOption(channel, SocketGather, time) == 1;
}

static int nothing_arrives(int fd)
{
    struct pollfd waiting;
    waiting.fd = fd;
    waiting.events = POLLIN;
    waiting.revents = 0;
    return poll(&waiting, 1, 0) == 0;
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void what_is_held_leaves_together_and_in_order(void)
{
    char bytes[64];
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, 300));
    CHECK_EQ(300, S_GetOption(&c, SocketGather));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK_EQ(1, S_Write(&c, "", 0));
    CHECK_EQ(1, S_Write(&c, "two", 3));
    CHECK(nothing_arrives(fd));
    CHECK_EQ(15, recv(fd, bytes, sizeof bytes, 0));
    CHECK(memcmp(bytes, "3\r\none0\r\n3\r\ntwo", 15) == 0);
    close(fd);
}

/* The best of some tries: the machine may do something else meanwhile. */
static void a_message_alone_leaves_within_its_time(void)
{
    double best = 1e9, before, took;
    char bytes[8];
    sock c;
    int fd, i;
    REQUIRE(gathering(&c, &fd, 20));
    for (i = 0; i < 50 && best > 20200; i++) {
        before = now_us();
        CHECK_EQ(1, S_Write(&c, "alone", 5));
        CHECK(peer_receive(fd, bytes, 8));
        took = now_us() - before;
        CHECK(took > 15000);
        best = took < best ? took : best;
    }
#ifdef _WIN32
    CHECK(best < 60000); /* Windows' clock ticks 64 times a second */
#else
    CHECK(best < 20200);
#endif
    close(fd);
}

static void *answer(void *argument)
{
    int fd = *(int *)argument;
    if (peer_expects(fd, "8\r\nquestion", 11))
        PEER_SEND(fd, "6\r\nanswer");
    return NULL;
}

static void a_read_that_waits_sends_what_is_held(void)
{
    int64_t before = now_ms();
    pthread_t thread;
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    thread = thread_start(answer, &fd);
    CHECK_EQ(1, S_Write(&c, "question", 8));
    CHECK_MESSAGE(&c, "answer");
    CHECK(now_ms() - before < 5000);
    thread_end(thread);
    close(fd);
}

static void sixty_four_kib_leave_at_once(void)
{
    static char message[1000], bytes[65000];
    sock c;
    int fd, i;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    for (i = 0; i < 100; i++)
        CHECK_EQ(1, S_Write(&c, message, sizeof message));
    CHECK(peer_receive(fd, bytes, sizeof bytes));
    close(fd);
}

static void a_message_that_is_too_large_to_be_held_takes_those_before_it_along(void)
{
    static char large[70000], in[70005];
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    CHECK_EQ(1, S_Mode(&c, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&c, "first", 5));
    memset(large, 'x', sizeof large);
    CHECK_EQ(1, S_Write(&c, large, sizeof large));
    CHECK(peer_receive(fd, in, sizeof in));
    CHECK(memcmp(in, "firstx", 6) == 0 && in[70004] == 'x');
    close(fd);
}

static void flush_shutdown_and_close_send_what_is_held(void)
{
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK_EQ(1, S_Flush(&c));
    CHECK(peer_expects(fd, "3\r\none", 6));
    CHECK_EQ(1, S_Write(&c, "two", 3));
    CHECK_EQ(1, S_Shutdown(&c));
    CHECK_EQ(1, S_Flush(&c));
    CHECK(peer_expects(fd, "3\r\ntwo", 6));
    CHECK(peer_sees_the_end(fd));
    CHECK_NO(WDSOCKET_ERR_CLOSED, S_Write(&c, "three", 5));
    close(fd);
    CHECK_EQ(1, S_Close(&c));
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    CHECK_EQ(1, S_Write(&c, "four", 4));
    CHECK_EQ(1, S_Close(&c));
    CHECK(peer_expects(fd, "4\r\nfour", 7));
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

static void *begin_tls(void *argument)
{
    sock *c = argument;
#ifdef BY_ID
    CHECK_EQ(0, SocketStartSSLId(c->id, 0, 5000, NULL, NULL));
#else
    CHECK_EQ(0, SocketStartSSL(c->name, 0, 5000, NULL, NULL));
#endif
    return NULL;
}

static void what_is_held_leaves_in_clear_before_tls_begins(void)
{
    pthread_t thread;
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    CHECK_EQ(1, S_Write(&c, "STARTTLS", 8));
    thread = thread_start(begin_tls, &c);
    CHECK(peer_expects(fd, "8\r\nSTARTTLS\x16", 12));
    close(fd);
    thread_end(thread);
}

static void switched_off_it_holds_nothing(void)
{
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, LONG_TIME));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK_EQ(1, S_SetOption(&c, SocketGather, 0));
    CHECK_EQ(0, S_GetOption(&c, SocketGather));
    CHECK(peer_expects(fd, "3\r\none", 6));
    CHECK_EQ(1, S_Write(&c, "two", 3));
    CHECK(peer_expects(fd, "3\r\ntwo", 6));
    close(fd);
}

static void by_default_nothing_is_held(void)
{
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(0, S_GetOption(&c, SocketGather));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK(peer_expects(fd, "3\r\none", 6));
    CHECK_EQ(1, S_Flush(&c));
    close(fd);
}

static void channels_gather_as_their_server_says(void)
{
    sock listener, c;
    int32_t port = s_listen(&listener, "listener");
    int fd;
    REQUIRE(port > 0 && S_SetOption(&listener, SocketGather, LONG_TIME) == 1);
    fd = peer_connect(port);
    REQUIRE(fd >= 0 && s_take(&listener, &c));
    CHECK_EQ(LONG_TIME, S_GetOption(&c, SocketGather));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK(nothing_arrives(fd));
    CHECK_EQ(1, S_Flush(&c));
    CHECK(peer_expects(fd, "3\r\none", 6));
    close(fd);
}

/* --- many writers ---------------------------------------------------------------------------- */

typedef struct writer {
    const sock *socket;
    int number;
} writer;

static void *write_many(void *argument)
{
    writer *w = argument;
    unsigned char message[200];
    int i;
    memset(message, w->number, sizeof message);
    for (i = 0; i < MESSAGES; i++) {
        memcpy(message, &i, sizeof i);
        CHECK_EQ(1, S_Write(w->socket, message, 8 + (w->number * 31 + i) % 192));
    }
    return NULL;
}

static void messages_of_eight_writers_stay_whole_and_in_their_order(void)
{
    sock listener, client, channel;
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int next[WRITERS] = {0}, i, j, number;
    unsigned char in[256];
    intptr_t size;
    REQUIRE(s_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketGather, 1));
    for (i = 0; i < WRITERS; i++) {
        writers[i] = (writer){&client, i};
        threads[i] = thread_start(write_many, &writers[i]);
    }
    for (i = 0; i < WRITERS * MESSAGES; i++) {
        size = S_Read(&channel, 0, 10000, in, sizeof in);
        REQUIRE(size >= 8 && in[4] < WRITERS);
        memcpy(&number, in, sizeof number);
        CHECK_EQ(next[in[4]], number);
        CHECK_EQ(8 + (in[4] * 31 + number) % 192, size);
        for (j = 4; j < size; j++)
            REQUIRE(in[j] == in[4]);
        next[in[4]] = number + 1;
    }
    for (i = 0; i < WRITERS; i++)
        thread_end(threads[i]);
}

/* --- a peer that stops reading ---------------------------------------------------------------- */

static void a_peer_that_stops_reading_holds_up_only_itself(void)
{
    static char message[5000];
    sock stuck, other;
    int stuck_fd, other_fd, written = 0, i;
    char head[6];
    REQUIRE(gathering(&stuck, &stuck_fd, 1));
    REQUIRE(gathering(&other, &other_fd, 1));
    CHECK_EQ(1, S_SetOption(&stuck, SocketWriteTimeout, 300));
    do { /* until not even the system's own buffers grow any more */
        while (written < 100000 && S_Write(&stuck, message, sizeof message) == 1)
            written++;
        CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    } while (written < 100000 && S_Flush(&stuck) == 1);
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    CHECK_EQ(1, S_Write(&other, "one", 3));
    CHECK(peer_expects(other_fd, "3\r\none", 6));
    /* What was held leaves as soon as there is room, whole and in order; nothing else does. */
    for (i = 0; i < written; i++) {
        REQUIRE(peer_receive(stuck_fd, head, 6) && memcmp(head, "5000\r\n", 6) == 0);
        REQUIRE(peer_receive(stuck_fd, message, sizeof message));
    }
    CHECK_EQ(1, S_Write(&stuck, "end", 3));
    CHECK(peer_expects(stuck_fd, "3\r\nend", 6));
    close(stuck_fd);
    close(other_fd);
}

static void close_does_not_wait_long_for_a_peer_that_takes_nothing(void)
{
    static char message[5000];
    int64_t before;
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, 1));
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 100));
    while (S_Write(&c, message, sizeof message) == 1) {
    }
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    before = now_ms();
    CHECK_EQ(1, S_Close(&c));
    CHECK(now_ms() - before < 3000);
    close(fd);
}

static void what_fails_later_is_told_by_the_next_call(void)
{
    int64_t end = now_ms() + 10000;
    sock c;
    int fd;
    REQUIRE(gathering(&c, &fd, 5));
    peer_reset(fd);
    CHECK_EQ(1, S_Write(&c, "lost", 4));
    sleep_ms(50);
    while (S_Write(&c, "lost", 4) == 1 && now_ms() < end)
        sleep_ms(20);
    CHECK_EQ(WDSOCKET_ERR_LOST, SocketErrorCode());
    CHECK_NO(WDSOCKET_ERR_LOST, S_Flush(&c));
}

static void flush_is_for_connections(void)
{
    sock udp;
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Flush(&s_missing));
    REQUIRE(S_CreateUDP(&udp, "udp", 0, "127.0.0.1") == 1);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Flush(&udp));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&udp, SocketGather, 5));
}

/* --- threads and processes -------------------------------------------------------------------- */

#ifdef _WIN32
static void a_child_of_a_fork_leaves_what_is_held_to_its_parent(void) {}
static void there_is_a_thread_only_while_somebody_gathers(void) {}
static void nobody_wakes_up_where_nothing_is_held(void) {}
#else
#include <dirent.h>
#include <sys/wait.h>

static void a_child_of_a_fork_leaves_what_is_held_to_its_parent(void)
{
    char bytes[64];
    int fd, status = 0;
    pid_t child;
    sock c;
    REQUIRE(gathering(&c, &fd, 500));
    CHECK_EQ(1, S_Write(&c, "parent", 6));
    child = fork();
    if (child == 0) {
        alarm(10);
        /* In time, by a thread of its own. */
        if (S_SetOption(&c, SocketGather, 10) != 1 || S_Write(&c, "child", 5) != 1)
            _exit(1);
        sleep_ms(200);
        _exit(S_Close(&c) == 1 ? 0 : 2);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQ(0, status);
    CHECK(peer_receive(fd, bytes, 17));
    CHECK(memcmp(bytes, "5\r\nchild6\r\nparent", 17) == 0);
    CHECK_EQ(1, S_Write(&c, "again", 5));
    CHECK(peer_expects(fd, "5\r\nagain", 8));
    CHECK_EQ(1, S_Close(&c));
    CHECK(peer_sees_the_end(fd));
    close(fd);
}

/* The thread of the library that sends what is held; 0 for none. */
static int gatherer(void)
{
    char path[300], name[32] = "";
    struct dirent *entry;
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks != NULL && found == 0 && (entry = readdir(tasks)) != NULL) {
        FILE *file;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        if ((file = fopen(path, "r")) == NULL)
            continue;
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, "wdsocket gather", 15) == 0)
            found = atoi(entry->d_name);
        fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return found;
}

/* A thread gets its name once it runs. */
static int gatherer_begins(void)
{
    int64_t end = now_ms() + 10000;
    while (gatherer() == 0 && now_ms() < end)
        sleep_ms(1);
    return gatherer();
}

static int gatherer_ends(void)
{
    int64_t end = now_ms() + 10000;
    while (gatherer() != 0 && now_ms() < end)
        sleep_ms(1);
    return gatherer() == 0;
}

static void there_is_a_thread_only_while_somebody_gathers(void)
{
    sock a, b;
    int a_fd, b_fd, thread;
    REQUIRE(gatherer_ends());
    REQUIRE(s_channel_and_peer(&a, &a_fd));
    CHECK_EQ(1, S_Write(&a, "one", 3));
    CHECK_EQ(0, gatherer());
    CHECK_EQ(1, S_SetOption(&a, SocketGather, 5));
    CHECK_EQ(1, S_Write(&a, "two", 3));
    thread = gatherer_begins();
    CHECK(thread != 0);
    REQUIRE(gathering(&b, &b_fd, 5));
    CHECK_EQ(1, S_Write(&b, "one", 3));
    CHECK_EQ(1, S_Close(&a));
    CHECK_EQ(thread, gatherer());
    CHECK_EQ(1, S_SetOption(&b, SocketGather, 0));
    CHECK(gatherer_ends());
    close(a_fd);
    close(b_fd);
}

/* How often a thread has gone to sleep. */
static long sleeps_of(int thread)
{
    char path[64], line[128];
    long count = -1;
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    if ((file = fopen(path, "r")) == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "voluntary_ctxt_switches: %ld", &count) != 1) {
    }
    fclose(file);
    return count;
}

static void nobody_wakes_up_where_nothing_is_held(void)
{
    int fd, thread;
    long before;
    sock c;
    REQUIRE(gathering(&c, &fd, 5));
    CHECK_EQ(1, S_Write(&c, "one", 3));
    CHECK(peer_expects(fd, "3\r\none", 6));
    sleep_ms(100);
    thread = gatherer();
    REQUIRE(thread != 0);
    before = sleeps_of(thread);
    sleep_ms(500);
    CHECK_EQ(before, sleeps_of(thread));
    close(fd);
}
#endif

int main(void)
{
    check_start(120);
    RUN(what_is_held_leaves_together_and_in_order);
    RUN(a_message_alone_leaves_within_its_time);
    RUN(a_read_that_waits_sends_what_is_held);
    RUN(sixty_four_kib_leave_at_once);
    RUN(a_message_that_is_too_large_to_be_held_takes_those_before_it_along);
    RUN(flush_shutdown_and_close_send_what_is_held);
    RUN(what_is_held_leaves_in_clear_before_tls_begins);
    RUN(switched_off_it_holds_nothing);
    RUN(by_default_nothing_is_held);
    RUN(channels_gather_as_their_server_says);
    RUN(messages_of_eight_writers_stay_whole_and_in_their_order);
    RUN(a_peer_that_stops_reading_holds_up_only_itself);
    RUN(close_does_not_wait_long_for_a_peer_that_takes_nothing);
    RUN(what_fails_later_is_told_by_the_next_call);
    RUN(flush_is_for_connections);
    RUN_ON_POSIX(a_child_of_a_fork_leaves_what_is_held_to_its_parent);
    RUN_ON_POSIX(there_is_a_thread_only_while_somebody_gathers);
    RUN_ON_POSIX(nobody_wakes_up_where_nothing_is_held);
    return check_end();
}

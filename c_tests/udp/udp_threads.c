/* Several threads on one UDP socket. The first argument is how many datagrams the flood has. */
#include "datagram.h"

enum { READERS = 2, SENDERS = 2, SENT = 20000, WINDOW = 64 };

static int flood_size;

/* --- each datagram once, each sender right ---------------------------------------------------- */

static atomic_uchar seen[SENDERS][SENT];
static atomic_int taken, sender_port[SENDERS];

static void *read_and_ask_who(void *argument)
{
    const sock *s = argument;
    for (;;) {
        int message[2] = {-1, -1};
        char address[64];
        intptr_t size = S_Read(s, 0, 60000, message, sizeof message);
        if (size == 0)
            return NULL;
        if (size != sizeof message || message[0] < 0 || message[0] >= SENDERS || message[1] < 0 ||
            message[1] >= SENT) {
            check_fault_with_error(__FILE__, __LINE__, "a datagram is read whole");
            return NULL;
        }
        if (s_sender(s, address) != atomic_load(&sender_port[message[0]]))
            check_fault(__FILE__, __LINE__, "the thread is told the sender of the datagram it read");
        atomic_fetch_add(&seen[message[0]][message[1]], 1);
        atomic_fetch_add(&taken, 1);
    }
}

static void each_datagram_is_read_once_and_its_reader_told_its_sender(void)
{
    sock s;
    pthread_t readers[READERS];
    int fds[SENDERS], port, i, sender;
    REQUIRE((port = s_udp(&s, "s", "127.0.0.1")) != 0);
    for (sender = 0; sender < SENDERS; sender++) {
        int own;
        fds[sender] = peer_udp(&own);
        REQUIRE(fds[sender] >= 0);
        atomic_store(&sender_port[sender], own);
    }
    for (i = 0; i < READERS; i++)
        readers[i] = thread_start(read_and_ask_who, &s);
    /* Never more on the way than the receive buffer holds: then loopback loses none. */
    for (i = 0; i < SENT; i++) {
        for (sender = 0; sender < SENDERS; sender++) {
            int message[2] = {sender, i};
            CHECK(peer_send_to(fds[sender], message, sizeof message, port));
        }
        while ((i + 1) * SENDERS - atomic_load(&taken) > WINDOW && atomic_load(&check_faults) == 0)
            sched_yield();
    }
    WAIT_UNTIL(atomic_load(&taken) == SENT * SENDERS);
    for (i = 0; i < READERS; i++)
        CHECK(peer_send_to(fds[0], "", 0, port));
    for (i = 0; i < READERS; i++)
        thread_end(readers[i]);
    for (sender = 0; sender < SENDERS; sender++) {
        for (i = 0; i < SENT && atomic_load(&seen[sender][i]) == 1; i++) {
        }
        CHECK_EQ(SENT, i);
        close(fds[sender]);
    }
}

static void *ask_who(void *argument)
{
    char address[64];
    return (void *)(intptr_t)s_sender(argument, address);
}

static void a_thread_that_read_nothing_is_told_the_last_sender(void)
{
    sock s;
    pthread_t thread;
    void *told = NULL;
    char byte;
    int port, own, fd;
    REQUIRE((port = s_udp(&s, "s", "127.0.0.1")) != 0);
    fd = peer_udp(&own);
    CHECK(peer_send_to(fd, "x", 1, port));
    CHECK_EQ(1, S_Read(&s, 0, 10000, &byte, 1));
    thread = thread_start(ask_who, &s);
    pthread_join(thread, &told);
    CHECK_EQ(own, (intptr_t)told);
    close(fd);
}

/* --- waiting ---------------------------------------------------------------------------------- */

typedef struct waiter {
    const sock *socket;
    int32_t capacity;
    atomic_int thread;
    intptr_t result, code;
} waiter;

static void *wait_for_one(void *argument)
{
    waiter *w = argument;
    char buffer[100];
    atomic_store(&w->thread, this_thread());
    w->result = S_Read(w->socket, 1, 0, buffer, w->capacity);
    w->code = SocketErrorCode();
    return NULL;
}

static void start_waiters(const sock *s, waiter *waiters, pthread_t *threads, int count, int32_t capacity)
{
    int i;
    memset(waiters, 0, sizeof *waiters * (size_t)count);
    for (i = 0; i < count; i++) {
        waiters[i].socket = s;
        waiters[i].capacity = capacity;
        threads[i] = thread_start(wait_for_one, &waiters[i]);
        wait_until_thread_waits(&waiters[i].thread);
    }
}

static void close_ends_every_waiting_read(void)
{
    waiter waiters[4];
    pthread_t threads[4];
    sock s;
    int64_t start;
    int i;
    REQUIRE(s_udp(&s, "s", NULL) != 0);
    start_waiters(&s, waiters, threads, 4, 100);
    start = now_ms();
    CHECK_EQ(1, S_Close(&s));
    for (i = 0; i < 4; i++) {
        thread_end(threads[i]);
        CHECK_EQ(-WDSOCKET_ERR_CANCELLED, waiters[i].result);
        CHECK_EQ(WDSOCKET_ERR_CANCELLED, waiters[i].code);
    }
    CHECK(now_ms() - start < 5000);
}

static void every_waiting_reader_gets_its_datagram(void)
{
    waiter waiters[4];
    pthread_t threads[4];
    sock s;
    int port, own, fd, i;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    fd = peer_udp(&own);
    start_waiters(&s, waiters, threads, 4, 100);
    for (i = 0; i < 4; i++)
        CHECK(peer_send_to(fd, "four", 4, port));
    for (i = 0; i < 4; i++) {
        thread_end(threads[i]);
        CHECK_EQ(4, waiters[i].result);
    }
    close(fd);
}

static void a_datagram_too_long_for_one_reader_is_the_others(void)
{
    waiter waiters[3];
    pthread_t threads[3];
    sock s;
    char buffer[100];
    int port, own, fd, i;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    fd = peer_udp(&own);
    start_waiters(&s, waiters, threads, 3, 3);
    CHECK(peer_send_to(fd, "four", 4, port));
    /* Each of them is told at once that its buffer is too small, although nothing more arrives. */
    for (i = 0; i < 3; i++) {
        thread_end(threads[i]);
        CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, waiters[i].result);
    }
    CHECK_EQ(4, S_Read(&s, 0, 0, buffer, sizeof buffer));
    close(fd);
}

static void a_reader_holds_up_no_writer(void)
{
    waiter one;
    pthread_t thread;
    sock s;
    char buffer[16];
    int own, fd, port, i;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    fd = peer_udp(&own);
    start_waiters(&s, &one, &thread, 1, 100);
    for (i = 0; i < 100; i++) {
        CHECK_EQ(1, S_WriteTo(&s, "out", 3, "127.0.0.1", own));
        CHECK(recv(fd, buffer, sizeof buffer, 0) == 3);
    }
    CHECK(peer_send_to(fd, "in", 2, port));
    thread_end(thread);
    CHECK_EQ(2, one.result);
    close(fd);
}

static atomic_int signals_taken, stop_signals;
static pthread_t signalled;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals_taken, 1);
}

static void *send_signals(void *unused)
{
    while (!atomic_load(&stop_signals)) {
        pthread_kill(signalled, SIGUSR1);
        sleep_ms(2);
    }
    return unused;
}

static void signals_neither_cut_a_read_short_nor_stretch_it(void)
{
    struct sigaction action;
    pthread_t sender;
    sock s;
    char buffer[16];
    int64_t start;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* without SA_RESTART: every system call is interrupted */
    sigaction(SIGUSR1, &action, NULL);
    signalled = pthread_self();
    REQUIRE(s_udp(&s, "s", NULL) != 0);
    sender = thread_start(send_signals, NULL);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 500, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 500);
    CHECK(now_ms() - start < 6000);
    atomic_store(&stop_signals, 1);
    thread_end(sender);
    CHECK(atomic_load(&signals_taken) > 5);
}

/* --- a flood ---------------------------------------------------------------------------------- */

typedef struct flood {
    int port;
    atomic_int sent, over;
} flood;

static void *send_flood(void *argument)
{
    flood *f = argument;
    int own, fd = peer_udp(&own), i;
    CHECK(fd >= 0);
    for (i = 0; i < flood_size; i++) {
        CHECK(peer_send_to(fd, "a datagram of thirty-two bytes..", 32, f->port));
        atomic_store(&f->sent, i + 1);
    }
    close(fd);
    return NULL;
}

typedef struct flood_reader {
    const sock *socket;
    atomic_int read;
    intptr_t end;
} flood_reader;

static void *read_flood(void *argument)
{
    flood_reader *r = argument;
    char buffer[64];
    intptr_t size;
    while ((size = S_Read(r->socket, 0, 20000, buffer, sizeof buffer)) == 32)
        atomic_fetch_add(&r->read, 1);
    r->end = size;
    return NULL;
}

static void a_flood_does_not_hold_up_close(void)
{
    sock s;
    flood f = {0, 0, 0};
    flood_reader readers[READERS];
    pthread_t sender, threads[READERS];
    int64_t start;
    int i;
    memset(readers, 0, sizeof readers);
    REQUIRE((f.port = s_udp(&s, "s", "127.0.0.1")) != 0);
    for (i = 0; i < READERS; i++) {
        readers[i].socket = &s;
        threads[i] = thread_start(read_flood, &readers[i]);
    }
    sender = thread_start(send_flood, &f);
    WAIT_UNTIL(atomic_load(&f.sent) > flood_size / 4);
    WAIT_UNTIL(atomic_load(&readers[0].read) + atomic_load(&readers[1].read) > 0);
    start = now_ms();
    CHECK_EQ(1, S_Close(&s));
    for (i = 0; i < READERS; i++) {
        thread_end(threads[i]);
        CHECK(readers[i].end == -WDSOCKET_ERR_CANCELLED || readers[i].end == -WDSOCKET_ERR_NOT_FOUND);
    }
    CHECK(now_ms() - start < 5000);
    thread_end(sender);
    CHECK_EQ(flood_size, atomic_load(&f.sent));
    CHECK_EQ(0, S_Exist(&s));
}

int main(int argc, char **argv)
{
    flood_size = rounds_argument(argc, argv, 100000);
    check_start(120);
    RUN(each_datagram_is_read_once_and_its_reader_told_its_sender);
    RUN(a_thread_that_read_nothing_is_told_the_last_sender);
    RUN(close_ends_every_waiting_read);
    RUN(every_waiting_reader_gets_its_datagram);
    RUN(a_datagram_too_long_for_one_reader_is_the_others);
    RUN(a_reader_holds_up_no_writer);
    RUN_ON_POSIX(signals_neither_cut_a_read_short_nor_stretch_it);
    RUN(a_flood_does_not_hold_up_close);
    return check_end();
}

/* Threads that add, remove, close, read and write sockets of two watches while others wait on them, for
 * some seconds. Every message that is sent is read, and nothing hangs. Argument: how many seconds. */
#include "watch_scene.h"

#include <sched.h>

enum { PAIRS = 24, WAITERS = 3 };

typedef struct pair {
    int fd;             /* the plain end, one thread uses it */
    atomic_int channel; /* our end's id, 0 while it is being made anew */
    atomic_long sent, received; /* bytes */
} pair;

static pair pairs[PAIRS];
static int32_t watches[2];
static int32_t port, listener;
static atomic_int stop;
static atomic_long read_in_all, closed_in_all;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER, making = PTHREAD_MUTEX_INITIALIZER;

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

/* Every third pair's messages have no frames: a read may take several, or a part of one. */
static int has_frames(const pair *p)
{
    return (p - pairs) % 3 != 0;
}

/* Connects a pair anew and puts our end into both watches. */
static int make_pair(pair *p)
{
    intptr_t channel = 0;
    pthread_mutex_lock(&making);
    p->fd = peer_connect(port);
    if (p->fd >= 0 && SocketWaitForConnectionId(listener, 10000) == 1)
        channel = SocketAcceptId(listener);
    pthread_mutex_unlock(&making);
    if (channel <= 0 ||
        SocketChangeTransmissionModeId((int32_t)channel, has_frames(p) ? SocketSize : SocketNoEndTag, NULL, 0) != 1)
        return 0;
    atomic_store(&p->sent, 0);
    atomic_store(&p->received, 0);
    atomic_store(&p->channel, (int)channel);
    return SocketWatchAddId(watches[0], (int32_t)channel) == 1 && SocketWatchAddId(watches[1], (int32_t)channel) == 1;
}

/* Counts what was read, if its socket is still one of ours. */
static void count_message(int32_t id, intptr_t size)
{
    int i;
    pthread_mutex_lock(&counting);
    for (i = 0; i < PAIRS; i++)
        if (atomic_load(&pairs[i].channel) == id) {
            CHECK(size == 5 || !has_frames(&pairs[i]));
            atomic_fetch_add(&pairs[i].received, size);
        }
    pthread_mutex_unlock(&counting);
    atomic_fetch_add(&read_in_all, 1);
}

static void *wait_and_read(void *argument)
{
    int number = (int)(intptr_t)argument;
    int32_t ready[8];
    char message[64];
    while (!atomic_load(&stop)) {
        intptr_t count = SocketWatchWaitId(watches[number % 2], number == 2 ? 0 : 100, ready, 1 + number * 3), i;
        CHECK(count >= 0);
        for (i = 0; i < count; i++) {
            intptr_t size = SocketReadId(ready[i], 0, 0, message, sizeof message);
            if (size > 0) {
                CHECK(size != 5 || strchr("hello", message[0]) != NULL);
                count_message(ready[i], size);
            } else {
                /* Another thread was faster, or closed it. */
                CHECK(size == -WDSOCKET_ERR_TIMEOUT || size == -WDSOCKET_ERR_NOT_FOUND ||
                      size == -WDSOCKET_ERR_CANCELLED);
            }
        }
    }
    return NULL;
}

/* Sends on its share of the pairs, in pieces, and now and then closes one over whatever is under way. */
static void *send_and_close(void *argument)
{
    int number = (int)(intptr_t)argument, i;
    unsigned seed = (unsigned)number + 1;
    while (!atomic_load(&stop)) {
        for (i = number; i < PAIRS && !atomic_load(&stop); i += 2) {
            pair *p = &pairs[i];
            unsigned choice = next_random(&seed) % 64;
            const char *message = has_frames(p) ? "5\r\nhello" : "hello";
            size_t size = strlen(message), first = choice < 8 ? size - 3 : size;
            atomic_fetch_add(&p->sent, 5);
            CHECK(peer_send(p->fd, message, first));
            if (first < size) {
                sched_yield();
                CHECK(peer_send(p->fd, message + first, size - first));
            }
            if (choice == 63) {
                int32_t id;
                pthread_mutex_lock(&counting);
                id = (int32_t)atomic_exchange(&p->channel, 0);
                pthread_mutex_unlock(&counting);
                CHECK_EQ(1, SocketCloseId(id));
                atomic_fetch_add(&closed_in_all, 1);
                close(p->fd);
                CHECK(make_pair(p));
            }
        }
        sleep_ms(1);
    }
    return NULL;
}

static void *add_and_remove(void *argument)
{
    unsigned seed = 99;
    (void)argument;
    while (!atomic_load(&stop)) {
        int32_t id = (int32_t)atomic_load(&pairs[next_random(&seed) % PAIRS].channel), other;
        int32_t watch = watches[next_random(&seed) % 2];
        SocketWatchRemoveId(watch, id);
        SocketPendingId(id);
        SocketWatchAddId(watch, id);
        other = (int32_t)SocketWatchId();
        SocketWatchAddId(other, id);
        CHECK_EQ(1, SocketCloseId(other));
        sched_yield();
    }
    return NULL;
}

static int seconds;

static void every_message_is_told_while_threads_add_remove_and_close(void)
{
    pthread_t threads[WAITERS + 3];
    int i, round;
    int64_t end;
    char text[16];
    listener = (int32_t)SocketCreateId(0, "127.0.0.1");
    REQUIRE(listener > 0 && SocketLocalInfoId(listener, SocketPort, text, sizeof text) > 0);
    port = atoi(text);
    watches[0] = (int32_t)SocketWatchId();
    watches[1] = (int32_t)SocketWatchId();
    REQUIRE(watches[0] > 0 && watches[1] > 0);
    for (i = 0; i < PAIRS; i++)
        REQUIRE(make_pair(&pairs[i]));
    for (i = 0; i < WAITERS; i++)
        threads[i] = thread_start(wait_and_read, (void *)(intptr_t)i);
    threads[i++] = thread_start(send_and_close, (void *)0);
    threads[i++] = thread_start(send_and_close, (void *)1);
    threads[i++] = thread_start(add_and_remove, NULL);
    sleep_ms(seconds * 1000);
    atomic_store(&stop, 1);
    for (i = 0; i < WAITERS + 3; i++)
        thread_end(threads[i]);
    /* What is still under way is told to this thread, on either watch. */
    for (i = 0; i < PAIRS; i++) {
        SocketWatchAddId(watches[0], (int32_t)atomic_load(&pairs[i].channel));
        SocketWatchAddId(watches[1], (int32_t)atomic_load(&pairs[i].channel));
    }
    end = now_ms() + 10000;
    for (round = 0;; round++) {
        int32_t ready[4];
        char message[64];
        long open = 0;
        intptr_t count = SocketWatchWaitId(watches[round % 2], 100, ready, 4), n, size;
        for (n = 0; n < count; n++)
            if ((size = SocketReadId(ready[n], 0, 0, message, sizeof message)) > 0)
                count_message(ready[n], size);
        for (i = 0; i < PAIRS; i++)
            open += atomic_load(&pairs[i].sent) - atomic_load(&pairs[i].received);
        if (open == 0 || now_ms() > end)
            break;
    }
    for (i = 0; i < PAIRS; i++) {
        CHECK_EQ(atomic_load(&pairs[i].sent), atomic_load(&pairs[i].received));
        close(pairs[i].fd);
    }
    CHECK(atomic_load(&read_in_all) > 0 && atomic_load(&closed_in_all) > 0);
    printf("# %ld messages read, %ld sockets closed\n", atomic_load(&read_in_all), atomic_load(&closed_in_all));
}

int main(int argc, char **argv)
{
    seconds = rounds_argument(argc, argv, 4);
    check_start((unsigned)seconds + 60);
    RUN(every_message_is_told_while_threads_add_remove_and_close);
    return check_end();
}

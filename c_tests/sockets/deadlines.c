/* A peer that says nothing: every wait ends when its time is over, not before, and not long after. */
#include "scene.h"
#include "tls_family.h"

enum { WAITERS = 9, TIME_MS = 3000, LATE_MS = 20 };

typedef struct waiter {
    sock socket;
    int fd, number, timed_out;
    int64_t late;
} waiter;

/* The system's clocks tick: a few moments to begin at, so that no tick suits them all. */
static int64_t begin(const waiter *w)
{
    sleep_ms(w->number * 37);
    return now_ms();
}

static void *read_nothing(void *argument)
{
    waiter *w = argument;
    char buffer[100];
    int64_t start = begin(w);
    w->timed_out = S_Read(&w->socket, 0, TIME_MS, buffer, sizeof buffer) == -WDSOCKET_ERR_TIMEOUT;
    w->late = now_ms() - start - TIME_MS;
    return NULL;
}

static void *start_tls_alone(void *argument)
{
    waiter *w = argument;
    int64_t start = begin(w);
    w->timed_out = S_StartSSL(&w->socket, 0, TIME_MS, "localhost") == 0 && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT;
    w->late = now_ms() - start - TIME_MS;
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Half of them: a machine that does something else may hold up some. */
static void wait_in_many_threads(void *(*body)(void *))
{
    waiter waiters[WAITERS];
    pthread_t threads[WAITERS];
    int64_t late[WAITERS];
    int i;
    for (i = 0; i < WAITERS; i++) {
        waiters[i].number = i;
        REQUIRE(s_channel_and_peer(&waiters[i].socket, &waiters[i].fd));
    }
    for (i = 0; i < WAITERS; i++)
        threads[i] = thread_start(body, &waiters[i]);
    for (i = 0; i < WAITERS; i++) {
        thread_end(threads[i]);
        CHECK_EQ(1, waiters[i].timed_out);
        CHECK(waiters[i].late >= -1); /* now_ms() leaves off parts of a millisecond */
        late[i] = waiters[i].late;
        CHECK_EQ(1, S_Close(&waiters[i].socket));
        close(waiters[i].fd);
    }
    qsort(late, WAITERS, sizeof *late, compare);
    if (late[WAITERS / 2] > LATE_MS)
        fprintf(stderr, "# %d ms late\n", (int)late[WAITERS / 2]);
    CHECK(late[WAITERS / 2] <= LATE_MS);
}

static void a_read_ends_when_its_time_is_over(void)
{
    wait_in_many_threads(read_nothing);
}

static void a_handshake_ends_when_its_time_is_over(void)
{
    wait_in_many_threads(start_tls_alone);
}

int main(void)
{
    check_start(60);
    RUN(a_read_ends_when_its_time_is_over);
    RUN(a_handshake_ends_when_its_time_is_over);
    return check_end();
}

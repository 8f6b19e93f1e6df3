/* What every test program here shares: promises that print one line each, threads, a clock.
 * Include it before anything else: it chooses which system functions the headers show. */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include "posix.h"
#else
#include <sys/syscall.h>
#endif
#include <time.h>
#include <unistd.h>

#include "wdsocket.h"

static const char *check_promise = "the_program_starts";
static atomic_int check_faults;
static int check_failed_promises;
static pthread_mutex_t check_lock = PTHREAD_MUTEX_INITIALIZER;
static char check_reason[2048];

/* The first fault of a promise is the one printed on its line, all of them go to stderr. */
static inline void check_fault(const char *file, int line, const char *what)
{
    pthread_mutex_lock(&check_lock);
    if (atomic_fetch_add(&check_faults, 1) == 0)
        snprintf(check_reason, sizeof check_reason, "%s:%d %s", file, line, what);
    fprintf(stderr, "# %s: %s:%d %s\n", check_promise, file, line, what);
    pthread_mutex_unlock(&check_lock);
}

/* Holds when `condition` does. */
#define CHECK(condition)                                      \
    do {                                                      \
        if (!(condition))                                     \
            check_fault(__FILE__, __LINE__, #condition);      \
    } while (0)

/* As CHECK, and leaves the function: for what the rest of it stands on. */
#define REQUIRE(condition)                                    \
    do {                                                      \
        if (!(condition)) {                                   \
            check_fault_with_error(__FILE__, __LINE__, #condition); \
            return;                                           \
        }                                                     \
    } while (0)

/* Holds when the whole number `actual` is `expected`. */
#define CHECK_EQ(expected, actual) check_equal(__FILE__, __LINE__, #actual, (expected), (actual))

/* Holds when a yes/no function said 0 and left `code` with a text. */
#define CHECK_NO(code, call) check_error(__FILE__, __LINE__, #call, (call), 0, (code))

/* Holds when a length, id or count function said -code and left `code` with a text. */
#define CHECK_MINUS(code, call) check_error(__FILE__, __LINE__, #call, (call), -(intptr_t)(code), (code))

static inline void check_fault_with_error(const char *file, int line, const char *what)
{
    int code = (int)SocketErrorCode();
    char text[1024] = "", message[1600];
    SocketErrorInfo(text, sizeof text);
    snprintf(message, sizeof message, "%s (last error %d: %s)", what, code, text);
    check_fault(file, line, message);
}

static inline void check_equal(const char *file, int line, const char *what, intptr_t expected, intptr_t actual)
{
    char message[300];
    if (expected == actual)
        return;
    snprintf(message, sizeof message, "%.150s is %ld, expected %ld", what, (long)actual, (long)expected);
    check_fault_with_error(file, line, message);
}

static inline void check_error(const char *file, int line, const char *what, intptr_t result, intptr_t expected,
                               intptr_t code)
{
    intptr_t last = SocketErrorCode();
    char text[1024] = "", message[300];
    if (result != expected || last != code) {
        snprintf(message, sizeof message, "%.150s gave %ld, expected %ld with error %ld", what, (long)result,
                 (long)expected, (long)code);
        check_fault_with_error(file, line, message);
    } else if (SocketErrorInfo(text, sizeof text) <= 0 || (strncmp(text, "Socket", 6) != 0 && strncmp(text, "WebSocket", 9) != 0)) {
        snprintf(message, sizeof message, "%.150s failed without a text that names the function", what);
        check_fault_with_error(file, line, message);
    }
}

static inline void check_out_of_time(int signal_number)
{
    static const char head[] = "not ok - ", tail[] = ": the program's time is over\n";
    (void)signal_number;
    if (write(1, head, sizeof head - 1) < 0 || write(1, check_promise, strlen(check_promise)) < 0 ||
        write(1, tail, sizeof tail - 1) < 0)
        _exit(3);
    _exit(2);
}

/* First call of main: the program ends by itself after `seconds`, whatever hangs.
 * WDSOCKET_TEST_SLOWER multiplies them, for a run under a tool that slows everything down. */
static inline void check_start(unsigned seconds)
{
    const char *slower = getenv("WDSOCKET_TEST_SLOWER");
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGALRM, check_out_of_time);
    alarm(seconds * (slower != NULL && atoi(slower) > 0 ? (unsigned)atoi(slower) : 1));
}

static inline void check_run(const char *name, void (*body)(void))
{
    check_promise = name;
    atomic_store(&check_faults, 0);
    body();
    SocketCloseAll();
    if (atomic_load(&check_faults) == 0) {
        printf("ok - %s\n", name);
    } else {
        printf("not ok - %s: %s\n", name, check_reason);
        check_failed_promises++;
    }
}

/* Runs one promise, a function without parameters, closes what it left open and prints its line. */
#define RUN(promise) check_run(#promise, promise)

/* As RUN, for what Windows has no like of: there it is named and does not count. */
#ifdef _WIN32
#define RUN_ON_POSIX(promise) \
    ((void)promise, printf("skipped - %s: it is about what POSIX systems have\n", #promise))
#else
#define RUN_ON_POSIX(promise) RUN(promise)
#endif

/* As RUN, for what Windows has and Wine has not. */
#ifdef _WIN32
#define RUN_BUT_NOT_UNDER_WINE(promise, why)                                            \
    do {                                                                                \
        if (!under_wine())                                                              \
            RUN(promise);                                                               \
        else                                                                            \
            printf("skipped - %s: %s\n", #promise, why);                                \
    } while (0)
#else
#define RUN_BUT_NOT_UNDER_WINE(promise, why) RUN(promise)
#endif

/* Last line of main: `return check_end();` */
static inline int check_end(void)
{
    return check_failed_promises == 0 ? 0 : 1;
}

static inline int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void sleep_ms(int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

/* The first argument as a number, or `otherwise`: how many rounds a program runs. */
static inline int rounds_argument(int argc, char **argv, int otherwise)
{
    return argc > 1 && atoi(argv[1]) > 0 ? atoi(argv[1]) : otherwise;
}

/* --- threads ------------------------------------------------------------------------------- */

static inline pthread_t thread_start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, argument) != 0) {
        fprintf(stderr, "# no thread\n");
        exit(3);
    }
    return thread;
}

static inline void thread_end(pthread_t thread)
{
    pthread_join(thread, NULL);
}

/* Something that happens once, and that other threads wait for. */
typedef struct event {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int happened;
} event;

#define EVENT_INITIALIZER {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}

static inline void event_set(event *e)
{
    pthread_mutex_lock(&e->lock);
    e->happened = 1;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
}

static inline void event_wait(event *e)
{
    pthread_mutex_lock(&e->lock);
    while (!e->happened)
        pthread_cond_wait(&e->changed, &e->lock);
    pthread_mutex_unlock(&e->lock);
}

#ifndef _WIN32 /* posix.h has them for Windows */

static inline int this_thread(void)
{
    return (int)syscall(SYS_gettid);
}

static inline int thread_is_in_a_network_wait(int thread_id)
{
    static const long waits[] = {
        SYS_ppoll,   SYS_pselect6, SYS_epoll_pwait, SYS_recvfrom, SYS_recvmsg, SYS_accept,
        SYS_accept4, SYS_connect,  SYS_sendto,      SYS_sendmsg,
#ifdef SYS_poll
        SYS_poll,
#endif
#ifdef SYS_epoll_wait
        SYS_epoll_wait,
#endif
    };
    char path[64], line[128] = "";
    FILE *file;
    long number;
    size_t i;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread_id);
    if ((file = fopen(path, "r")) == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = 'x';
    fclose(file);
    if (line[0] < '0' || line[0] > '9')
        return 0;
    number = atol(line);
    for (i = 0; i < sizeof waits / sizeof waits[0]; i++)
        if (number == waits[i])
            return 1;
    return 0;
}

static inline int thread_sleeps(int thread_id)
{
    char path[64], line[512] = "", *end;
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id);
    if ((file = fopen(path, "r")) == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    end = strrchr(line, ')');
    return end != NULL && end[1] == ' ' && end[2] == 'S';
}

#endif

/* Returns when the thread, which stored its this_thread() just before the call that blocks, waits in
 * it: in a system call of the network, or, where the system does not show which, asleep for 50 ms. */
static inline void wait_until_thread_waits(atomic_int *thread_id)
{
    int asleep = 0;
    while (atomic_load(thread_id) == 0)
        sleep_ms(1);
    while (asleep < 50) {
        if (thread_is_in_a_network_wait(atomic_load(thread_id)))
            return;
        asleep = thread_sleeps(atomic_load(thread_id)) ? asleep + 1 : 0;
        sleep_ms(1);
    }
}

/* Waits, up to ten seconds, until the expression holds; holds when it did. */
#define WAIT_UNTIL(condition)                                                      \
    do {                                                                           \
        int64_t wait_end_ = now_ms() + 10000;                                      \
        while (!(condition) && now_ms() < wait_end_)                               \
            sleep_ms(1);                                                           \
        CHECK(condition);                                                          \
    } while (0)

#endif

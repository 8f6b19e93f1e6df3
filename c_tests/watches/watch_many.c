/* Ten thousand clients on one watch, in a process of their own; as many as the system allows. Prints how
 * long a wake takes with 100 idle clients and with all of them, side by side. */
#include "watch_scene.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { WANTED = 10000, FEW = 100, SPARE = 100, WAKES = 2000 };

static int wanted_clients(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < WANTED + SPARE) {
        printf("# only %ld descriptors are allowed here\n", (long)limit.rlim_cur);
        return (int)limit.rlim_cur - SPARE;
    }
    return WANTED;
}

/* All on one processor: where the system puts who is woken would drown what is measured. */
static void stay_on_one_processor(void)
{
    cpu_set_t given, one;
    int cpu = 0;
    sched_getaffinity(0, sizeof given, &given);
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &given))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* The clients' process: connects `count` times, then sends one message on the connection whose number it
 * is given, again and again. */
static void be_the_clients(int port, int count, int numbers, int done)
{
    int *fds = calloc((size_t)count, sizeof *fds);
    int i, number;
    alarm(200);
    if (fds == NULL)
        _exit(10);
    for (i = 0; i < count; i++)
        if ((fds[i] = peer_connect(port)) < 0)
            _exit(11);
    if (write(done, &count, sizeof count) != sizeof count)
        _exit(12);
    while (read(numbers, &number, sizeof number) == sizeof number)
        if (!peer_send(fds[number], "5\r\nhello", 8))
            _exit(13);
    _exit(0);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct {
    int32_t watch;
    int count, numbers;
    int32_t *channels;
} crowds[2];

/* From asking a client for a message to having it, `WAKES` times for each crowd by turns. In both crowds a
 * hundred clients speak, spread over all of them, so that the others' number is the only difference. */
static void wakes_take_as_long_with_few_as_with_many(void)
{
    static int64_t times[2][WAKES];
    int i, which;
    double few, many;
    for (i = -FEW; i < WAKES; i++) {
        for (which = 0; which < 2; which++) {
            int number = (i + FEW) * 37 % FEW * (crowds[which].count / FEW);
            int32_t ready[16];
            char message[16];
            int64_t start = now_ns();
            REQUIRE(write(crowds[which].numbers, &number, sizeof number) == sizeof number);
            REQUIRE(SocketWatchWaitId(crowds[which].watch, 20000, ready, 16) == 1);
            REQUIRE(SocketReadId(ready[0], 0, 0, message, sizeof message) == 5);
            if (i >= 0)
                times[which][i] = now_ns() - start;
        }
    }
    qsort(times[0], WAKES, sizeof times[0][0], compare);
    qsort(times[1], WAKES, sizeof times[1][0], compare);
    few = (double)times[0][WAKES / 2] / 1000;
    many = (double)times[1][WAKES / 2] / 1000;
    printf("# one wake among %d: %.1f us, among %d: %.1f us, ratio %.2f (99th percentile %.1f and %.1f us)\n",
           crowds[0].count, few, crowds[1].count, many, many / few, (double)times[0][WAKES * 99 / 100] / 1000,
           (double)times[1][WAKES * 99 / 100] / 1000);
    /* The promise is that a wake does not grow with the crowd; a noisy machine may take some time. */
    CHECK(many < 5 * few);
}

static void every_client_of_thousands_is_heard(void)
{
    int32_t ready[256];
    char message[16];
    int i, heard = 0;
    for (i = 0; i < crowds[1].count; i++)
        REQUIRE(write(crowds[1].numbers, &i, sizeof i) == sizeof i);
    while (heard < crowds[1].count) {
        intptr_t count = SocketWatchWaitId(crowds[1].watch, 20000, ready, 256);
        REQUIRE(count > 0);
        for (i = 0; i < count; i++, heard++)
            REQUIRE(SocketReadId(ready[i], 0, 0, message, sizeof message) == 5);
    }
    CHECK_EQ(0, SocketWatchWaitId(crowds[1].watch, 0, ready, 256));
    for (i = 0; i < crowds[1].count; i++)
        CHECK_EQ(0, SocketPendingId(crowds[1].channels[i]));
}

/* Accepts a crowd of clients into a watch of its own. */
static int gather(int which, int count, pid_t *clients)
{
    int numbers[2], done[2], i, all = 0;
    char text[16];
    int32_t listener = (int32_t)SocketCreateId(0, "127.0.0.1");
    SocketLocalInfoId(listener, SocketPort, text, sizeof text);
    if (pipe(numbers) != 0 || pipe(done) != 0 || (*clients = fork()) < 0)
        return 0;
    if (*clients == 0) {
        close(numbers[1]);
        be_the_clients(atoi(text), count, numbers[0], done[1]);
    }
    close(numbers[0]);
    crowds[which].watch = (int32_t)SocketWatchId();
    crowds[which].count = count;
    crowds[which].numbers = numbers[1];
    crowds[which].channels = calloc((size_t)count, sizeof(int32_t));
    for (i = 0; i < count; i++) {
        intptr_t channel = 0;
        if (SocketWaitForConnectionId(listener, 20000) == 1)
            channel = SocketAcceptId(listener);
        if (channel <= 0 || SocketWatchAddId(crowds[which].watch, (int32_t)channel) != 1)
            return 0;
        crowds[which].channels[i] = (int32_t)channel;
    }
    return read(done[0], &all, sizeof all) == sizeof all && all == count;
}

int main(int argc, char **argv)
{
    int many = rounds_argument(argc, argv, wanted_clients()), i, status;
    pid_t clients[2] = {-1, -1};
    check_start(150);
    stay_on_one_processor();
    /* The few share the process with the many: as many descriptors as both together. */
    if (many > WANTED - FEW && many < WANTED + FEW)
        many -= FEW;
    if (!gather(0, FEW, &clients[0]) || !gather(1, many, &clients[1])) {
        check_fault_with_error(__FILE__, __LINE__, "the clients are accepted");
        printf("not ok - the_clients_are_accepted\n");
        return 1;
    }
    check_promise = "wakes_take_as_long_with_few_as_with_many";
    wakes_take_as_long_with_few_as_with_many();
    every_client_of_thousands_is_heard();
    close(crowds[0].numbers);
    close(crowds[1].numbers);
    for (i = 0; i < 2; i++) {
        CHECK_EQ(clients[i], waitpid(clients[i], &status, 0));
        CHECK_EQ(0, status);
        free(crowds[i].channels);
    }
    SocketCloseAll();
    if (atomic_load(&check_faults) != 0) {
        printf("not ok - %s\n", check_reason);
        return 1;
    }
    printf("ok - wakes_take_as_long_with_few_as_with_many\nok - every_client_of_thousands_is_heard\n");
    return 0;
}

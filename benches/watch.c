/* An echo server in one thread with 1,000 busy clients: on a watch, beside the same in plain C on epoll. How long
 * those wait who ask now and then while others always do, and one wake among idle clients, beside epoll too. */
#include "bench.h"

#include <sys/epoll.h>
#include <sys/resource.h>

enum { CLIENTS = 1000, ROUNDS = 61, READY = 256, FEW = 100, MANY = 10000, WAKES = 1000 };

/* Of the clients, so many always have questions out, as many as this; of the others one asks each tenth of a millisecond. */
enum { ALWAYS = 100, OUT = 8, PAUSE_NS = 100000, TURN_NS = 60000000 };

/* "64", CR LF and 64 bytes: a message in size mode, and the same bytes for those that do not look. */
enum { SIZE = 68 };

static const char question[SIZE + 1] = "64\r\n0123456789012345678901234567890123456789012345678901234567890123";

/* --- servers, each in a process of its own ----------------------------------------------------- */

static void epoll_add(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        stop("epoll_ctl");
}

static void serve_on_epoll(int listener)
{
    static struct epoll_event ready[READY];
    char buffer[16 * 1024];
    int epoll = epoll_create1(0);
    epoll_add(epoll, listener);
    for (;;) {
        int count = epoll_wait(epoll, ready, READY, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                if ((fd = accept(listener, NULL, NULL)) < 0)
                    stop("accept");
                plain_no_delay(fd);
                epoll_add(epoll, fd);
                continue;
            }
            ssize_t size = recv(fd, buffer, sizeof buffer, 0);
            if (size > 0)
                plain_send(fd, buffer, (size_t)size);
            else
                close(fd);
        }
    }
}

static void serve_on_watch(int32_t listener)
{
    static int32_t ready[READY];
    char buffer[16 * 1024];
    int32_t watch = (int32_t)SocketWatchId();
    if (watch < 0 || !SocketWatchAddId(watch, listener))
        stop("watch");
    for (;;) {
        intptr_t count = SocketWatchWaitId(watch, WDSOCKET_INFINITE, ready, READY);
        for (intptr_t i = 0; i < count; i++) {
            if (ready[i] == listener) {
                intptr_t client = SocketAcceptId(listener);
                if (client < 0 || !SocketWatchAddId(watch, (int32_t)client))
                    stop("accept");
                continue;
            }
            intptr_t size = SocketReadId(ready[i], 0, 0, buffer, sizeof buffer);
            if (size >= 0)
                SocketWriteId(ready[i], buffer, (int32_t)size);
            else
                SocketCloseId(ready[i]);
        }
    }
}

/* `mode` -1: plain C. */
static peer start_server(int32_t mode)
{
    int pipe_ends[2];
    peer result;
    if (pipe(pipe_ends) != 0 || (result.process = fork()) < 0)
        stop("fork");
    if (result.process > 0) {
        if (read(pipe_ends[0], &result.port, sizeof result.port) != sizeof result.port)
            stop("the server's port");
        return result;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(1);
    int port, listener;
    if (mode < 0) {
        listener = plain_listen(&port);
    } else {
        char text[8];
        listener = (int)SocketCreateId(0, "127.0.0.1");
        if (listener < 0 || !SocketChangeTransmissionModeId(listener, mode, NULL, 0) ||
            SocketLocalInfoId(listener, SocketPort, text, sizeof text) <= 0)
            stop("server");
        port = atoi(text);
    }
    if (write(pipe_ends[1], &port, sizeof port) != sizeof port)
        stop("pipe");
    if (mode < 0)
        serve_on_epoll(listener);
    else
        serve_on_watch(listener);
    exit(1);
}

/* --- 1,000 busy clients ------------------------------------------------------------------------ */

typedef struct candidate {
    const char *what, *target;
    peer server;
    int epoll, fds[CLIENTS];
    double rates[ROUNDS], rate_ratios[ROUNDS], cpu[ROUNDS], cpu_ratios[ROUNDS];
} candidate;

static int64_t cpu_ns(pid_t process)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &t) != 0)
        stop("the server's processor time");
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Every client asks, and again as soon as it has its answer, so that the server is never idle; so many questions in all. */
static void ask(candidate *c, int questions)
{
    struct epoll_event ready[READY];
    char answer[SIZE];
    int left = questions;
    for (int i = 0; i < CLIENTS; i++, questions--)
        plain_send(c->fds[i], question, SIZE);
    while (left > 0) {
        int count = epoll_wait(c->epoll, ready, READY, 10000);
        if (count <= 0)
            stop("an answer");
        for (int i = 0; i < count; i++, left--) {
            plain_receive(ready[i].data.fd, answer, SIZE);
            if (memcmp(answer, question, SIZE) != 0)
                stop("a wrong answer");
            if (questions-- > 0)
                plain_send(ready[i].data.fd, question, SIZE);
        }
    }
}

static void measure(candidate *c, int round)
{
    enum { QUESTIONS = 10 * CLIENTS };
    int64_t cpu = cpu_ns(c->server.process), start = now_ns();
    ask(c, QUESTIONS);
    c->rates[round] = (double)QUESTIONS * 1e9 / (double)(now_ns() - start);
    c->cpu[round] = (double)(cpu_ns(c->server.process) - cpu) / QUESTIONS;
}

/* Three servers, each with clients of its own; the first is plain C. */
static void start_all(candidate *candidates)
{
    int32_t modes[] = { -1, SocketNoEndTag, SocketSize };
    for (int n = 0; n < 3; n++) {
        candidate *c = &candidates[n];
        c->server = start_server(modes[n]);
        c->epoll = epoll_create1(0);
        for (int i = 0; i < CLIENTS; i++)
            epoll_add(c->epoll, c->fds[i] = plain_connect(c->server.port));
    }
    pin(0);
}

static void busy(void)
{
    static candidate candidates[] = {
        { .what = "echo server, 1,000 busy clients: plain C on epoll" },
        { .what = "the same on a watch, no-tag mode", .target = "90 % of plain" },
        { .what = "the same on a watch, size mode", .target = "90 % of plain" },
    };
    char figure[64];
    start_all(candidates);
    for (int n = 0; n < 3; n++)
        measure(&candidates[n], 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int n = 0; n < 3; n++) {
            candidate *c = &candidates[n];
            measure(c, round);
            c->rate_ratios[round] = c->rates[round] / candidates[0].rates[round];
            c->cpu_ratios[round] = candidates[0].cpu[round] / c->cpu[round];
        }
    }
    for (int n = 0; n < 3; n++) {
        candidate *c = &candidates[n];
        double rate = median(c->rate_ratios, ROUNDS), work = median(c->cpu_ratios, ROUNDS);
        snprintf(figure, sizeof figure, "%.0f k/s, %.1f %%", median(c->rates, ROUNDS) / 1000, rate * 100);
        report(c->what, figure, n == 0 ? "" : c->target, n == 0 ? -1 : rate >= 0.9);
        snprintf(figure, sizeof figure, "%.2f us, %.1f %%", median(c->cpu, ROUNDS) / 1000, work * 100);
        report("    the server's processor time for a message", figure, n == 0 ? "" : c->target,
               n == 0 ? -1 : work >= 0.9);
        end_peer(c->server);
    }
}

/* --- who asks now and then, among others that always do ---------------------------------------- */

/* How long the slowest of those waits, in microseconds. The others send back what they are sent. */
static double slowest_us(candidate *c)
{
    static int64_t asked[CLIENTS];
    static int number_of[1 << 16];
    static unsigned next;
    struct epoll_event ready[64];
    char bytes[OUT * SIZE];
    int64_t start = now_ns(), now = start, due = start, slowest = 0;
    int out = ALWAYS * OUT * SIZE; /* bytes */
    for (int i = 0; i < CLIENTS; i++)
        number_of[c->fds[i]] = i;
    for (int i = 0; i < ALWAYS; i++)
        for (int k = 0; k < OUT; k++)
            plain_send(c->fds[i], question, SIZE);
    while (out > 0) {
        int is_over = now - start >= TURN_NS;
        for (; !is_over && due <= now; due += PAUSE_NS) {
            int i = ALWAYS + (int)(next++ * 37 % (CLIENTS - ALWAYS));
            if (asked[i] != 0)
                continue;
            asked[i] = now_ns();
            out += SIZE;
            plain_send(c->fds[i], question, SIZE);
        }
        int count = epoll_wait(c->epoll, ready, 64, is_over ? 10000 : 0);
        if (is_over && count <= 0)
            stop("an answer");
        for (int k = 0; k < count; k++) {
            int fd = ready[k].data.fd, i = number_of[fd];
            ssize_t size = recv(fd, bytes, i < ALWAYS ? sizeof bytes : SIZE, 0);
            if (size <= 0 || (i >= ALWAYS && size != SIZE))
                stop("an answer");
            now = now_ns();
            if (i >= ALWAYS) {
                slowest = now - asked[i] > slowest ? now - asked[i] : slowest;
                asked[i] = 0;
            } else if (!is_over) {
                plain_send(fd, bytes, (size_t)size);
                continue;
            }
            out -= (int)size;
        }
        now = now_ns();
    }
    return (double)slowest / 1000;
}

static void fair(void)
{
    static candidate candidates[] = {
        { .what = "900 now and then, 100 always: slowest, plain C on epoll" },
        { .what = "the same on a watch, no-tag mode", .target = "2 times plain" },
        { .what = "the same on a watch, size mode", .target = "2 times plain" },
    };
    start_all(candidates);
    for (int n = 0; n < 3; n++)
        slowest_us(&candidates[n]);
    for (int round = 0; round < ROUNDS; round++)
        for (int n = 0; n < 3; n++) {
            candidate *c = &candidates[n];
            c->rates[round] = slowest_us(c);
            c->rate_ratios[round] = c->rates[round] / candidates[0].rates[round];
        }
    for (int n = 0; n < 3; n++) {
        candidate *c = &candidates[n];
        char figure[64];
        double times = median(c->rate_ratios, ROUNDS);
        snprintf(figure, sizeof figure, "%.0f us, %.2f times", median(c->rates, ROUNDS), times);
        report(c->what, figure, n == 0 ? "" : c->target, n == 0 ? -1 : times <= 2);
        end_peer(c->server);
    }
}

/* --- one wake among idle ones ------------------------------------------------------------------ */

/* A crowd of clients, and who waits for them: a watch, or epoll where `watch` is 0. */
typedef struct crowd {
    const char *what;
    int size, numbers, epoll;
    int32_t watch;
    pid_t clients;
    double times[WAKES];
} crowd;

static void be_the_clients(int port, int size, int numbers)
{
    int *fds = calloc((size_t)size, sizeof *fds), number;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < size; i++)
        fds[i] = plain_connect(port);
    while (read(numbers, &number, sizeof number) == sizeof number)
        plain_send(fds[number], question, SIZE);
    exit(0);
}

static void gather(crowd *c)
{
    int port, numbers[2], listener = -1;
    int32_t server = 0;
    if (c->watch) {
        char text[8];
        server = (int32_t)SocketCreateId(0, "127.0.0.1");
        if (server < 0 || SocketLocalInfoId(server, SocketPort, text, sizeof text) <= 0)
            stop("server");
        port = atoi(text);
        c->watch = (int32_t)SocketWatchId();
    } else {
        listener = plain_listen(&port);
        c->epoll = epoll_create1(0);
    }
    if (pipe(numbers) != 0 || (c->clients = fork()) < 0)
        stop("fork");
    if (c->clients == 0)
        be_the_clients(port, c->size, numbers[0]);
    close(numbers[0]);
    c->numbers = numbers[1];
    for (int i = 0; i < c->size; i++) {
        if (c->watch) {
            intptr_t client = 0;
            if (SocketWaitForConnectionId(server, 10000))
                client = SocketAcceptId(server);
            if (client <= 0 || !SocketWatchAddId(c->watch, (int32_t)client))
                stop("accept");
        } else {
            int fd = accept(listener, NULL, NULL);
            if (fd < 0)
                stop("accept");
            epoll_add(c->epoll, fd);
        }
    }
}

/* From asking a client for a message to having it; a hundred clients speak, spread over the crowd. */
static double wake_us(crowd *c, int i)
{
    char buffer[SIZE];
    int number = i * 37 % FEW * (c->size / FEW);
    int64_t start = now_ns();
    if (write(c->numbers, &number, sizeof number) != sizeof number)
        stop("pipe");
    if (c->watch) {
        int32_t ready[16];
        if (SocketWatchWaitId(c->watch, 10000, ready, 16) != 1 ||
            SocketReadId(ready[0], 0, 0, buffer, sizeof buffer) != SIZE - 4)
            stop("a message");
    } else {
        struct epoll_event ready[16];
        if (epoll_wait(c->epoll, ready, 16, 10000) != 1)
            stop("a message");
        plain_receive(ready[0].data.fd, buffer, SIZE);
    }
    return (double)(now_ns() - start) / 1000;
}

static void wake(void)
{
    static crowd crowds[] = {
        { .what = "one wake among 100 idle clients: plain C on epoll", .size = FEW },
        { .what = "one wake among 100 idle clients: watch", .size = FEW, .watch = 1 },
        { .what = "one wake among many idle clients: plain C on epoll", .size = MANY },
        { .what = "one wake among many idle clients: watch", .size = MANY, .watch = 1 },
    };
    double medians[4];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    pin(0); /* all on one processor: where the system puts who is woken would drown the rest */
    if (limit.rlim_cur < 2 * (MANY + FEW) + 100)
        crowds[2].size = crowds[3].size = ((int)limit.rlim_cur - 100) / 2 / FEW * FEW - FEW;
    for (int n = 0; n < 4; n++)
        gather(&crowds[n]);
    for (int i = -FEW; i < WAKES; i++)
        for (int n = 0; n < 4; n++) {
            double time = wake_us(&crowds[n], i + FEW);
            if (i >= 0)
                crowds[n].times[i] = time;
        }
    for (int n = 0; n < 4; n++) {
        char figure[64], target[64] = "";
        crowd *few = &crowds[n % 2];
        medians[n] = median(crowds[n].times, WAKES);
        if (n < 2) {
            snprintf(figure, sizeof figure, "%.2f us", medians[n]);
        } else {
            snprintf(figure, sizeof figure, "%.2f us, %.2f times (%d)", medians[n], medians[n] / medians[n % 2],
                     crowds[n].size);
            snprintf(target, sizeof target, "1.3 times %d", few->size);
        }
        report(crowds[n].what, figure, n == 3 ? target : "", n == 3 ? medians[3] <= 1.3 * medians[1] : -1);
    }
    for (int n = 0; n < 4; n++)
        kill(crowds[n].clients, SIGKILL);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (argc > 1 && strcmp(argv[1], "wake") == 0)
        wake();
    else if (argc > 1 && strcmp(argv[1], "fair") == 0)
        fair();
    else
        busy();
    return 0;
}

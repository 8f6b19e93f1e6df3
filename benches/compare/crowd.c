/* crowd wake CONNECTIONS…   one connection among so many idle ones asks; the time until it has its answer.
 * crowd busy CONNECTIONS    every connection asks again as soon as it has its answer; answers a second.
 *
 * Every server has clients of its own, a process that keeps all their connections and waits until it is its turn. */
#include "servers.h"

#include <sys/epoll.h>

enum { WAKES = 30, SLICES = 4, SLICE_NS = 40000000, MOST_CROWDS = 32 };

static int is_busy;

typedef struct crowd {
    const crowd_server *server;
    int connections;
    peer process;
    int go, samples; /* pipes to its clients and back */
    series times;
} crowd;

static int samples_of_turn(void)
{
    return is_busy ? SLICES : WAKES;
}

/* --- in the clients' process --------------------------------------------------------------------- */

static int *fds;
static char message[MESSAGE + 64];
static size_t message_size;

static void connect_all(const crowd *c)
{
    char hello[16];
    fds = calloc((size_t)c->connections, sizeof *fds);
    for (int i = 0; i < c->connections; i++) {
        fds[i] = plain_connect(c->process.port);
        plain_send(fds[i], c->server->hello, c->server->hello_size);
        plain_receive(fds[i], hello, c->server->hello_size);
    }
    if (c->server->header_size > 0)
        memcpy(message, c->server->header, c->server->header_size);
    message_size = c->server->header_size + MESSAGE;
}

static void ask_one_at_a_time(int connections, double *times)
{
    static unsigned number;
    char answer[sizeof message];
    for (int i = 0; i < WAKES; i++) {
        number = number * 1103515245 + 12345;
        int fd = fds[(number >> 8) % (unsigned)connections];
        int64_t start = now_ns();
        plain_send(fd, message, message_size);
        plain_receive(fd, answer, message_size);
        times[i] = (double)(now_ns() - start);
    }
}

/* All ask, and again and again; afterwards the answers that are still out are taken in. */
static void ask_all(int connections, double *times)
{
    static int poller = -1;
    struct epoll_event ready[256];
    char answer[sizeof message];
    int out = connections;
    if (poller < 0) {
        poller = epoll_create1(0);
        for (int i = 0; i < connections; i++) {
            struct epoll_event entry = { .events = EPOLLIN, .data.fd = fds[i] };
            epoll_ctl(poller, EPOLL_CTL_ADD, fds[i], &entry);
        }
    }
    for (int i = 0; i < connections; i++)
        plain_send(fds[i], message, message_size);
    for (int slice = 0; slice <= SLICES; slice++) { /* the last one only takes in what is out */
        int64_t start = now_ns(), answers = 0, now = start;
        while (slice < SLICES ? now - start < SLICE_NS : out > 0) {
            int count = epoll_wait(poller, ready, 256, -1);
            for (int i = 0; i < count; i++, answers++) {
                plain_receive(ready[i].data.fd, answer, message_size);
                if (slice < SLICES)
                    plain_send(ready[i].data.fd, message, message_size);
                else
                    out--;
            }
            now = now_ns();
        }
        if (slice < SLICES)
            times[slice] = (double)(now - start) / (double)answers;
    }
}

static void be_clients(const crowd *c, int go, int samples)
{
    double times[WAKES];
    size_t size = (size_t)samples_of_turn() * sizeof *times;
    char byte = 'r';
    connect_all(c);
    ask_one_at_a_time(c->connections, times); /* the last connection is accepted, too */
    if (write(samples, &byte, 1) != 1)
        exit(1);
    while (read(go, &byte, 1) == 1) {
        (is_busy ? ask_all : ask_one_at_a_time)(c->connections, times);
        if (write(samples, times, size) != (ssize_t)size)
            exit(1);
    }
}

/* --- in the main process ------------------------------------------------------------------------- */

static void start_crowd(crowd *c)
{
    int go[2], samples[2];
    char byte;
    c->process = start_server(c->server->serve, NULL);
    if (pipe(go) != 0 || pipe(samples) != 0)
        stop("pipe");
    pid_t clients = fork();
    if (clients < 0)
        stop("fork");
    if (clients == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(go[1]);
        pin(0);
        be_clients(c, go[0], samples[1]);
        exit(0);
    }
    close(go[0]);
    close(samples[1]);
    c->go = go[1];
    c->samples = samples[0];
    if (read(c->samples, &byte, 1) != 1)
        stop(c->server->name);
}

static void turn(crowd *c, double *times)
{
    ssize_t size = (ssize_t)((size_t)samples_of_turn() * sizeof *times);
    if (write(c->go, "g", 1) != 1 || read(c->samples, times, (size_t)size) != size)
        stop(c->server->name);
}

int main(int argc, char **argv)
{
    static crowd crowds[MOST_CROWDS];
    double times[WAKES];
    struct rlimit limit;
    int count = 0;
    if (argc < 3)
        return 2;
    alarm(240);
    raise_descriptor_limit();
    getrlimit(RLIMIT_NOFILE, &limit);
    is_busy = strcmp(argv[1], "busy") == 0;
    for (int i = 2; i < argc; i++) {
        for (const crowd_server *s = servers; s->name != NULL; s++) {
            if (!(is_busy ? s->for_busy : s->for_wakes) || count == MOST_CROWDS)
                continue;
            crowds[count].server = s;
            crowds[count].connections = atoi(argv[i]);
            if ((rlim_t)crowds[count].connections + 100 > limit.rlim_cur) {
                crowds[count].connections = (int)limit.rlim_cur - 100;
                fprintf(stderr, "%s: only %d connections, for want of descriptors\n", s->name, crowds[count].connections);
            }
            start_crowd(&crowds[count++]);
        }
    }
    int all_turns = rounds() * turns();
    for (int round = -1; round < all_turns; round++) {
        for (int i = 0; i < count; i++) {
            turn(&crowds[i], times);
            if (round >= 0)
                add_turn(&crowds[i].times, times, samples_of_turn());
        }
    }
    unit microseconds = { "us", 1000, 0 }, thousands = { "k/s", 0, 0.001 };
    const series *first = NULL;
    for (int i = 0; i < count; i++) {
        char work[64];
        if (i == 0 || crowds[i].connections != crowds[i - 1].connections)
            first = &crowds[i].times;
        snprintf(work, sizeof work, is_busy ? "%d busy clients" : "wake among %d", crowds[i].connections);
        print_series(work, is_busy ? &thousands : &microseconds, crowds[i].server->name, &crowds[i].times, first);
    }
    for (int i = 0; i < count; i++)
        end_peer(crowds[i].process);
    return 0;
}

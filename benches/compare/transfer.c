/* transfer WORK echo|stream SIZE CANDIDATES…
 *
 * echo: a message of SIZE bytes goes there and comes back; the time of each round trip.
 * stream: messages of SIZE bytes go one way until the receiver confirms the last one; the time for one. */
#include "compare.h"

enum { LARGEST = 65536, TRIPS = 200, LARGE_TRIPS = 100, SLICES = 4 };

static char message[LARGEST];
static size_t size;
static int samples, per_slice;
static int is_echo;

static void echo(const transport *t, void *connection)
{
    while (receive_all(t, connection, message, size))
        t->send(connection, message, size);
}

/* Reads each message with a call of its own, and confirms whenever a slice has come. */
static void sink(const transport *t, void *connection)
{
    size_t expected = size * (size_t)per_slice, got = 0, part;
    while ((part = t->receive(connection, message, size)) > 0) {
        got += part;
        if (got == expected) {
            t->send(connection, "k", 1);
            got = 0;
        }
    }
}

static void serve(const void *what, int tell)
{
    const transport *t = what;
    int port;
    void *listener = t->listen(t, &port);
    tell_port(tell, port);
    (is_echo ? echo : sink)(t, t->accept(t, listener));
}

static void turn(candidate *c, double *times)
{
    const transport *t = c->transport;
    for (int i = 0; i < samples; i++) {
        int64_t start = now_ns();
        for (int k = 0; k < per_slice; k++)
            t->send(c->connection, message, size);
        if (!receive_all(t, c->connection, message, is_echo ? size : 1))
            stop(t->name);
        times[i] = (double)(now_ns() - start) / per_slice;
    }
}

int main(int argc, char **argv)
{
    static candidate all[MOST_CANDIDATES];
    if (argc < 5 || (size = (size_t)atoi(argv[3])) > LARGEST)
        return 2;
    alarm(240);
    signal(SIGPIPE, SIG_IGN);
    is_echo = strcmp(argv[2], "echo") == 0;
    per_slice = is_echo ? 1 : size < 4096 ? 20000 : 64;
    samples = !is_echo ? SLICES : size < 4096 ? TRIPS : LARGE_TRIPS;
    int count = load_candidates(all, argv + 4);
    for (int i = 0; i < count; i++)
        all[i].server = start_server(serve, all[i].transport);
    pin(0);
    for (int i = 0; i < count; i++)
        all[i].connection = all[i].transport->connect(all[i].transport, all[i].server.port);
    take_turns(all, count, samples, turn);
    unit microseconds = { "us", 1000, 0 }, thousands = { "k/s", 0, 0.001 }, bytes = { "MiB/s", 0, (double)size / 1048576 };
    print_candidates(argv[1], is_echo ? &microseconds : size < 4096 ? &thousands : &bytes, all, count);
    for (int i = 0; i < count; i++)
        end_peer(all[i].server);
    _exit(0); /* what the libraries' threads still do is of no interest */
}

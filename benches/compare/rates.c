/* rates WORK connect CANDIDATES…
 *     connects, accepts and closes both ends, in one thread; how often a second.
 * rates WORK client full|resumed OTHER CANDIDATES…
 *     each candidate connects with TLS to the same server, reads one byte and closes; how often a second.
 * rates WORK client first|second OTHER CANDIDATES…
 *     the same, of each process only the first connection, or the second, which resumes the first one's session.
 * rates WORK server full|resumed OTHER CANDIDATES…
 *     the same client does so with each candidate's server.
 * OTHER holds the common side: its first candidate uses tickets, its last none. A candidate whose handshakes are not
 * what was asked for, full or resumed, is left out and said to be. */
#include "compare.h"

enum { CONNECTIONS = 50, HANDSHAKES = 10 };

static int is_resumed_wanted;

/* --- in one thread ------------------------------------------------------------------------------- */

/* A port of its own for every turn: connections that ended a moment ago keep their pair of ports, and with many of them
 * towards one the system's search for a free one would be all that is measured. */
static void connect_turn(candidate *c, double *times)
{
    const transport *t = c->transport;
    int port;
    void *listener = t->listen(t, &port);
    for (int i = 0; i < CONNECTIONS; i++) {
        int64_t start = now_ns();
        void *client = t->connect(t, port);
        void *channel = t->accept(t, listener);
        t->close(client);
        t->close(channel);
        times[i] = (double)(now_ns() - start);
    }
    t->close(listener);
}

/* --- between two processes ----------------------------------------------------------------------- */

/* One byte for each client: whether its handshake was a resumed one, where the server can tell. */
static void serve_handshakes(const void *what, int tell)
{
    const transport *t = what;
    int port;
    void *listener = t->listen(t, &port);
    tell_port(tell, port);
    for (;;) {
        void *connection = t->accept(t, listener);
        char byte = t->is_resumed == NULL ? '?' : t->is_resumed(connection) ? 'r' : 'f';
        t->send(connection, &byte, 1);
        t->receive(connection, &byte, 1);
        t->close(connection);
    }
}

static const transport *client; /* NULL: each candidate is its own */

/* One connection of a client: how long it took, and what kind of handshake it was. */
typedef struct handshake {
    double time;
    char kind;
} handshake;

static handshake shake_hands(const transport *t, int port)
{
    handshake done = { 0, 0 };
    int64_t start = now_ns();
    void *connection = t->connect(t, port);
    if (t->receive(connection, &done.kind, 1) != 1)
        stop(t->name);
    if (done.kind == '?' && t->is_resumed != NULL)
        done.kind = t->is_resumed(connection) ? 'r' : 'f';
    t->close(connection);
    done.time = (double)(now_ns() - start);
    return done;
}

static int wanted_of_process; /* which connection of each process is measured; 0: one process makes them all */

static handshake shake_hands_in_new_process(const transport *t, int port)
{
    handshake done;
    int ends[2];
    pid_t process;
    if (pipe(ends) != 0 || (process = fork()) < 0)
        stop("fork");
    if (process == 0) {
        for (int i = 0; i < wanted_of_process; i++)
            done = shake_hands(t, port);
        _exit(write(ends[1], &done, sizeof done) != sizeof done);
    }
    close(ends[1]);
    if (read(ends[0], &done, sizeof done) != sizeof done)
        stop(t->name);
    close(ends[0]);
    waitpid(process, NULL, 0);
    return done;
}

static void handshake_turn(candidate *c, double *times)
{
    const transport *t = client != NULL ? client : c->transport;
    int resumed = 0;
    for (int i = 0; i < HANDSHAKES; i++) {
        handshake done = wanted_of_process > 0 ? shake_hands_in_new_process(t, c->server.port) :
                                                 shake_hands(t, c->server.port);
        times[i] = done.time;
        resumed += done.kind == 'r';
    }
    /* The first of all has nothing to resume. */
    if (c->times.turns_count > 0 && resumed != (is_resumed_wanted ? HANDSHAKES : 0))
        c->connection = (void *)"handshakes were not what was asked for";
}

static void print_handshakes(const char *work, candidate *all, int count)
{
    unit per_second = { "1/s", 0, 1 };
    for (int i = 0; i < count; i++) {
        if (all[i].connection != NULL)
            fprintf(stderr, "%s: %s: left out, its %s\n", work, all[i].transport->name, (char *)all[i].connection);
        else
            print_series(work, &per_second, all[i].transport->name, &all[i].times, &all[0].times);
    }
}

int main(int argc, char **argv)
{
    static candidate all[MOST_CANDIDATES], other[MOST_CANDIDATES];
    if (argc < 4)
        return 2;
    alarm(240);
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(argv[2], "connect") == 0) {
        unit thousands = { "k/s", 0, 0.001 };
        int count = load_candidates(all, argv + 3);
        pin(0);
        take_turns(all, count, CONNECTIONS, connect_turn);
        print_candidates(argv[1], &thousands, all, count);
        return 0;
    }
    char *other_file[] = { argv[4], NULL };
    int measures_clients = strcmp(argv[2], "client") == 0, count = load_candidates(all, argv + 5);
    wanted_of_process = strcmp(argv[3], "first") == 0 ? 1 : strcmp(argv[3], "second") == 0 ? 2 : 0;
    is_resumed_wanted = strcmp(argv[3], "resumed") == 0 || wanted_of_process == 2;
    int others = load_candidates(other, other_file);
    if (others < 2)
        stop(argv[4]);
    const transport *common = other[is_resumed_wanted || wanted_of_process > 0 ? 0 : others - 1].transport;
    for (int i = 0; i < count; i++) {
        all[i].server = start_server(serve_handshakes, measures_clients ? common : all[i].transport);
    }
    pin(0);
    if (!measures_clients)
        client = common;
    take_turns(all, count, HANDSHAKES, handshake_turn);
    print_handshakes(argv[1], all, count);
    for (int i = 0; i < count; i++)
        end_peer(all[i].server);
    return 0;
}

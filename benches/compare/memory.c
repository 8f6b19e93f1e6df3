/* memory WORK CONNECTIONS CANDIDATES…
 *
 * What an accepted connection costs a server that has answered one message on it and waits: heap in use, and resident
 * memory, for each. Every candidate's server, and its clients, are processes of their own. */
#include "compare.h"

#include <malloc.h>

static int connections;

typedef struct cost {
    double heap, resident;
} cost;

static double resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1)
        stop("statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Ends with the server, which is done with it then. */
static void be_clients(const transport *t, int port)
{
    char byte = 'm';
    for (int i = 0; i < connections; i++) {
        void *connection = t->connect(t, port);
        t->send(connection, &byte, 1);
        if (t->receive(connection, &byte, 1) != 1)
            stop(t->name);
    }
    pause();
}

static void answer_one(const transport *t, void *listener)
{
    char byte;
    void *connection = t->accept(t, listener);
    if (t->receive(connection, &byte, 1) != 1)
        stop(t->name);
    t->send(connection, &byte, 1);
}

/* Runs as the server, and writes what it found. */
static void measure(const transport *t, int out)
{
    int port;
    cost found;
    void *listener = t->listen(t, &port);
    pid_t clients = fork();
    if (clients == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_clients(t, port);
    }
    /* The first one also pays for what all share. */
    answer_one(t, listener);
    struct mallinfo2 before = mallinfo2();
    double resident = resident_bytes();
    for (int i = 1; i < connections; i++)
        answer_one(t, listener);
    struct mallinfo2 after = mallinfo2();
    found.heap = (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / (connections - 1);
    found.resident = (resident_bytes() - resident) / (connections - 1);
    if (write(out, &found, sizeof found) != sizeof found)
        stop("pipe");
    kill(clients, SIGKILL);
    waitpid(clients, NULL, 0);
    exit(0);
}

int main(int argc, char **argv)
{
    static candidate all[MOST_CANDIDATES];
    if (argc < 4 || (connections = atoi(argv[2])) < 2)
        return 2;
    alarm(120);
    raise_descriptor_limit();
    int count = load_candidates(all, argv + 3);
    for (int i = 0; i < count; i++) {
        int ends[2];
        cost found;
        pid_t server;
        if (pipe(ends) != 0 || (server = fork()) < 0)
            stop("fork");
        if (server == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            measure(all[i].transport, ends[1]);
        }
        close(ends[1]);
        if (read(ends[0], &found, sizeof found) != sizeof found)
            stop(all[i].transport->name);
        close(ends[0]);
        waitpid(server, NULL, 0);
        printf("%s, heap\t%s\tB\t%.0f\t\t\n", argv[1], all[i].transport->name, found.heap);
        printf("%s, resident\t%s\tB\t%.0f\t\t\n", argv[1], all[i].transport->name, found.resident);
        fflush(stdout); /* or the next process would print it again */
    }
    return 0;
}

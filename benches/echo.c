/* The median time of a 64-byte question and its 64-byte answer, beside the same with plain blocking sockets. First on
 * one processor, where every nanosecond of both sides counts; then on two, where waking the other one is most of it. */
#include "bench.h"

enum { ROUNDS = 80, TRIPS = 250, SIZE = 64 };

static void *plain_echo(void *connection)
{
    int fd = (int)(intptr_t)connection;
    char buffer[4096];
    ssize_t got;
    while ((got = recv(fd, buffer, sizeof buffer, 0)) > 0)
        plain_send(fd, buffer, (size_t)got);
    return NULL;
}

static void *our_echo(void *connection)
{
    char buffer[4096];
    intptr_t got;
    while ((got = SocketRead(connection, 1, 0, buffer, sizeof buffer)) > 0)
        ours_write(connection, buffer, (int32_t)got);
    return NULL;
}

/* A way of asking: over a descriptor, or over a name of ours. */
typedef struct way {
    const char *what, *target;
    double allowed_us; /* more than the plain way may take; 0 = no target */
    const char *name;
    int fd;
    double medians[ROUNDS], over_plain[ROUNDS];
} way;

static void ask(way *w)
{
    char buffer[SIZE];
    memset(buffer, 'm', sizeof buffer);
    if (w->name == NULL) {
        plain_send(w->fd, buffer, SIZE);
        plain_receive(w->fd, buffer, SIZE);
    } else {
        ours_write(w->name, buffer, SIZE);
        if (SocketRead(w->name, 0, 10000, buffer, SIZE) != SIZE)
            stop(w->name);
    }
}

static double round_trip_us(way *w)
{
    double times[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        int64_t start = now_ns();
        ask(w);
        times[i] = (double)(now_ns() - start) / 1000;
    }
    return median(times, TRIPS);
}

/* One round trip with everything that goes on written to a file. While one socket is traced, the calls of all others cost
 * a little more: so it is only as long as this. */
static double traced_us(way *w, const char *file)
{
    double us;
    if (!SocketSetText(w->name, SocketTraceFile, file))
        stop(w->name);
    us = round_trip_us(w);
    if (!SocketSetText(w->name, SocketTraceFile, ""))
        stop(w->name);
    return us;
}

static void measure(int peer_on_last, const char *where)
{
    printf("%s\n", where);
    peers_on_last = peer_on_last;
    peer plain = start_peer(-1, plain_echo, NULL);
    peer untagged = start_peer(SocketNoEndTag, NULL, our_echo);
    peer sized = start_peer(SocketSize, NULL, our_echo);
    way ways[] = {
        { "64 B echo, plain C on both sides", "", 0, NULL, plain_connect(plain.port), { 0 }, { 0 } },
        { "64 B echo, no-tag mode, plain C server", "plain + 1.5 us", 1.5, "no-tag", 0, { 0 }, { 0 } },
        { "64 B echo, size mode, plain C server", "plain + 2 us", 2, "size", 0, { 0 }, { 0 } },
        { "64 B echo, no-tag mode, both sides", "", 0, "both no-tag", 0, { 0 }, { 0 } },
        { "64 B echo, size mode, both sides", "", 0, "both size", 0, { 0 }, { 0 } },
        { "64 B echo, size mode, traced as text", "untraced + 15 %", 0, "text", 0, { 0 }, { 0 } },
        { "64 B echo, size mode, traced as a capture", "untraced + 15 %", 0, "capture", 0, { 0 }, { 0 } },
    };
    enum { UNTRACED = 2, FIRST_TRACED = 5 };
    char text[64], capture[64], command[200];
    int count = sizeof ways / sizeof *ways;

    pin(0);
    ours_connect("no-tag", plain.port, SocketNoEndTag);
    ours_connect("size", plain.port, SocketSize);
    ours_connect("both no-tag", untagged.port, SocketNoEndTag);
    ours_connect("both size", sized.port, SocketSize);
    ours_connect("text", plain.port, SocketSize);
    ours_connect("capture", plain.port, SocketSize);
    snprintf(text, sizeof text, "/dev/shm/wdsocket-%d.txt", (int)getpid());
    snprintf(capture, sizeof capture, "/dev/shm/wdsocket-%d.pcapng", (int)getpid());
    const char *files[] = { text, capture };
    for (int i = 0; i < count; i++)
        round_trip_us(&ways[i]);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            way *w = &ways[i];
            w->medians[round] = i < FIRST_TRACED ? round_trip_us(w) : traced_us(w, files[i - FIRST_TRACED]);
            ways[i].over_plain[round] = ways[i].medians[round] - ways[i < FIRST_TRACED ? 0 : UNTRACED].medians[round];
        }
    }
    for (int i = 0; i < count; i++) {
        char figure[64];
        double over = median(ways[i].over_plain, ROUNDS), whole = median(ways[i].medians, ROUNDS);
        if (i >= FIRST_TRACED) {
            double share = over / (whole - over) * 100;
            snprintf(figure, sizeof figure, "%.2f us, untraced %+.1f %%", whole, share);
            if (peer_on_last)
                report(ways[i].what, figure, ways[i].target, share <= 15);
            else
                report(ways[i].what, figure, "", -1);
            continue;
        }
        if (i == 0)
            snprintf(figure, sizeof figure, "%.2f us", whole);
        else
            snprintf(figure, sizeof figure, "%.2f us, plain %+.2f us", whole, over);
        if (peer_on_last || ways[i].allowed_us == 0)
            report(ways[i].what, figure, "", -1);
        else
            report(ways[i].what, figure, ways[i].target, over <= ways[i].allowed_us);
    }
    end_peer(plain);
    end_peer(untagged);
    SocketCloseAll();
    end_peer(sized);
    snprintf(command, sizeof command, "rm -f %s* %s*", text, capture);
    if (system(command) != 0)
        stop("the traces");
}

/* Each in a process of its own: a peer is forked before the library is used. */
int main(void)
{
    pid_t first = fork();
    if (first == 0) {
        measure(0, "both sides on one processor:");
        return 0;
    }
    waitpid(first, NULL, 0);
    measure(1, "each side on a processor of its own:");
    return 0;
}

/* What finding a socket among 1,000 costs, less a call that looks nothing up. SocketId and SocketName take a reference
 * to the socket, as a transfer does, and give it back; SocketName copies the name out as well. */
#include "bench.h"

#include <sys/resource.h>

enum { SOCKETS = 1000, CALLS = 200000, ROUNDS = 21 };

static char names[SOCKETS][24];
static int32_t ids[SOCKETS];

/* Each measurement calls in the same order, so that all of them miss the caches alike. */
#define MEASURE(into, call)                                                   \
    do {                                                                      \
        int64_t start_ = now_ns();                                            \
        for (int i = 0; i < CALLS; i++) {                                     \
            int n = i * 7 % SOCKETS;                                          \
            (void)n;                                                          \
            if ((call) < 0)                                                   \
                stop(#call);                                                  \
        }                                                                     \
        (into) = (double)(now_ns() - start_) / CALLS;                         \
    } while (0)

int main(void)
{
    static double empty[ROUNDS], by_id[ROUNDS], by_name[ROUNDS];
    struct rlimit limit;
    char figure[64], name[32];
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    pin(0);
    for (int i = 0; i < SOCKETS; i++) {
        snprintf(names[i], sizeof names[i], "connection %d", i);
        if (!SocketCreate(names[i], 0, "127.0.0.1") || (ids[i] = (int32_t)SocketId(names[i])) <= 0)
            stop("create");
    }
    for (int round = 0; round < ROUNDS; round++) {
        double call;
        MEASURE(empty[round], SocketErrorCode());
        MEASURE(call, SocketName(ids[n], name, sizeof name));
        by_id[round] = call - empty[round];
        MEASURE(call, SocketId(names[n]));
        by_name[round] = call - empty[round];
    }
    snprintf(figure, sizeof figure, "%.1f ns", median(empty, ROUNDS));
    report("a call that looks nothing up", figure, "", -1);
    double id_ns = median(by_id, ROUNDS), name_ns = median(by_name, ROUNDS);
    snprintf(figure, sizeof figure, "%.1f ns more", id_ns);
    report("finding and releasing a socket by its id", figure, "100 ns", id_ns < 100);
    snprintf(figure, sizeof figure, "%.1f ns more", name_ns);
    report("finding and releasing a socket by its name", figure, "150 ns", name_ns < 150);
    return 0;
}

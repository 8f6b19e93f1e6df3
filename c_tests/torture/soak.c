/* Sixteen threads over names and ids of every kind, for so many seconds; at the end the descriptors and the memory are
 * what they were after the first tenth of the time. Arguments: certificate, root, seconds. Ends with 77 where it
 * cannot have a network of its own. */
#define _GNU_SOURCE
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "own_loopback.h"
#include "wdsocket.h"

enum { THREADS = 16, MOST_GROWTH = 512 << 10 };

static const char *certificate;
static atomic_int stop, wrong;
static atomic_long rounds, messages;

static void fault(int line, const char *what)
{
    char text[1024] = "";
    int code = (int)SocketErrorCode();
    SocketErrorInfo(text, sizeof text);
    if (atomic_fetch_add(&wrong, 1) < 20)
        printf("line %d: %s (%d %s)\n", line, what, code, text);
}

#define HOLDS(condition)                 \
    do {                                 \
        if (!(condition)) {              \
            fault(__LINE__, #condition); \
            return;                      \
        }                                \
    } while (0)

static void exchange(int32_t one, int32_t other, unsigned *seed)
{
    char out[20000], in[20000];
    int i;
    for (i = 0; i < 20; i++) {
        int size = (int)(rand_r(seed) % sizeof out);
        memset(out, 'a' + i, (size_t)size);
        HOLDS(SocketWriteId(one, out, size) == 1);
        HOLDS(SocketReadId(other, 0, 20000, in, sizeof in) == size);
        HOLDS(memcmp(in, out, (size_t)size) == 0);
        atomic_fetch_add(&messages, 1);
    }
}

static int32_t taken_by(int32_t server)
{
    intptr_t id = -1;
    if (SocketWaitForConnectionId(server, 20000) == 1)
        id = SocketAcceptId(server);
    if (id <= 0)
        fault(__LINE__, "no client came");
    return (int32_t)id;
}

static int32_t port_of(int32_t id)
{
    char port[8] = "0";
    SocketLocalInfoId(id, SocketPort, port, sizeof port);
    return atoi(port);
}

static void by_id(unsigned *seed)
{
    int32_t server = (int32_t)SocketCreateId(0, "127.0.0.1"), client, channel, watch, ids[4];
    HOLDS(server > 0);
    HOLDS((client = (int32_t)SocketConnectId(port_of(server), "localhost", 20000)) > 0);
    HOLDS((channel = taken_by(server)) > 0);
    HOLDS((watch = (int32_t)SocketWatchId()) > 0 && SocketWatchAddId(watch, channel) == 1);
    HOLDS(SocketWriteId(client, "told", 4) == 1 && SocketWatchWaitId(watch, 20000, ids, 4) == 1 && ids[0] == channel);
    HOLDS(SocketReadId(channel, 0, 0, ids, 4) == 4);
    exchange(client, channel, seed);
    if (rand_r(seed) % 2 == 0)
        HOLDS(SocketShutdownId(client) == 1);
    HOLDS(SocketCloseId(watch) == 1 && SocketCloseId(client) == 1);
    HOLDS(SocketReadId(channel, 0, 20000, ids, 4) < 0);
    HOLDS(SocketCloseId(channel) == 1 && SocketCloseId(server) == 1);
}

static void by_name(unsigned *seed, int thread)
{
    char server[32], client[32], channel[32], port[8], in[16];
    snprintf(server, sizeof server, "server %d", thread);
    snprintf(client, sizeof client, "client %d", thread);
    HOLDS(SocketCreate(server, 0, "127.0.0.1") == 1);
    HOLDS(SocketLocalInfo(server, SocketPort, port, sizeof port) > 0);
    HOLDS(SocketConnect(client, atoi(port), "127.0.0.1", 20000) == 1);
    HOLDS(SocketWaitForConnection(server, 20000) == 1 && SocketAccept(server, channel, sizeof channel) > 0);
    HOLDS(SocketChangeTransmissionMode(client, SocketNoEndTag, NULL, 0) == 1);
    HOLDS(SocketChangeTransmissionMode(channel, SocketNoEndTag, NULL, 0) == 1);
    HOLDS(SocketWrite(client, "bytes", 5) == 1 && SocketRead(channel, 0, 20000, in, sizeof in) == 5);
    if (rand_r(seed) % 2 == 0)
        HOLDS(SocketClose(channel) == 1 && SocketRead(client, 0, 20000, in, sizeof in) < 0);
    else
        HOLDS(SocketClose(channel) == 1);
    HOLDS(SocketClose(client) == 1 && SocketClose(server) == 1);
}

static void simplified(unsigned *seed)
{
    char in[16];
    int32_t server = (int32_t)SocketCreateId(0, NULL), client;
    HOLDS(server > 0);
    HOLDS((client = (int32_t)SocketConnectId(port_of(server), "localhost", 20000)) > 0);
    HOLDS(SocketWriteId(client, "question", 8) == 1 && SocketReadId(server, 0, 20000, in, sizeof in) == 8);
    HOLDS(SocketWriteId(server, "answer", 6) == 1 && SocketReadId(client, 0, 20000, in, sizeof in) == 6);
    HOLDS(SocketCloseId(rand_r(seed) % 2 == 0 ? client : server) == 1);
    SocketCloseId(client);
    SocketCloseId(server);
}

static void datagrams(unsigned *seed)
{
    char in[2000];
    int32_t udp = (int32_t)SocketCreateUDPId(0, "127.0.0.1");
    int size = (int)(rand_r(seed) % 1500);
    HOLDS(udp > 0);
    HOLDS(SocketWriteToId(udp, in, size, "127.0.0.1", port_of(udp)) == 1);
    HOLDS(SocketReadId(udp, 0, 20000, in, sizeof in) == size);
    HOLDS(SocketReadId(udp, 0, 1, in, sizeof in) == -WDSOCKET_ERR_TIMEOUT);
    HOLDS(SocketCloseId(udp) == 1);
}

typedef struct accepting {
    int32_t server, channel;
} accepting;

static void *accept_tls(void *argument)
{
    accepting *a = argument;
    char in[16];
    a->channel = taken_by(a->server);
    if (a->channel > 0 && SocketReadId(a->channel, 0, 20000, in, sizeof in) != 5)
        fault(__LINE__, "the first message over TLS");
    return NULL;
}

static void over_tls(unsigned *seed)
{
    accepting a = {(int32_t)SocketCreateSSLId(0, certificate, 0, "127.0.0.1", NULL), 0};
    pthread_t thread;
    int32_t client;
    HOLDS(a.server > 0);
    HOLDS(pthread_create(&thread, NULL, accept_tls, &a) == 0);
    client = (int32_t)SocketConnectSSLId(port_of(a.server), "localhost", 0, 20000, NULL);
    if (client <= 0 || SocketWriteId(client, "hello", 5) != 1)
        fault(__LINE__, "a connection over TLS");
    pthread_join(thread, NULL);
    if (client > 0 && a.channel > 0)
        exchange(client, a.channel, seed);
    SocketCloseId(client);
    SocketCloseId(a.channel);
    SocketCloseId(a.server);
}

static void *work(void *number)
{
    unsigned seed = (unsigned)(intptr_t)number * 7919;
    while (!atomic_load(&stop)) {
        switch (rand_r(&seed) % 5) {
        case 0: by_id(&seed); break;
        case 1: by_name(&seed, (int)(intptr_t)number); break;
        case 2: simplified(&seed); break;
        case 3: datagrams(&seed); break;
        default: over_tls(&seed); break;
        }
        atomic_fetch_add(&rounds, 1);
        if (atomic_load(&wrong) > 20)
            break;
    }
    return NULL;
}

static void soak(int seconds)
{
    pthread_t threads[THREADS];
    int i;
    atomic_store(&stop, 0);
    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(intptr_t)(i + 1));
    sleep((unsigned)seconds);
    atomic_store(&stop, 1);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    SocketCloseAll();
}

static int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* Ports of closed connections are free at once where there are many; otherwise a minute's would be all there are. */
static int keep_few_closed_connections(void)
{
    FILE *file = fopen("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w");
    int put = file != NULL && fputs("1000", file) >= 0;
    return file != NULL && fclose(file) == 0 && put;
}

int main(int argc, char **argv)
{
    int seconds, before, after;
    size_t bytes, left;
    if (argc < 4 || (seconds = atoi(argv[3])) < 10)
        return 2;
    if (!enter_a_loopback_of_our_own(0) || !keep_few_closed_connections())
        return 77;
    alarm((unsigned)seconds + 110);
    setvbuf(stdout, NULL, _IOLBF, 0);
    mallopt(M_ARENA_MAX, 1); /* mallinfo2 tells of one arena */
    certificate = argv[1];
    SocketSetText(NULL, SSLCaFile, argv[2]);
    SocketSetOption(NULL, SSLSystemRoots, 0);
    soak(seconds / 10);
    before = descriptors();
    bytes = mallinfo2().uordblks;
    soak(seconds - seconds / 10);
    after = descriptors();
    left = mallinfo2().uordblks;
    printf("%d seconds, %ld rounds, %ld messages; %d descriptors before, %d after; %zu bytes before, %zu after\n", seconds,
           atomic_load(&rounds), atomic_load(&messages), before, after, bytes, left);
    if (before != after)
        fault(__LINE__, "descriptors are left");
    if (left > bytes + MOST_GROWTH)
        fault(__LINE__, "memory is left");
    return atomic_load(&wrong) != 0;
}

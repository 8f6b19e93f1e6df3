/* A program that connects, accepts and echoes in frames, over TLS and by UDP, waits on a watch and closes, while one system call or
 * allocation of its own fails (see failing.c). It holds when nothing that says yes is wrong, every no has a code and a text,
 * everything goes on afterwards, and every descriptor is closed. Arguments: certificate, root. Ends with 77 where it
 * cannot have a network of its own.
 *
 * It goes through the scene three times: first to settle what is made once, then with the fault, then without one again.
 * In that one everything must work: a shortage that has passed leaves nothing behind. The files are touched before the fault, so
 * that they are read again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own_loopback.h"
#include "wdsocket.h"

enum { LARGE = 300000 };

static const char *certificate, *root;
static atomic_int *armed;
static int faulty; /* whether a call may say no */
static int wrong;
static atomic_int noes;

static void fault(int line, const char *what)
{
    char text[1200] = "";
    int code = (int)SocketErrorCode();
    SocketErrorInfo(text, sizeof text);
    if (armed != NULL)
        atomic_store(armed, 0);
    printf("line %d: %s (%d %s)\n", line, what, code, text);
    wrong++;
}

/* A yes, or a no that is told rightly: a code of its own and a text that names the function. */
static int said(int line, const char *what, intptr_t result, int is_length)
{
    char text[2048] = "";
    int code = (int)SocketErrorCode();
    if (is_length ? result >= 0 : result == 1)
        return 1;
    atomic_fetch_add(&noes, 1);
    if (!faulty) {
        fault(line, what);
    } else if (is_length && result != -code) {
        fault(line, "a result that is not its code");
    } else if (code <= 0 || code == WDSOCKET_ERR_INTERNAL || code == WDSOCKET_ERR_NOT_FOUND ||
               code == WDSOCKET_ERR_INVALID_ARGUMENT) {
        fault(line, what);
    } else if (SocketErrorInfo(text, sizeof text) < 10 || strncmp(text, "Socket", 6) != 0 || strlen(text) > 1000) {
        fault(line, "a text that does not name the function, or is too long");
    }
    return 0;
}

#define YES(call) said(__LINE__, #call, (call), 0)
#define LENGTH(call) said(__LINE__, #call, (call), 1)

/* Reads until a whole message is there; wrong bytes are a fault whatever failed. */
static int reads(int line, int32_t id, const char *expected, int length)
{
    static __thread char in[LARGE + 16];
    int tries;
    for (tries = 0; tries < 4; tries++) {
        intptr_t got = SocketReadId(id, 0, 3000, in, sizeof in);
        if (got >= 0) {
            if (got == length && memcmp(in, expected, (size_t)length) == 0)
                return 1;
            fault(line, "a message that nobody sent");
            return 0;
        }
        said(line, "SocketReadId", got, 1);
        if (got != -WDSOCKET_ERR_LIMIT)
            return 0;
    }
    return 0;
}

#define READS(id, text, length) reads(__LINE__, id, text, length)

static int32_t port_of(int32_t id)
{
    char port[8] = "";
    return LENGTH(SocketLocalInfoId(id, SocketPort, port, sizeof port)) ? atoi(port) : 0;
}

static int32_t accept_one(int32_t server)
{
    int tries;
    for (tries = 0; tries < 4; tries++) {
        intptr_t id;
        if (!YES(SocketWaitForConnectionId(server, 3000))) {
            if (SocketErrorCode() == WDSOCKET_ERR_TIMEOUT)
                return 0; /* nobody comes any more */
            continue;
        }
        id = SocketAcceptId(server);
        if (id > 0)
            return (int32_t)id;
        said(__LINE__, "SocketAcceptId", id, 1);
    }
    return 0;
}

static char *large;

static void *write_large(void *id)
{
    YES(SocketWriteId((int32_t)(intptr_t)id, large, LARGE));
    return NULL;
}

static void exchange(int32_t client, int32_t channel)
{
    pthread_t writer;
    if (!YES(SocketWriteId(client, "hello", 5)) || !READS(channel, "hello", 5) ||
        !YES(SocketWriteId(channel, "and back", 8)) || !READS(client, "and back", 8))
        return;
    LENGTH(SocketPendingId(client));
    if (pthread_create(&writer, NULL, write_large, (void *)(intptr_t)client) != 0)
        return;
    READS(channel, large, LARGE);
    if (wrong == 0 && faulty)
        SocketCloseId(channel); /* what is left of a message that failed need not be waited for */
    pthread_join(writer, NULL);
}

static void tcp(void)
{
    intptr_t server, client, watch;
    int32_t port, channel, ids[4];
    if (!LENGTH(server = SocketCreateId(0, "127.0.0.1")) || (port = port_of((int32_t)server)) == 0)
        return;
    if (!LENGTH(client = SocketConnectId(port, "localhost", 3000)) || (channel = accept_one((int32_t)server)) == 0)
        return;
    YES(SocketSetOptionId((int32_t)client, SocketKeepAlive, 60));
    LENGTH(SocketGetOptionId((int32_t)client, SocketKeepAlive));
    YES(SocketSetOptionId((int32_t)client, SocketWriteTimeout, 3000));
    if (LENGTH(watch = SocketWatchId()) && YES(SocketWatchAddId((int32_t)watch, channel)) &&
        YES(SocketWatchAddId((int32_t)watch, (int32_t)server))) {
        intptr_t count;
        int tries = 0;
        if (YES(SocketWriteId((int32_t)client, "told", 4))) {
            while ((count = SocketWatchWaitId((int32_t)watch, 3000, ids, 4)) < 0 && tries++ < 3)
                said(__LINE__, "SocketWatchWaitId", count, 1);
            if (count > 0 && ids[0] != channel)
                fault(__LINE__, "a watch told another socket");
            if (count == 0 && !faulty)
                fault(__LINE__, "a watch told nothing");
            READS(channel, "told", 4);
        }
        YES(SocketWatchRemoveId((int32_t)watch, channel));
    }
    exchange((int32_t)client, channel);
    YES(SocketShutdownId((int32_t)client));
}

static void udp(void)
{
    intptr_t one, other;
    int32_t port;
    if (!LENGTH(one = SocketCreateUDPId(0, "127.0.0.1")) || !LENGTH(other = SocketCreateUDPId(0, "127.0.0.1")) ||
        (port = port_of((int32_t)other)) == 0)
        return;
    if (YES(SocketWriteToId((int32_t)one, "datagram", 8, "127.0.0.1", port)))
        READS((int32_t)other, "datagram", 8);
    if (YES(SocketWriteToId((int32_t)one, large, 60000, "localhost", port))) {
        LENGTH(SocketPendingId((int32_t)other));
        READS((int32_t)other, large, 60000);
    }
}

typedef struct accepting {
    int32_t server, channel;
} accepting;

static void *accept_tls(void *argument)
{
    accepting *a = argument;
    a->channel = accept_one(a->server);
    if (a->channel != 0)
        READS(a->channel, "first", 5);
    return NULL;
}

static void tls(void)
{
    intptr_t client;
    accepting a = {0, 0};
    pthread_t thread;
    int32_t port;
    if (!YES(SocketSetText(NULL, SSLCaFile, root)) || !YES(SocketSetOption(NULL, SSLSystemRoots, 0)))
        return;
    a.server = (int32_t)SocketCreateSSLId(0, certificate, 0, "127.0.0.1", NULL);
    if (!LENGTH(a.server) || (port = port_of(a.server)) == 0)
        return;
    if (pthread_create(&thread, NULL, accept_tls, &a) != 0)
        return;
    client = SocketConnectSSLId(port, "localhost", 0, 4000, NULL);
    if (LENGTH(client))
        YES(SocketWriteId((int32_t)client, "first", 5));
    pthread_join(thread, NULL);
    if (client > 0 && a.channel > 0)
        exchange((int32_t)client, a.channel);
}

static void names(void)
{
    char text[64];
    /* No literal, so that the system's resolver is asked. */
    intptr_t client = SocketConnectId(1, "ip6-loopback", 3000);
    if (client >= 0)
        fault(__LINE__, "a connection to nobody");
    else if (SocketErrorCode() == WDSOCKET_ERR_INTERNAL || SocketErrorCode() == WDSOCKET_ERR_INVALID_ARGUMENT)
        fault(__LINE__, "a wrong code for a host name");
    SocketLocalInfo("nobody", SocketAddress, text, sizeof text);
}

static int entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* Once the threads of the library that look up names have ended: they hold descriptors of their own. */
static int descriptors(void)
{
    int tries;
    for (tries = 0; tries < 5000 && entries("/proc/self/task") > 3; tries++)
        usleep(1000);
    return entries("/proc/self/fd");
}

static void scene(void)
{
    tcp();
    SocketCloseAll();
    udp();
    SocketCloseAll();
    tls();
    SocketCloseAll();
    names();
    SocketCloseAll();
}

int main(int argc, char **argv)
{
    int before, after;
    alarm(60);
    if (argc < 3)
        return 2;
    if (!enter_a_loopback_of_our_own(0))
        return 77;
    setvbuf(stdout, NULL, _IOLBF, 0);
    certificate = argv[1];
    root = argv[2];
    armed = dlsym(RTLD_DEFAULT, "failing_armed");
    large = malloc(LARGE);
    memset(large, 'l', LARGE);
    scene();
    before = descriptors();
    faulty = 1;
    if (utimensat(AT_FDCWD, certificate, NULL, 0) != 0 || utimensat(AT_FDCWD, root, NULL, 0) != 0)
        return 2;
    if (armed != NULL)
        atomic_store(armed, 1);
    scene();
    if (armed != NULL)
        atomic_store(armed, 0);
    faulty = 0;
    after = descriptors();
    if (before != after) {
        printf("%d descriptors before, %d after\n", before, after);
        wrong++;
    }
    scene();
    printf("noes %d\n", atomic_load(&noes));
    return wrong != 0;
}

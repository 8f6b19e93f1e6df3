/* A UDP socket driven from the command line: udp_tool ADDRESS|- PORT ACTION…
 *
 *   port                  prints "port N"
 *   print TEXT            prints the text
 *   join GROUP INTERFACE  leave GROUP INTERFACE
 *   say HOST PORT TEXT    sends a datagram
 *   hear                  waits for one and prints "TEXT from ADDRESS PORT"
 *   echo COUNT            sends back as many datagrams as come
 *   ask HOST PORT SIZE    sends a datagram until it comes back as it was */
#include "check.h"

enum { LONGEST = 65507 };

static char out[LONGEST], in[LONGEST + 100];

static void fail(const char *action)
{
    char text[1024] = "";
    SocketErrorInfo(text, sizeof text);
    fprintf(stderr, "%s: %s\n", action, text);
    exit(1);
}

static int32_t sender(char *address)
{
    char port[16];
    if (SocketClientInfo("tool", SocketAddress, address, 64) <= 0 ||
        SocketClientInfo("tool", SocketPort, port, sizeof port) <= 0)
        fail("sender");
    return atoi(port);
}

static intptr_t receive(int32_t timeout)
{
    intptr_t size = SocketRead("tool", 0, timeout, in, sizeof in);
    if (size < 0 && size != -WDSOCKET_ERR_TIMEOUT)
        fail("read");
    return size;
}

static void ask(const char *host, int32_t port, int32_t size)
{
    int i, tries;
    for (i = 0; i < size; i++)
        out[i] = (char)(i * 31 + size);
    for (tries = 0; tries < 100; tries++) {
        intptr_t got;
        if (SocketWriteTo("tool", out, size, host, port) != 1)
            fail("ask");
        /* Late answers to earlier tries are passed over. */
        while ((got = receive(200)) >= 0)
            if (got == size && memcmp(in, out, (size_t)size) == 0)
                return;
    }
    fail("no answer");
}

int main(int argc, char **argv)
{
    char address[64];
    int i;
    check_start(60);
    if (argc < 3 || !SocketCreateUDP("tool", atoi(argv[2]), strcmp(argv[1], "-") == 0 ? NULL : argv[1]))
        fail("create");
    for (i = 3; i < argc; i++) {
        const char *action = argv[i];
        char **given = argv + i + 1;
        if (strcmp(action, "port") == 0) {
            if (SocketLocalInfo("tool", SocketPort, address, sizeof address) <= 0)
                fail(action);
            printf("port %s\n", address);
        } else if (strcmp(action, "print") == 0 && i + 1 < argc) {
            puts(given[0]);
            i += 1;
        } else if (strcmp(action, "join") == 0 && i + 2 < argc) {
            if (!SocketJoinGroup("tool", given[0], given[1]))
                fail(action);
            i += 2;
        } else if (strcmp(action, "leave") == 0 && i + 2 < argc) {
            if (!SocketLeaveGroup("tool", given[0], given[1]))
                fail(action);
            i += 2;
        } else if (strcmp(action, "say") == 0 && i + 3 < argc) {
            if (!SocketWriteTo("tool", given[2], -1, given[0], atoi(given[1])))
                fail(action);
            i += 3;
        } else if (strcmp(action, "hear") == 0) {
            intptr_t size = receive(30000);
            int32_t port;
            if (size < 0)
                fail(action);
            port = sender(address);
            printf("%.*s from %s %d\n", (int)size, in, address, (int)port);
        } else if (strcmp(action, "echo") == 0 && i + 1 < argc) {
            int count = atoi(given[0]);
            while (count-- > 0) {
                intptr_t size = receive(30000);
                int32_t port;
                if (size < 0)
                    fail(action);
                port = sender(address);
                if (!SocketWriteTo("tool", in, (int32_t)size, address, port))
                    fail(action);
            }
            i += 1;
        } else if (strcmp(action, "ask") == 0 && i + 3 < argc) {
            ask(given[0], atoi(given[1]), atoi(given[2]));
            i += 3;
        } else {
            fprintf(stderr, "what is %s?\n", action);
            return 2;
        }
    }
    return 0;
}

/* example_relay.c: a relay that traces both sides. Usage: example_relay port host port trace [certificate [root]] */
#include <stdio.h>
#include <stdlib.h>

#include "wdsocket.h"

enum { MOST = 256 };

static int32_t client[MOST], server[MOST]; /* the two sides of each connection; 0 where there is none */

static int failed(void)
{
    char text[1000];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
    fflush(stdout);
    return 1;
}

static void leave(int place)
{
    SocketCloseId(client[place]);
    SocketCloseId(server[place]);
    client[place] = server[place] = 0;
}

/* A client, and a connection to the server for it; with a certificate both are under TLS. */
static void take(int32_t door, int32_t watch, const char *host, int port, int secure)
{
    int place = 0;
    intptr_t one = SocketAcceptId(door);
    intptr_t other = secure ? SocketConnectSSLId(port, host, 0, 5000, NULL) : SocketConnectId(port, host, 5000);
    while (place < MOST && client[place] != 0)
        place++;
    if (one <= 0 || other <= 0 || place == MOST) {
        failed();
        SocketCloseId((int32_t)one);
        SocketCloseId((int32_t)other);
        return;
    }
    client[place] = (int32_t)one;
    server[place] = (int32_t)other;
    SocketChangeTransmissionModeId(server[place], SocketNoEndTag, NULL, 0);
    SocketWatchAddId(watch, client[place]);
    SocketWatchAddId(watch, server[place]);
}

static void hand_on(int32_t from)
{
    static char bytes[65536];
    for (int place = 0; place < MOST; place++) {
        if (client[place] != from && server[place] != from)
            continue;
        int32_t to = client[place] == from ? server[place] : client[place];
        intptr_t size = SocketReadId(from, 0, 0, bytes, sizeof bytes);
        if (size >= 0 ? !SocketWriteId(to, bytes, (int32_t)size) : SocketErrorCode() != WDSOCKET_ERR_TIMEOUT)
            leave(place);
        return;
    }
}

int main(int argc, char **argv)
{
    const char *certificate = argc > 5 ? argv[5] : NULL;
    int32_t door, watch, ready[64];
    intptr_t count;
    char port[8];

    if (argc < 5)
        return 2;
    /* For every socket made from here on. */
    if (!SocketSetText(NULL, SocketTraceFile, argv[4]) || !SocketSetText(NULL, SSLCaFile, argc > 6 ? argv[6] : NULL))
        return failed();
    door = (int32_t)(certificate ? SocketCreateSSLId(atoi(argv[1]), certificate, 0, "127.0.0.1", NULL)
                                 : SocketCreateId(atoi(argv[1]), "127.0.0.1"));
    watch = (int32_t)SocketWatchId();
    if (door <= 0 || watch <= 0 || !SocketChangeTransmissionModeId(door, SocketNoEndTag, NULL, 0) ||
        !SocketWatchAddId(watch, door) || SocketLocalInfoId(door, SocketPort, port, sizeof port) <= 0)
        return failed();
    printf("listening on port %s\n", port);
    fflush(stdout);
    while ((count = SocketWatchWaitId(watch, WDSOCKET_INFINITE, ready, 64)) >= 0)
        for (intptr_t i = 0; i < count; i++)
            if (ready[i] == door)
                take(door, watch, argv[2], atoi(argv[3]), certificate != NULL);
            else
                hand_on(ready[i]);
    return failed();
}

/* instructions bare|no-tag|size|name|name-no-tag|watch|watch-size|connections COUNT: sends and receives COUNT messages of 64 bytes
 * over a connection whose two ends are in this thread, for a program that counts the instructions. `bare` makes the system calls
 * alone. With `watch` and `watch-size` a watch tells the connections that have one, and each is read and sent back to a peer of bare
 * system calls. `connections` makes, accepts and closes COUNT connections. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wdsocket.h"

enum { SIZE = 64, FRAMED = 68, PEERS = 20 };

static char message[SIZE], received[SIZE];

static int bare(int count)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int i, client, channel, listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return 0;
    client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr *)&address, sizeof address) != 0 ||
        (channel = accept(listener, NULL, NULL)) < 0)
        return 0;
    for (i = 0; i < count; i++)
        if (send(client, message, SIZE, MSG_NOSIGNAL) != SIZE || recv(channel, received, SIZE, 0) != SIZE)
            return 0;
    return 1;
}

static int by_id(int mode, int count)
{
    char port[8];
    int i;
    int32_t client, channel, listener = (int32_t)SocketCreateId(0, "127.0.0.1");
    if (!SocketChangeTransmissionModeId(listener, mode, NULL, 0) ||
        SocketLocalInfoId(listener, SocketPort, port, sizeof port) <= 0)
        return 0;
    client = (int32_t)SocketConnectId(atoi(port), "127.0.0.1", 5000);
    if (!SocketWaitForConnectionId(listener, 5000) || (channel = (int32_t)SocketAcceptId(listener)) <= 0 ||
        !SocketChangeTransmissionModeId(client, mode, NULL, 0))
        return 0;
    for (i = 0; i < count; i++)
        if (SocketWriteId(client, message, SIZE) != 1 || SocketReadId(channel, 0, 5000, received, SIZE) != SIZE)
            return 0;
    return 1;
}

static int by_name(int mode, int count)
{
    char port[8], channel[32];
    int i;
    if (!SocketCreate("listener", 0, "127.0.0.1") || SocketLocalInfo("listener", SocketPort, port, sizeof port) <= 0 ||
        !SocketChangeTransmissionMode("listener", mode, NULL, 0) ||
        !SocketConnect("client", atoi(port), "127.0.0.1", 5000) || !SocketWaitForConnection("listener", 5000) ||
        SocketAccept("listener", channel, sizeof channel) <= 0 ||
        !SocketChangeTransmissionMode("client", mode, NULL, 0))
        return 0;
    for (i = 0; i < count; i++)
        if (SocketWrite("client", message, SIZE) != 1 || SocketRead(channel, 0, 5000, received, SIZE) != SIZE)
            return 0;
    return 1;
}

static int by_watch(int mode, int count)
{
    struct sockaddr_in address;
    char port[8], framed[FRAMED];
    int i, k, size = mode == SocketSize ? FRAMED : SIZE, peers[PEERS];
    int32_t ready[PEERS], channel, watch = (int32_t)SocketWatchId(), listener = (int32_t)SocketCreateId(0, "127.0.0.1");
    if (!SocketChangeTransmissionModeId(listener, mode, NULL, 0) ||
        SocketLocalInfoId(listener, SocketPort, port, sizeof port) <= 0)
        return 0;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)atoi(port));
    for (k = 0; k < PEERS; k++) {
        peers[k] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(peers[k], (struct sockaddr *)&address, sizeof address) != 0 ||
            !SocketWaitForConnectionId(listener, 5000) || (channel = (int32_t)SocketAcceptId(listener)) <= 0 ||
            !SocketWatchAddId(watch, channel))
            return 0;
    }
    memcpy(framed, "64\r\n", 4);
    memset(framed + 4, 'x', SIZE);
    for (i = 0; i < count; i += PEERS) {
        for (k = 0; k < PEERS; k++)
            if (send(peers[k], framed, (size_t)size, MSG_NOSIGNAL) != size)
                return 0;
        if (SocketWatchWaitId(watch, 5000, ready, PEERS) != PEERS)
            return 0;
        for (k = 0; k < PEERS; k++)
            if (SocketReadId(ready[k], 0, 0, received, SIZE) != SIZE || SocketWriteId(ready[k], received, SIZE) != 1)
                return 0;
        for (k = 0; k < PEERS; k++)
            if (recv(peers[k], framed, (size_t)size, MSG_WAITALL) != size)
                return 0;
    }
    return 1;
}

static int connections(int count)
{
    char text[8];
    int i, port;
    int32_t listener = (int32_t)SocketCreateId(0, "127.0.0.1");
    if (SocketLocalInfoId(listener, SocketPort, text, sizeof text) <= 0 || (port = atoi(text)) == 0)
        return 0;
    for (i = 0; i < count; i++) {
        int32_t channel, client = (int32_t)SocketConnectId(port, "127.0.0.1", 5000);
        if (client <= 0 || (channel = (int32_t)SocketAcceptId(listener)) <= 0 || !SocketCloseId(channel) ||
            !SocketCloseId(client))
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    int count, done = 0;
    alarm(120);
    if (argc != 3 || (count = atoi(argv[2])) <= 0)
        return 2;
    if (strcmp(argv[1], "bare") == 0)
        done = bare(count);
    else if (strcmp(argv[1], "no-tag") == 0)
        done = by_id(SocketNoEndTag, count);
    else if (strcmp(argv[1], "size") == 0)
        done = by_id(SocketSize, count);
    else if (strcmp(argv[1], "name") == 0)
        done = by_name(SocketSize, count);
    else if (strcmp(argv[1], "name-no-tag") == 0)
        done = by_name(SocketNoEndTag, count);
    else if (strcmp(argv[1], "watch") == 0)
        done = by_watch(SocketNoEndTag, count);
    else if (strcmp(argv[1], "watch-size") == 0)
        done = by_watch(SocketSize, count);
    else if (strcmp(argv[1], "connections") == 0)
        done = connections(count);
    if (!done)
        fprintf(stderr, "%s failed, error %d\n", argv[1], (int)SocketErrorCode());
    return !done;
}

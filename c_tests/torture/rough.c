/* One end of a connection over a network that misbehaves; networks.py makes the network and says what must come of it.
 *
 *   serve PORT                 echoes every message of every client, until it is ended
 *   transfer HOST PORT COUNT SIZE
 *                              sends COUNT messages, each with a sum of its bytes, and reads them back
 *   read HOST PORT MS          reads where nothing comes
 *   connect HOST PORT MS       connects
 *   write HOST PORT MS         writes until a message is refused
 *   keep HOST PORT SECONDS     reads without limit, with SocketKeepAlive
 *
 * Each prints one line: the code of its end (0: all went well), the milliseconds that the last call took, the text. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wdsocket.h"

enum { LARGEST = 1 << 20 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t begun;

static int end(int code)
{
    char text[1024] = "";
    SocketErrorInfo(text, sizeof text);
    printf("%d %lld %s\n", code, (long long)(now_ms() - begun), text);
    return 0;
}

static void *echo(void *id)
{
    int32_t channel = (int32_t)(intptr_t)id;
    char *message = malloc(LARGEST);
    intptr_t length;
    while ((length = SocketReadId(channel, 1, 0, message, LARGEST)) >= 0)
        if (SocketWriteId(channel, message, (int32_t)length) != 1)
            break;
    SocketCloseId(channel);
    free(message);
    return NULL;
}

static int serve(int port)
{
    int32_t server = (int32_t)SocketCreateId(port, NULL);
    if (server <= 0)
        return end((int)SocketErrorCode());
    puts("serving");
    while (SocketWaitForConnectionId(server, WDSOCKET_INFINITE) == 1) {
        intptr_t channel = SocketAcceptId(server);
        pthread_t thread;
        if (channel > 0 && pthread_create(&thread, NULL, echo, (void *)channel) == 0)
            pthread_detach(thread);
    }
    return 0;
}

static uint32_t sum(const unsigned char *bytes, int size)
{
    uint32_t s = 2166136261u;
    int i;
    for (i = 0; i < size; i++)
        s = (s ^ bytes[i]) * 16777619u;
    return s;
}

static int transfer(int32_t id, int count, int size)
{
    static unsigned char out[LARGEST], in[LARGEST];
    unsigned seed = 17;
    int i, j;
    for (i = 0; i < count; i++) {
        uint32_t expected, found;
        for (j = 4; j < size; j++)
            out[j] = (unsigned char)rand_r(&seed);
        expected = sum(out + 4, size - 4);
        memcpy(out, &expected, 4);
        begun = now_ms();
        if (SocketWriteId(id, out, size) != 1)
            return end((int)SocketErrorCode());
        if (SocketReadId(id, 0, 60000, in, sizeof in) != size)
            return end(SocketErrorCode() != 0 ? (int)SocketErrorCode() : 100);
        memcpy(&found, in, 4);
        if (found != expected || sum(in + 4, size - 4) != expected)
            return end(101);
    }
    return end(0);
}

int main(int argc, char **argv)
{
    static char message[LARGEST];
    int32_t id, value;
    alarm(300);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(atoi(argv[2]));
    if (argc < 5)
        return 2;
    value = atoi(argv[4]);
    begun = now_ms();
    id = (int32_t)SocketConnectId(atoi(argv[3]), argv[2], strcmp(argv[1], "connect") == 0 ? value : 20000);
    if (id <= 0 || strcmp(argv[1], "connect") == 0)
        return end((int)SocketErrorCode());
    if (strcmp(argv[1], "transfer") == 0 && argc == 6)
        return transfer(id, value, atoi(argv[5]));
    if (strcmp(argv[1], "read") == 0) {
        puts("connected");
        begun = now_ms();
        SocketReadId(id, 0, value, message, sizeof message);
    } else if (strcmp(argv[1], "write") == 0) {
        puts("connected");
        SocketSetOptionId(id, SocketWriteTimeout, value);
        do {
            begun = now_ms();
        } while (SocketWriteId(id, message, 100000) == 1);
    } else if (strcmp(argv[1], "keep") == 0) {
        SocketSetOptionId(id, SocketKeepAlive, value);
        puts("connected");
        begun = now_ms();
        SocketReadId(id, 1, 0, message, sizeof message);
    }
    return end((int)SocketErrorCode());
}

/*
 * Several hundred clients in one program: each connects, then each sends a message and gets it back.
 *
 *   demo_many PORT CLIENTS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wdsocket.h"

#define MOST 1000

static int print_error(void)
{
    char text[512];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    static int32_t client[MOST];
    char message[32], answer[32];
    int count, i, answered = 0;

    if (argc != 3 || (count = atoi(argv[2])) < 1 || count > MOST)
        return 2;
    for (i = 0; i < count; i++) {
        client[i] = (int32_t)SocketConnectId(atoi(argv[1]), "127.0.0.1", 10000);
        if (client[i] < 0)
            return print_error();
    }
    printf("%d clients are connected\n", count);
    for (i = 0; i < count; i++) {
        snprintf(message, sizeof message, "client %d", i);
        if (!SocketWriteId(client[i], message, -1))
            return print_error();
    }
    for (i = 0; i < count; i++) {
        int size = snprintf(message, sizeof message, "client %d", i);
        if (SocketReadId(client[i], 0, 10000, answer, sizeof answer) != size)
            return print_error();
        answered += memcmp(answer, message, (size_t)size) == 0;
    }
    printf("%d of them have their own message back\n", answered);
    SocketCloseAll();
    return answered != count;
}

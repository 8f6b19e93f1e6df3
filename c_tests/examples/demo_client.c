/*
 * A client: connects, sends one message, prints the answer.
 *
 *   demo_client PORT MESSAGE
 */
#include <stdio.h>
#include <stdlib.h>

#include "wdsocket.h"

static int print_error(void)
{
    char text[512];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    char answer[1024];
    intptr_t length;

    if (argc != 3)
        return 2;
    if (!SocketConnect("client", atoi(argv[1]), "127.0.0.1", 5000) || !SocketWrite("client", argv[2], -1))
        return print_error();
    printf("sent \"%s\"\n", argv[2]);
    length = SocketRead("client", 0, 5000, answer, sizeof answer);
    if (length < 0)
        return print_error();
    printf("received \"%.*s\"\n", (int)length, answer);
    SocketClose("client");
    return 0;
}

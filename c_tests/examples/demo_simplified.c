/*
 * A simplified server: one client at a time, and one name for everything. The first read accepts the client.
 *
 *   demo_simplified PORT
 */
#include <stdio.h>
#include <stdlib.h>

#include "wdsocket.h"

int main(int argc, char **argv)
{
    char message[1024], address[64];
    intptr_t length;

    if (argc != 2 || !SocketCreate("till", atoi(argv[1]), "127.0.0.1"))
        return 1;
    SocketLocalInfo("till", SocketPort, address, sizeof address);
    printf("waiting for one client on port %s\n", address);
    while ((length = SocketRead("till", 0, 20000, message, sizeof message)) >= 0) {
        SocketClientInfo("till", SocketAddress, address, sizeof address);
        printf("%s ordered \"%.*s\"\n", address, (int)length, message);
        SocketWrite("till", "That makes 3 euros.", -1);
    }
    printf("the client %s\n", length == -WDSOCKET_ERR_CLOSED ? "has left" : "is lost");
    SocketClose("till");
    return 0;
}

/* example_watch_server.c: many clients with one thread; every message goes back. Usage: example_watch_server [port] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "wdsocket.h"

static char message[1 << 20];

static void serve(int32_t client)
{
    intptr_t size = SocketReadId(client, 0, 0, message, sizeof message);
    if (size == -WDSOCKET_ERR_TIMEOUT)
        return;
    if (size < 0 || !SocketWriteId(client, message, (int32_t)size))
        SocketCloseId(client); /* it left; closing takes it out of the watch */
}

int main(int argc, char **argv)
{
    int32_t server, watch, ready[256];
    char port[8];

    SocketSetOption(NULL, SocketWriteTimeout, 2000); /* nobody waits long for a client that does not read */
    server = (int32_t)SocketCreateId(argc > 1 ? atoi(argv[1]) : 5000, "127.0.0.1");
    watch = (int32_t)SocketWatchId();
    if (server < 0 || watch < 0 || !SocketWatchAddId(watch, server))
        return 1;
    SocketLocalInfoId(server, SocketPort, port, sizeof port);
    printf("listening on port %s\n", port);
    fflush(stdout);
    for (;;) {
        intptr_t count = SocketWatchWaitId(watch, WDSOCKET_INFINITE, ready, 256);
        if (count < 0)
            return 1;
        for (intptr_t i = 0; i < count; i++) {
            intptr_t client;
            if (ready[i] != server)
                serve(ready[i]);
            else if ((client = SocketAcceptId(server)) > 0 && !SocketWatchAddId(watch, (int32_t)client))
                SocketCloseId((int32_t)client);
        }
    }
}

/*
 * A standard server: one thread a client, any number of clients at once. It answers every message with a greeting.
 *
 *   demo_server [PORT [CLIENTS]]   port 0 takes any free one; with CLIENTS, it ends after so many have come and gone
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "wdsocket.h"

static void print_error(void)
{
    char text[512];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
}

/* Talks with one client until it leaves. The argument is its channel's name, ours to free. */
static void *talk(void *argument)
{
    char *channel = argument, message[1024], answer[1100], address[64];
    intptr_t length;

    SocketClientInfo(channel, SocketAddress, address, sizeof address);
    printf("%s is connected from %s\n", channel, address);
    while ((length = SocketRead(channel, 1, 0, message, sizeof message)) >= 0) {
        printf("%s said \"%.*s\"\n", channel, (int)length, message);
        snprintf(answer, sizeof answer, "Welcome, %.*s!", (int)length, message);
        SocketWrite(channel, answer, -1);
    }
    if (length == -WDSOCKET_ERR_CLOSED)
        printf("%s has left\n", channel);
    else
        print_error();
    SocketClose(channel);
    free(channel);
    return NULL;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 4000;
    int clients = argc > 2 ? atoi(argv[2]) : -1;
    char text[8];
    pthread_t thread;

    if (!SocketCreate("server", port, "127.0.0.1")) {
        print_error();
        return 1;
    }
    SocketLocalInfo("server", SocketPort, text, sizeof text);
    printf("waiting for clients on port %s\n", text);
    while (clients-- != 0 && SocketWaitForConnection("server", WDSOCKET_INFINITE)) {
        char *channel = malloc(32);
        if (SocketAccept("server", channel, 32) > 0 && pthread_create(&thread, NULL, talk, channel) == 0)
            pthread_detach(thread);
        else { /* no client could be taken, or there is no thread for it */
            SocketClose(channel);
            free(channel);
        }
    }
    SocketClose("server"); /* new clients are refused from here on; those connected stay */
    pthread_exit(NULL);    /* and the program ends when the last of their threads does */
}

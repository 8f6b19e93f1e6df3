/* A TLS server that takes every client and answers each message with itself, until it is ended.
 * Arguments: certificate, options. Prints "port N". */
#include "check.h"

static void *serve(void *argument)
{
    char *channel = argument, message[1024];
    intptr_t length;
    while ((length = SocketRead(channel, 0, 20000, message, sizeof message)) >= 0)
        SocketWrite(channel, message, (int32_t)length);
    SocketClose(channel);
    free(channel);
    return NULL;
}

int main(int argc, char **argv)
{
    char text[512] = "";
    check_start(300);
    if (argc < 3 || SocketCreateSSL("server", 0, argv[1], atoi(argv[2]), "127.0.0.1", NULL) != 1 ||
        SocketLocalInfo("server", SocketPort, text, sizeof text) <= 0) {
        SocketErrorInfo(text, sizeof text);
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    printf("port %s\n", text);
    for (;;) {
        char *channel;
        pthread_t thread;
        if (SocketWaitForConnection("server", 1000) != 1)
            continue;
        channel = calloc(1, 32);
        if (channel == NULL || SocketAccept("server", channel, 32) <= 0) {
            free(channel);
            continue;
        }
        if (pthread_create(&thread, NULL, serve, channel) == 0)
            pthread_detach(thread);
    }
}

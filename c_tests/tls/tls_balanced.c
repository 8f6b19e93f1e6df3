/* A server that runs several times behind a load balancer: it answers each line with its own name, the client's address
 * and whether the client's TLS session was taken up, "-" in clear. Prints "port N", and serves until its standard input ends.
 * Arguments: name, port (0 for a free one; it is shared), certificate (empty for a server in clear), file of ticket keys. */
#include "check.h"

static const char *own_name;

static void *serve(void *argument)
{
    char *channel = argument, line[64], client[64], resumed[8], answer[256];
    CHECK_EQ(1, SocketChangeTransmissionMode(channel, SocketLine, NULL, 0));
    while (SocketRead(channel, 1, 0, line, sizeof line) >= 0) {
        if (SocketSSLInfo(channel, SSLResumed, resumed, sizeof resumed) < 0)
            strcpy(resumed, "-");
        CHECK(SocketClientInfo(channel, SocketAddress, client, sizeof client) > 0);
        snprintf(answer, sizeof answer, "%s %s %s", own_name, client, resumed);
        if (SocketWrite(channel, answer, -1) != 1)
            break;
    }
    SocketClose(channel);
    free(channel);
    return NULL;
}

static void *end_with_input(void *argument)
{
    (void)argument;
    while (getchar() != EOF)
        ;
    SocketClose("server");
    return NULL;
}

int main(int argc, char **argv)
{
    char port[8], channel[256];
    pthread_t input;
    check_start(100);
    if (argc != 5)
        return 2;
    own_name = argv[1];
    CHECK_EQ(1, SocketSetText(NULL, SSLTicketKeyFile, argv[4]));
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 0));
    CHECK_EQ(1, *argv[3] == '\0' ? SocketCreate("server", atoi(argv[2]), "127.0.0.1")
                                 : SocketCreateSSL("server", atoi(argv[2]), argv[3], 0, "127.0.0.1", NULL));
    CHECK_EQ(1, SocketSetOption("server", SocketProxyProtocol, 1));
    CHECK(SocketLocalInfo("server", SocketPort, port, sizeof port) > 0);
    printf("port %s\n", port);
    fflush(stdout);
    input = thread_start(end_with_input, NULL);
    while (SocketWaitForConnection("server", WDSOCKET_INFINITE) == 1) {
        char *name;
        pthread_t thread;
        if (SocketAccept("server", channel, sizeof channel) <= 0)
            continue; /* it has left already */
        name = strdup(channel);
        thread = thread_start(serve, name);
        pthread_detach(thread);
    }
    pthread_join(input, NULL);
    return check_end();
}

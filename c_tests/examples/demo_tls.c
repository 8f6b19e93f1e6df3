/*
 * TLS on one page: a server in a thread, and two clients. The first trusts the server's certificate and talks, the second
 * does not and is told why.
 *
 *   demo_tls SERVER.pem TRUSTED.pem
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wdsocket.h"

static void print_error(void)
{
    char text[1024];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
}

static void *serve(void *unused)
{
    char channel[32], message[1024];
    intptr_t length;
    int client;

    for (client = 0; client < 2 && SocketWaitForConnection("server", 10000); client++) {
        SocketAccept("server", channel, sizeof channel);
        /* The handshake runs inside the first read. */
        while ((length = SocketRead(channel, 0, 10000, message, sizeof message)) >= 0)
            SocketWrite(channel, message, (int32_t)length);
        SocketClose(channel);
    }
    return unused;
}

static int connect_to(const char *port)
{
    return (int)SocketConnectSSL("client", atoi(port), "localhost", 0, 10000, NULL);
}

int main(int argc, char **argv)
{
    char port[8], answer[1024], version[32], subject[256];
    intptr_t length;
    pthread_t thread;

    if (argc != 3)
        return 2;
    if (!SocketCreateSSL("server", 0, argv[1], 0, "127.0.0.1", NULL)) {
        print_error();
        return 1;
    }
    SocketLocalInfo("server", SocketPort, port, sizeof port);
    if (pthread_create(&thread, NULL, serve, NULL) != 0)
        return 1;

    SocketSetText("client", SSLCaFile, argv[2]);
    if (!connect_to(port) || !SocketWrite("client", "one tea", -1)) {
        print_error();
        return 1;
    }
    length = SocketRead("client", 0, 10000, answer, sizeof answer);
    SocketSSLInfo("client", SSLProtocol, version, sizeof version);
    SocketSSLInfo("client", SSLPeerSubject, subject, sizeof subject);
    printf("%s with %s: sent \"one tea\", received \"%.*s\"\n", version, subject, (int)length, answer);
    SocketClose("client");

    printf("a client that does not know the certificate:\n");
    if (connect_to(port))
        return 1;
    print_error();
    pthread_join(thread, NULL);
    SocketCloseAll();
    return length != 7 || memcmp(answer, "one tea", 7) != 0;
}

/*
 * The other end of the programs in hosts/, in clear and under TLS: greets whoever says something, or says something itself.
 *
 *   host_peer serve CERTIFICATE.pem         prints its two ports, and serves until its standard input ends
 *   host_peer ask PORT TLS_PORT TRUSTED.pem  asks a server of each kind, and prints what it answers
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wdsocket.h"

/* With an accent, and a zero inside. */
static const char MESSAGE[] = "Zo\xc3\xab\0end";
static const char ANSWER[] = "Welcome, Zo\xc3\xab\0end!";

static int print_error(void)
{
    char text[1024];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
    return 1;
}

static void *greet(void *argument)
{
    char *channel = argument, answer[70000] = "Welcome, ";
    intptr_t length;

    while ((length = SocketRead(channel, 1, 0, answer + 9, 65536)) >= 0) {
        answer[9 + length] = '!';
        SocketWrite(channel, answer, (int32_t)length + 10);
    }
    SocketClose(channel);
    free(channel);
    return NULL;
}

static void *serve(void *server)
{
    pthread_t thread;

    while (SocketWaitForConnection(server, WDSOCKET_INFINITE)) {
        char *channel = malloc(32);
        if (SocketAccept(server, channel, 32) < 0 || pthread_create(&thread, NULL, greet, channel) != 0)
            free(channel);
        else
            pthread_detach(thread);
    }
    return NULL;
}

static int serve_both(const char *certificate)
{
    static char clear[] = "clear", secure[] = "secure";
    char port[8], secure_port[8];
    pthread_t threads[2];

    if (!SocketCreate(clear, 0, "127.0.0.1") || !SocketCreateSSL(secure, 0, certificate, 0, "127.0.0.1", NULL))
        return print_error();
    SocketLocalInfo(clear, SocketPort, port, sizeof port);
    SocketLocalInfo(secure, SocketPort, secure_port, sizeof secure_port);
    printf("%s %s\n", port, secure_port);
    fflush(stdout);
    if (pthread_create(&threads[0], NULL, serve, clear) != 0 || pthread_create(&threads[1], NULL, serve, secure) != 0)
        return 1;
    while (getchar() != EOF) {}
    return 0;
}

/* What a server answers to the message has to be the greeting, to the last byte. */
static int ask(const char *client)
{
    char answer[256];
    intptr_t length;

    if (!SocketWrite(client, MESSAGE, sizeof MESSAGE - 1))
        return print_error();
    if ((length = SocketRead(client, 0, 20000, answer, sizeof answer)) < 0)
        return print_error();
    SocketClose(client);
    printf("%s: answered with %d bytes\n", client, (int)length);
    return length != sizeof ANSWER - 1 || memcmp(answer, ANSWER, sizeof ANSWER - 1) != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve_both(argv[2]);
    if (argc != 5 || strcmp(argv[1], "ask") != 0)
        return 2;
    if (!SocketConnect("clear", atoi(argv[2]), "127.0.0.1", 20000) || ask("clear") != 0)
        return print_error();
    if (!SocketSetText("secure", SSLCaFile, argv[4]) ||
        !SocketConnectSSL("secure", atoi(argv[3]), "localhost", 0, 20000, NULL))
        return print_error();
    return ask("secure");
}

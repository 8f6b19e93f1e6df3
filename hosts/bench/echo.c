/* The other end of the benchmarks: sends back what it receives, on a port that it prints, until its standard input ends. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void *echo(void *argument)
{
    int peer = (int)(intptr_t)argument, on = 1;
    char data[4096];
    ssize_t size;

    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while ((size = recv(peer, data, sizeof data, 0)) > 0)
        if (send(peer, data, (size_t)size, 0) != size) break;
    close(peer);
    return NULL;
}

static void *serve(void *argument)
{
    int server = (int)(intptr_t)argument, peer;
    pthread_t thread;

    while ((peer = accept(server, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, echo, (void *)(intptr_t)peer) == 0) pthread_detach(thread);
    return NULL;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;

    if (bind(server, (struct sockaddr *)&address, size) != 0 || listen(server, 16) != 0) return 1;
    getsockname(server, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)server) != 0) return 1;
    while (getchar() != EOF) {}
    return 0;
}

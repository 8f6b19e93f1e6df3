/* An echo server on a watch, one thread, and some hundred clients that check every byte. */
#include "watch_scene.h"

#include <poll.h>
#include <sys/wait.h>

enum { CLIENTS = 300, MESSAGES = 40, LARGEST = 3000, READY = 32 };

static int message_size(int client, int number)
{
    return (client * 131 + number * 977) % LARGEST;
}

static void fill(char *out, int client, int number, int size)
{
    int i;
    for (i = 0; i < size; i++)
        out[i] = (char)(client + number * 7 + i);
}

/* One connection of the client's process: sends its messages one by one in two packets each. */
typedef struct connection {
    int fd;
    int number;
    int header, size, got;
    char answer[LARGEST + 16], expected[LARGEST + 16];
} connection;

static void ask(connection *c, int client)
{
    char *out = c->expected;
    int half;
    c->size = message_size(client, c->number);
    c->header = sprintf(out, "%d\r\n", c->size);
    fill(out + c->header, client, c->number, c->size);
    half = (c->header + c->size) / 2;
    c->got = 0;
    if (!peer_send(c->fd, out, (size_t)half) || !peer_send(c->fd, out + half, (size_t)(c->header + c->size - half)))
        _exit(10);
}

/* The clients, in a process of their own; its exit status is 0 when every answer was right. */
static void be_the_clients(int port)
{
    static connection connections[CLIENTS];
    static struct pollfd polls[CLIENTS];
    int i, open = CLIENTS;
    alarm(100);
    for (i = 0; i < CLIENTS; i++) {
        if ((connections[i].fd = peer_connect(port)) < 0)
            _exit(11);
        polls[i].fd = connections[i].fd;
        polls[i].events = POLLIN;
        ask(&connections[i], i);
    }
    while (open > 0) {
        if (poll(polls, CLIENTS, 30000) <= 0)
            _exit(12);
        for (i = 0; i < CLIENTS; i++) {
            connection *c = &connections[i];
            int whole = c->header + c->size;
            ssize_t got;
            if (polls[i].fd < 0 || polls[i].revents == 0)
                continue;
            got = recv(c->fd, c->answer + c->got, (size_t)(whole - c->got), 0);
            if (got <= 0)
                _exit(13);
            c->got += (int)got;
            if (c->got < whole)
                continue;
            if (memcmp(c->answer, c->expected, (size_t)whole) != 0)
                _exit(14);
            if (++c->number < MESSAGES) {
                ask(c, i);
            } else {
                close(c->fd);
                polls[i].fd = -1;
                open--;
            }
        }
    }
    _exit(0);
}

static void one_thread_echoes_to_hundreds_of_clients(void)
{
    static char message[LARGEST];
    sock server, watch;
    int32_t ready[READY], port, id;
    int left = 0, messages = 0, status = -1;
    pid_t clients;
    port = s_listen(&server, "server");
    REQUIRE(port != 0);
    CHECK_EQ(1, S_Watch(&watch, "watch"));
    CHECK_EQ(1, S_WatchAdd(&watch, &server));
    id = s_id(&server);
    clients = fork();
    REQUIRE(clients >= 0);
    if (clients == 0)
        be_the_clients(port);
    while (left < CLIENTS) {
        intptr_t count = S_WatchWait(&watch, 30000, ready, READY), i;
        REQUIRE(count > 0);
        for (i = 0; i < count; i++) {
            intptr_t size;
            if (ready[i] == id) {
                intptr_t client = SocketAcceptId(id);
                REQUIRE(client > 0);
                REQUIRE(SocketWatchAddId(s_id(&watch), (int32_t)client) == 1);
                continue;
            }
            size = SocketReadId(ready[i], 0, 0, message, sizeof message);
            if (size >= 0) {
                messages++;
                REQUIRE(SocketWriteId(ready[i], message, (int32_t)size) == 1);
            } else {
                CHECK_EQ(-WDSOCKET_ERR_CLOSED, size);
                CHECK_EQ(1, SocketCloseId(ready[i]));
                left++;
            }
        }
    }
    CHECK_EQ(CLIENTS * MESSAGES, messages);
    CHECK_QUIET(&watch);
    CHECK_EQ(clients, waitpid(clients, &status, 0));
    CHECK_EQ(0, status);
}

int main(void)
{
    check_start(120);
    RUN(one_thread_echoes_to_hundreds_of_clients);
    return check_end();
}

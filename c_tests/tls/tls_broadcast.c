/* Everybody hears everybody: a standard server with a thread a channel, each of which sends what its client says to the
 * clients of all. Every socket is read by one thread while others write to it. */
#include "tls_family.h"

enum { CLIENTS = 8, MESSAGES = 300, LONGEST = 3000 };

static sock clients[CLIENTS], channels[CLIENTS];
static pthread_t servers[CLIENTS];
static int taken;
static event all_are_taken = EVENT_INITIALIZER;

/* A message that follows from who says it and how many he said before; its length does, too. */
static int compose(char *message, int who, int number)
{
    int head = sprintf(message, "%d %d ", who, number), size = head + (who * 977 + number * 131) % LONGEST, i;
    for (i = head; i < size; i++)
        message[i] = (char)('a' + (who * 7 + number + i) % 26);
    message[size] = '\0';
    return size;
}

/* The server's thread of one channel, until its client leaves. */
static void *serve(void *argument)
{
    const sock *channel = argument;
    char message[LONGEST + 64];
    intptr_t size;
    int i;
    while ((size = S_Read(channel, 1, 0, message, sizeof message)) >= 0) {
        event_wait(&all_are_taken);
        for (i = 0; i < CLIENTS; i++)
            if (S_Write(&channels[i], message, (int32_t)size) != 1) {
                check_fault_with_error(__FILE__, __LINE__, "a message is sent on");
                return NULL;
            }
    }
    CHECK_EQ(-WDSOCKET_ERR_CLOSED, size);
    return NULL;
}

static void *speak(void *argument)
{
    const sock *client = argument;
    char message[LONGEST + 64];
    int i, who = (int)(client - clients);
    for (i = 0; i < MESSAGES; i++)
        if (S_Write(client, message, compose(message, who, i)) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a message is said");
            break;
        }
    return NULL;
}

/* Every client's messages come to every client, whole and in the order of who said them. */
static void *hear_all(void *argument)
{
    const sock *client = argument;
    char message[LONGEST + 64], expected[LONGEST + 64];
    int next[CLIENTS] = {0}, i;
    for (i = 0; i < CLIENTS * MESSAGES; i++) {
        int who = -1, number = -1;
        intptr_t size = S_Read(client, 1, 0, message, LONGEST + 63);
        if (size < 0) {
            check_fault_with_error(__FILE__, __LINE__, "a message is heard");
            return NULL;
        }
        message[size] = '\0';
        if (sscanf(message, "%d %d ", &who, &number) != 2 || who < 0 || who >= CLIENTS || number != next[who] ||
            compose(expected, who, number) != size || memcmp(message, expected, (size_t)size) != 0) {
            check_fault(__FILE__, __LINE__, "a message came whole and in its order");
            return NULL;
        }
        next[who]++;
    }
    return NULL;
}

/* Takes the clients, and gives each its thread: a handshake runs in the first read of the channel. */
static void *take_all(void *argument)
{
    const sock *listener = argument;
    int i;
    for (i = 0; i < CLIENTS; i++) {
        if (!s_take(listener, &channels[i]))
            break;
        servers[i] = thread_start(serve, &channels[i]);
    }
    taken = i;
    event_set(&all_are_taken);
    return NULL;
}

static int connect_all(int32_t port, int over_tls)
{
    char name[16];
    int i;
    for (i = 0; i < CLIENTS; i++) {
        snprintf(name, sizeof name, "client %d", i);
        if ((over_tls ? S_ConnectSSL(&clients[i], name, port, "localhost", 0, 10000)
                      : S_Connect(&clients[i], name, port, "127.0.0.1", 10000)) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a client connects");
            return 0;
        }
    }
    return 1;
}

static void eight_threads_broadcast(sock *listener, int32_t port, int over_tls)
{
    pthread_t speakers[CLIENTS], hearers[CLIENTS], taker;
    int i, connected;
    all_are_taken.happened = 0;
    taker = thread_start(take_all, listener);
    connected = connect_all(port, over_tls);
    thread_end(taker);
    if (connected && taken == CLIENTS) {
        for (i = 0; i < CLIENTS; i++) {
            hearers[i] = thread_start(hear_all, &clients[i]);
            speakers[i] = thread_start(speak, &clients[i]);
        }
        for (i = 0; i < CLIENTS; i++) {
            thread_end(speakers[i]);
            thread_end(hearers[i]);
        }
    }
    for (i = 0; i < CLIENTS; i++)
        S_Close(&clients[i]);
    for (i = 0; i < taken; i++)
        thread_end(servers[i]);
}

static void eight_threads_broadcast_to_each_other_s_clients(void)
{
    sock listener;
    int32_t port = s_listen(&listener, "listener");
    REQUIRE(port != 0);
    eight_threads_broadcast(&listener, port, 0);
}

static void eight_threads_broadcast_to_each_other_s_clients_over_tls(void)
{
    sock listener;
    int32_t port = tls_listen(&listener, "listener");
    REQUIRE(port != 0);
    eight_threads_broadcast(&listener, port, 1);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(eight_threads_broadcast_to_each_other_s_clients);
    RUN(eight_threads_broadcast_to_each_other_s_clients_over_tls);
    return check_end();
}

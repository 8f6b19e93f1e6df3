/* A channel that is stuck beside others that are not: nobody pays for it but who writes to it. */
#include "scene.h"

enum { FAST = 4, ROUNDS = 300, LARGE = 32 << 20, WRITE_MS = 300 };

static char *large;

typedef struct stuck {
    const sock *channel;
    atomic_int thread, ended;
    intptr_t result, code;
} stuck;

static void *write_to_who_does_not_read(void *argument)
{
    stuck *s = argument;
    atomic_store(&s->thread, this_thread());
    s->result = S_Write(s->channel, large, LARGE);
    s->code = SocketErrorCode();
    atomic_store(&s->ended, 1);
    return NULL;
}

static void *read_from_who_stopped_in_mid_message(void *argument)
{
    stuck *s = argument;
    char text[16];
    atomic_store(&s->thread, this_thread());
    s->result = S_Read(s->channel, 1, 0, text, sizeof text);
    s->code = SocketErrorCode();
    atomic_store(&s->ended, 1);
    return NULL;
}

/* The server's side of a fast client: every message goes back. */
static void *echo(void *argument)
{
    const sock *channel = argument;
    char text[64];
    intptr_t size;
    while ((size = S_Read(channel, 1, 0, text, sizeof text)) >= 0)
        CHECK_EQ(1, S_Write(channel, text, (int32_t)size));
    CHECK_EQ(-WDSOCKET_ERR_CLOSED, size);
    return NULL;
}

static void *talk(void *argument)
{
    int fd = *(int *)argument, i;
    for (i = 0; i < ROUNDS; i++) {
        PEER_SEND(fd, "7\r\nmessage");
        if (!peer_expects(fd, "7\r\nmessage", 10)) {
            check_fault(__FILE__, __LINE__, "a fast client is answered");
            break;
        }
    }
    close(fd);
    return NULL;
}

/* A server with a thread a channel. One thread writes to a client that does not read, one reads from a client that does
 * not go on; all others, and new ones, are served meanwhile. */
static void a_stuck_channel_holds_up_no_other(void)
{
    sock listener, channels[FAST + 2];
    stuck writing = {&channels[0], 0, 0, 0, 0}, reading = {&channels[1], 0, 0, 0, 0};
    int fds[FAST + 2], i;
    pthread_t writer, reader, servers[FAST], clients[FAST];
    int32_t port = s_listen(&listener, "listener");
    for (i = 0; i < 2; i++) {
        fds[i] = peer_connect(port);
        REQUIRE(fds[i] >= 0 && s_take(&listener, &channels[i]));
    }
    writer = thread_start(write_to_who_does_not_read, &writing);
    wait_until_thread_waits(&writing.thread);
    PEER_DELIVER(fds[1], "10\r\nhalf");
    reader = thread_start(read_from_who_stopped_in_mid_message, &reading);
    wait_until_thread_waits(&reading.thread);
    for (i = 2; i < FAST + 2; i++) {
        fds[i] = peer_connect(port);
        REQUIRE(fds[i] >= 0 && s_take(&listener, &channels[i]));
        servers[i - 2] = thread_start(echo, &channels[i]);
        clients[i - 2] = thread_start(talk, &fds[i]);
    }
    for (i = 0; i < FAST; i++) {
        thread_end(clients[i]);
        thread_end(servers[i]);
    }
    CHECK_EQ(0, atomic_load(&writing.ended));
    CHECK_EQ(0, atomic_load(&reading.ended));
    CHECK_EQ(1, S_Connected(&channels[0]));
    CHECK_EQ(1, S_Close(&channels[0]));
    CHECK_EQ(1, S_Close(&channels[1]));
    thread_end(writer);
    thread_end(reader);
    CHECK_EQ(0, writing.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, writing.code);
    CHECK_EQ(-WDSOCKET_ERR_CANCELLED, reading.result);
    close(fds[0]);
    close(fds[1]);
}

/* One thread that writes to all: it loses SocketWriteTimeout once, and the stuck client. */
static void a_stuck_client_costs_who_writes_to_all_its_write_timeout_once(void)
{
    sock listener, channels[FAST];
    int fds[FAST], i, round;
    int64_t start = now_ms();
    int32_t port = s_listen(&listener, "listener");
    CHECK_EQ(1, S_SetOption(&listener, SocketWriteTimeout, WRITE_MS)); /* for the channels to come */
    for (i = 0; i < FAST; i++) {
        fds[i] = peer_connect(port);
        REQUIRE(fds[i] >= 0 && s_take(&listener, &channels[i]));
    }
    CHECK_EQ(0, S_Write(&channels[1], large, LARGE));
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    for (round = 0; round < 100; round++) {
        for (i = 0; i < FAST; i++) {
            if (i == 1)
                CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&channels[i], "news", -1));
            else
                CHECK_EQ(1, S_Write(&channels[i], "news", -1));
        }
        for (i = 0; i < FAST; i++)
            if (i != 1)
                CHECK(peer_expects(fds[i], "4\r\nnews", 7));
    }
    CHECK(now_ms() - start >= WRITE_MS - 10 && now_ms() - start < 5000);
    for (i = 0; i < FAST; i++)
        close(fds[i]);
}

int main(void)
{
    check_start(120);
    large = calloc(1, LARGE);
    RUN(a_stuck_channel_holds_up_no_other);
    RUN(a_stuck_client_costs_who_writes_to_all_its_write_timeout_once);
    free(large);
    return check_end();
}

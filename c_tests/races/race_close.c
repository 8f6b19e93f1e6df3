/* SocketClose at any moment of a wait, thousands of times: the wait ends at once and says CANCELLED, or
 * NOT_FOUND when the close came before it. Argument: how many rounds. */
#include "scene.h"

#include <fcntl.h>
#include <sched.h>

static int rounds;

/* A little work of a different length each time, so that the close hits every moment of the call. */
static void stagger(int round)
{
    volatile int i;
    int n = (round * 7919) % 4096;
    if (round % 8 == 0)
        sleep_ms(1);
    for (i = 0; i < n; i++) {
    }
}

static int ended_by_close(void)
{
    intptr_t code = SocketErrorCode();
    return code == WDSOCKET_ERR_CANCELLED || code == WDSOCKET_ERR_NOT_FOUND;
}

typedef struct call {
    sock socket;
    int kind;
    atomic_int begun;
} call;

enum { READ, WRITE, WAIT, ACCEPT, SERVE };

static void *blocked_call(void *argument)
{
    enum { SIZE = 8 * 1024 * 1024 };
    call *c = argument;
    char text[32];
    char *large = NULL;
    sock channel;
    intptr_t result = 0;
    if (c->kind == WRITE)
        large = calloc(1, SIZE);
    atomic_store(&c->begun, 1);
    switch (c->kind) {
    case READ:
    case SERVE:
        result = S_Read(&c->socket, 1, 0, text, sizeof text);
        CHECK(result < 0);
        break;
    case WRITE:
        result = S_Write(&c->socket, large, SIZE);
        CHECK_EQ(0, result);
        break;
    case WAIT:
        result = S_WaitForConnection(&c->socket, WDSOCKET_INFINITE);
        CHECK_EQ(0, result);
        break;
    case ACCEPT:
        for (;;) {
            result = S_Accept(&c->socket, &channel);
            if (result == 1)
                CHECK_EQ(1, S_Close(&channel));
            else if (result != -WDSOCKET_ERR_NO_CONNECTION)
                break;
        }
        break;
    }
    CHECK(ended_by_close());
    CHECK_EQ(0, S_Exist(&c->socket));
    free(large);
    return NULL;
}

/* Closes `c->socket` while the call runs; the thread must end by itself, or the program's time runs out. */
static void close_against(call *c, int round)
{
    pthread_t thread;
    atomic_init(&c->begun, 0);
    thread = thread_start(blocked_call, c);
    while (!atomic_load(&c->begun))
        sched_yield();
    stagger(round);
    CHECK_EQ(1, S_Close(&c->socket));
    thread_end(thread);
}

static void close_against_a_read(void)
{
    sock listener;
    int i;
    int32_t port = s_listen(&listener, "l");
    for (i = 0; i < rounds; i++) {
        call c;
        int fd = peer_connect(port);
        c.kind = READ;
        REQUIRE(fd >= 0 && s_take(&listener, &c.socket));
        close_against(&c, i);
        CHECK(peer_sees_the_end(fd));
        close(fd);
    }
}

static void close_against_a_write(void)
{
    sock listener;
    int i;
    int32_t port = s_listen(&listener, "l");
    for (i = 0; i < rounds; i++) {
        call c;
        int fd = peer_connect(port);
        c.kind = WRITE;
        REQUIRE(fd >= 0 && s_take(&listener, &c.socket));
        close_against(&c, i);
        peer_reset(fd);
    }
}

static void close_against_a_listener(int kind)
{
    int i;
    for (i = 0; i < rounds; i++) {
        call c;
        int fd = -1;
        int32_t port = s_listen(&c.socket, "l");
        REQUIRE(port != 0);
        c.kind = kind;
        if (kind == ACCEPT || (kind == SERVE && i % 2 == 0))
            fd = peer_connect(port);
        close_against(&c, i);
        if (fd >= 0)
            close(fd);
    }
}

static void close_against_a_wait_for_a_connection(void)
{
    close_against_a_listener(WAIT);
}

static void close_against_an_accept(void)
{
    close_against_a_listener(ACCEPT);
}

static void close_against_a_simplified_server(void)
{
    close_against_a_listener(SERVE);
}

static atomic_int connecting;

static void *connect_by_name(void *argument)
{
    intptr_t made = SocketConnect("racing", *(int32_t *)argument, "127.0.0.1", WDSOCKET_INFINITE);
    CHECK(made == 1 || (made == 0 && SocketErrorCode() == WDSOCKET_ERR_CANCELLED));
    atomic_store(&connecting, 0);
    return NULL;
}

/* Only a name is known before the connection stands, so this race is the name family's. */
static void close_against_a_connect(void)
{
    int i, fd;
    int32_t port;
    int listener = peer_listen(&port);
    REQUIRE(listener >= 0);
    CHECK(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    for (i = 0; i < rounds; i++) {
        pthread_t thread;
        atomic_store(&connecting, 1);
        thread = thread_start(connect_by_name, &port);
        stagger(i);
        while (SocketClose("racing") == 0 && atomic_load(&connecting))
            sched_yield();
        thread_end(thread);
        SocketClose("racing");
        CHECK_EQ(0, SocketExist("racing"));
        while ((fd = accept(listener, NULL, NULL)) >= 0)
            close(fd);
    }
    close(listener);
}

int main(int argc, char **argv)
{
    rounds = rounds_argument(argc, argv, 300);
    check_start(60 + (unsigned)rounds / 20);
    RUN(close_against_a_read);
    RUN(close_against_a_write);
    RUN(close_against_a_wait_for_a_connection);
    RUN(close_against_an_accept);
    RUN(close_against_a_simplified_server);
#ifdef BY_NAME
    RUN(close_against_a_connect);
#else
    (void)close_against_a_connect;
#endif
    return check_end();
}

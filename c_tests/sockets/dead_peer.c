/* A machine that vanishes says nothing: SocketKeepAlive notices it, whether bytes are on their way to it or not. */
#include "scene.h"

#include <linux/filter.h>

/* From now on nothing that is sent to this socket reaches it, and nothing is acknowledged. */
static int vanish(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &nothing};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

typedef struct waiting {
    sock c;
    int fd;
    int64_t took;
} waiting;

static void *read_until_it_is_lost(void *argument)
{
    waiting *w = argument;
    char text[16];
    int64_t start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&w->c, 0, 60000, text, sizeof text));
    CHECK_EQ(ETIMEDOUT, SocketErrorSystem());
    w->took = now_ms() - start;
    return NULL;
}

static void a_dead_peer_is_noticed_with_and_without_bytes_on_their_way(void)
{
    waiting w[2];
    pthread_t threads[2];
    int i;
    CHECK_EQ(1, SocketSetOption(NULL, SocketKeepAlive, 1));
    for (i = 0; i < 2; i++) {
        REQUIRE(s_channel_and_peer(&w[i].c, &w[i].fd));
        REQUIRE(vanish(w[i].fd));
        if (i == 1)
            CHECK_EQ(1, S_Write(&w[i].c, "hello", 5));
        threads[i] = thread_start(read_until_it_is_lost, &w[i]);
    }
    for (i = 0; i < 2; i++) {
        thread_end(threads[i]);
        /* A second of silence, then three questions, a second apart. */
        CHECK(w[i].took >= 3000 && w[i].took < 9000);
        close(w[i].fd);
    }
    CHECK_EQ(1, SocketSetOption(NULL, SocketKeepAlive, 0));
}

static void a_peer_that_only_keeps_silent_is_left_alone(void)
{
    sock c;
    int fd;
    char text[16];
    CHECK_EQ(1, SocketSetOption(NULL, SocketKeepAlive, 1));
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 6000, text, sizeof text));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    close(fd);
    CHECK_EQ(1, SocketSetOption(NULL, SocketKeepAlive, 0));
}

int main(void)
{
    check_start(100);
    RUN(a_dead_peer_is_noticed_with_and_without_bytes_on_their_way);
    RUN(a_peer_that_only_keeps_silent_is_left_alone);
    return check_end();
}

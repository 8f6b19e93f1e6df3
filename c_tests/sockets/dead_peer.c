/* A machine that vanishes says nothing: SocketKeepAlive notices it, whether bytes are on their way to it or not. */
#include "scene.h"
#include "own_loopback.h"

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

/* How long a read takes to say that the connection is gone. */
static int64_t time_to_loss(const sock *c)
{
    char text[16];
    int64_t start = now_ms();
    CHECK(S_Read(c, 0, 30000, text, sizeof text) < 0);
    CHECK(SocketErrorCode() != WDSOCKET_ERR_TIMEOUT);
    return now_ms() - start;
}

static void the_questions_have_a_number_and_a_time_of_their_own(void)
{
    int64_t took;
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(0, S_GetOption(&c, SocketKeepAliveInterval));
    CHECK_EQ(3, S_GetOption(&c, SocketKeepAliveCount));
    CHECK_EQ(1, S_SetOption(&c, SocketKeepAlive, 2));
    CHECK_EQ(1, S_SetOption(&c, SocketKeepAliveInterval, 1));
    CHECK_EQ(1, S_SetOption(&c, SocketKeepAliveCount, 1));
    CHECK_EQ(2, S_GetOption(&c, SocketKeepAlive));
    CHECK_EQ(1, S_GetOption(&c, SocketKeepAliveInterval));
    CHECK_EQ(1, S_GetOption(&c, SocketKeepAliveCount));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&c, SocketKeepAliveCount, 128));
    REQUIRE(vanish(fd));
    took = time_to_loss(&c);
    CHECK_EQ(WDSOCKET_ERR_LOST, SocketErrorCode());
    /* Two seconds, then one question; three would take two seconds more. */
    CHECK(took >= 2000 && took < 4500);
    close(fd);
}

static void what_is_not_acknowledged_in_time_ends_the_connection(void)
{
    int64_t took;
    sock c;
    int fd;
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketUserTimeout, 1500));
    CHECK_EQ(1500, S_GetOption(&c, SocketUserTimeout));
    REQUIRE(vanish(fd));
    CHECK_EQ(1, S_Write(&c, "hello", 5));
    took = time_to_loss(&c);
    CHECK_EQ(WDSOCKET_ERR_LOST, SocketErrorCode());
    CHECK_EQ(ETIMEDOUT, SocketErrorSystem());
    CHECK(took >= 1400 && took < 5000);
    close(fd);
}

/* Loopback, of a network of our own, up or down. */
static int set_link(int up)
{
    struct ifreq lo;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), done;
    memset(&lo, 0, sizeof lo);
    strcpy(lo.ifr_name, "lo");
    lo.ifr_flags = (short)(up ? IFF_UP | IFF_RUNNING : 0);
    done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    close(fd);
    return done;
}

static int has_a_network_of_its_own;

static void a_link_that_goes_down_is_noticed_by_each_option(void)
{
    static const int32_t options[][2] = {{SocketKeepAlive, 1}, {SocketUserTimeout, 2000}, {SocketIdleTimeout, 2000}};
    size_t i;
    if (!has_a_network_of_its_own) {
        printf("skipped - a_link_that_goes_down_is_noticed_by_each_option: a network of its own is not allowed here\n");
        return;
    }
    for (i = 0; i < sizeof options / sizeof *options; i++) {
        int64_t took;
        char text[1000] = "";
        sock c;
        int fd;
        REQUIRE(s_channel_and_peer(&c, &fd));
        CHECK_EQ(1, S_SetOption(&c, options[i][0], options[i][1]));
        CHECK(set_link(0));
        if (options[i][0] == SocketUserTimeout)
            CHECK_EQ(1, S_Write(&c, "hello", 5));
        took = time_to_loss(&c);
        SocketErrorInfo(text, sizeof text);
        fprintf(stderr, "# option %d: %d ms, %s\n", options[i][0], (int)took, text);
        CHECK(took >= 1900 && took < 9000);
        CHECK((strstr(text, "SocketIdleTimeout") != NULL) == (options[i][0] == SocketIdleTimeout));
        CHECK_EQ(1, S_Close(&c));
        close(fd);
        CHECK(set_link(1));
    }
}

int main(void)
{
    check_start(100);
    has_a_network_of_its_own = enter_a_loopback_of_our_own(0);
    RUN(a_dead_peer_is_noticed_with_and_without_bytes_on_their_way);
    RUN(a_peer_that_only_keeps_silent_is_left_alone);
    RUN(the_questions_have_a_number_and_a_time_of_their_own);
    RUN(what_is_not_acknowledged_in_time_ends_the_connection);
    RUN(a_link_that_goes_down_is_noticed_by_each_option);
    return check_end();
}

/* A storm of signals on the waiting thread neither cuts a wait short nor stretches it. */
#include "scene.h"

static atomic_int storms, stop_storm;
static pthread_t target;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&storms, 1);
}

static void *send_signals(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop_storm)) {
        pthread_kill(target, SIGUSR1);
        sleep_ms(2);
    }
    return NULL;
}

static pthread_t start_storm(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* without SA_RESTART: every system call is interrupted */
    sigaction(SIGUSR1, &action, NULL);
    atomic_store(&storms, 0);
    atomic_store(&stop_storm, 0);
    target = pthread_self();
    return thread_start(send_signals, NULL);
}

static void end_storm(pthread_t storm)
{
    atomic_store(&stop_storm, 1);
    thread_end(storm);
    CHECK(atomic_load(&storms) > 20);
}

static void a_timed_read_ends_at_its_time(void)
{
    sock c;
    int fd;
    char buffer[16];
    int64_t start;
    pthread_t storm;
    REQUIRE(s_channel_and_peer(&c, &fd));
    storm = start_storm();
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 1000, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 990 && now_ms() - start < 6000);
    end_storm(storm);
    close(fd);
}

static void a_wait_for_a_connection_ends_at_its_time(void)
{
    sock s;
    int64_t start;
    pthread_t storm;
    REQUIRE(s_listen(&s, "s") != 0);
    storm = start_storm();
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 600));
    CHECK(now_ms() - start >= 590 && now_ms() - start < 6000);
    end_storm(storm);
}

static void a_timed_write_ends_at_its_time(void)
{
    enum { SIZE = 32 * 1024 * 1024 };
    char *large = calloc(1, SIZE);
    sock c;
    int fd;
    int64_t start;
    pthread_t storm;
    REQUIRE(large != NULL);
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_EQ(1, S_SetOption(&c, SocketWriteTimeout, 600));
    storm = start_storm();
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Write(&c, large, SIZE));
    CHECK(now_ms() - start >= 590 && now_ms() - start < 6000);
    end_storm(storm);
    close(fd);
    free(large);
}

static void *echo_slowly(void *argument)
{
    int fd = *(int *)argument;
    enum { SIZE = 4 * 1024 * 1024 };
    char *bytes = malloc(SIZE);
    if (bytes != NULL && peer_receive(fd, bytes, 9) && peer_receive(fd, bytes, SIZE)) {
        sleep_ms(200);
        peer_send(fd, "4194304\r\n", 9);
        peer_send(fd, bytes, SIZE);
    }
    free(bytes);
    return NULL;
}

static void a_transfer_goes_on_whole(void)
{
    enum { SIZE = 4 * 1024 * 1024 };
    char *sent = malloc(SIZE), *got = malloc(SIZE);
    sock c;
    int fd, i;
    pthread_t storm, echo;
    REQUIRE(sent != NULL && got != NULL);
    for (i = 0; i < SIZE; i++)
        sent[i] = (char)(i % 247);
    REQUIRE(s_channel_and_peer(&c, &fd));
    echo = thread_start(echo_slowly, &fd);
    storm = start_storm();
    CHECK_EQ(1, S_Write(&c, sent, SIZE));
    CHECK_EQ(SIZE, S_Read(&c, 1, 0, got, SIZE));
    CHECK(memcmp(sent, got, SIZE) == 0);
    end_storm(storm);
    thread_end(echo);
    close(fd);
    free(sent);
    free(got);
}

static void connections_are_made(void)
{
    sock s, c, channel;
    int i;
    int32_t port = s_listen(&s, "s");
    pthread_t storm = start_storm();
    for (i = 0; i < 20 || atomic_load(&storms) <= 20; i++) {
        REQUIRE(S_Connect(&c, "c", port, i % 2 ? "localhost" : "127.0.0.1", 10000) == 1);
        REQUIRE(s_take(&s, &channel));
        CHECK_EQ(1, S_Close(&c));
        CHECK_EQ(1, S_Close(&channel));
    }
    end_storm(storm);
}

int main(void)
{
    check_start(120);
    RUN(a_timed_read_ends_at_its_time);
    RUN(a_wait_for_a_connection_ends_at_its_time);
    RUN(a_timed_write_ends_at_its_time);
    RUN(a_transfer_goes_on_whole);
    RUN(connections_are_made);
    return check_end();
}

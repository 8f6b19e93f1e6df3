/* At the descriptor limit new sockets are refused with LIMIT and everything else goes on. */
#include "watch_scene.h"

#include <fcntl.h>
#include <sys/resource.h>

static struct rlimit before;

/* Leaves this process no free descriptor. */
static void use_up_descriptors(void)
{
    struct rlimit now;
    int next = fcntl(0, F_DUPFD, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)next;
    close(next);
    CHECK(setrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(fcntl(0, F_DUPFD, 0) == -1);
}

static void free_descriptors(void)
{
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

static void no_descriptor_left_is_LIMIT_and_the_rest_goes_on(void)
{
    sock s, client, channel, other;
    char text[16];
    int fd;
    int32_t port;
    REQUIRE(s_pair(&s, &client, &channel));
    port = s_port(&s);
    fd = peer_connect(port);
    REQUIRE(fd >= 0);
    CHECK_EQ(1, S_WaitForConnection(&s, 5000));
    use_up_descriptors();
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Create(&other, "other", 0, "127.0.0.1"));
    CHECK_EQ(EMFILE, SocketErrorSystem());
    CHECK_EQ(0, S_Exist(&other));
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Connect(&other, "other", port, "127.0.0.1", 5000));
    CHECK_EQ(0, S_Exist(&other));
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &other));
    CHECK_EQ(1, S_Write(&client, "works", 5));
    CHECK_MESSAGE(&channel, "works");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 50, text, sizeof text));
    CHECK_EQ(1, S_Write(&channel, "still", 5));
    CHECK_MESSAGE(&client, "still");
    CHECK_EQ(1, S_Connected(&client));
    free_descriptors();
    CHECK_EQ(1, S_WaitForConnection(&s, 5000));
    CHECK_EQ(1, S_Accept(&s, &other));
    PEER_SEND(fd, "4\r\nkept");
    CHECK_MESSAGE(&other, "kept");
    CHECK_EQ(1, S_Connect(&other, "later", port, "127.0.0.1", 5000));
    close(fd);
}

/* A server with a client that waits and cannot be taken. */
static int s_crowded(sock *s, int *fd)
{
    int32_t port = s_listen(s, "s");
    *fd = peer_connect(port);
    return *fd >= 0 && S_WaitForConnection(s, 5000) == 1;
}

static void a_server_without_descriptors_is_not_ready_for_a_moment(void)
{
    sock s, w, channel;
    int fd;
    int64_t start;
    int32_t ids[4];
    REQUIRE(s_crowded(&s, &fd));
    CHECK_EQ(1, S_Watch(&w, "w"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    CHECK_READY(&w, &s);
    use_up_descriptors();
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &channel));
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 0));
    CHECK_EQ(0, S_WatchWait(&w, 0, ids, 4));
    CHECK_EQ(1, S_WaitForConnection(&s, 10000)); /* the client still waits */
    CHECK(now_ms() - start >= 90);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &channel));
    CHECK_READY(&w, &s);
    CHECK(now_ms() - start >= 90);
    free_descriptors();
    CHECK_EQ(1, S_Accept(&s, &channel));
    CHECK_EQ(0, S_WatchWait(&w, 0, ids, 4));
    /* From now on it is as ready as ever. */
    close(fd);
    fd = peer_connect(s_port(&s));
    CHECK_READY(&w, &s);
    close(fd);
}

static atomic_int waiter;

static void *wait_without_end(void *server)
{
    intptr_t result = 1;
    atomic_store(&waiter, this_thread());
    while (result == 1) /* ready, but nobody can be taken */
        result = S_WaitForConnection((sock *)server, WDSOCKET_INFINITE);
    CHECK(SocketErrorCode() == WDSOCKET_ERR_CANCELLED || SocketErrorCode() == WDSOCKET_ERR_NOT_FOUND);
    return NULL;
}

static void close_ends_the_wait_of_a_server_without_descriptors(void)
{
    sock s, channel;
    int fd;
    int64_t start;
    pthread_t thread;
    REQUIRE(s_crowded(&s, &fd));
    atomic_store(&waiter, 0);
    use_up_descriptors();
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &channel));
    free_descriptors();
    thread = thread_start(wait_without_end, &s);
    wait_until_thread_waits(&waiter);
    start = now_ms();
    CHECK_EQ(1, S_Close(&s));
    thread_end(thread);
    CHECK(now_ms() - start < 1000);
    close(fd);
}

static void no_loop_spins_without_descriptors(void)
{
    sock s, w, channel;
    int fd, accepts = 0, reads = 0;
    int64_t end, cpu;
    int32_t ids[4];
    char text[16];
    REQUIRE(s_crowded(&s, &fd));
    CHECK_EQ(1, S_Watch(&w, "w"));
    CHECK_EQ(1, S_WatchAdd(&w, &s));
    use_up_descriptors();
    cpu = thread_cpu_ms();
    end = now_ms() + 600;
    while (now_ms() < end) { /* as a server with a watch does, and as one with a thread for each client */
        if (S_WatchWait(&w, 10000, ids, 4) == 1)
            CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &channel));
        accepts++;
        if (S_WaitForConnection(&s, 10000))
            CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Accept(&s, &channel));
        accepts++;
    }
    end = now_ms() + 600;
    while (now_ms() < end) { /* as a simplified one does */
        CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&s, 1, 0, text, sizeof text));
        reads++;
    }
    free_descriptors();
    CHECK(accepts <= 10);
    CHECK(reads <= 10);
    CHECK(thread_cpu_ms() - cpu < 100);
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&s, "hi");
    close(fd);
}

static int open_descriptors(void)
{
    int fd, count = 0;
    for (fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void closed_sockets_leave_no_descriptor_behind(void)
{
    sock s, client, channel, refused;
    int i, start, port, fd = peer_bind(&port);
    CHECK_EQ(1, s_pair(&s, &client, &channel));
    SocketCloseAll();
    start = open_descriptors();
    for (i = 0; i < 100; i++) {
        REQUIRE(s_pair(&s, &client, &channel));
        CHECK_EQ(1, S_Write(&client, "x", 1));
        CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&refused, "refused", port, "127.0.0.1", 5000));
        SocketCloseAll();
    }
    CHECK_EQ(start, open_descriptors());
    close(fd);
}

int main(void)
{
    check_start(60);
    RUN(no_descriptor_left_is_LIMIT_and_the_rest_goes_on);
    RUN(a_server_without_descriptors_is_not_ready_for_a_moment);
    RUN(close_ends_the_wait_of_a_server_without_descriptors);
    RUN(no_loop_spins_without_descriptors);
    RUN(closed_sockets_leave_no_descriptor_behind);
    return check_end();
}

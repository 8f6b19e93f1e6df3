/* At the descriptor limit new sockets are refused with LIMIT and everything else goes on. */
#include "scene.h"

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
    CHECK_EQ(1, S_WaitForConnection(&s, 0));
    CHECK_EQ(1, S_Accept(&s, &other));
    PEER_SEND(fd, "4\r\nkept");
    CHECK_MESSAGE(&other, "kept");
    CHECK_EQ(1, S_Connect(&other, "later", port, "127.0.0.1", 5000));
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
    RUN(closed_sockets_leave_no_descriptor_behind);
    return check_end();
}

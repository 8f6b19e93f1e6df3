/* Reading and writing: their parameters, their waits, and what they refuse. */
#include "scene.h"

static void bad_sizes_and_NULL_buffers_are_refused(void)
{
    sock c;
    int fd;
    char buffer[16];
    REQUIRE(s_channel_and_peer(&c, &fd));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&c, 0, 0, NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&c, 0, 0, buffer, -1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&c, 0, 0, buffer, -2));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&c, 0, 0, buffer, INT32_MIN));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&c, 0, -3, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, NULL, 5));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, NULL, -1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, "x", -2));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Write(&c, "x", INT32_MIN));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_ClientInfo(&c, SocketAddress, NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_ClientInfo(&c, SocketAddress, buffer, -1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_ClientInfo(&c, 12345, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_LocalInfo(&c, SocketAddress, NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_LocalInfo(&c, SocketPort, buffer, -7));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_LocalInfo(&c, -1, buffer, sizeof buffer));
    CHECK_MESSAGE(&c, "hi");
    CHECK_EQ(1, S_Write(&c, "fine", -1));
    CHECK(peer_expects(fd, "4\r\nfine", 7));
    close(fd);
}

static void a_socket_that_is_not_there_is_not_found(void)
{
    char buffer[16];
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_Read(&s_missing, 0, 0, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Write(&s_missing, "x", 1));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_ClientInfo(&s_missing, SocketAddress, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_LocalInfo(&s_missing, SocketPort, buffer, sizeof buffer));
    CHECK_EQ(0, S_Exist(&s_missing));
    CHECK_EQ(0, S_Close(&s_missing));
}

static void a_read_waits_as_long_as_it_is_told(void)
{
    sock c;
    int fd;
    char buffer[16];
    int64_t start;
    REQUIRE(s_channel_and_peer(&c, &fd));
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK(now_ms() - start < 900);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 300, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 290 && now_ms() - start < 5000);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, WDSOCKET_DEFAULT, buffer, sizeof buffer));
    CHECK(now_ms() - start >= 990 && now_ms() - start < 8000);
    close(fd);
}

typedef struct late {
    int fd;
    atomic_int *reader;
} late;

static void *send_when_the_reader_waits(void *argument)
{
    late *l = argument;
    wait_until_thread_waits(l->reader);
    PEER_SEND(l->fd, "4\r\nlate");
    return NULL;
}

static void an_undefined_wait_ignores_the_timeout(void)
{
    sock c;
    late l;
    atomic_int reader;
    pthread_t thread;
    char buffer[16];
    int i;
    REQUIRE(s_channel_and_peer(&c, &l.fd));
    for (i = 0; i < 3; i++) {
        static const int32_t timeouts[] = {0, WDSOCKET_DEFAULT, 1};
        atomic_init(&reader, 0);
        l.reader = &reader;
        thread = thread_start(send_when_the_reader_waits, &l);
        atomic_store(&reader, this_thread());
        CHECK_EQ(4, S_Read(&c, i == 2 ? -77 : 1, timeouts[i], buffer, sizeof buffer));
        thread_end(thread);
    }
    atomic_store(&reader, 0);
    thread = thread_start(send_when_the_reader_waits, &l);
    atomic_store(&reader, this_thread());
    CHECK_EQ(4, S_Read(&c, 0, WDSOCKET_INFINITE, buffer, sizeof buffer));
    thread_end(thread);
    close(l.fd);
}

static void success_sets_the_last_error_to_0(void)
{
    sock c;
    int fd;
    char buffer[16];
    REQUIRE(s_channel_and_peer(&c, &fd));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 0, buffer, sizeof buffer));
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    CHECK_EQ(1, S_Exist(&c));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, SocketErrorSystem());
    CHECK_EQ(0, SocketErrorInfo(buffer, sizeof buffer));
    CHECK_EQ(0, buffer[0]);
    close(fd);
}

static void the_data_of_a_write_is_not_kept(void)
{
    sock c;
    int fd, i;
    char data[64];
    REQUIRE(s_channel_and_peer(&c, &fd));
    for (i = 0; i < 50; i++) {
        memset(data, 'a' + i % 26, sizeof data);
        CHECK_EQ(1, S_Write(&c, data, sizeof data));
        memset(data, '!', sizeof data);
    }
    for (i = 0; i < 50; i++) {
        memset(data, 'a' + i % 26, sizeof data);
        CHECK(peer_expects(fd, "64\r\n", 4) && peer_expects(fd, data, sizeof data));
    }
    close(fd);
}

int main(void)
{
    check_start(120);
    RUN(bad_sizes_and_NULL_buffers_are_refused);
    RUN(a_socket_that_is_not_there_is_not_found);
    RUN(a_read_waits_as_long_as_it_is_told);
    RUN(an_undefined_wait_ignores_the_timeout);
    RUN(success_sets_the_last_error_to_0);
    RUN(the_data_of_a_write_is_not_kept);
    return check_end();
}

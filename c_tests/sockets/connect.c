/* Connecting: every way it can fail, its deadline, and a socket that is still connecting. */
#include "scene.h"

#include <poll.h>

static void a_port_that_nobody_listens_on_refuses(void)
{
    sock c;
    int port, fd = peer_bind(&port);
    char text[400], number[16];
    REQUIRE(fd >= 0);
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&c, "till", port, "127.0.0.1", 5000));
    CHECK_EQ(ECONNREFUSED, SocketErrorSystem());
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    snprintf(number, sizeof number, "%d", port);
    CHECK(strncmp(text, "SocketConnect", 13) == 0);
    CHECK(strstr(text, "127.0.0.1") != NULL && strstr(text, number) != NULL);
#ifdef BY_NAME
    CHECK(strstr(text, "till") != NULL);
#endif
    CHECK(strchr(text, '\n') == NULL);
    CHECK_EQ(0, S_Exist(&c));
    close(fd);
}

static void a_port_outside_1_to_65535_is_refused(void)
{
    sock c;
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", -1, "127.0.0.1", 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 0, "127.0.0.1", 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 65536, "127.0.0.1", 5000));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&c, "c", 80, "127.0.0.1", -3));
}

static void an_unknown_host_is_host_not_found(void)
{
    sock c;
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_Connect(&c, "c", 80, "no-such-host.invalid", 10000));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_Connect(&c, "c", 80, "300.1.1.1", 10000));
}

static void a_host_that_cannot_be_reached_is_unreachable(void)
{
    sock c;
    /* A group of machines is no destination for a connection: the system says so at once. */
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_Connect(&c, "c", 80, "224.0.0.1", 10000));
    CHECK(SocketErrorSystem() == ENETUNREACH || SocketErrorSystem() == EHOSTUNREACH);
}

static void no_address_means_this_machine(void)
{
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    CHECK_EQ(1, S_Connect(&c, "null", port, NULL, 5000));
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Connect(&c, "empty", port, "", 5000));
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Connect(&c, "name", port, "localhost", 5000));
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Connect(&c, "default", port, "127.0.0.1", WDSOCKET_DEFAULT));
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Connect(&c, "infinite", port, "127.0.0.1", WDSOCKET_INFINITE));
    REQUIRE(s_take(&s, &channel));
}

/* A port of loopback whose queue is full: a connection to it waits for as long as one lets it. */
typedef struct full_port {
    int listener, fill[8], count, port;
} full_port;

static int fill_port(full_port *full)
{
    struct sockaddr_in address;
    struct pollfd last;
    int i;
    full->count = 0;
    full->listener = peer_bind(&full->port);
    if (full->listener < 0 || listen(full->listener, 0) != 0)
        return 0;
    address = peer_loopback(full->port);
    for (i = 0; i < 8; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return 0;
        full->fill[full->count++] = fd;
        (void)!connect(fd, (struct sockaddr *)&address, sizeof address);
    }
    last.fd = full->fill[full->count - 1];
    last.events = POLLOUT;
    return poll(&last, 1, 100) == 0;
}

static void empty_port(full_port *full)
{
    while (full->count > 0)
        close(full->fill[--full->count]);
    close(full->listener);
}

static void connecting_ends_at_its_deadline(void)
{
    full_port full;
    sock c;
    int64_t start;
    REQUIRE(fill_port(&full));
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", full.port, "127.0.0.1", 400));
    CHECK(now_ms() - start >= 390 && now_ms() - start < 8000);
    CHECK_EQ(0, S_Exist(&c));
    empty_port(&full);
}

#ifdef BY_NAME
static atomic_int connecting_thread;

static void *connect_forever(void *argument)
{
    atomic_store(&connecting_thread, this_thread());
    CHECK_NO(WDSOCKET_ERR_CANCELLED, SocketConnect("slow", *(int *)argument, "127.0.0.1", WDSOCKET_INFINITE));
    return NULL;
}

static void a_socket_that_still_connects_has_no_connection_and_can_be_closed(void)
{
    full_port full;
    pthread_t thread;
    char buffer[10];
    int64_t start;
    REQUIRE(fill_port(&full));
    thread = thread_start(connect_forever, &full.port);
    wait_until_thread_waits(&connecting_thread);
    CHECK_EQ(1, SocketExist("slow"));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, SocketRead("slow", 0, 5000, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, SocketWrite("slow", "x", 1));
    CHECK_EQ(0, SocketConnected("slow"));
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketCreate("slow", 0, "127.0.0.1"));
    start = now_ms();
    CHECK_EQ(1, SocketClose("slow"));
    thread_end(thread);
    CHECK(now_ms() - start < 5000);
    CHECK_EQ(0, SocketExist("slow"));
    empty_port(&full);
}
#endif

int main(void)
{
    check_start(120);
    RUN(a_port_that_nobody_listens_on_refuses);
    RUN(a_port_outside_1_to_65535_is_refused);
    RUN(an_unknown_host_is_host_not_found);
    RUN(a_host_that_cannot_be_reached_is_unreachable);
    RUN(no_address_means_this_machine);
    RUN(connecting_ends_at_its_deadline);
#ifdef BY_NAME
    RUN(a_socket_that_still_connects_has_no_connection_and_can_be_closed);
#endif
    return check_end();
}

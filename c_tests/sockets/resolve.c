/* Host names: a name server that does not answer, and a host with an address that does not.
 * Works in a network of its own with its own hosts and resolv.conf, which takes privileges. */
#include "scene.h"

#include "own_network.h"

#include <netinet/in.h>
#include <sys/resource.h>

static int silent_name_server(void)
{
    struct sockaddr_in address = peer_loopback(53);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static void a_lookup_without_an_answer_ends_at_the_deadline(void)
{
    sock c;
    int64_t start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", 80, "host.example", 400));
    CHECK(now_ms() - start >= 390 && now_ms() - start < 4000);
    CHECK_EQ(0, S_Exist(&c));
}

static atomic_int connecting;

static void *connect_to_a_name(void *unused)
{
    (void)unused;
    atomic_store(&connecting, this_thread());
    CHECK_NO(WDSOCKET_ERR_CANCELLED, SocketConnect("looking", 80, "host.example", WDSOCKET_INFINITE));
    return NULL;
}

static void close_ends_a_lookup(void)
{
    pthread_t thread = thread_start(connect_to_a_name, NULL);
    int64_t start;
    wait_until_thread_waits(&connecting);
    start = now_ms();
    CHECK_EQ(1, SocketClose("looking"));
    thread_end(thread);
    CHECK(now_ms() - start < 4000);
}

/* ::1 has a full queue and never answers; 127.0.0.1 has the same port and does. */
static void an_address_that_does_not_answer_does_not_hold_up_the_next(void)
{
    struct sockaddr_in6 six;
    socklen_t length = sizeof six;
    int full = socket(AF_INET6, SOCK_STREAM, 0), one = 1, fill[8], i;
    sock listener, c;
    int64_t start;
    char text[32];
    memset(&six, 0, sizeof six);
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    setsockopt(full, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    REQUIRE(bind(full, (struct sockaddr *)&six, sizeof six) == 0 && listen(full, 0) == 0 &&
            getsockname(full, (struct sockaddr *)&six, &length) == 0);
    for (i = 0; i < 8; i++) {
        fill[i] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fill[i], (struct sockaddr *)&six, sizeof six);
    }
    REQUIRE(S_Create(&listener, "listener", ntohs(six.sin6_port), "127.0.0.1") == 1);
    start = now_ms();
    REQUIRE(S_Connect(&c, "c", ntohs(six.sin6_port), "both.test", 20000) == 1);
    CHECK(now_ms() - start < 5000);
    CHECK(S_ClientInfo(&c, SocketAddress, text, sizeof text) > 0);
    CHECK(strcmp(text, "127.0.0.1") == 0);
    for (i = 0; i < 8; i++)
        close(fill[i]);
    close(full);
}

static void a_name_server_that_is_not_there_is_told_apart_from_a_name_that_is_not(void)
{
    sock c;
    char text[1000];
    /* Nobody is at that address, and the system says so at once. */
    REQUIRE(rewrite_file("/etc/resolv.conf", "nameserver 127.0.0.2\n"));
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", 80, "host.example", 10000));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "try again later") != NULL);
    REQUIRE(rewrite_file("/etc/resolv.conf", "nameserver 127.0.0.1\n"));
}

static void a_look_up_without_descriptors_is_LIMIT(void)
{
    struct rlimit before, now;
    int next = fcntl(0, F_DUPFD, 0);
    sock c;
    getrlimit(RLIMIT_NOFILE, &before);
    now = before;
    now.rlim_cur = (rlim_t)next + 1; /* one for the call, none for the resolver */
    close(next);
    CHECK(setrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Connect(&c, "c", 80, "both.test", 10000));
    CHECK_EQ(EMFILE, SocketErrorSystem());
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&c, "c", 80, "both.test", 10000));
}

static void look_ups_that_are_stuck_leave_the_list_of_hosts_readable(void)
{
    sock c;
    int i;
    for (i = 0; i < 64; i++)
        CHECK_EQ(0, S_Connect(&c, "c", 80, "host.example", 1));
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Connect(&c, "c", 80, "other.example", 10000));
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&c, "c", 80, "both.test", 10000));
}

int main(void)
{
    check_start(60);
    if (!enter_a_network_of_our_own("nameserver 127.0.0.1\n", "127.0.0.1 localhost\n::1 both.test\n127.0.0.1 both.test\n") ||
        !silent_name_server()) {
        printf("skipped - host_names: a network namespace is not allowed here (%s)\n", strerror(errno));
        return 0;
    }
    RUN(a_lookup_without_an_answer_ends_at_the_deadline);
#ifdef BY_NAME
    RUN(close_ends_a_lookup);
#else
    (void)close_ends_a_lookup;
#endif
    RUN(an_address_that_does_not_answer_does_not_hold_up_the_next);
    RUN(a_name_server_that_is_not_there_is_told_apart_from_a_name_that_is_not);
    RUN(a_look_up_without_descriptors_is_LIMIT);
    RUN(look_ups_that_are_stuck_leave_the_list_of_hosts_readable);
    return check_end();
}

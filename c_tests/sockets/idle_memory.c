/* What an accepted connection costs that has answered a message and waits for the next one. */
#include "scene.h"

#include <sys/resource.h>

#include "memory_use.h"

enum { COUNT = 1000 };

/* On 64 bits; a name takes some more. */
#ifdef BY_ID
enum { MOST = 530 };
#else
enum { MOST = 635 };
#endif

static sock listener, channels[COUNT + 1];

/* Takes a client, and answers it. */
static void serve_one(sock *channel, int32_t port)
{
    int fd = peer_connect(port);
    char text[16];
    REQUIRE(s_take(&listener, channel));
    REQUIRE(peer_send(fd, "5\r\nhello", 8));
    CHECK_EQ(5, S_Read(channel, 0, 20000, text, sizeof text));
    CHECK_EQ(1, S_Write(channel, "hello", 5));
    CHECK(peer_expects(fd, "5\r\nhello", 8));
}

static void an_idle_connection_costs_little(void)
{
    int64_t before, cost;
    int32_t port;
    int i;
    struct rlimit limit;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    REQUIRE(S_Create(&listener, "listener", 0, "127.0.0.1") == 1);
    port = s_port(&listener);
    serve_one(&channels[COUNT], port); /* the first one also pays for what all share */
    before = bytes_in_use();
    for (i = 0; i < COUNT; i++)
        serve_one(&channels[i], port);
    cost = (bytes_in_use() - before) / COUNT;
    printf("# %ld bytes of heap for a connection\n", (long)cost);
    CHECK(cost > 0 && cost <= MOST);
}

int main(void)
{
    alarm(120);
    memory_start();
    RUN(an_idle_connection_costs_little);
    return check_end();
}

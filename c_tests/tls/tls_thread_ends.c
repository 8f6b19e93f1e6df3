/* What TLS keeps for a thread is freed when the thread ends.
 * Arguments: certificate, root. */
#include "tls_family.h"

#include "memory_use.h"

/* Two threads a round. Caches fill now and then, some late: what threads leave, every stretch of rounds shows. */
enum { SETTLED = 400, ROUNDS = 200, STRETCHES = 3, MOST = 50000 };

static sock listener;
static int32_t port;

static void *serve(void *unused)
{
    sock channel;
    char in[16];
    if (s_take(&listener, &channel)) {
        CHECK_EQ(5, S_Read(&channel, 0, 10000, in, sizeof in));
        S_Close(&channel);
    }
    return unused;
}

static void *connect_once(void *unused)
{
    sock client;
    CHECK_EQ(1, S_ConnectSSL(&client, "client", port, "localhost", 0, 10000));
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    S_Close(&client);
    return unused;
}

static void rounds(int count)
{
    int i;
    for (i = 0; i < count; i++) {
        pthread_t server = thread_start(serve, NULL), client = thread_start(connect_once, NULL);
        thread_end(client);
        thread_end(server);
    }
}

static void a_thread_that_used_tls_leaves_nothing_when_it_ends(void)
{
    int64_t least = INT64_MAX;
    int i;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    rounds(SETTLED);
    for (i = 0; i < STRETCHES; i++) {
        int64_t before = bytes_in_use(), more;
        rounds(ROUNDS);
        more = bytes_in_use() - before;
        if (more < least)
            least = more;
    }
    printf("# %ld bytes more after %d threads\n", (long)least, 2 * ROUNDS);
    CHECK(least < MOST);
}

int main(int argc, char **argv)
{
    memory_start();
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_thread_that_used_tls_leaves_nothing_when_it_ends);
    return check_end();
}

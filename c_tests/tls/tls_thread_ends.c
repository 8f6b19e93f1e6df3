/* What TLS keeps for a thread is freed when the thread ends.
 * Arguments: certificate, root. */
#include "tls_family.h"

#include "memory_use.h"

enum { SETTLED = 400, ROUNDS = 200 }; /* two threads a round */

#ifdef _WIN32
/* Caches go on growing there for some thousand rounds, less and less; a thread that kept its TLS would leave 5,800 bytes. */
enum { MOST = 600000 };
#else
enum { MOST = 50000 };
#endif

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

static void a_thread_that_used_tls_leaves_nothing_when_it_ends(void)
{
    int64_t before = 0, left;
    int i;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    for (i = 0; i < SETTLED + ROUNDS; i++) {
        pthread_t server = thread_start(serve, NULL), client = thread_start(connect_once, NULL);
        thread_end(client);
        thread_end(server);
        if (i + 1 == SETTLED)
            before = bytes_in_use();
    }
    left = bytes_in_use() - before;
    printf("# %ld bytes more after %d threads\n", (long)left, 2 * ROUNDS);
    CHECK(left < MOST);
}

int main(int argc, char **argv)
{
    memory_start();
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_thread_that_used_tls_leaves_nothing_when_it_ends);
    return check_end();
}

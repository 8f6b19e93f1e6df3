/* What TLS keeps for a thread is freed when the thread ends.
 * Arguments: certificate, root. */
#include "tls_family.h"

#ifdef _WIN32
#include <psapi.h>
#else
#include <malloc.h>
#endif

enum { SETTLED = 150, THREADS = 400, MOST_FOR_A_THREAD = 2000 };

static sock listener;
static int32_t port;

/* Bytes that this process has for itself. */
static int64_t bytes_in_use(void)
{
#ifdef _WIN32
    PROCESS_MEMORY_COUNTERS_EX now;
    GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&now, sizeof now);
    return (int64_t)now.PrivateUsage;
#else
    return (int64_t)mallinfo2().uordblks;
#endif
}

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
    for (i = 0; i < SETTLED + THREADS; i++) {
        pthread_t server = thread_start(serve, NULL), client = thread_start(connect_once, NULL);
        thread_end(client);
        thread_end(server);
        if (i + 1 == SETTLED)
            before = bytes_in_use();
    }
    left = (bytes_in_use() - before) / (2 * THREADS);
    printf("# %ld bytes a thread\n", (long)left);
    CHECK(left < MOST_FOR_A_THREAD);
}

int main(int argc, char **argv)
{
#ifndef _WIN32
    mallopt(M_ARENA_MAX, 1); /* mallinfo2 tells of one arena */
#endif
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_thread_that_used_tls_leaves_nothing_when_it_ends);
    return check_end();
}

/* Many threads create, use and close sockets of the same names: exactly one holder at a time, and an id
 * never leads to another socket. Argument: how many rounds each thread runs. */
#include "check.h"

enum { THREADS = 6, NAMES = 3, KEPT = 64 };

static int rounds;
static atomic_int owner[NAMES];
static int32_t port_of_kept[KEPT], kept[KEPT];
static atomic_int stop;

static void *fight_for_names(void *argument)
{
    static const char *const names[NAMES] = {"red", "green", "blue"};
    int me = (int)(intptr_t)argument + 1, i;
    for (i = 0; i < rounds; i++) {
        int n = (i * 31 + me) % NAMES, free_name = 0, mine = me;
        intptr_t id;
        if (SocketCreate(names[n], 0, "127.0.0.1") != 1) {
            CHECK_EQ(WDSOCKET_ERR_NAME_IN_USE, SocketErrorCode());
            continue;
        }
        /* Between a successful create and its close nobody else may hold the name. */
        CHECK(atomic_compare_exchange_strong(&owner[n], &free_name, me));
        id = SocketId(names[n]);
        CHECK(id > 0);
        CHECK_EQ(1, SocketExistId((int32_t)id));
        CHECK_EQ(1, SocketExist(names[n]));
        CHECK(atomic_compare_exchange_strong(&owner[n], &mine, 0));
        CHECK_EQ(1, SocketClose(names[n]));
        CHECK_EQ(0, SocketExistId((int32_t)id));
    }
    return NULL;
}

static void a_name_has_one_holder_at_a_time(void)
{
    pthread_t threads[THREADS];
    intptr_t i;
    for (i = 0; i < NAMES; i++)
        atomic_store(&owner[i], 0);
    for (i = 0; i < THREADS; i++)
        threads[i] = thread_start(fight_for_names, (void *)i);
    for (i = 0; i < THREADS; i++)
        thread_end(threads[i]);
    CHECK_EQ(0, SocketCloseAll());
}

static atomic_int closes;

static void *close_the_name(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop))
        if (SocketClose("shared") == 1)
            atomic_fetch_add(&closes, 1);
    return NULL;
}

static void each_socket_is_closed_exactly_once(void)
{
    pthread_t threads[3];
    int i, made = 0;
    atomic_store(&stop, 0);
    atomic_store(&closes, 0);
    for (i = 0; i < 3; i++)
        threads[i] = thread_start(close_the_name, NULL);
    for (i = 0; i < rounds; i++) {
        /* CANCELLED: it was closed while it was being made, which counts as a close as well. */
        if (SocketCreate("shared", 0, "127.0.0.1") == 1 || SocketErrorCode() == WDSOCKET_ERR_CANCELLED)
            made++;
        else
            CHECK_EQ(WDSOCKET_ERR_NAME_IN_USE, SocketErrorCode());
    }
    while (SocketExist("shared"))
        sleep_ms(1);
    atomic_store(&stop, 1);
    for (i = 0; i < 3; i++)
        thread_end(threads[i]);
    CHECK(made > 0);
    CHECK_EQ(made, atomic_load(&closes));
}

static int32_t port_of(int32_t id)
{
    char text[16];
    return SocketLocalInfoId(id, SocketPort, text, sizeof text) > 0 ? atoi(text) : -(int32_t)SocketErrorCode();
}

static void *churn(void *unused)
{
    int i;
    (void)unused;
    for (i = 0; i < rounds; i++) {
        intptr_t id = SocketCreateId(0, "127.0.0.1");
        int32_t port;
        CHECK(id > 0);
        port = port_of((int32_t)id);
        CHECK(port > 0);
        CHECK_EQ(port, port_of((int32_t)id));
        CHECK_EQ(1, SocketCloseId((int32_t)id));
        CHECK_EQ(-WDSOCKET_ERR_NOT_FOUND, port_of((int32_t)id));
    }
    return NULL;
}

/* Sockets that stay are asked for their ports while others come and go around them. */
static void *watch_the_kept(void *unused)
{
    int i = 0;
    (void)unused;
    while (!atomic_load(&stop)) {
        CHECK_EQ(port_of_kept[i], port_of(kept[i]));
        i = (i + 1) % KEPT;
    }
    return NULL;
}

static void ids_are_never_confused(void)
{
    pthread_t threads[THREADS], watcher;
    int i;
    for (i = 0; i < KEPT; i++) {
        kept[i] = (int32_t)SocketCreateId(0, "127.0.0.1");
        port_of_kept[i] = port_of(kept[i]);
        REQUIRE(kept[i] > 0 && port_of_kept[i] > 0);
    }
    atomic_store(&stop, 0);
    watcher = thread_start(watch_the_kept, NULL);
    for (i = 0; i < THREADS; i++)
        threads[i] = thread_start(churn, NULL);
    for (i = 0; i < THREADS; i++)
        thread_end(threads[i]);
    atomic_store(&stop, 1);
    thread_end(watcher);
    CHECK_EQ(KEPT, SocketCloseAll());
}

int main(int argc, char **argv)
{
    rounds = rounds_argument(argc, argv, 500);
    check_start(60 + (unsigned)rounds / 20);
    RUN(a_name_has_one_holder_at_a_time);
    RUN(each_socket_is_closed_exactly_once);
    RUN(ids_are_never_confused);
    return check_end();
}

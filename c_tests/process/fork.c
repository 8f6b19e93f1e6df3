/* fork, whatever the other threads do at that moment: no call of a child hangs, and what it closes goes on in the parent. */
#include "datagram.h"
#include "watch_scene.h"

#include <sys/syscall.h>
#include <sys/wait.h>

enum { CHURNERS = 2 };

static atomic_int stop;

/* Runs `body` in a child, which ends by itself; whether it said yes within its time. */
static int child_says_yes(int (*body)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(10);
        _exit(body() ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- a child among threads that do everything ------------------------------------------------ */

static sock listener, client, channel, udp, watch, server;

static void *make_and_close(void *unused)
{
    char text[64];
    while (!atomic_load(&stop)) {
        sock other;
        if (S_Watch(&other, "churned") == 1)
            S_Close(&other);
        SocketSetText("never made", SSLServerName, "localhost");
        SocketClose("never made");
        if (S_CreateUDP(&other, "churned", 0, "127.0.0.1") == 1)
            S_Close(&other);
        NetIPAddress("localhost", 1, text, sizeof text);
    }
    return unused;
}

static void *write_and_read(void *unused)
{
    sock one, two, three;
    char in[16];
    if (S_Create(&one, "one", 0, "127.0.0.1") != 1 || S_Connect(&two, "two", s_port(&one), "127.0.0.1", 10000) != 1 ||
        !s_take(&one, &three))
        return unused;
    while (!atomic_load(&stop)) {
        CHECK_EQ(1, S_Write(&two, "to and fro", 10));
        CHECK_EQ(10, S_Read(&three, 0, 10000, in, sizeof in));
    }
    S_Close(&one);
    S_Close(&two);
    S_Close(&three);
    return unused;
}

static void *wait_in_a_read(void *of)
{
    static char in[16];
    S_Read((const sock *)of, 1, 0, in, sizeof in);
    return NULL;
}

static void *wait_in_a_watch(void *of)
{
    int32_t ids[4];
    S_WatchWait((const sock *)of, WDSOCKET_INFINITE, ids, 4);
    return NULL;
}

static int uses_everything(void)
{
    char in[16];
    int32_t ids[4];
    sock own;
    int port, good = 1;
    good &= S_Read(&channel, 0, 5, in, sizeof in) == -WDSOCKET_ERR_TIMEOUT;
    good &= S_Pending(&channel) == 0;
    good &= S_Read(&udp, 0, 5, in, sizeof in) == -WDSOCKET_ERR_TIMEOUT;
    good &= S_Read(&server, 0, 5, in, sizeof in) == -WDSOCKET_ERR_TIMEOUT;
    good &= S_WaitForConnection(&listener, 5) == 0;
    good &= S_WatchWait(&watch, 5, ids, 4) == 0 && SocketErrorCode() == 0;
    good &= S_WatchRemove(&watch, &channel) == 1;
    port = s_udp(&own, "own", "127.0.0.1");
    good &= port != 0 && S_WriteTo(&own, "x", 1, "127.0.0.1", port) == 1;
    good &= S_Read(&own, 0, 5000, in, sizeof in) == 1;
    good &= SocketCloseAll() >= 7;
    return good;
}

static void no_call_of_a_child_hangs_whatever_the_other_threads_do(void)
{
    static const int forks = 100;
    pthread_t threads[2 * CHURNERS + 4];
    int i, count = 0, good = 0;
    REQUIRE(s_pair(&listener, &client, &channel));
    REQUIRE(S_Create(&server, "simplified", 0, "127.0.0.1") == 1);
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    REQUIRE(S_Watch(&watch, "watch") == 1 && S_WatchAdd(&watch, &channel) == 1 && S_WatchAdd(&watch, &udp) == 1);
    atomic_store(&stop, 0);
    threads[count++] = thread_start(wait_in_a_read, &channel);
    threads[count++] = thread_start(wait_in_a_read, &udp);
    threads[count++] = thread_start(wait_in_a_read, &server);
    threads[count++] = thread_start(wait_in_a_watch, &watch);
    for (i = 0; i < CHURNERS; i++) {
        threads[count++] = thread_start(make_and_close, NULL);
        if (i == 0)
            threads[count++] = thread_start(write_and_read, NULL);
    }
    for (i = 0; i < forks; i++)
        good += child_says_yes(uses_everything);
    CHECK_EQ(forks, good);
    atomic_store(&stop, 1);
    S_Close(&channel);
    S_Close(&udp);
    S_Close(&server);
    S_Close(&watch);
    for (i = 0; i < count; i++)
        thread_end(threads[i]);
}

/* --- what a child closes ---------------------------------------------------------------------- */

static int closes_each(void)
{
    return S_Close(&client) == 1 && S_Close(&channel) == 1 && S_Close(&udp) == 1 && S_Close(&listener) == 1 &&
           S_Close(&watch) == 1 && !S_Exist(&channel);
}

static int closes_all(void)
{
    return SocketCloseAll() == 5;
}

static void everything_still_works(void)
{
    sock late, taken = {"", 0};
    char in[16];
    int own, fd = peer_udp(&own);
    CHECK_EQ(1, S_Write(&client, "there", 5));
    CHECK_READY(&watch, &channel);
    CHECK_EQ(5, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_EQ(1, S_Write(&channel, "and back", 8));
    CHECK_EQ(8, S_Read(&client, 0, 10000, in, sizeof in));
    CHECK_EQ(1, S_Connected(&client));
    CHECK_EQ(1, S_Connect(&late, "late", s_port(&listener), "127.0.0.1", 10000));
    CHECK(s_take(&listener, &taken));
    CHECK(peer_send_to(fd, "datagram", 8, s_port(&udp)));
    CHECK_READY(&watch, &udp);
    CHECK_EQ(8, S_Read(&udp, 0, 10000, in, sizeof in));
    S_Close(&late);
    S_Close(&taken);
    close(fd);
}

static void what_a_child_closes_goes_on_in_the_parent(void)
{
    char in[16];
    REQUIRE(s_pair(&listener, &client, &channel));
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    REQUIRE(S_Watch(&watch, "watch") == 1 && S_WatchAdd(&watch, &channel) == 1 && S_WatchAdd(&watch, &udp) == 1);
    everything_still_works();
    CHECK_EQ(1, S_Write(&client, "unread", 6));
    CHECK_READY(&watch, &channel);
    CHECK(child_says_yes(closes_each));
    CHECK(child_says_yes(closes_all));
    CHECK_EQ(6, S_Read(&channel, 0, 10000, in, sizeof in));
    everything_still_works();
}

/* --- what the parent closes -------------------------------------------------------------------- */

static atomic_int shutdowns;

int shutdown(int fd, int how)
{
    atomic_fetch_add(&shutdowns, 1);
    return (int)syscall(SYS_shutdown, fd, how);
}

static void a_close_ends_the_connection_though_a_child_has_it(void)
{
    char in[16];
    int until[2];
    REQUIRE(s_pair(&listener, &client, &channel));
    /* Nobody else has it: closing the descriptor is enough. */
    CHECK_EQ(1, S_Write(&client, "last", 4));
    atomic_store(&shutdowns, 0);
    S_Close(&client);
    CHECK_EQ(0, atomic_load(&shutdowns));
    CHECK_EQ(4, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_EQ(-WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, in, sizeof in));
    SocketCloseAll();

    REQUIRE(s_pair(&listener, &client, &channel) && pipe(until) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(until[1]);
        _exit(read(until[0], in, 1) != 0);
    }
    REQUIRE(child > 0);
    CHECK_EQ(1, S_Write(&client, "last", 4));
    S_Close(&client);
    CHECK_EQ(4, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_EQ(-WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK(waitpid(child, NULL, WNOHANG) == 0);
    close(until[0]);
    close(until[1]);
    CHECK(waitpid(child, NULL, 0) == child);
}

/* --- a child that waits ------------------------------------------------------------------------- */

typedef struct waiting {
    const sock *socket;
    intptr_t result;
    atomic_int thread;
} waiting;

static void *read_until_closed(void *argument)
{
    waiting *w = argument;
    char in[16];
    atomic_store(&w->thread, this_thread());
    w->result = S_Read(w->socket, 1, 0, in, sizeof in);
    return NULL;
}

static int close_ends_its_waits(void)
{
    waiting readers[] = {{&channel, 0, 0}, {&channel, 0, 0}, {&udp, 0, 0}, {&server, 0, 0}};
    pthread_t threads[4];
    int i, good = 1;
    for (i = 0; i < 4; i++)
        threads[i] = thread_start(read_until_closed, &readers[i]);
    for (i = 0; i < 4; i++)
        wait_until_thread_waits(&readers[i].thread);
    S_Close(&channel);
    S_Close(&udp);
    S_Close(&server);
    for (i = 0; i < 4; i++) {
        thread_end(threads[i]);
        good &= readers[i].result == -WDSOCKET_ERR_CANCELLED;
    }
    return good;
}

static void SocketClose_in_a_child_ends_the_childs_own_waits(void)
{
    char in[16];
    REQUIRE(s_pair(&listener, &client, &channel));
    REQUIRE(s_udp(&udp, "udp", "127.0.0.1") != 0);
    REQUIRE(S_Create(&server, "simplified", 0, "127.0.0.1") == 1);
    CHECK(child_says_yes(close_ends_its_waits));
    CHECK_EQ(1, S_Write(&client, "there", 5));
    CHECK_EQ(5, S_Read(&channel, 0, 10000, in, sizeof in));
}

/* --- a daemon --------------------------------------------------------------------------------------- */

/* A server that stands on a watch, made before the process that made it leaves its child alone. */
static void serve_one_client(void)
{
    sock taken;
    char in[16];
    int32_t ids[2];
    intptr_t length;
    alarm(20);
    if (S_WatchWait(&watch, 15000, ids, 2) != 1 || ids[0] != s_id(&listener) || S_Accept(&listener, &taken) != 1)
        _exit(1);
    S_WatchAdd(&watch, &taken);
    if (S_WatchWait(&watch, 15000, ids, 2) != 1 || ids[0] != s_id(&taken))
        _exit(1);
    length = S_Read(&taken, 0, 1000, in, sizeof in);
    S_Write(&taken, in, (int32_t)length);
    S_Read(&taken, 0, 15000, in, sizeof in);
    SocketCloseAll();
    _exit(0);
}

static void a_server_made_before_the_process_becomes_a_daemon_serves(void)
{
    int32_t port = 0;
    char in[16];
    int told[2], status;
    pid_t starter;
    REQUIRE(pipe(told) == 0);
    starter = fork();
    if (starter == 0) {
        port = s_listen(&listener, "listener");
        if (S_Watch(&watch, "watch") != 1 || S_WatchAdd(&watch, &listener) != 1 ||
            write(told[1], &port, sizeof port) != sizeof port)
            _exit(1);
        if (fork() == 0)
            serve_one_client();
        _exit(0);
    }
    CHECK(waitpid(starter, &status, 0) == starter && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    REQUIRE(read(told[0], &port, sizeof port) == sizeof port);
    REQUIRE(S_Connect(&client, "client", port, "127.0.0.1", 10000) == 1);
    CHECK_EQ(1, S_Write(&client, "daemon?", 7));
    CHECK_EQ(7, S_Read(&client, 0, 10000, in, sizeof in));
    close(told[0]);
    close(told[1]);
}

int main(void)
{
    check_start(120);
    RUN(no_call_of_a_child_hangs_whatever_the_other_threads_do);
    RUN(what_a_child_closes_goes_on_in_the_parent);
    RUN(a_close_ends_the_connection_though_a_child_has_it);
    RUN(SocketClose_in_a_child_ends_the_childs_own_waits);
    RUN(a_server_made_before_the_process_becomes_a_daemon_serves);
    return check_end();
}

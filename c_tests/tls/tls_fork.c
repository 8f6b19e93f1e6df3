/* fork among threads that speak TLS: children connect and are served, and what they close goes on in the parent. */
#include "tls_family.h"

#include <sys/wait.h>

enum { CLIENTS = 2, FORKS = 60 };

static sock listener, client, channel;
static int32_t port;
static atomic_int stop, stop_serving, served;

static void *echo(void *argument)
{
    sock taken = *(sock *)argument;
    char in[32];
    intptr_t length;
    free(argument);
    while ((length = S_Read(&taken, 0, 10000, in, sizeof in)) >= 0)
        S_Write(&taken, in, (int32_t)length);
    S_Close(&taken);
    atomic_fetch_add(&served, 1);
    return NULL;
}

static void *serve(void *unused)
{
    while (!atomic_load(&stop_serving)) {
        sock *taken = calloc(1, sizeof *taken);
        pthread_t thread;
        if (S_WaitForConnection(&listener, 50) == 1 && S_Accept(&listener, taken) == 1) {
            thread = thread_start(echo, taken);
            pthread_detach(thread);
        } else {
            free(taken);
        }
    }
    return unused;
}

static int talk(const char *name)
{
    sock own;
    char in[32];
    int good = S_ConnectSSL(&own, name, port, "localhost", 0, 8000) == 1 && S_Write(&own, "hello", 5) == 1 &&
               S_Read(&own, 0, 8000, in, sizeof in) == 5;
    S_Close(&own);
    return good;
}

static void *talk_again_and_again(void *name)
{
    while (!atomic_load(&stop))
        CHECK(talk(name));
    return NULL;
}

/* Runs `body` in a child; whether it said yes within its time. */
static int child_says_yes(int (*body)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(20);
        _exit(body() ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int talks(void)
{
    return talk("child's") && SocketCloseAll() >= 1;
}

static void a_child_speaks_tls_whatever_the_other_threads_do(void)
{
    static char *const names[CLIENTS] = {"first", "second"};
    pthread_t server, clients[CLIENTS];
    int i, good = 0;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    atomic_store(&stop, 0);
    server = thread_start(serve, NULL);
    for (i = 0; i < CLIENTS; i++)
        clients[i] = thread_start(talk_again_and_again, names[i]);
    for (i = 0; i < FORKS; i++)
        good += child_says_yes(talks);
    CHECK_EQ(FORKS, good);
    atomic_store(&stop, 1);
    for (i = 0; i < CLIENTS; i++)
        thread_end(clients[i]);
    atomic_store(&stop_serving, 1); /* not before: a client may just have connected */
    thread_end(server);
}

static int closes(void)
{
    return S_Close(&client) == 1 && S_Close(&channel) == 1 && SocketCloseAll() == 1;
}

static void a_childs_close_sends_no_close_notify(void)
{
    char in[16];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK(child_says_yes(closes));
    CHECK_EQ(1, S_Write(&client, "still", 5));
    CHECK_EQ(5, S_Read(&channel, 0, 10000, in, sizeof in));
    CHECK_EQ(1, S_Write(&channel, "there", 5));
    CHECK_EQ(5, S_Read(&client, 0, 10000, in, sizeof in));
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_child_speaks_tls_whatever_the_other_threads_do);
    RUN(a_childs_close_sends_no_close_notify);
    return check_end();
}

/* SocketSignalEndsWait: a signal's handler that runs in the waiting thread ends the wait with CANCELLED, and nothing is lost. */
#include "datagram.h"
#include "tls_family.h"
#include "watch_scene.h"

enum { LARGE = 32 * 1024 * 1024 };

static atomic_int waiting_thread, stop;
static pthread_t target;

static void on_signal(int number)
{
    (void)number;
}

/* Sends a signal whenever the thread waits, until it is told to stop. */
static void *interrupt(void *unused)
{
    (void)unused;
    wait_until_thread_waits(&waiting_thread);
    while (!atomic_load(&stop)) {
        pthread_kill(target, SIGUSR1);
        sleep_ms(50);
    }
    return NULL;
}

static pthread_t begin_interrupting(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART; /* system calls that begin anew where they may */
    sigaction(SIGUSR1, &action, NULL);
    atomic_store(&stop, 0);
    atomic_store(&waiting_thread, this_thread());
    target = pthread_self();
    return thread_start(interrupt, NULL);
}

static void end_interrupting(pthread_t thread)
{
    atomic_store(&stop, 1);
    thread_end(thread);
}

/* Holds when `call` is ended by a signal before ten seconds are over. */
#define CHECK_ENDED(expected, call)                                  \
    do {                                                             \
        int64_t start = now_ms();                                    \
        pthread_t signals = begin_interrupting();                    \
        intptr_t result = (call);                                    \
        intptr_t code = SocketErrorCode();                           \
        char text[1000] = "";                                        \
        SocketErrorInfo(text, sizeof text);                          \
        end_interrupting(signals);                                   \
        CHECK_EQ(expected, result);                                  \
        CHECK_EQ(WDSOCKET_ERR_CANCELLED, code);                      \
        CHECK(strstr(text, "SocketSignalEndsWait") != NULL);         \
        CHECK(now_ms() - start < 10000);                             \
    } while (0)

static int channel_that_ends(sock *c, int *fd)
{
    return s_channel_and_peer(c, fd) && S_SetOption(c, SocketSignalEndsWait, 1) == 1;
}

static void a_read_without_limit_ends_and_the_next_one_has_the_message(void)
{
    sock c;
    int fd;
    char buffer[16];
    REQUIRE(channel_that_ends(&c, &fd));
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void a_read_with_a_limit_ends_and_keeps_the_part_that_came(void)
{
    sock c;
    int fd;
    char buffer[16];
    REQUIRE(channel_that_ends(&c, &fd));
    PEER_DELIVER(fd, "9\r\none ");
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&c, 0, 60000, buffer, sizeof buffer));
    PEER_DELIVER(fd, "whole");
    CHECK_MESSAGE(&c, "one whole");
    close(fd);
}

static void what_has_come_is_read_whatever_signals_came_before(void)
{
    sock c;
    int fd;
    REQUIRE(channel_that_ends(&c, &fd));
    PEER_DELIVER(fd, "2\r\nhi");
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void *read_it(void *socket)
{
    char buffer[16];
    CHECK_EQ(2, S_Read((sock *)socket, 1, 0, buffer, sizeof buffer));
    return NULL;
}

static void a_read_that_waits_for_another_thread_s_turn_ends(void)
{
    sock c;
    int fd;
    char buffer[16];
    pthread_t other;
    REQUIRE(channel_that_ends(&c, &fd));
    other = thread_start(read_it, &c);
    sleep_ms(100);
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    PEER_DELIVER(fd, "2\r\nhi");
    thread_end(other);
    close(fd);
}

static void the_option_can_be_taken_back(void)
{
    sock c;
    int fd;
    char buffer[16];
    pthread_t signals;
    REQUIRE(channel_that_ends(&c, &fd));
    CHECK_EQ(1, S_GetOption(&c, SocketSignalEndsWait));
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&c, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_SetOption(&c, SocketSignalEndsWait, 0));
    CHECK_EQ(0, S_GetOption(&c, SocketSignalEndsWait));
    signals = begin_interrupting();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&c, 0, 500, buffer, sizeof buffer));
    end_interrupting(signals);
    close(fd);
}

static void a_cut_message_ends_the_sending_half(void)
{
    char *large = calloc(1, LARGE);
    sock c;
    int fd;
    REQUIRE(large != NULL);
    REQUIRE(channel_that_ends(&c, &fd));
    CHECK_ENDED(0, S_Write(&c, large, LARGE));
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&c, "more", 4));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_MESSAGE(&c, "hi");
    close(fd);
    free(large);
}

static void a_wait_for_a_client_ends_and_the_client_can_come(void)
{
    sock s, channel;
    int fd;
    int32_t port = s_listen(&s, "s");
    CHECK_EQ(1, S_SetOption(&s, SocketSignalEndsWait, 1));
    CHECK_ENDED(0, S_WaitForConnection(&s, WDSOCKET_INFINITE));
    fd = peer_connect(port);
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_GetOption(&channel, SocketSignalEndsWait));
    close(fd);
}

static void a_watch_s_wait_ends_and_the_next_one_tells(void)
{
    sock w, c;
    int fd;
    int32_t ids[4];
    REQUIRE(s_watched_channel(&w, &c, &fd));
    CHECK_EQ(0, S_GetOption(&w, SocketSignalEndsWait));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&w, SocketNagle, 1));
    CHECK_EQ(1, S_SetOption(&w, SocketSignalEndsWait, 1));
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_WatchWait(&w, WDSOCKET_INFINITE, ids, 4));
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    CHECK_MESSAGE(&c, "hi");
    close(fd);
}

static void a_udp_socket_s_read_ends(void)
{
    sock u;
    char buffer[16];
    REQUIRE(s_udp(&u, "u", "127.0.0.1") != 0);
    CHECK_EQ(1, S_SetOption(&u, SocketSignalEndsWait, 1));
    CHECK_EQ(1, S_GetOption(&u, SocketSignalEndsWait));
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&u, 1, 0, buffer, sizeof buffer));
}

/* A port whose queue of clients is full: one more connection waits for an answer. */
static int full_port(int *listener, int fillers[4])
{
    int port, i;
    struct sockaddr_in address;
    *listener = peer_bind(&port);
    if (*listener < 0 || listen(*listener, 0) != 0)
        return 0;
    address = peer_loopback(port);
    for (i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    return port;
}

static void the_default_is_for_connecting_and_for_watches(void)
{
    sock c, w;
    int listener, fillers[4], i;
    int port = full_port(&listener, fillers);
    REQUIRE(port != 0);
    CHECK_EQ(1, SocketSetOption(NULL, SocketSignalEndsWait, 1));
    CHECK_ENDED(0, S_Connect(&c, "c", port, "127.0.0.1", 60000));
    CHECK_EQ(0, S_Exist(&c));
    REQUIRE(S_Watch(&w, "w") == 1);
    CHECK_EQ(1, S_GetOption(&w, SocketSignalEndsWait));
    CHECK_EQ(1, SocketSetOption(NULL, SocketSignalEndsWait, WDSOCKET_DEFAULT));
    CHECK_EQ(0, SocketGetOption(NULL, SocketSignalEndsWait));
    for (i = 0; i < 4; i++)
        close(fillers[i]);
    close(listener);
}

static void a_handshake_ends(void)
{
    sock c;
    int port, listener = peer_listen(&port);
    REQUIRE(listener >= 0);
    CHECK_EQ(1, SocketSetOption(NULL, SocketSignalEndsWait, 1));
    CHECK_ENDED(0, S_ConnectSSL(&c, "c", port, "127.0.0.1", 0, 60000));
    CHECK_EQ(0, S_Exist(&c));
    CHECK_EQ(1, SocketSetOption(NULL, SocketSignalEndsWait, 0));
    close(listener);
}

static void a_read_over_tls_ends_and_the_next_one_has_the_message(void)
{
    sock s, client, channel = s_missing;
    char buffer[16];
    REQUIRE(tls_pair(&s, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketSignalEndsWait, 1));
    CHECK_ENDED(-WDSOCKET_ERR_CANCELLED, S_Read(&client, 1, 0, buffer, sizeof buffer));
    CHECK_EQ(1, S_Write(&channel, "hi", 2));
    CHECK_MESSAGE(&client, "hi");
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_read_without_limit_ends_and_the_next_one_has_the_message);
    RUN(a_read_with_a_limit_ends_and_keeps_the_part_that_came);
    RUN(what_has_come_is_read_whatever_signals_came_before);
    RUN(a_read_that_waits_for_another_thread_s_turn_ends);
    RUN(the_option_can_be_taken_back);
    RUN(a_cut_message_ends_the_sending_half);
    RUN(a_wait_for_a_client_ends_and_the_client_can_come);
    RUN(a_watch_s_wait_ends_and_the_next_one_tells);
    RUN(a_udp_socket_s_read_ends);
    RUN(the_default_is_for_connecting_and_for_watches);
    RUN(a_handshake_ends);
    RUN(a_read_over_tls_ends_and_the_next_one_has_the_message);
    return check_end();
}

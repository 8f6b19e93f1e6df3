/* Sockets that another part of the program made are taken over by their descriptors, and ours tell theirs. */
#include "datagram.h"
#include "watch_scene.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define S_Descriptor(h) S_CALL(SocketDescriptor)(S_KEY(h))

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void a_pair_of_sockets_talks(void)
{
    int ends[2];
    sock one, two;
    char told[64];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    REQUIRE(S_FromDescriptor(&one, "one", ends[0]) == 1);
    REQUIRE(S_FromDescriptor(&two, "two", ends[1]) == 1);
    CHECK_EQ(FD_CLOEXEC, fcntl(ends[0], F_GETFD));
    CHECK_EQ(1, S_Write(&one, "there", -1));
    CHECK_MESSAGE(&two, "there");
    CHECK_EQ(1, S_Write(&two, "and back", -1));
    CHECK_MESSAGE(&one, "and back");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&one, 0, 100, told, sizeof told));
    CHECK(S_ClientInfo(&one, SocketPeerProcess, told, sizeof told) > 0);
    CHECK_EQ(getpid(), atoi(told));
    CHECK_EQ(ends[0], S_Descriptor(&one));
    CHECK_EQ(1, S_Close(&one));
    CHECK(!is_open(ends[0]));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&two, 0, 5000, told, sizeof told));
    CHECK_EQ(1, S_Close(&two));
}

static void closing_one_ends_the_connection_whoever_has_it_too(void)
{
    int ends[2], other;
    sock one, two;
    char told[64];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    other = dup(ends[0]); /* as a program has its standard output beside its input */
    REQUIRE(S_FromDescriptor(&one, "one", ends[0]) == 1);
    REQUIRE(S_FromDescriptor(&two, "two", ends[1]) == 1);
    CHECK_EQ(1, S_Write(&one, "bye", -1));
    CHECK_EQ(1, S_Close(&one));
    CHECK_MESSAGE(&two, "bye");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&two, 0, 5000, told, sizeof told));
    CHECK_EQ(1, S_Close(&two));
    close(other);
}

static void closing_one_whose_descriptor_was_told_ends_it_though_another_was_made_of_that(void)
{
    char told[64];
    sock listener, one, two;
    int other;
    REQUIRE(s_pair(&listener, &one, &two));
    other = dup((int)S_Descriptor(&one));
    CHECK(other >= 0);
    CHECK_EQ(1, S_Close(&one));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&two, 0, 5000, told, sizeof told));
    CHECK_EQ(1, S_Close(&two));
    CHECK_EQ(1, S_Close(&listener));
    close(other);
}

static void a_client_that_another_accepted_goes_on(void)
{
    int port, listener = peer_listen(&port), taken;
    sock client, channel;
    char told[64], expected[16];
    REQUIRE(listener >= 0);
    REQUIRE(S_Connect(&client, "client", port, "127.0.0.1", 5000) == 1);
    taken = accept(listener, NULL, NULL);
    REQUIRE(S_FromDescriptor(&channel, "channel", taken) == 1);
    snprintf(expected, sizeof expected, "%d", (int)s_port(&client));
    CHECK(S_ClientInfo(&channel, SocketPort, told, sizeof told) > 0);
    CHECK(strcmp(expected, told) == 0);
    CHECK_EQ(0, S_GetOption(&channel, SocketNagle));
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    CHECK_MESSAGE(&channel, "hello");
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&client));
    close(listener);
}

static void a_listener_becomes_a_server_until_it_is_closed(void)
{
    int port, listener = peer_listen(&port);
    sock server, client, channel;
    REQUIRE(listener >= 0);
    REQUIRE(S_FromDescriptor(&server, "server", listener) == 1);
    CHECK_EQ(port, s_port(&server));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_Accept(&server, &channel));
    REQUIRE(S_Connect(&client, "client", port, "127.0.0.1", 5000) == 1);
    REQUIRE(s_take(&server, &channel));
    CHECK_EQ(1, S_Write(&channel, "welcome", -1));
    CHECK_MESSAGE(&client, "welcome");
    CHECK_EQ(1, S_Close(&channel));
    /* As a simplified server, too. */
    CHECK_EQ(1, S_Close(&client));
    REQUIRE(S_Connect(&client, "client", port, "127.0.0.1", 5000) == 1);
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    CHECK_MESSAGE(&server, "hello");
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&server));
    CHECK(!is_open(listener));
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&client, "client", port, "127.0.0.1", 5000));
}

static void a_udp_socket_sends_and_receives(void)
{
    int port, fd = peer_udp(&port);
    sock ours, other;
    char in[64], who[64];
    REQUIRE(fd >= 0);
    REQUIRE(S_FromDescriptor(&ours, "ours", fd) == 1);
    CHECK_EQ(port, s_port(&ours));
    REQUIRE(s_udp(&other, "other", "127.0.0.1") != 0);
    CHECK_EQ(1, S_WriteTo(&other, "datagram", 8, "127.0.0.1", port));
    CHECK_EQ(8, S_Read(&ours, 0, 5000, in, sizeof in));
    CHECK_EQ(s_port(&other), s_sender(&ours, who));
    CHECK_EQ(1, S_WriteTo(&ours, "answer", 6, "127.0.0.1", s_port(&other)));
    CHECK_EQ(6, S_Read(&other, 0, 5000, in, sizeof in));
    CHECK_EQ(1, S_Close(&ours));
    CHECK_EQ(1, S_Close(&other));
}

static void a_child_goes_on_with_what_it_inherited(void)
{
    int ends[2], status = -1;
    sock parent, child_end;
    char in[64];
    pid_t child;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    child = fork();
    if (child == 0) {
        int went_well = S_FromDescriptor(&child_end, "inherited", ends[1]) == 1 &&
                        S_Read(&child_end, 0, 10000, in, sizeof in) == 5 && S_Write(&child_end, in, 5) == 1;
        S_Close(&child_end);
        _exit(went_well ? 0 : 1);
    }
    close(ends[1]);
    REQUIRE(S_FromDescriptor(&parent, "parent", ends[0]) == 1);
    CHECK_EQ(1, S_Write(&parent, "hello", 5));
    CHECK_MESSAGE(&parent, "hello");
    CHECK_EQ(child, waitpid(child, &status, 0));
    CHECK_EQ(0, status);
    CHECK_EQ(1, S_Close(&parent));
}

static void what_is_none_stays_the_callers(void)
{
    int ends[2], pipes[2], idle = socket(AF_INET, SOCK_STREAM, 0), unbound = socket(AF_INET, SOCK_DGRAM, 0), local[2];
    sock one, two;
    char text[400];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && pipe(pipes) == 0);
    REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, local) == 0);
    const int useless[] = {-1, 1 << 20, pipes[0], idle, unbound, local[0]};
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_FromDescriptor(&one, "one", useless[i]));
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "the descriptor ") != NULL);
        CHECK(i < 2 || is_open(useless[i]));
    }
    REQUIRE(S_FromDescriptor(&one, "one", ends[0]) == 1);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_FromDescriptor(&two, "two", ends[0]));
    CHECK(is_open(ends[0]));
#ifndef BY_ID
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, S_FromDescriptor(&two, "one", ends[1]));
    CHECK(is_open(ends[1]));
#endif
    CHECK_EQ(1, S_Close(&one));
    close(ends[1]);
    for (int i = 0; i < 2; i++) {
        close(pipes[i]);
        close(local[i]);
    }
    close(idle);
    close(unbound);
}

static void each_socket_tells_its_descriptor_for_options_of_the_system(void)
{
    sock listener, client, channel, udp, watch;
    int urgent = 46 << 2, found = 0;
    socklen_t size = sizeof found;
    REQUIRE(s_pair(&listener, &client, &channel) && s_udp(&udp, "udp", "127.0.0.1"));
    CHECK_EQ(0, setsockopt((int)S_Descriptor(&client), IPPROTO_IP, IP_TOS, &urgent, sizeof urgent));
    CHECK_EQ(0, getsockopt((int)S_Descriptor(&client), IPPROTO_IP, IP_TOS, &found, &size));
    CHECK_EQ(urgent, found);
    size = sizeof found;
    CHECK_EQ(0, getsockopt((int)S_Descriptor(&listener), SOL_SOCKET, SO_ACCEPTCONN, &found, &size));
    CHECK_EQ(1, found);
    CHECK_EQ(0, getsockopt((int)S_Descriptor(&udp), SOL_SOCKET, SO_TYPE, &found, &size));
    CHECK_EQ(SOCK_DGRAM, found);
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_Descriptor(&s_missing));
    REQUIRE(S_Watch(&watch, "watch") == 1);
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_Descriptor(&watch));
    SocketCloseAll();
}

int main(void)
{
    check_start(60);
    RUN(a_pair_of_sockets_talks);
    RUN(closing_one_ends_the_connection_whoever_has_it_too);
    RUN(closing_one_whose_descriptor_was_told_ends_it_though_another_was_made_of_that);
    RUN(a_client_that_another_accepted_goes_on);
    RUN(a_listener_becomes_a_server_until_it_is_closed);
    RUN(a_udp_socket_sends_and_receives);
    RUN(a_child_goes_on_with_what_it_inherited);
    RUN(what_is_none_stays_the_callers);
    RUN(each_socket_tells_its_descriptor_for_options_of_the_system);
    return check_end();
}

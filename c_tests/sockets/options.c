/* Whole-number options, seen through the library and through the descriptor itself. */
#include "scene.h"

#include <fcntl.h>

/* The library's descriptor of a connection or listener: the one TCP socket of this process that has
 * this local port (and, for a connection, this peer port). -1 when it is not found. */
static int descriptor_of(int local_port, int peer_port)
{
    int fd;
    for (fd = 3; fd < 4096; fd++) {
        struct sockaddr_storage own, peer;
        socklen_t a = sizeof own, b = sizeof peer;
        int other = 0, here;
        if (getsockname(fd, (struct sockaddr *)&own, &a) != 0 || own.ss_family != AF_INET)
            continue;
        here = ntohs(((struct sockaddr_in *)&own)->sin_port);
        if (getpeername(fd, (struct sockaddr *)&peer, &b) == 0)
            other = ntohs(((struct sockaddr_in *)&peer)->sin_port);
        if (here == local_port && other == peer_port)
            return fd;
    }
    return -1;
}

static int system_option(int fd, int level, int option)
{
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, level, option, &value, &length) == 0 ? value : -1;
}

static int peer_port_of(const sock *h)
{
    char text[16] = "";
    CHECK(S_ClientInfo(h, SocketPort, text, sizeof text) > 0);
    return atoi(text);
}

static void messages_leave_at_once_unless_nagle_is_asked_for(void)
{
    sock s, client, channel;
    int fd;
    REQUIRE(s_pair(&s, &client, &channel));
    fd = descriptor_of(s_port(&client), peer_port_of(&client));
    REQUIRE(fd >= 0);
    CHECK_EQ(0, S_GetOption(&client, SocketNagle));
    CHECK(system_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK_EQ(1, S_SetOption(&client, SocketNagle, 1));
    CHECK_EQ(1, S_GetOption(&client, SocketNagle));
    CHECK_EQ(0, system_option(fd, IPPROTO_TCP, TCP_NODELAY));
    CHECK_EQ(1, S_SetOption(&client, SocketNagle, 0));
    CHECK(system_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    fd = descriptor_of(s_port(&channel), peer_port_of(&channel));
    REQUIRE(fd >= 0);
    CHECK(system_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
}

static void keep_alive_takes_seconds(void)
{
    sock s, client, channel;
    int fd;
    REQUIRE(s_pair(&s, &client, &channel));
    fd = descriptor_of(s_port(&client), peer_port_of(&client));
    REQUIRE(fd >= 0);
    CHECK_EQ(0, S_GetOption(&client, SocketKeepAlive));
    CHECK_EQ(0, system_option(fd, SOL_SOCKET, SO_KEEPALIVE));
    CHECK_EQ(1, S_SetOption(&client, SocketKeepAlive, 45));
    CHECK_EQ(45, S_GetOption(&client, SocketKeepAlive));
    CHECK_EQ(1, system_option(fd, SOL_SOCKET, SO_KEEPALIVE));
    CHECK_EQ(45, system_option(fd, IPPROTO_TCP, TCP_KEEPIDLE));
#ifndef _WIN32
    CHECK_EQ(15, system_option(fd, IPPROTO_TCP, TCP_KEEPINTVL));
    CHECK_EQ(3, system_option(fd, IPPROTO_TCP, TCP_KEEPCNT));
    CHECK_EQ(90000, system_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT));
#endif
    CHECK_EQ(1, S_SetOption(&client, SocketKeepAlive, 0));
    CHECK_EQ(0, system_option(fd, SOL_SOCKET, SO_KEEPALIVE));
#ifndef _WIN32
    CHECK_EQ(0, system_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT));
#endif
}

static void buffers_and_time_to_live_reach_the_system(void)
{
    sock s, client, channel;
    int fd;
    REQUIRE(s_pair(&s, &client, &channel));
    fd = descriptor_of(s_port(&client), peer_port_of(&client));
    REQUIRE(fd >= 0);
    CHECK_EQ(1, S_SetOption(&client, SocketReceiveBuffer, 50000));
    CHECK(system_option(fd, SOL_SOCKET, SO_RCVBUF) >= 50000);
    CHECK(S_GetOption(&client, SocketReceiveBuffer) >= 50000);
    CHECK_EQ(1, S_SetOption(&client, SocketSendBuffer, 60000));
    CHECK(system_option(fd, SOL_SOCKET, SO_SNDBUF) >= 60000);
    CHECK(S_GetOption(&client, SocketSendBuffer) >= 60000);
    CHECK_EQ(1, S_SetOption(&client, SocketTimeToLive, 7));
    CHECK_EQ(7, system_option(fd, IPPROTO_IP, IP_TTL));
    CHECK_EQ(7, S_GetOption(&client, SocketTimeToLive));
}

static void a_default_is_for_sockets_made_later(void)
{
    sock before, s, client, channel;
    intptr_t limit = SocketGetOption(NULL, SocketMaxMessage);
    CHECK(s_listen(&before, "before") != 0);
    CHECK_EQ(1, SocketSetOption(NULL, SocketMaxMessage, 12345));
    CHECK_EQ(1, SocketSetOption(NULL, SocketWriteTimeout, 777));
    CHECK_EQ(1, SocketSetOption(NULL, SocketNagle, 1));
    CHECK_EQ(12345, SocketGetOption(NULL, SocketMaxMessage));
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(12345, S_GetOption(&client, SocketMaxMessage));
    CHECK_EQ(12345, S_GetOption(&channel, SocketMaxMessage));
    CHECK_EQ(777, S_GetOption(&client, SocketWriteTimeout));
    CHECK_EQ(1, S_GetOption(&client, SocketNagle));
    CHECK_EQ(0, system_option(descriptor_of(s_port(&client), peer_port_of(&client)), IPPROTO_TCP, TCP_NODELAY));
    CHECK_EQ(limit, S_GetOption(&before, SocketMaxMessage));
    CHECK_EQ(1, SocketSetOption(NULL, SocketMaxMessage, (int32_t)limit));
    CHECK_EQ(1, SocketSetOption(NULL, SocketWriteTimeout, 0));
    CHECK_EQ(1, SocketSetOption(NULL, SocketNagle, 0));
    CHECK_EQ(1, SocketSetOption(NULL, SSLVerifyDepth, 3));
    CHECK_EQ(12345, S_GetOption(&client, SocketMaxMessage));
    CHECK_EQ(100, S_GetOption(&client, SSLVerifyDepth));
    CHECK_EQ(1, S_SetOption(&channel, SocketLengthBytes, 2));
    CHECK_EQ(2, S_GetOption(&channel, SocketLengthBytes));
    CHECK_EQ(SocketGetOption(NULL, SocketLengthBytes), S_GetOption(&client, SocketLengthBytes));
    CHECK_EQ(1, SocketSetOption(NULL, SSLVerifyDepth, WDSOCKET_DEFAULT));
}

static void a_port_is_shared_only_when_asked_for(void)
{
    sock a, b;
    int32_t port;
    CHECK_EQ(1, SocketGetOption(NULL, SocketUniqueAddress));
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 0));
    CHECK_EQ(0, SocketGetOption(NULL, SocketUniqueAddress));
    port = s_listen(&a, "a");
    CHECK_EQ(1, S_Create(&b, "b", port, "127.0.0.1"));
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 1));
    CHECK_EQ(1, S_Close(&a));
    CHECK_EQ(1, S_Close(&b));
    port = s_listen(&a, "a");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&b, "b", port, "127.0.0.1"));
}

static void an_option_or_value_outside_the_list_is_refused(void)
{
    sock s, client, channel;
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&client, 9999, 1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&client, -1, 1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_GetOption(&client, 9999));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&client, SocketMaxMessage, -1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&client, SocketKeepAlive, -1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&client, SocketWriteTimeout, -5));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&client, SocketBacklog, 5));
    CHECK_EQ(1, S_SetOption(&s, SocketBacklog, 5));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_SetOption(&s_missing, SocketNagle, 1));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_GetOption(&s_missing, SocketNagle));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetOption(NULL, 9999, 1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketGetOption(NULL, 9999));
#ifdef _WIN32
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, S_SetOption(&client, SocketSignalEndsWait, 1));
    CHECK_EQ(1, S_SetOption(&client, SocketSignalEndsWait, 0));
#endif
}

static void any_non_zero_number_is_true(void)
{
    sock s, client, channel;
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(1, S_SetOption(&client, SocketNagle, -12));
    CHECK_EQ(1, S_GetOption(&client, SocketNagle));
}

static void descriptors_are_not_inherited_by_programs_started(void)
{
    sock s, client, channel;
    int listening, connected;
    REQUIRE(s_pair(&s, &client, &channel));
    listening = descriptor_of(s_port(&s), 0);
    connected = descriptor_of(s_port(&client), peer_port_of(&client));
    REQUIRE(listening >= 0 && connected >= 0);
    CHECK((fcntl(listening, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(connected, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(descriptor_of(s_port(&channel), peer_port_of(&channel)), F_GETFD) & FD_CLOEXEC) != 0);
}

int main(void)
{
    check_start(60);
    RUN(messages_leave_at_once_unless_nagle_is_asked_for);
    RUN_BUT_NOT_UNDER_WINE(keep_alive_takes_seconds, "Wine 8 has no TCP_KEEPIDLE");
    RUN(buffers_and_time_to_live_reach_the_system);
    RUN(a_default_is_for_sockets_made_later);
    RUN_BUT_NOT_UNDER_WINE(a_port_is_shared_only_when_asked_for, "Wine 8 shares no TCP port");
    RUN(an_option_or_value_outside_the_list_is_refused);
    RUN(any_non_zero_number_is_true);
    RUN(descriptors_are_not_inherited_by_programs_started);
    return check_end();
}

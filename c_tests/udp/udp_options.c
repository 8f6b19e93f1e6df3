/* Multicast groups on loopback, and the options of UDP sockets as the system tells them. */
#include "datagram.h"

static char in[64];

static int system_option(int port, int level, int option)
{
    int value = -1, fd = descriptor_of_udp(port);
    socklen_t length = sizeof value;
    return getsockopt(fd, level, option, &value, &length) == 0 ? value : -1;
}

static void a_group_is_received_from_joining_to_leaving(void)
{
    sock member, other;
    int port;
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 0));
    port = s_udp(&member, "member", NULL);
    REQUIRE(port != 0 && S_CreateUDP(&other, "other", port, NULL) == 1);
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 1));
    CHECK_EQ(1, S_JoinGroup(&member, "239.17.1.2", "lo"));
    CHECK_EQ(1, S_WriteTo(&member, "news", 4, "239.17.1.2", port));
    CHECK_EQ(4, S_Read(&member, 0, 10000, in, sizeof in));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&other, 0, 100, in, sizeof in));
    CHECK_EQ(1, S_JoinGroup(&other, "239.17.1.2", "127.0.0.1"));
    CHECK_EQ(1, S_WriteTo(&member, "both", 4, "239.17.1.2", port));
    CHECK_EQ(4, S_Read(&member, 0, 10000, in, sizeof in));
    CHECK_EQ(4, S_Read(&other, 0, 10000, in, sizeof in));
    CHECK_EQ(1, S_LeaveGroup(&member, "239.17.1.2", "1"));
    CHECK_EQ(1, S_WriteTo(&member, "one", 3, "239.17.1.2", port));
    CHECK_EQ(3, S_Read(&other, 0, 10000, in, sizeof in));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&member, 0, 100, in, sizeof in));
}

static void joining_and_leaving_say_what_is_wrong(void)
{
    static const char *const no_groups[] = {"", "127.0.0.1", "host", "239.1.2", "239.1.2.3 ", "ff02::1%lo", "\xff"};
    sock s, v4;
    size_t i;
    REQUIRE(s_udp(&s, "s", NULL) != 0 && s_udp(&v4, "v4", "127.0.0.1") != 0);
    for (i = 0; i < sizeof no_groups / sizeof *no_groups; i++) {
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_JoinGroup(&s, no_groups[i], NULL));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_LeaveGroup(&s, no_groups[i], "lo"));
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_JoinGroup(&s, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_JoinGroup(&v4, "ff15::1", "lo"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_JoinGroup(&s, "239.17.1.2", "no such interface"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_JoinGroup(&s, "239.17.1.2", "192.0.2.123"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_JoinGroup(&s, "239.17.1.2", "99999"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_LeaveGroup(&s, "239.17.1.2", "lo"));
    CHECK_EQ(1, S_JoinGroup(&s, "239.17.1.2", "lo"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_JoinGroup(&s, "239.17.1.2", "lo"));
    CHECK_EQ(1, S_LeaveGroup(&s, "239.17.1.2", "lo"));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_JoinGroup(&s_missing, "239.17.1.2", "lo"));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_LeaveGroup(&s_missing, "239.17.1.2", "lo"));
    if (has_ipv6()) {
        CHECK_EQ(1, S_JoinGroup(&s, "ff15::17", "lo"));
        CHECK_EQ(1, S_LeaveGroup(&s, "ff15::17", "::1"));
    }
}

static void multicast_loop_keeps_datagrams_from_this_machine(void)
{
    sock s;
    int port = s_udp(&s, "s", "0.0.0.0");
    REQUIRE(port != 0);
    CHECK_EQ(1, S_GetOption(&s, SocketMulticastLoop));
    CHECK_EQ(1, system_option(port, IPPROTO_IP, IP_MULTICAST_LOOP));
    CHECK_EQ(1, S_JoinGroup(&s, "239.17.1.3", "lo"));
    CHECK_EQ(1, S_SetOption(&s, SocketMulticastLoop, 0));
    CHECK_EQ(0, S_GetOption(&s, SocketMulticastLoop));
    CHECK_EQ(0, system_option(port, IPPROTO_IP, IP_MULTICAST_LOOP));
    CHECK_EQ(1, S_SetOption(&s, SocketMulticastLoop, 1));
    CHECK_EQ(1, S_WriteTo(&s, "x", 1, "239.17.1.3", port));
    CHECK_EQ(1, S_Read(&s, 0, 10000, in, sizeof in));
    CHECK_EQ(1, SocketSetOption(NULL, SocketMulticastLoop, 0));
    port = s_udp(&s, "t", NULL);
    CHECK_EQ(1, SocketSetOption(NULL, SocketMulticastLoop, WDSOCKET_DEFAULT));
    REQUIRE(port != 0);
    CHECK_EQ(0, S_GetOption(&s, SocketMulticastLoop));
    CHECK_EQ(0, system_option(port, IPPROTO_IP, IP_MULTICAST_LOOP));
}

static void time_to_live_counts_for_every_kind_of_receiver(void)
{
    static const struct { int level, option; } four[] = {{IPPROTO_IP, IP_TTL}, {IPPROTO_IP, IP_MULTICAST_TTL}},
        six[] = {{IPPROTO_IPV6, IPV6_UNICAST_HOPS}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}};
    sock s;
    int i, port = s_udp(&s, "s", NULL);
    REQUIRE(port != 0);
    CHECK_EQ(1, S_SetOption(&s, SocketTimeToLive, 7));
    CHECK_EQ(7, S_GetOption(&s, SocketTimeToLive));
    for (i = 0; i < 2; i++) {
        CHECK_EQ(7, system_option(port, four[i].level, four[i].option));
        if (has_ipv6())
            CHECK_EQ(7, system_option(port, six[i].level, six[i].option));
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&s, SocketTimeToLive, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&s, SocketTimeToLive, 256));
    CHECK_EQ(7, S_GetOption(&s, SocketTimeToLive));
    CHECK_EQ(1, SocketSetOption(NULL, SocketTimeToLive, 9));
    port = s_udp(&s, "t", "127.0.0.1");
    CHECK_EQ(1, SocketSetOption(NULL, SocketTimeToLive, WDSOCKET_DEFAULT));
    REQUIRE(port != 0);
    for (i = 0; i < 2; i++)
        CHECK_EQ(9, system_option(port, four[i].level, four[i].option));
}

static void buffers_are_what_the_system_says(void)
{
    sock s;
    int port = s_udp(&s, "s", NULL);
    REQUIRE(port != 0);
    CHECK_EQ(1, S_SetOption(&s, SocketReceiveBuffer, 50000));
    CHECK_EQ(1, S_SetOption(&s, SocketSendBuffer, 60000));
    CHECK(S_GetOption(&s, SocketReceiveBuffer) >= 50000);
    CHECK(S_GetOption(&s, SocketSendBuffer) >= 60000);
    CHECK_EQ(system_option(port, SOL_SOCKET, SO_RCVBUF), S_GetOption(&s, SocketReceiveBuffer));
    CHECK_EQ(system_option(port, SOL_SOCKET, SO_SNDBUF), S_GetOption(&s, SocketSendBuffer));
    CHECK(system_option(port, SOL_SOCKET, SO_BROADCAST) != 0);
}

static void a_port_is_shared_only_by_those_who_all_want_it(void)
{
    sock alone, first, second;
    int port = s_udp(&alone, "alone", NULL);
    REQUIRE(port != 0);
    CHECK_EQ(1, S_GetOption(&alone, SocketUniqueAddress));
    CHECK_EQ(0, system_option(port, SOL_SOCKET, SO_REUSEPORT));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&alone, SocketUniqueAddress, 0));
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 0));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_CreateUDP(&first, "first", port, NULL));
    port = s_udp(&first, "first", NULL);
    CHECK(port != 0);
    CHECK_EQ(1, S_CreateUDP(&second, "second", port, NULL));
    CHECK_EQ(0, S_GetOption(&second, SocketUniqueAddress));
    CHECK(system_option(port, SOL_SOCKET, SO_REUSEPORT) != 0);
    CHECK_EQ(1, SocketSetOption(NULL, SocketUniqueAddress, 1));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_CreateUDP(&alone, "third", port, NULL));
}

static void options_of_the_other_kind_are_refused(void)
{
    static const int32_t tcp_only[] = {SocketNagle, SocketKeepAlive, SocketMaxMessage, SocketBacklog,
                                       SSLHandshakeTimeout, SSLVerifyClient, SSLSystemRoots, SSLVerifyDepth, SSLStrict,
                                       SSLNameInSubject};
    sock s, listener, client, channel;
    size_t i;
    REQUIRE(s_udp(&s, "s", NULL) != 0 && s_pair(&listener, &client, &channel));
    for (i = 0; i < sizeof tcp_only / sizeof *tcp_only; i++) {
        CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_GetOption(&s, tcp_only[i]));
        CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&s, tcp_only[i], 1));
    }
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_GetOption(&client, SocketMulticastLoop));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&client, SocketMulticastLoop, 0));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_GetOption(&listener, SocketMulticastLoop));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&listener, SocketMulticastLoop, 0));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_GetOption(&s, 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&s, 999, 1));
    CHECK_EQ(1, S_SetOption(&s, SocketWriteTimeout, 1234));
    CHECK_EQ(1234, S_GetOption(&s, SocketWriteTimeout));
}

int main(void)
{
    check_start(60);
    RUN(a_group_is_received_from_joining_to_leaving);
    RUN_BUT_NOT_UNDER_WINE(joining_and_leaving_say_what_is_wrong,
                           "Wine 8 says WSAEINVAL of a group that was not joined, Windows WSAEADDRNOTAVAIL");
    RUN(multicast_loop_keeps_datagrams_from_this_machine);
    RUN(time_to_live_counts_for_every_kind_of_receiver);
    RUN(buffers_are_what_the_system_says);
    RUN_BUT_NOT_UNDER_WINE(a_port_is_shared_only_by_those_who_all_want_it, "Wine 8 has no SO_EXCLUSIVEADDRUSE for UDP");
    RUN(options_of_the_other_kind_are_refused);
    return check_end();
}

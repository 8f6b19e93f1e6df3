/* UDP: datagrams whole or not at all, their senders, and what does not apply to them. */
#include "datagram.h"

enum { LONGEST = 65507 };

static char out[LONGEST + 1], in[LONGEST + 1];

static void fill(int size)
{
    int i;
    for (i = 0; i < size; i++)
        out[i] = (char)(i * 31 + size);
}

static void datagrams_of_every_size_arrive_whole_over(const char *here)
{
    static const int sizes[] = {0, 1, 1472, 9000, LONGEST};
    sock a, b;
    char address[64];
    int32_t from = s_udp(&a, "a", here), to = s_udp(&b, "b", here);
    size_t i;
    REQUIRE(from != 0 && to != 0);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fill(sizes[i]);
        CHECK_EQ(1, S_WriteTo(&a, out, sizes[i], here, to));
        memset(in, 0, sizeof in);
        CHECK_EQ(sizes[i], S_Read(&b, 0, 10000, in, sizeof in));
        CHECK_EQ(0, SocketErrorCode());
        CHECK(memcmp(in, out, (size_t)sizes[i]) == 0);
        CHECK_EQ(from, s_sender(&b, address));
        CHECK(strcmp(address, here) == 0);
    }
    CHECK_NO(WDSOCKET_ERR_MESSAGE_TOO_LARGE, S_WriteTo(&a, out, LONGEST + 1, here, to));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&b, 0, 50, in, sizeof in));
}

static void datagrams_of_every_size_arrive_whole_over_ipv4(void)
{
    datagrams_of_every_size_arrive_whole_over("127.0.0.1");
}

static void datagrams_of_every_size_arrive_whole_over_ipv6(void)
{
    if (!has_ipv6()) {
        printf("skipped: this machine has no IPv6\n");
        return;
    }
    datagrams_of_every_size_arrive_whole_over("::1");
}

static void a_socket_on_all_interfaces_talks_to_both_families(void)
{
    static const char *const families[] = {"127.0.0.1", "::1"};
    sock all, one;
    char address[64];
    int i, port;
    if (!has_ipv6()) {
        printf("skipped: this machine has no IPv6\n");
        return;
    }
    for (i = 0; i < 2; i++) {
        port = s_udp(&all, "all", i == 0 ? NULL : "");
        REQUIRE(s_udp(&one, "one", families[i]) != 0 && port != 0);
        CHECK_EQ(1, S_WriteTo(&one, "ask", 3, families[i], port));
        CHECK_EQ(3, S_Read(&all, 0, 10000, in, sizeof in));
        CHECK_EQ(s_port(&one), s_sender(&all, address));
        CHECK(strcmp(address, families[i]) == 0);
        CHECK_EQ(1, S_WriteTo(&all, "answer", 6, address, s_port(&one)));
        CHECK_EQ(6, S_Read(&one, 0, 10000, in, sizeof in));
        CHECK_EQ(1, S_Close(&all));
        CHECK_EQ(1, S_Close(&one));
    }
}

static void a_datagram_that_does_not_fit_stays(void)
{
    sock s;
    char address[64];
    int port, first, second, fd, other;
    REQUIRE((port = s_udp(&s, "s", "127.0.0.1")) != 0);
    fd = peer_udp(&first);
    other = peer_udp(&second);
    fill(9000);
    CHECK(peer_send_to(fd, out, 9000, port));
    CHECK(peer_send_to(other, "next", 4, port));
    CHECK_EQ(9000, S_Pending(&s));
    memset(in, 0, sizeof in);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&s, 0, 10000, in, 8999));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&s, 0, 10000, in, 10));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&s, 0, 0, NULL, 0));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_ClientInfo(&s, SocketPort, address, sizeof address));
    CHECK_EQ(9000, S_Pending(&s));
    CHECK_EQ(9000, S_Read(&s, 0, 0, in, 9000));
    CHECK(memcmp(in, out, 9000) == 0);
    CHECK_EQ(first, s_sender(&s, address));
    CHECK_EQ(4, S_Pending(&s));
    CHECK_EQ(4, S_Read(&s, 0, 0, in, 4));
    CHECK_EQ(second, s_sender(&s, address));
    CHECK_EQ(0, S_Pending(&s));
    CHECK_EQ(0, SocketErrorCode());
    close(fd);
    close(other);
}

static void an_empty_datagram_is_a_message(void)
{
    sock s;
    int port, from, fd;
    REQUIRE((port = s_udp(&s, "s", "127.0.0.1")) != 0);
    fd = peer_udp(&from);
    CHECK(peer_send_to(fd, "", 0, port));
    CHECK(peer_send_to(fd, "", 0, port));
    CHECK(peer_send_to(fd, "x", 1, port));
    CHECK_EQ(0, S_Pending(&s));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, S_Read(&s, 0, 10000, NULL, 0));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, S_Read(&s, 1, 0, in, sizeof in));
    CHECK_EQ(1, S_Read(&s, 0, 10000, in, sizeof in));
    close(fd);
}

static void a_peer_that_is_not_there_disturbs_nobody(void)
{
    sock s;
    char address[64];
    int port, nobody, peer, fd, i;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    fd = peer_udp(&nobody);
    close(fd);
    fd = peer_udp(&peer);
    for (i = 0; i < 100; i++) {
        CHECK_EQ(1, S_WriteTo(&s, "anybody?", 8, "127.0.0.1", nobody));
        CHECK(peer_send_to(fd, "here", 4, port));
        CHECK_EQ(4, S_Read(&s, 0, 10000, in, sizeof in));
        CHECK_EQ(peer, s_sender(&s, address));
        CHECK_EQ(1, S_WriteTo(&s, "you!", 4, "127.0.0.1", peer));
        CHECK(recv(fd, in, sizeof in, 0) == 4);
        CHECK_EQ(0, S_Pending(&s));
        CHECK_EQ(0, SocketErrorCode());
    }
    close(fd);
}

static void a_read_waits_as_long_as_it_is_told(void)
{
    sock s;
    int64_t start;
    REQUIRE(s_udp(&s, "s", "127.0.0.1") != 0);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 0, in, sizeof in));
    CHECK(now_ms() - start < 500);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 300, in, sizeof in));
    CHECK(now_ms() - start >= 300);
    CHECK(now_ms() - start < 5000);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, WDSOCKET_DEFAULT, in, sizeof in));
    CHECK(now_ms() - start >= 1000);
    CHECK(now_ms() - start < 6000);
}

static void a_host_name_is_looked_up(void)
{
    sock s, other;
    char name[256] = "";
    int port;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    CHECK_EQ(1, S_WriteTo(&s, "hello", 5, "localhost", port));
    CHECK_EQ(5, S_Read(&s, 0, 10000, in, sizeof in));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_WriteTo(&s, "hello", 5, "no-such-host.invalid", port));
    CHECK_EQ(1, S_CreateUDP(&other, "other", 0, "localhost"));
    CHECK_EQ(1, S_Close(&other));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_CreateUDP(&other, "other", 0, "no-such-host.invalid"));
    gethostname(name, sizeof name - 1);
    if (S_WriteTo(&s, "hello", 5, name, port) == 1)
        CHECK_EQ(5, S_Read(&s, 0, 10000, in, sizeof in));
    else
        CHECK_EQ(WDSOCKET_ERR_HOST_NOT_FOUND, SocketErrorCode());
}

static void malformed_addresses_and_ports_are_refused(void)
{
    static const int32_t no_ports[] = {0, -1, 65536, INT32_MAX, INT32_MIN};
    static const char *const no_hosts[] = {
        "", "two words", "tab\there", "line\n", " 127.0.0.1",
#ifndef _WIN32 /* there it is text of the ANSI code page */
        "\xff\xfe",
#endif
    };
    char long_name[300];
    sock s, other;
    size_t i;
    int port;
    REQUIRE((port = s_udp(&s, "s", NULL)) != 0);
    for (i = 0; i < sizeof no_ports / sizeof *no_ports; i++) {
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, "x", 1, "127.0.0.1", no_ports[i]));
        if (no_ports[i] != 0)
            CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_CreateUDP(&other, "other", no_ports[i], NULL));
    }
    for (i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++)
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, "x", 1, no_hosts[i], port));
    memset(long_name, 'a', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, "x", 1, long_name, port));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, "x", 1, NULL, port));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_WriteTo(&s, "x", 1, "127.0.0.256", port));
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_WriteTo(&s, "x", 1, "1:2:3", port));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, NULL, 1, "127.0.0.1", port));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WriteTo(&s, "x", -2, "127.0.0.1", port));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WriteTo(&s_missing, "x", 1, "127.0.0.1", port));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_Read(&s, 0, 0, NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&s, 0, 0, in, sizeof in));
}

static void an_address_of_another_machine_is_not_available(void)
{
    sock s;
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_CreateUDP(&s, "s", 0, "192.0.2.123"));
}

static void a_destination_of_the_other_family_is_unreachable(void)
{
    sock v4, v6;
    int port;
    REQUIRE((port = s_udp(&v4, "v4", "127.0.0.1")) != 0);
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_WriteTo(&v4, "x", 1, "::1", port));
    CHECK_EQ(1, S_WriteTo(&v4, "x", 1, "::ffff:127.0.0.1", port));
    CHECK_EQ(1, S_Read(&v4, 0, 10000, in, sizeof in));
    if (!has_ipv6())
        return;
    REQUIRE((port = s_udp(&v6, "v6", "::1")) != 0);
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_WriteTo(&v6, "x", 1, "127.0.0.1", port));
    CHECK_EQ(1, S_WriteTo(&v6, "x", 1, "localhost", port));
    CHECK_EQ(1, S_Read(&v6, 0, 10000, in, sizeof in));
}

static void functions_for_connections_say_wrong_kind_and_what_to_call(void)
{
    sock s, listener, client, channel;
    char text[512] = "", buffer[64];
    REQUIRE(s_udp(&s, "s", "127.0.0.1") != 0);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Write(&s, "x", 1));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "SocketWriteTo") != NULL);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Shutdown(&s));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "SocketClose") != NULL);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Connected(&s));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "SocketClientInfo") != NULL);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Mode(&s, SocketEndTag, NULL, 0));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WaitForConnection(&s, 0));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_CALL(SocketSSLInfo)(S_KEY(&s), SSLProtocol, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_Deny(&s));
#ifdef BY_ID
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, SocketAcceptId(s.id));
#else
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, SocketAccept(s.name, buffer, sizeof buffer));
#endif
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_ClientInfo(&s, SocketAddress, buffer, sizeof buffer));
    REQUIRE(s_pair(&listener, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WriteTo(&client, "x", 1, "127.0.0.1", 9));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "SocketWrite") != NULL);
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WriteTo(&listener, "x", 1, "127.0.0.1", 9));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_JoinGroup(&client, "239.1.2.3", NULL));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_LeaveGroup(&listener, "239.1.2.3", NULL));
}

static void a_taken_port_and_a_taken_name_are_refused(void)
{
    sock s, other;
    int port;
    REQUIRE((port = s_udp(&s, "s", "127.0.0.1")) != 0);
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_CreateUDP(&other, "other", port, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_CreateUDP(&other, "other", port, NULL));
#ifndef BY_ID
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketCreateUDP("s", 0, NULL));
#endif
    CHECK_EQ(1, S_Exist(&s));
    CHECK_EQ(1, S_Close(&s));
    CHECK_EQ(1, S_CreateUDP(&other, "other", port, "127.0.0.1"));
}

int main(void)
{
    check_start(120);
    RUN(datagrams_of_every_size_arrive_whole_over_ipv4);
    RUN(datagrams_of_every_size_arrive_whole_over_ipv6);
    RUN(a_socket_on_all_interfaces_talks_to_both_families);
    RUN(a_datagram_that_does_not_fit_stays);
    RUN(an_empty_datagram_is_a_message);
    RUN(a_peer_that_is_not_there_disturbs_nobody);
    RUN(a_read_waits_as_long_as_it_is_told);
    RUN(a_host_name_is_looked_up);
    RUN(malformed_addresses_and_ports_are_refused);
    RUN_BUT_NOT_UNDER_WINE(an_address_of_another_machine_is_not_available, "Wine 8 takes any address for UDP");
    RUN(a_destination_of_the_other_family_is_unreachable);
    RUN(functions_for_connections_say_wrong_kind_and_what_to_call);
    RUN(a_taken_port_and_a_taken_name_are_refused);
    return check_end();
}

/* A client that connects from a network interface, and routes that lead elsewhere. Works in a network of its own, which
 * takes privileges, with interfaces made by ip(8). */
#include "scene.h"

#include "own_network.h"

static void from(const char *address)
{
    CHECK_EQ(1, SocketSetText(NULL, SocketLocalAddress, address));
}

static void check_came_from(const sock *listener, const char *address)
{
    char text[64] = "";
    sock channel;
    REQUIRE(s_take(listener, &channel));
    CHECK(S_ClientInfo(&channel, SocketAddress, text, sizeof text) > 0);
    if (strcmp(text, address) != 0) {
        check_fault(__FILE__, __LINE__, "it comes from another address");
        fprintf(stderr, "# %s, expected %s\n", text, address);
    }
}

static void check_told(const char *words)
{
    char text[2000] = "";
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK(strstr(text, words) != NULL);
    if (strstr(text, words) == NULL)
        fprintf(stderr, "# %s\n", text);
}

static void a_client_connects_from_its_interfaces_address_of_the_peers_family(void)
{
    sock s, c;
    from("wd0");
    REQUIRE(S_Create(&s, "four", 0, "192.0.2.1") == 1);
    CHECK_EQ(1, S_Connect(&c, "a", s_port(&s), "192.0.2.1", 10000));
    check_came_from(&s, "198.51.100.9");
    CHECK_EQ(1, S_Connect(&c, "b", s_port(&s), "127.0.0.1", 10000) == 1 || SocketErrorCode() == WDSOCKET_ERR_REFUSED);
    REQUIRE(S_Create(&s, "six", 0, "2001:db8::1") == 1);
    CHECK_EQ(1, S_Connect(&c, "c", s_port(&s), "2001:db8::1", 10000));
    check_came_from(&s, "2001:db8::9");
    from("wd0:5000-5003");
    CHECK_EQ(1, S_Connect(&c, "d", s_port(&s), "2001:db8::1", 10000));
    CHECK(s_port(&c) >= 5000 && s_port(&c) <= 5003);
    check_came_from(&s, "2001:db8::9");
    from("wd1");
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_Connect(&c, "e", s_port(&s), "2001:db8::1", 10000));
    check_told("wd1, which SocketLocalAddress names, is one of IPv4");
    from("");
}

static void of_both_families_that_of_the_interface_is_taken(void)
{
    sock s, c;
    REQUIRE(S_Create(&s, "s", 0, NULL) == 1);
    from("wd1");
    CHECK_EQ(1, S_Connect(&c, "c", s_port(&s), "both.test", 10000));
    check_came_from(&s, "203.0.113.9");
    from("2001:db8::9");
    CHECK_EQ(1, S_Connect(&c, "d", s_port(&s), "both.test", 10000));
    check_came_from(&s, "2001:db8::9");
    from("");
}

static void the_wire_of_a_link_local_peer_is_that_of_the_own_address(void)
{
    sock s, c;
    REQUIRE(S_Create(&s, "s", 0, "fe80::9%wd0") == 1);
    from("wd0");
    CHECK_EQ(1, S_Connect(&c, "c", s_port(&s), "fe80::9%wd0", 10000));
    check_came_from(&s, "fe80::9%wd0");
    from("fe80::9%wd0");
    CHECK_EQ(1, S_Connect(&c, "d", s_port(&s), "fe80::9%wd0", 10000));
    check_came_from(&s, "fe80::9%wd0");
    from("fe80::9%wd7");
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_Connect(&c, "e", s_port(&s), "fe80::9%wd0", 10000));
    from("");
}

static void an_address_that_leads_nowhere_is_told(void)
{
    sock c;
    from("127.0.0.1");
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_Connect(&c, "c", 80, "198.51.100.77", 5000));
    check_told("198.51.100.77 port 80 cannot be reached from 127.0.0.1, which SocketLocalAddress names");
    from("wd2");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "d", 80, "198.51.100.77", 5000));
    check_told("wd2, which SocketLocalAddress names, has no IP address");
    from("wd3");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "e", 80, "198.51.100.77", 5000));
    check_told("wd0");
    from("");
}

/* Without a port for each connection to choose beforehand, an own address has as many connections as ports for each peer. */
static void an_own_address_uses_each_port_for_each_peer(void)
{
    enum { PORTS = 4 };
    sock s, t, c;
    char name[8];
    int i;
    /* Four that no connection has had. */
    REQUIRE(system("echo 60000 60003 > /proc/sys/net/ipv4/ip_local_port_range") == 0);
    REQUIRE(S_Create(&s, "s", 7000, "192.0.2.1") == 1 && S_Create(&t, "t", 7001, "192.0.2.1") == 1);
    from("198.51.100.9");
    for (i = 0; i < 2 * PORTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK_EQ(1, S_Connect(&c, name, 7000 + i % 2, "192.0.2.1", 10000));
    }
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Connect(&c, "more", 7000, "192.0.2.1", 5000));
    from("");
}

static void ports_for_privileged_programs_are_told_as_such(void)
{
    sock c;
    from(":1000-1023");
    CHECK_NO(WDSOCKET_ERR_ACCESS_DENIED, S_Connect(&c, "c", 9, "192.0.2.1", 5000));
    check_told("ports 1000 to 1023, those below 1024 need more rights");
    from(":1000-1024");
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&c, "d", 9, "192.0.2.1", 5000));
    from("");
}

int main(void)
{
    static const char *const made[] = {
        "ip addr add 192.0.2.1/32 dev lo",
        "ip addr add 2001:db8::1/128 dev lo nodad",
        "ip tuntap add mode tun name wd0",
        "ip tuntap add mode tun name wd1",
        "ip tuntap add mode tun name wd2",
        "ip addr add 198.51.100.9/24 dev wd0",
        "ip addr add fe80::9/64 dev wd0 nodad",
        "ip addr add 2001:db8::9/64 dev wd0 nodad",
        "ip addr add 203.0.113.9/24 dev wd1",
        "for wd in wd0 wd1 wd2; do echo 1 > /proc/sys/net/ipv6/conf/$wd/addr_gen_mode && ip link set $wd up || exit; done",
        NULL,
    };
    check_start(60);
    if (!enter_a_network_of_our_own("nameserver 127.0.0.1\n", "2001:db8::1 both.test\n192.0.2.1 both.test\n") ||
        !run_all(made)) {
        printf("skipped - own_interface: a network of its own is not allowed here (%s)\n", strerror(errno));
        return 0;
    }
    RUN(a_client_connects_from_its_interfaces_address_of_the_peers_family);
    RUN(of_both_families_that_of_the_interface_is_taken);
    RUN(the_wire_of_a_link_local_peer_is_that_of_the_own_address);
    RUN(an_address_that_leads_nowhere_is_told);
    RUN(an_own_address_uses_each_port_for_each_peer);
    /* From here on without a right to them. */
    if (setgid(65534) != 0 || setuid(65534) != 0)
        check_fault(__FILE__, __LINE__, "a user without rights");
    RUN(ports_for_privileged_programs_are_told_as_such);
    return check_end();
}

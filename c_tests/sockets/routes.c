/* Routes that lead nowhere, a machine without free ports, and a host of many addresses: each is told in its own words.
 * Works in a network of its own, which takes privileges, with routes made by ip(8). */
#include "scene.h"

#include "own_network.h"

/* Holds when the last error's text is short, tells this and nothing of ports below 1024. */
static void check_told(const char *words)
{
    char text[2000] = "";
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK(strlen(text) < 1000 && strstr(text, words) != NULL && strstr(text, "1024") == NULL);
    if (strstr(text, words) == NULL)
        fprintf(stderr, "# %s\n", text);
}

static intptr_t S_CreateUDP(sock *h, const char *name, const char *address)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketCreateUDPId(0, address));
#else
    return SocketCreateUDP(name, 0, address);
#endif
}

static void a_route_that_leads_nowhere_is_told_as_what_it_is(void)
{
    static const struct {
        const char *address, *words;
        int code;
    } routes[] = {
        {"192.0.2.1", "a route of this machine drops what goes there", WDSOCKET_ERR_UNREACHABLE},
        {"2001:db8:1::1", "a route of this machine drops what goes there", WDSOCKET_ERR_UNREACHABLE},
        {"198.51.100.1", "a route or a rule of this machine forbids it", WDSOCKET_ERR_ACCESS_DENIED},
        {"2001:db8:2::1", "a route or a rule of this machine forbids it", WDSOCKET_ERR_ACCESS_DENIED},
        {"203.0.113.1", "check the address and this machine's network", WDSOCKET_ERR_UNREACHABLE},
        {"192.88.99.1", "check the address and this machine's network", WDSOCKET_ERR_UNREACHABLE}, /* no route at all */
        {"fe80::1", "fe80::1%eth0", WDSOCKET_ERR_INVALID_ARGUMENT},
    };
    sock c, u;
    size_t i;
    REQUIRE(S_CreateUDP(&u, "u", NULL) == 1);
    for (i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        CHECK_NO(routes[i].code, S_Connect(&c, "c", 80, routes[i].address, 5000));
        check_told(routes[i].words);
        CHECK_NO(routes[i].code, S_CALL(SocketWriteTo)(S_KEY(&u), "x", 1, routes[i].address, 80));
        check_told(routes[i].words);
    }
}

static void no_free_port_is_LIMIT(void)
{
    enum { PORTS = 4 };
    sock s, more[PORTS + 1];
    char name[8];
    int i;
    REQUIRE(S_Create(&s, "s", 7000, "127.0.0.1") == 1);
    for (i = 0; i < PORTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        REQUIRE(S_Connect(&more[i], name, 7000, "127.0.0.1", 5000) == 1);
    }
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Connect(&more[PORTS], "more", 7000, "127.0.0.1", 5000));
    CHECK_EQ(EADDRNOTAVAIL, SocketErrorSystem());
    check_told("no port of this machine is free");
    SocketCloseAll();
    for (i = 0; i < PORTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        REQUIRE(S_Create(&more[i], name, 0, "127.0.0.2") == 1);
    }
    CHECK_NO(WDSOCKET_ERR_LIMIT, S_Create(&more[PORTS], "more", 0, "127.0.0.2"));
    check_told("no port of this machine is free");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&more[PORTS], "more", s_port(&more[0]), "127.0.0.2"));
    SocketCloseAll();
    for (i = 0; i < PORTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        REQUIRE(S_CreateUDP(&more[i], name, "127.0.0.1") == 1);
    }
    CHECK_EQ(0, S_CreateUDP(&more[PORTS], "more", "127.0.0.1"));
    CHECK_EQ(WDSOCKET_ERR_LIMIT, SocketErrorCode());
    check_told("no port of this machine is free");
}

static void a_host_of_many_addresses_makes_a_short_text(void)
{
    sock c;
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", 80, "many.test", 400));
    check_told("and 296 more did not answer within 400 ms");
}

int main(void)
{
    static const char *const routes[] = {
        "ip route add blackhole 192.0.2.0/24",
        "ip -6 route add blackhole 2001:db8:1::/48",
        "ip route add prohibit 198.51.100.0/24",
        "ip -6 route add prohibit 2001:db8:2::/48",
        "ip route add unreachable 203.0.113.0/24",
        "ip route add 10.9.0.0/16 dev lo", /* where nobody answers */
        "echo 50000 50003 > /proc/sys/net/ipv4/ip_local_port_range",
        NULL,
    };
    static char hosts[300 * 40];
    size_t length = 0;
    int i;
    check_start(60);
    for (i = 0; i < 300; i++)
        length += (size_t)sprintf(hosts + length, "10.9.%d.%d many.test\n", i / 100, 1 + i % 100);
    if (!enter_a_network_of_our_own("nameserver 127.0.0.1\n", hosts) || !run_all(routes)) {
        printf("skipped - routes: a network of its own is not allowed here (%s)\n", strerror(errno));
        return 0;
    }
    RUN(a_route_that_leads_nowhere_is_told_as_what_it_is);
    RUN(no_free_port_is_LIMIT);
    RUN(a_host_of_many_addresses_makes_a_short_text);
    return check_end();
}

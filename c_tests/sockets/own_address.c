/* The own address and the own ports that a client connects from. */
#include "scene.h"
#include "child.h"

/* Below what systems give away by themselves, and not the same in both families. */
#ifdef BY_ID
enum { FIRST = 21400 };
#else
enum { FIRST = 21500 };
#endif

/* For the next sockets: both texts, "" for none. */
static void from(const char *address, const char *ports)
{
    CHECK_EQ(1, SocketSetText(NULL, SocketLocalAddress, address));
    CHECK_EQ(1, SocketSetText(NULL, SocketPortRange, ports));
}

static const char *range(char *text, size_t size, int count)
{
    snprintf(text, size, "%d-%d", FIRST, FIRST + count - 1);
    return text;
}

/* Holds when the peer of the next client of this listener is at that address and a port of this range. */
static void check_came_from(const sock *listener, sock *channel, const char *address, int low, int high)
{
    char text[64] = "";
    int port;
    REQUIRE(s_take(listener, channel));
    CHECK(S_ClientInfo(channel, SocketAddress, text, sizeof text) > 0);
    CHECK(strcmp(text, address) == 0);
    CHECK(S_ClientInfo(channel, SocketPort, text, sizeof text) > 0);
    port = atoi(text);
    CHECK(port >= low && port <= high);
    if (port < low || port > high)
        fprintf(stderr, "# port %d, expected %d to %d\n", port, low, high);
}

static void check_told(const char *words)
{
    char text[2000] = "";
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK(strstr(text, words) != NULL && strchr(text, '\n') == NULL);
    if (strstr(text, words) == NULL)
        fprintf(stderr, "# %s\n", text);
}

static void a_client_connects_from_the_address_that_it_was_given(void)
{
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    from("127.0.0.5", "");
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.5", 1, 65535);
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&c));
    from("", "");
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.1", 1, 65535);
    CHECK_EQ(3, SocketCloseAll());
}

static void ports_stand_behind_the_address_or_in_a_text_of_their_own(void)
{
    char ports[32], both[64];
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    range(ports, sizeof ports, 3);
    from("", ports);
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.1", FIRST, FIRST + 2);
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&c));
    snprintf(both, sizeof both, ":%d", FIRST + 20);
    from(both, ports);
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.1", FIRST + 20, FIRST + 20);
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&c));
    snprintf(both, sizeof both, "127.0.0.6:%d-%d", FIRST + 30, FIRST + 31);
    from(both, "");
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.6", FIRST + 30, FIRST + 31);
    from("", "");
    CHECK_EQ(3, SocketCloseAll());
}

static void each_port_is_used_until_none_is_left(void)
{
    enum { PORTS = 4 };
    char ports[32], name[8];
    sock s, c[PORTS + 1], channel[PORTS + 1];
    int32_t port = s_listen(&s, "s");
    int i;
    REQUIRE(port != 0);
    from("127.0.0.7", range(ports, sizeof ports, PORTS));
    for (i = 0; i < PORTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK_EQ(1, S_Connect(&c[i], name, port, "127.0.0.1", 10000));
        check_came_from(&s, &channel[i], "127.0.0.7", FIRST, FIRST + PORTS - 1);
    }
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Connect(&c[PORTS], "one more", port, "127.0.0.1", 10000));
    check_told("is free to connect to 127.0.0.1 port");
    CHECK_EQ(1, S_Close(&channel[2]));
    CHECK_EQ(1, S_Close(&c[2]));
    CHECK_EQ(1, S_Connect(&c[2], "again", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel[2], "127.0.0.7", FIRST, FIRST + PORTS - 1);
    from("", "");
    CHECK_EQ(2 * PORTS + 1, SocketCloseAll());
}

static void a_port_that_another_program_has_is_passed_over(void)
{
    struct sockaddr_in address = peer_loopback(FIRST + 40);
    char ports[32];
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    int other = socket(AF_INET, SOCK_STREAM, 0), i;
    REQUIRE(port != 0 && other >= 0);
    REQUIRE(bind(other, (struct sockaddr *)&address, sizeof address) == 0 && listen(other, 1) == 0);
    snprintf(ports, sizeof ports, "%d-%d", FIRST + 40, FIRST + 41);
    from("127.0.0.1", ports);
    for (i = 0; i < 5; i++) {
        CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
        check_came_from(&s, &channel, "127.0.0.1", FIRST + 41, FIRST + 41);
        CHECK_EQ(1, S_Close(&channel));
        CHECK_EQ(1, S_Close(&c));
    }
    snprintf(ports, sizeof ports, "%d", FIRST + 40);
    from("127.0.0.1", ports);
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    from("", "");
    close(other);
    CHECK_EQ(1, SocketCloseAll());
}

static void one_port_serves_as_many_peers_as_there_are(void)
{
    enum { PEERS = 5 };
    char ports[32], name[8];
    sock s[PEERS], c[PEERS], channel[PEERS];
    int i;
    snprintf(ports, sizeof ports, "%d", FIRST + 50);
    for (i = 0; i < PEERS; i++) {
        int32_t port;
        snprintf(name, sizeof name, "s%d", i);
        port = s_listen(&s[i], name);
        REQUIRE(port != 0);
        from("", ports);
        snprintf(name, sizeof name, "c%d", i);
        CHECK_EQ(1, S_Connect(&c[i], name, port, "127.0.0.1", 10000));
        check_came_from(&s[i], &channel[i], "127.0.0.1", FIRST + 50, FIRST + 50);
    }
    /* The side that ends a connection first is the one whose port the system holds: for that peer alone. */
    CHECK_EQ(1, S_Close(&c[0]));
    CHECK_EQ(1, S_Close(&channel[0]));
    CHECK_EQ(1, S_Close(&c[1]));
    CHECK_EQ(1, S_Close(&channel[1]));
    from("", "");
    REQUIRE(s_listen(&s[0], "another") != 0);
    from("", ports);
    CHECK_EQ(1, S_Connect(&c[0], "c", s_port(&s[0]), "127.0.0.1", 10000));
    check_came_from(&s[0], &channel[0], "127.0.0.1", FIRST + 50, FIRST + 50);
    from("", "");
    SocketCloseAll();
}

enum { HOLDS = 4 };

/* What a process beside this one does: it connects from the range, and keeps what it got. */
static int hold(int32_t port, const char *ports)
{
    sock c[HOLDS];
    char name[8], byte;
    int i;
    from("", ports);
    for (i = 0; i < HOLDS; i++) {
        snprintf(name, sizeof name, "c%d", i);
        if (S_Connect(&c[i], name, port, "127.0.0.1", 10000) != 1)
            return 10 + SocketErrorCode();
    }
    /* Until the server ends. */
    S_Read(&c[0], 1, 20000, &byte, 1);
    return 0;
}

static void two_processes_share_the_ports(void)
{
    enum { ALL = 2 * HOLDS };
    char ports[32], number[16], told[16];
    const char *words[] = {"hold", number, ports, NULL};
    int seen[ALL], i, j;
    sock s, channel[ALL];
    child both[2] = {0};
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    snprintf(ports, sizeof ports, "%d-%d", FIRST + 60, FIRST + 60 + ALL - 1);
    snprintf(number, sizeof number, "%d", port);
    CHECK(child_start(&both[0], words) && child_start(&both[1], words));
    for (i = 0; i < ALL; i++) {
        REQUIRE(s_take(&s, &channel[i]));
        CHECK(S_ClientInfo(&channel[i], SocketPort, told, sizeof told) > 0);
        seen[i] = atoi(told);
        CHECK(seen[i] >= FIRST + 60 && seen[i] < FIRST + 60 + ALL);
        for (j = 0; j < i; j++)
            CHECK(seen[i] != seen[j]);
    }
    SocketCloseAll();
    CHECK_EQ(0, child_end(both[0]));
    CHECK_EQ(0, child_end(both[1]));
}

static void a_name_has_an_address_of_its_own(void)
{
#ifdef BY_NAME
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    CHECK_EQ(1, SocketSetText("c", SocketLocalAddress, "127.0.0.8"));
    CHECK_EQ(1, S_Connect(&c, "d", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.1", 1, 65535);
    CHECK_EQ(1, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_came_from(&s, &channel, "127.0.0.8", 1, 65535);
    SocketCloseAll();
#endif
}

static void an_address_of_the_other_family_reaches_nobody(void)
{
    sock s, c, channel;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    from("::1", "");
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_told("has only IPv4 addresses and ::1");
    /* Of a host with addresses of both families those count that fit. */
    from("127.0.0.1", "");
    CHECK_EQ(1, S_Connect(&c, "c", port, "localhost", 10000));
    check_came_from(&s, &channel, "127.0.0.1", 1, 65535);
    CHECK_NO(WDSOCKET_ERR_UNREACHABLE, S_Connect(&c, "d", port, "::1", 10000));
    from("", "");
    SocketCloseAll();
}

static void IPv6_has_addresses_and_ports_of_its_own(void)
{
    char both[64];
    sock s, c, channel;
    snprintf(both, sizeof both, "[::1]:%d-%d", FIRST + 80, FIRST + 82);
    if (S_Create(&s, "s", 0, "::1") != 1) {
        CHECK_EQ(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, SocketErrorCode());
        return; /* a machine without IPv6 */
    }
    from(both, "");
    CHECK_EQ(1, S_Connect(&c, "c", s_port(&s), "::1", 10000));
    check_came_from(&s, &channel, "::1", FIRST + 80, FIRST + 82);
    from("", "");
    SocketCloseAll();
}

static void an_address_that_is_not_this_machines_is_said_to_be_none(void)
{
    sock s, c;
    int32_t port = s_listen(&s, "s");
    REQUIRE(port != 0);
    from("192.0.2.9", "");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_told("this machine has no address 192.0.2.9");
    from("192.0.2.9:5000-5009", "");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    from("no such interface", "");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "c", port, "127.0.0.1", 10000));
    check_told("no network interface");
    from("", "");
    SocketCloseAll();
}

static void a_text_that_cannot_be_meant_is_refused_when_it_is_set(void)
{
    static const char *const addresses[] = {":",          "127.0.0.1:0", "127.0.0.1:9-8", "127.0.0.1:http",
                                            "[::1",       "[eth0]:5",    "224.0.0.1",     "255.255.255.255",
                                            "fe80::1",    "ff02::1",     "127.0.0.1:-5",  "127.0.0.1:70000"};
    static const char *const ranges[] = {"0", "-", "5-", "-5", "9-8", "70000", "a", "1,2", ":5"};
    size_t i;
    for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetText(NULL, SocketLocalAddress, addresses[i]));
    for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetText(NULL, SocketPortRange, ranges[i]));
    check_told("\"5000-5010\"");
}

static void a_proxy_is_connected_to_from_there(void)
{
    sock proxy, c, channel;
    int32_t port = s_listen(&proxy, "proxy");
    REQUIRE(port != 0);
    CHECK_EQ(1, SocketProxy("socks5h://127.0.0.1", port, NULL, NULL));
    from("127.0.0.9", "");
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Connect(&c, "c", 80, "server.test", 300));
    check_came_from(&proxy, &channel, "127.0.0.9", 1, 65535);
    from("192.0.2.9", "");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Connect(&c, "c", 80, "server.test", 300));
    check_told("192.0.2.9");
    from("", "");
    CHECK_EQ(1, SocketProxy("", 0, NULL, NULL));
    SocketCloseAll();
}

static void servers_and_UDP_have_their_own_parameters(void)
{
    char ports[32], text[64] = "";
    sock s, u;
    from("127.0.0.5", range(ports, sizeof ports, 1));
    REQUIRE(s_listen(&s, "s") != 0);
    CHECK(s_port(&s) != FIRST);
    CHECK(S_LocalInfo(&s, SocketAddress, text, sizeof text) > 0 && strcmp(text, "127.0.0.1") == 0);
    s_name(&u, "u");
#ifdef BY_ID
    REQUIRE(s_made(&u, SocketCreateUDPId(0, "127.0.0.1")) == 1);
#else
    REQUIRE(SocketCreateUDP("u", 0, "127.0.0.1") == 1);
#endif
    CHECK(s_port(&u) != FIRST);
    from("", "");
    SocketCloseAll();
}

int main(int argc, char **argv)
{
    check_start(60);
    if (argc == 4 && strcmp(argv[1], "hold") == 0)
        return hold(atoi(argv[2]), argv[3]);
    RUN(a_client_connects_from_the_address_that_it_was_given);
    RUN(ports_stand_behind_the_address_or_in_a_text_of_their_own);
    RUN(each_port_is_used_until_none_is_left);
    RUN(a_port_that_another_program_has_is_passed_over);
    RUN_ON_POSIX(one_port_serves_as_many_peers_as_there_are);
    RUN(two_processes_share_the_ports);
    RUN(a_name_has_an_address_of_its_own);
    RUN(an_address_of_the_other_family_reaches_nobody);
    RUN(IPv6_has_addresses_and_ports_of_its_own);
    RUN(an_address_that_is_not_this_machines_is_said_to_be_none);
    RUN(a_text_that_cannot_be_meant_is_refused_when_it_is_set);
    RUN(a_proxy_is_connected_to_from_there);
    RUN(servers_and_UDP_have_their_own_parameters);
    return check_end();
}

/* Hosts as people type them: numbers, zones, names in other scripts. Works in a network of its own, with a
 * link-local address on the loopback interface and its own hosts, which takes privileges. */
#include "datagram.h"
#include "scene.h"

#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int set_hosts(const char *text)
{
    char fresh[] = "/tmp/wdsocket-test-XXXXXX";
    int fd = mkstemp(fresh), done;
    if (fd < 0)
        return 0;
    done = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, 0644) == 0 &&
           mount(fresh, "/etc/hosts", NULL, MS_BIND, NULL) == 0;
    close(fd);
    unlink(fresh);
    return done;
}

/* Brings the loopback interface up and gives it the address fe80::7. */
static int set_up_loopback(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), done;
    struct ifreq lo;
    struct in6_ifreq local;
    struct sockaddr_in6 there;
    memset(&lo, 0, sizeof lo);
    memset(&local, 0, sizeof local);
    strcpy(lo.ifr_name, "lo");
    lo.ifr_flags = IFF_UP | IFF_RUNNING;
    local.ifr6_addr.s6_addr[0] = 0xfe;
    local.ifr6_addr.s6_addr[1] = 0x80;
    local.ifr6_addr.s6_addr[15] = 7;
    local.ifr6_prefixlen = 64;
    local.ifr6_ifindex = (int)if_nametoindex("lo");
    memset(&there, 0, sizeof there);
    there.sin6_family = AF_INET6;
    there.sin6_addr = local.ifr6_addr;
    there.sin6_scope_id = (uint32_t)local.ifr6_ifindex;
    done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0 && ioctl(fd, SIOCSIFADDR, &local) == 0;
    /* The system takes an address into use a moment later. */
    while (done && bind(fd, (struct sockaddr *)&there, sizeof there) != 0)
        done = errno == EADDRNOTAVAIL && sched_yield() == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

static int enter_a_network_of_our_own(void)
{
    const int own = CLONE_NEWNS | CLONE_NEWNET;
    /* Who is not root may be so in a user namespace. */
    return (unshare(own) == 0 || unshare(CLONE_NEWUSER | own) == 0) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && set_up_loopback() &&
           set_hosts("127.0.0.1 localhost\n127.0.0.1 xn--bcher-kva.test\n");
}

static void address_of(const sock *h, intptr_t (*tell)(const sock *, char *, int32_t), const char *expected)
{
    char text[64] = "";
    CHECK(tell(h, text, sizeof text) > 0);
    if (strcmp(text, expected) != 0) {
        char what[200];
        snprintf(what, sizeof what, "told %s, expected %s", text, expected);
        check_fault(__FILE__, __LINE__, what);
    }
}

static intptr_t own(const sock *h, char *text, int32_t size) { return S_LocalInfo(h, SocketAddress, text, size); }

static intptr_t peer(const sock *h, char *text, int32_t size) { return S_ClientInfo(h, SocketAddress, text, size); }

static void an_address_that_was_told_can_be_given_back(void)
{
    static const char *const typed[] = {"fe80::7%lo", "[fe80::7%lo]", "fe80::7%1", "[FE80:0::7%lo]"};
    char told[64];
    size_t i;
    int32_t rank;
    int found = 0;
    sock listener, client, channel;
    REQUIRE(S_Create(&listener, "listener", 0, "[fe80::7%lo]") == 1);
    address_of(&listener, own, "fe80::7%lo");
    for (i = 0; i < sizeof typed / sizeof *typed; i++) {
        REQUIRE(S_Connect(&client, "client", s_port(&listener), typed[i], 10000) == 1);
        address_of(&client, peer, "fe80::7%lo");
        REQUIRE(s_take(&listener, &channel));
        address_of(&channel, peer, "fe80::7%lo");
        address_of(&channel, own, "fe80::7%lo");
        CHECK_EQ(1, S_Close(&client));
        CHECK_EQ(1, S_Close(&channel));
    }
    for (rank = 0; rank < 10; rank++)
        found += NetIPAddress(NULL, rank, told, sizeof told) > 0 && strcmp(told, "fe80::7%lo") == 0;
    CHECK_EQ(1, found);
}

static void the_sender_of_a_datagram_is_told_with_its_zone(void)
{
    sock one, other;
    char text[64] = "";
    REQUIRE(S_CreateUDP(&one, "one", 0, "fe80::7%lo") == 1);
    REQUIRE(S_CreateUDP(&other, "other", 0, "fe80::7%lo") == 1);
    CHECK_EQ(1, S_WriteTo(&one, "ping", 4, "[fe80::7%lo]", s_port(&other)));
    CHECK_MESSAGE(&other, "ping");
    REQUIRE(S_ClientInfo(&other, SocketAddress, text, sizeof text) > 0);
    CHECK(strcmp(text, "fe80::7%lo") == 0);
    CHECK_EQ(1, S_WriteTo(&other, "pong", 4, text, s_port(&one)));
    CHECK_MESSAGE(&one, "pong");
}

static void a_zone_that_is_no_interface_is_told(void)
{
    char text[400];
    sock c;
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_Connect(&c, "c", 80, "fe80::7%eth7", 10000));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "\"eth7\"") != NULL);
}

static void numbers_are_addresses(void)
{
    static const char *const typed[] = {"127.1", "127.0.1", "2130706433", "0x7f.1", "0x7F000001", "0177.0.0.1"};
    size_t i;
    sock listener, client;
    int32_t port = s_listen(&listener, "listener");
    REQUIRE(port > 0);
    for (i = 0; i < sizeof typed / sizeof *typed; i++) {
        CHECK_EQ(1, S_Connect(&client, "client", port, typed[i], 10000));
        address_of(&client, peer, "127.0.0.1");
        CHECK_EQ(1, S_Close(&client));
    }
}

static void names_in_other_scripts_are_looked_up_as_a_labels(void)
{
    static const char *const typed[] = {"b\xc3\xbc" "cher.test", "B\xc3\x9c" "CHER.test", "xn--bcher-kva.test"};
    size_t i;
    sock listener, client;
    int32_t port = s_listen(&listener, "listener");
    REQUIRE(port > 0);
    for (i = 0; i < sizeof typed / sizeof *typed; i++) {
        CHECK_EQ(1, S_Connect(&client, "client", port, typed[i], 10000));
        CHECK_EQ(1, S_Close(&client));
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&client, "client", port, "a\xef\xbf\xbd" "b.test", 10000));
}

int main(void)
{
    check_start(60);
    if (!enter_a_network_of_our_own()) {
        printf("skipped - hosts: a network namespace is not allowed here (%s)\n", strerror(errno));
        return 0;
    }
    RUN(an_address_that_was_told_can_be_given_back);
    RUN(the_sender_of_a_datagram_is_told_with_its_zone);
    RUN(a_zone_that_is_no_interface_is_told);
    RUN(numbers_are_addresses);
    RUN(names_in_other_scripts_are_looked_up_as_a_labels);
    return check_end();
}

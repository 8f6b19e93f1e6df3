/* Names and addresses of machines. */
#include "peer.h"

#include <ifaddrs.h>

static char text[256];

/* Holds when a function about machines said -code and left it with a text that names the function. */
#define CHECK_NET(code, function, call)                                            \
    do {                                                                           \
        CHECK_EQ(-(intptr_t)(code), (call));                                       \
        CHECK_EQ((code), SocketErrorCode());                                       \
        CHECK(SocketErrorInfo(text, sizeof text) > 0 && strncmp(text, function, strlen(function)) == 0); \
    } while (0)

static int is_own(const char *address)
{
    struct ifaddrs *all, *one;
    int found = 0;
    if (getifaddrs(&all) != 0)
        return 0;
    for (one = all; one != NULL; one = one->ifa_next) {
        char told[64] = "";
        if (one->ifa_addr == NULL)
            continue;
        if (one->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &((struct sockaddr_in *)one->ifa_addr)->sin_addr, told, sizeof told);
        else if (one->ifa_addr->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr, told, sizeof told);
        /* What follows a % is the zone. */
        found |= strcspn(address, "%") == strlen(told) && strncmp(told, address, strlen(told)) == 0;
    }
    freeifaddrs(all);
    return found;
}

static int is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void the_addresses_of_this_machine_come_IPv4_first_and_loopback_last(void)
{
    char address[64];
    int32_t rank;
    int loopbacks = 0, all_loopbacks = 0, sixes = 0;
    for (rank = 0; rank < 1000; rank++) {
        intptr_t length = NetIPAddress(rank % 2 ? NULL : "", rank, address, sizeof address);
        CHECK(length >= 0);
        CHECK_EQ(0, SocketErrorCode());
        if (length <= 0)
            break;
        CHECK_EQ((intptr_t)strlen(address), length);
        CHECK(is_own(address));
        /* IPv4 first, and of each family what other machines can use. */
        CHECK(strchr(address, ':') != NULL || sixes == 0);
        if (strchr(address, ':') != NULL && sixes++ == 0)
            loopbacks = 0;
        CHECK(is_loopback(address) || loopbacks == 0);
        loopbacks += is_loopback(address);
        all_loopbacks += is_loopback(address);
    }
    CHECK(all_loopbacks > 0);
    CHECK(rank > 0 && rank < 1000);
    CHECK(address[0] == '\0');
    CHECK_EQ(0, NetIPAddress(NULL, INT32_MAX, address, sizeof address));
}

static void the_addresses_of_a_machine_are_those_of_its_name(void)
{
    char address[64];
    CHECK_EQ(9, NetIPAddress("localhost", 0, address, sizeof address));
    CHECK(strcmp(address, "127.0.0.1") == 0);
    CHECK_EQ(9, NetIPAddress("192.0.2.9", 0, address, sizeof address));
    CHECK(strcmp(address, "192.0.2.9") == 0);
    CHECK_EQ(0, NetIPAddress("192.0.2.9", 1, address, sizeof address));
    CHECK(address[0] == '\0');
    CHECK_EQ(11, NetIPAddress("2001:DB8::1", 0, address, sizeof address));
    CHECK(strcmp(address, "2001:db8::1") == 0);
}

static void wrong_ranks_machines_and_buffers_are_refused(void)
{
    char address[64];
    int64_t start = now_ms();
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress(NULL, -1, address, sizeof address));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress(NULL, INT32_MIN, address, sizeof address));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress("two words", 0, address, sizeof address));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress("\xff", 0, address, sizeof address));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress("localhost", 0, NULL, 10));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetIPAddress", NetIPAddress("localhost", 0, address, -1));
    CHECK_NET(WDSOCKET_ERR_HOST_NOT_FOUND, "NetIPAddress",
              NetIPAddress("no-such-host.invalid", 0, address, sizeof address));
    strcpy(address, "before");
    CHECK_NET(WDSOCKET_ERR_BUFFER_TOO_SMALL, "NetIPAddress", NetIPAddress("localhost", 0, address, 9));
    CHECK(address[0] == '\0');
    CHECK_EQ(9, NetIPAddress("localhost", 0, address, 10));
    CHECK(now_ms() - start < 25000);
}

static void the_name_of_this_machine_is_what_the_system_says(void)
{
    char name[256], expected[256] = "";
    intptr_t length = NetMachineName(name, sizeof name);
    CHECK(gethostname(expected, sizeof expected - 1) == 0);
    CHECK_EQ((intptr_t)strlen(expected), length);
    CHECK(strcmp(name, expected) == 0);
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(length, NetMachineName(name, (int32_t)length + 1));
    CHECK_NET(WDSOCKET_ERR_BUFFER_TOO_SMALL, "NetMachineName", NetMachineName(name, (int32_t)length));
    CHECK(name[0] == '\0');
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetMachineName", NetMachineName(NULL, 10));
    CHECK_NET(WDSOCKET_ERR_INVALID_ARGUMENT, "NetMachineName", NetMachineName(name, -1));
}

int main(void)
{
    check_start(90);
    RUN(the_addresses_of_this_machine_come_IPv4_first_and_loopback_last);
    RUN(the_addresses_of_a_machine_are_those_of_its_name);
    RUN(wrong_ranks_machines_and_buffers_are_refused);
    RUN(the_name_of_this_machine_is_what_the_system_says);
    return check_end();
}

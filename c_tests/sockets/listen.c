/* Listeners: where they listen, and how their clients are taken. */
#include "scene.h"

static void a_port_outside_0_to_65535_is_refused(void)
{
    sock s;
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&s, "s", -1, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&s, "s", 65536, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&s, "s", INT32_MIN, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&s, "s", INT32_MAX, "127.0.0.1"));
}

static void port_0_takes_any_free_one(void)
{
    sock a, b;
    int32_t first = s_listen(&a, "a"), second = s_listen(&b, "b");
    CHECK(first > 0 && first < 65536 && second > 0 && second < 65536 && first != second);
    CHECK_EQ(1, S_Exist(&a));
}

static void a_taken_port_is_address_in_use(void)
{
    sock a, b;
    int port, fd = peer_listen(&port);
    int32_t ours = s_listen(&a, "a");
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&b, "b", ours, "127.0.0.1"));
    CHECK_EQ(EADDRINUSE, SocketErrorSystem());
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&b, "b", port, "127.0.0.1"));
    CHECK_EQ(1, S_Close(&a));
    CHECK_EQ(1, S_Create(&b, "b", ours, "127.0.0.1"));
    close(fd);
}

static void a_port_is_free_again_while_its_old_clients_linger(void)
{
    sock a, client, channel;
    int32_t port;
    REQUIRE(s_pair(&a, &client, &channel));
    port = s_port(&a);
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&a));
    CHECK_EQ(1, S_Create(&a, "again", port, "127.0.0.1"));
}

static void an_address_of_another_machine_is_not_available(void)
{
    sock s;
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Create(&s, "s", 0, "192.0.2.1"));
}

/* Only a privileged user may take a port below 1024, where the system keeps it so. */
static void a_port_for_privileged_users_alone_is_access_denied(void)
{
    sock s;
    int first_free = 0, was_root = geteuid() == 0;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
    if (file == NULL || fscanf(file, "%d", &first_free) != 1 || first_free < 2) {
        printf("skipped - a_port_for_privileged_users_alone: any user may take any port here\n");
    } else {
        CHECK(!was_root || seteuid(65534) == 0);
        CHECK_NO(WDSOCKET_ERR_ACCESS_DENIED, S_Create(&s, "s", 1, "127.0.0.1"));
        CHECK(!was_root || seteuid(0) == 0);
    }
    if (file != NULL)
        fclose(file);
}

static void a_host_name_may_be_the_address(void)
{
    sock s;
    char text[64];
    CHECK_EQ(1, S_Create(&s, "s", 0, "localhost"));
    CHECK(S_LocalInfo(&s, SocketAddress, text, sizeof text) > 0);
    CHECK(strcmp(text, "127.0.0.1") == 0 || strcmp(text, "::1") == 0);
    CHECK_NO(WDSOCKET_ERR_HOST_NOT_FOUND, S_Create(&s, "t", 0, "no-such-host.invalid"));
}

static int machine_has_ipv6(void)
{
    struct sockaddr_in6 address;
    int fd = socket(AF_INET6, SOCK_STREAM, 0), bound;
    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return bound;
}

static void no_address_means_all_interfaces(void)
{
    static const char *const none[] = {NULL, ""};
    int i, has6 = machine_has_ipv6();
    if (!has6)
        printf("# without its IPv6 half: this machine has no IPv6\n");
    for (i = 0; i < 2; i++) {
        sock s, client, channel;
        char text[64];
        REQUIRE(S_Create(&s, "s", 0, none[i]) == 1);
        REQUIRE(S_Connect(&client, "four", s_port(&s), "127.0.0.1", 5000) == 1);
        REQUIRE(s_take(&s, &channel));
        CHECK_EQ(9, S_ClientInfo(&channel, SocketAddress, text, sizeof text));
        CHECK(strcmp(text, "127.0.0.1") == 0);
        CHECK_EQ(1, S_Close(&channel));
        CHECK_EQ(1, S_Close(&client));
        if (has6) {
            REQUIRE(S_Connect(&client, "six", s_port(&s), "::1", 5000) == 1);
            REQUIRE(s_take(&s, &channel));
            CHECK_EQ(3, S_ClientInfo(&channel, SocketAddress, text, sizeof text));
            CHECK(strcmp(text, "::1") == 0);
            CHECK_EQ(1, S_Close(&channel));
            CHECK_EQ(1, S_Close(&client));
        }
        CHECK_EQ(1, S_Close(&s));
    }
}

static void waiting_without_a_client_times_out(void)
{
    sock s;
    int64_t start;
    REQUIRE(s_listen(&s, "s") != 0);
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 0));
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 200));
    CHECK(now_ms() - start >= 190 && now_ms() - start < 5000);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_WaitForConnection(&s, -3));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_WaitForConnection(&s_missing, 0));
}

static void a_client_stays_waiting_until_it_is_taken(void)
{
    sock s, channel, second;
    int fd, i;
    int32_t port = s_listen(&s, "s");
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_Accept(&s, &channel));
    fd = peer_connect(port);
    REQUIRE(fd >= 0);
    for (i = 0; i < 3; i++)
        CHECK_EQ(1, S_WaitForConnection(&s, 5000));
    CHECK_EQ(1, S_WaitForConnection(&s, 0));
    CHECK_EQ(1, S_WaitForConnection(&s, WDSOCKET_INFINITE));
    CHECK_EQ(1, S_Accept(&s, &channel));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_Accept(&s, &second));
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 0));
    PEER_SEND(fd, "2\r\nhi");
    CHECK_MESSAGE(&channel, "hi");
    close(fd);
}

static void deny_closes_the_waiting_client(void)
{
    sock s, channel;
    int first, second;
    int32_t port = s_listen(&s, "s");
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Deny(&s));
    first = peer_connect(port);
    second = peer_connect(port);
    CHECK_EQ(1, S_WaitForConnection(&s, 5000));
    CHECK_EQ(1, S_Deny(&s));
    {
        char byte;
        ssize_t got = recv(first, &byte, 1, 0);
        CHECK(got == 0 || (got < 0 && errno == ECONNRESET));
    }
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Write(&channel, "you", 3));
    CHECK(peer_expects(second, "3\r\nyou", 6));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_Deny(&s_missing));
    close(first);
    close(second);
}

static void channels_take_their_listeners_mode(void)
{
    sock s, channel;
    int fd;
    int32_t port = s_listen(&s, "s");
    CHECK_EQ(1, S_Mode(&s, SocketEndTag, "\r\n", 2));
    fd = peer_connect(port);
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(1, S_Mode(&s, SocketSize, NULL, 0));
    CHECK_EQ(1, S_Write(&channel, "line", 4));
    CHECK(peer_expects(fd, "line\r\n", 6));
    PEER_SEND(fd, "answer\r\n");
    CHECK_MESSAGE(&channel, "answer");
    close(fd);
}

static void closing_a_listener_leaves_its_channels_open(void)
{
    sock s, client, channel;
    int32_t port;
    REQUIRE(s_pair(&s, &client, &channel));
    port = s_port(&s);
    CHECK_EQ(1, S_Close(&s));
    CHECK_EQ(0, S_Exist(&s));
    CHECK_EQ(-1, peer_connect(port));
    CHECK_EQ(1, S_Write(&client, "still", 5));
    CHECK_MESSAGE(&channel, "still");
    CHECK_EQ(1, S_Write(&channel, "here", 4));
    CHECK_MESSAGE(&client, "here");
}

static void a_connection_is_no_listener(void)
{
    sock s, client, channel, other;
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_WaitForConnection(&client, 0));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_Accept(&channel, &other));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_Accept(&s_missing, &other));
}

int main(void)
{
    check_start(120);
    RUN(a_port_outside_0_to_65535_is_refused);
    RUN(port_0_takes_any_free_one);
    RUN(a_taken_port_is_address_in_use);
    RUN(a_port_is_free_again_while_its_old_clients_linger);
    RUN(an_address_of_another_machine_is_not_available);
    RUN_ON_POSIX(a_port_for_privileged_users_alone_is_access_denied);
    RUN(a_host_name_may_be_the_address);
    RUN(no_address_means_all_interfaces);
    RUN(waiting_without_a_client_times_out);
    RUN(a_client_stays_waiting_until_it_is_taken);
    RUN(deny_closes_the_waiting_client);
    RUN(channels_take_their_listeners_mode);
    RUN(closing_a_listener_leaves_its_channels_open);
    RUN(a_connection_is_no_listener);
    return check_end();
}

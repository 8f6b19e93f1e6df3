/* What Windows does and Wine does not: calls of Winsock are answered by doubles that do as Microsoft's documentation
 * says, where the DLL takes them from the system. */
#include "../scene.h"

#include "imports.h"

#include <mswsock.h>

static int(WINAPI *the_systems_ioctl)(SOCKET, DWORD, void *, DWORD, void *, DWORD, DWORD *, WSAOVERLAPPED *,
                                      LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WINAPI *the_systems_bind)(SOCKET, const struct sockaddr *, int);
static int(WINAPI *the_systems_listen)(SOCKET, int);
static int(WINAPI *the_systems_recv)(SOCKET, char *, int, int);
static int(WINAPI *the_systems_recvfrom)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD *, struct sockaddr *, int *,
                                         WSAOVERLAPPED *, LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WINAPI *the_systems_getsockopt)(SOCKET, int, int, char *, int *);
static int(WINAPI *the_systems_getpeername)(SOCKET, struct sockaddr *, int *);

/* --- a closed port ------------------------------------------------------------------------------------------------ */

enum { INITIAL_RTO = 0x98000011 }; /* SIO_TCP_INITIAL_RTO */

static int hasty;
static unsigned char asked[4];

static int WINAPI ioctl_of_windows_10(SOCKET s, DWORD code, void *in, DWORD size, void *out, DWORD room, DWORD *length,
                                      WSAOVERLAPPED *o, LPWSAOVERLAPPED_COMPLETION_ROUTINE c)
{
    if (code == (DWORD)INITIAL_RTO) {
        memcpy(asked, in, size < sizeof asked ? size : sizeof asked);
        hasty++;
        return 0;
    }
    return the_systems_ioctl(s, code, in, size, out, room, length, o, c);
}

static int closed_port(void)
{
    int port = 0, listener = peer_listen(&port);
    close(listener);
    return port;
}

static void a_closed_port_near_by_is_refused_at_the_first_answer(void)
{
    sock client;
    CHECK(replace_import("WSAIoctl", (void *)ioctl_of_windows_10, (void **)&the_systems_ioctl) > 0);
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&client, "client", closed_port(), "127.0.0.1", 5000));
    CHECK_EQ(1, hasty);
    /* No round-trip time of ours; no second packet (TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS). */
    CHECK(asked[0] == 0xff && asked[1] == 0xff && asked[2] == 0xfe);
}

static void an_address_far_away_has_every_packet_sent_again(void)
{
    sock client;
    hasty = 0;
    S_Connect(&client, "client", 9, "203.0.113.1", 10);
    CHECK_EQ(0, hasty);
}

/* --- providers on top of one another ------------------------------------------------------------------------------ */

static SOCKET layered;
static int asked_below;

/* A provider that hides what is below from the first question, and leads to another one that does not. */
static int WINAPI ioctl_of_a_layer(SOCKET s, DWORD code, void *in, DWORD size, void *out, DWORD room, DWORD *length,
                                   WSAOVERLAPPED *o, LPWSAOVERLAPPED_COMPLETION_ROUTINE c)
{
    if (code == SIO_BASE_HANDLE && s != layered) {
        WSASetLastError(WSAEOPNOTSUPP);
        return SOCKET_ERROR;
    }
    if (code == SIO_BASE_HANDLE) {
        asked_below++;
        *(SOCKET *)out = s - 1;
        *length = sizeof(SOCKET);
        return 0;
    }
    if (code == SIO_BSP_HANDLE_POLL) {
        layered = s + 1;
        *(SOCKET *)out = layered;
        *length = sizeof(SOCKET);
        return 0;
    }
    return the_systems_ioctl(s, code, in, size, out, room, length, o, c);
}

static void what_one_provider_leads_to_is_asked_again(void)
{
    sock listener, client, channel = {.name = "channel"};
    char in[16];
    CHECK(replace_import("WSAIoctl", (void *)ioctl_of_a_layer, NULL) > 0);
    REQUIRE(S_Create(&listener, "listener", 0, "127.0.0.1") == 1);
    CHECK_EQ(1, S_Connect(&client, "client", s_port(&listener), "127.0.0.1", 5000));
    CHECK(s_take(&listener, &channel));
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    CHECK_EQ(5, S_Read(&channel, 0, 5000, in, sizeof in));
    CHECK(asked_below > 0);
    replace_import("WSAIoctl", (void *)the_systems_ioctl, NULL);
}

/* --- a server that starts again ----------------------------------------------------------------------------------- */

static int exclusive_is_refused, plain_binds;

static int WINAPI bind_beside_a_connection(SOCKET s, const struct sockaddr *address, int length)
{
    int exclusive = 0, size = sizeof exclusive;
    getsockopt((int)s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, &exclusive, &size);
    if (exclusive && exclusive_is_refused) {
        WSASetLastError(exclusive_is_refused);
        return SOCKET_ERROR;
    }
    plain_binds += !exclusive;
    return the_systems_bind(s, address, length);
}

static void a_server_starts_again_beside_a_connection_of_the_one_before(void)
{
    sock server;
    int port = closed_port();
    CHECK(replace_import("bind", (void *)bind_beside_a_connection, (void **)&the_systems_bind) > 0);
    exclusive_is_refused = WSAEADDRINUSE;
    plain_binds = 0;
    CHECK_EQ(1, S_Create(&server, "server", port, "127.0.0.1"));
    CHECK_EQ(1, plain_binds);
    S_Close(&server);
    exclusive_is_refused = WSAEACCES;
    CHECK_EQ(1, S_Create(&server, "server", port, "127.0.0.1"));
    CHECK_EQ(2, plain_binds);
}

static void a_port_on_which_somebody_listens_is_not_shared(void)
{
    sock server;
    char text[1024], number[32];
    int port = 0, other = peer_listen(&port);
    plain_binds = 0;
    exclusive_is_refused = WSAEACCES;
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&server, "server", port, "127.0.0.1"));
    SocketErrorInfo(text, sizeof text);
    snprintf(number, sizeof number, "%lu", GetCurrentProcessId());
    /* Wine knows of the port and not whose it is. */
    if (strstr(text, number) == NULL && strstr(text, "another socket of this process") == NULL && !under_wine())
        check_fault(__FILE__, __LINE__, text);
    CHECK_EQ(0, plain_binds);
    close(other);
    replace_import("bind", (void *)the_systems_bind, NULL);
}

/* --- a long queue of clients --------------------------------------------------------------------------------------- */

static int queue;

static int WINAPI listen_with(SOCKET s, int backlog)
{
    queue = backlog;
    return the_systems_listen(s, backlog < 0 ? -backlog : backlog);
}

static void a_long_queue_is_asked_for_as_windows_wants_it(void)
{
    sock server;
    CHECK(replace_import("listen", (void *)listen_with, (void **)&the_systems_listen) > 0);
    CHECK_EQ(1, SocketSetOption(NULL, SocketBacklog, 1000));
    CHECK_EQ(1, S_Create(&server, "server", 0, "127.0.0.1"));
    CHECK_EQ(-1000, queue);
    S_Close(&server);
    CHECK_EQ(1, SocketSetOption(NULL, SocketBacklog, 100));
    CHECK_EQ(1, S_Create(&server, "server", 0, "127.0.0.1"));
    CHECK_EQ(100, queue);
    CHECK_EQ(1, SocketSetOption(NULL, SocketBacklog, WDSOCKET_DEFAULT));
    replace_import("listen", (void *)the_systems_listen, NULL);
}

/* --- datagrams that a router sent back ----------------------------------------------------------------------------- */

static int reports;

static int WINAPI recv_after_reports(SOCKET s, char *buffer, int size, int flags)
{
    if (reports > 0) {
        reports--;
        WSASetLastError(WSAENETRESET);
        return SOCKET_ERROR;
    }
    return the_systems_recv(s, buffer, size, flags);
}

static int WINAPI recvfrom_after_reports(SOCKET s, WSABUF *parts, DWORD count, DWORD *size, DWORD *flags,
                                         struct sockaddr *from, int *length, WSAOVERLAPPED *o,
                                         LPWSAOVERLAPPED_COMPLETION_ROUTINE c)
{
    if (reports > 0) {
        reports--;
        WSASetLastError(WSAENETRESET);
        return SOCKET_ERROR;
    }
    return the_systems_recvfrom(s, parts, count, size, flags, from, length, o, c);
}

static void a_datagram_that_a_router_found_too_old_disturbs_no_other(void)
{
    char in[16];
    CHECK(replace_import("recv", (void *)recv_after_reports, (void **)&the_systems_recv) > 0);
    CHECK(replace_import("WSARecvFrom", (void *)recvfrom_after_reports, (void **)&the_systems_recvfrom) > 0);
    REQUIRE(SocketCreateUDP("till", 0, "127.0.0.1") == 1);
    {
        char port[16];
        REQUIRE(SocketLocalInfo("till", SocketPort, port, sizeof port) > 0);
        CHECK_EQ(1, SocketWriteTo("till", "hello", 5, "127.0.0.1", atoi(port)));
    }
    reports = 0;
    while (SocketPending("till") == 0)
        Sleep(1);
    reports = 3;
    CHECK_EQ(5, SocketPending("till"));
    CHECK_EQ(0, reports);
    reports = 3;
    CHECK_EQ(5, SocketRead("till", 0, 5000, in, sizeof in));
    CHECK_EQ(0, reports);
    replace_import("recv", (void *)the_systems_recv, NULL);
    replace_import("WSARecvFrom", (void *)the_systems_recvfrom, NULL);
}

/* --- a Windows that takes the time of keep-alive and does not tell it -------------------------------------------- */

static int WINAPI getsockopt_of_windows_7(SOCKET s, int level, int option, char *value, int *size)
{
    if (level == IPPROTO_TCP && option == TCP_KEEPIDLE) {
        WSASetLastError(WSAENOPROTOOPT);
        return SOCKET_ERROR;
    }
    return the_systems_getsockopt(s, level, option, value, size);
}

static void the_time_of_keep_alive_is_told_as_it_was_set(void)
{
    sock listener, client, channel = {.name = "channel"};
    CHECK(replace_import("getsockopt", (void *)getsockopt_of_windows_7, (void **)&the_systems_getsockopt) > 0);
    REQUIRE(S_Create(&listener, "listener", 0, "127.0.0.1") == 1);
    CHECK_EQ(1, S_SetOption(&listener, SocketKeepAlive, 45));
    CHECK_EQ(45, S_GetOption(&listener, SocketKeepAlive));
    CHECK_EQ(1, S_Connect(&client, "client", s_port(&listener), "127.0.0.1", 5000));
    CHECK_EQ(0, S_GetOption(&client, SocketKeepAlive));
    CHECK_EQ(1, S_SetOption(&client, SocketKeepAlive, 60));
    CHECK_EQ(60, S_GetOption(&client, SocketKeepAlive));
    CHECK(s_take(&listener, &channel));
    CHECK_EQ(1, S_SetOption(&channel, SocketKeepAlive, 30));
    CHECK_EQ(30, S_GetOption(&channel, SocketKeepAlive));
    replace_import("getsockopt", (void *)the_systems_getsockopt, NULL);
}

/* --- a connection that the driver knows of a moment before the socket does ---------------------------------------- */

static int too_early;

static int WINAPI getpeername_too_early(SOCKET s, struct sockaddr *address, int *length)
{
    if (too_early > 0) {
        too_early--;
        WSASetLastError(WSAENOTCONN);
        return SOCKET_ERROR;
    }
    return the_systems_getpeername(s, address, length);
}

static void a_connection_that_stands_a_moment_later_is_waited_for(void)
{
    sock listener, client;
    CHECK(replace_import("getpeername", (void *)getpeername_too_early, (void **)&the_systems_getpeername) > 0);
    REQUIRE(S_Create(&listener, "listener", 0, "127.0.0.1") == 1);
    too_early = 3;
    CHECK_EQ(1, S_Connect(&client, "client", s_port(&listener), "127.0.0.1", 5000));
    CHECK_EQ(0, too_early);
    replace_import("getpeername", (void *)the_systems_getpeername, NULL);
}

/* --- texts of programs without Unicode ----------------------------------------------------------------------------- */

static void texts_of_the_ansi_code_page_are_taken(void)
{
    /* C:\données, as VB6 and WINDEV give it. */
    static const char path[] = "C:\\donn\xe9" "es\\server.pem";
    char text[1024];
    wchar_t wide[8];
    int is_text = GetACP() != CP_UTF8 && MultiByteToWideChar(CP_ACP, MB_ERR_INVALID_CHARS, "\xe9", 1, wide, 8) == 1;
    CHECK_NO(is_text ? WDSOCKET_ERR_CERTIFICATE : WDSOCKET_ERR_INVALID_ARGUMENT,
             SocketCreateSSL("server", 0, path, 0, NULL, NULL));
    SocketErrorInfo(text, sizeof text);
    if (is_text && wide[0] == 0xe9)
        CHECK(strstr(text, "C:\\donn\xc3\xa9" "es") != NULL);
    else if (!is_text)
        CHECK(strstr(text, "W at its end") != NULL);
    printf("# code page %u\n", GetACP());
}

int main(void)
{
    check_start(120);
    RUN(a_closed_port_near_by_is_refused_at_the_first_answer);
    RUN(an_address_far_away_has_every_packet_sent_again);
    RUN(what_one_provider_leads_to_is_asked_again);
    RUN(a_server_starts_again_beside_a_connection_of_the_one_before);
    RUN(a_port_on_which_somebody_listens_is_not_shared);
    RUN(a_long_queue_is_asked_for_as_windows_wants_it);
    RUN(a_datagram_that_a_router_found_too_old_disturbs_no_other);
    RUN(the_time_of_keep_alive_is_told_as_it_was_set);
    RUN(a_connection_that_stands_a_moment_later_is_waited_for);
    RUN(texts_of_the_ansi_code_page_are_taken);
    return check_end();
}

/* What this Windows does with wdsocket.dll: forty checks, all on this machine alone but the last, for a double click or
 * a prompt. What was seen is printed and stands in wdcheck-report.txt, which can be sent along with a question.
 *
 *     wdcheck [--offline] [--no-wait]
 *
 * --offline leaves the Internet alone; --no-wait does not wait for a key at the end. Only wdsocket.dll has to lie
 * beside it. The report tells the version of Windows, names of network cards' addresses and nothing of users or files.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <wincrypt.h>
#include <psapi.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wdcheck_pem.h" /* server_pem, root_pem, other_root_pem: made by the build */
#include "wdsocket.h"

typedef int32_t socket_id;

static FILE *report;
static char saw[2048];       /* what a check tells beside its outcome */
static wchar_t folder[MAX_PATH]; /* for files, with a letter beyond ASCII in its name */
static int is_offline;

enum { NO, YES, CANNOT };

static void tell(const char *format, ...)
{
    char line[4096];
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    fputs(line, stdout);
    fflush(stdout);
    if (report != NULL)
        fputs(line, report);
}

/* Adds to what the check saw. */
static void note(const char *format, ...)
{
    size_t length = strlen(saw);
    va_list values;
    va_start(values, format);
    if (length > 0 && length + 2 < sizeof saw) {
        memcpy(saw + length, "; ", 3);
        length += 2;
    }
    vsnprintf(saw + length, sizeof saw - length, format, values);
    va_end(values);
}

static void note_error(const char *what)
{
    char text[1000] = "";
    intptr_t code = SocketErrorCode(), system = SocketErrorSystem();
    SocketErrorInfo(text, sizeof text);
    note("%s: error %d, system %d, %s", what, (int)code, (int)system, text);
}

/* Leaves a check with NO, and says which of its steps went wrong. */
#define NEED(condition)                \
    do {                               \
        if (!(condition)) {            \
            note_error(#condition);    \
            SocketCloseAll();          \
            return NO;                 \
        }                              \
    } while (0)

static double now_ms(void)
{
    LARGE_INTEGER count, second;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&second);
    return 1000.0 * (double)count.QuadPart / (double)second.QuadPart;
}

static HANDLE start(DWORD(WINAPI *work)(void *), void *argument)
{
    return CreateThread(NULL, 0, work, argument, 0, NULL);
}

static void end(HANDLE thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static int port_of(socket_id id)
{
    char text[16] = "";
    SocketLocalInfoId(id, SocketPort, text, sizeof text);
    return atoi(text);
}

/* A port on which nobody listens. */
static int closed_port(const char *address)
{
    socket_id listener = (socket_id)SocketCreateId(0, address);
    int port = listener > 0 ? port_of(listener) : 0;
    SocketCloseId(listener);
    return port;
}

typedef struct pair {
    socket_id listener, client, channel;
} pair;

/* A server on loopback with one client, both ends here. */
static int make_pair(pair *p)
{
    p->listener = (socket_id)SocketCreateId(0, "127.0.0.1");
    if (p->listener <= 0)
        return 0;
    p->client = (socket_id)SocketConnectId(port_of(p->listener), "127.0.0.1", 5000);
    if (p->client <= 0 || SocketWaitForConnectionId(p->listener, 5000) != 1)
        return 0;
    p->channel = (socket_id)SocketAcceptId(p->listener);
    return p->channel > 0;
}

/* --- the machine and the library ---------------------------------------------------------------------------------- */

static int the_dll_tells_its_version(void)
{
    char text[200];
    NEED(SocketVersion(text, sizeof text) > 0);
    note("%s", text);
    return YES;
}

static int windows_tells_its_version(void)
{
    typedef LONG(WINAPI * tell_version)(OSVERSIONINFOEXW *);
    typedef const char *(__cdecl * tell_wine)(void);
    HMODULE system = GetModuleHandleA("ntdll.dll");
    tell_version ask = (tell_version)(void *)GetProcAddress(system, "RtlGetVersion");
    tell_wine wine = (tell_wine)(void *)GetProcAddress(system, "wine_get_version");
    OSVERSIONINFOEXW version;
    BOOL is_wow = FALSE;
    memset(&version, 0, sizeof version);
    version.dwOSVersionInfoSize = sizeof version;
    if (ask == NULL || ask(&version) != 0)
        return NO;
    IsWow64Process(GetCurrentProcess(), &is_wow);
    note("Windows %lu.%lu build %lu, service pack %u, %s, this program has %d bits%s, code page %u", version.dwMajorVersion,
         version.dwMinorVersion, version.dwBuildNumber, version.wServicePackMajor,
         version.wProductType == VER_NT_WORKSTATION ? "workstation" : "server", (int)(8 * sizeof(void *)),
         is_wow ? " on 64" : "", GetACP());
    if (wine != NULL)
        note("this is Wine %s", wine());
    return version.dwMajorVersion > 6 || (version.dwMajorVersion == 6 && version.dwMinorVersion >= 1) ? YES : NO;
}

static int the_clock_can_be_right(void)
{
    __time64_t now = _time64(NULL);
    struct tm *utc = _gmtime64(&now);
    if (utc == NULL)
        return NO;
    note("%04d-%02d-%02d %02d:%02d UTC", utc->tm_year + 1900, utc->tm_mon + 1, utc->tm_mday, utc->tm_hour, utc->tm_min);
    return utc->tm_year + 1900 >= 2026 && utc->tm_year + 1900 < 2100 ? YES : NO;
}

static int an_error_has_a_code_and_a_text(void)
{
    char text[1000] = "";
    if (SocketClose("nobody") != 0 || SocketErrorCode() != 0 || SocketRead("nobody", 0, 0, text, sizeof text) != -WDSOCKET_ERR_NOT_FOUND)
        return NO;
    SocketErrorInfo(text, sizeof text);
    note("%s", text);
    return strncmp(text, "SocketRead(", 11) == 0 ? YES : NO;
}

/* --- connecting ----------------------------------------------------------------------------------------------------- */

static int refused_within(const char *address, int port, double most)
{
    double begun = now_ms(), took;
    intptr_t id = SocketConnectId(port, address, 10000);
    took = now_ms() - begun;
    note("%s answered after %.0f ms", address, took);
    if (id != -WDSOCKET_ERR_REFUSED) {
        note_error("it is not REFUSED");
        return NO;
    }
    return took < most ? YES : NO;
}

static int a_closed_port_of_this_machine_is_refused_at_once(void)
{
    return refused_within("127.0.0.1", closed_port("127.0.0.1"), 500);
}

static int so_it_is_with_ipv6(void)
{
    int port = closed_port("::1");
    if (port == 0) {
        note("this machine has no IPv6");
        return CANNOT;
    }
    return refused_within("::1", port, 500);
}

static int so_it_is_on_the_network_cards_own_address(void)
{
    char address[100] = "";
    if (NetIPAddress(NULL, 0, address, sizeof address) <= 0 || strncmp(address, "127.", 4) == 0) {
        note("this machine has no network");
        return CANNOT;
    }
    return refused_within(address, closed_port(address), 500);
}

static int a_silent_address_takes_its_time_and_no_longer(void)
{
    double begun = now_ms(), took;
    intptr_t id = SocketConnectId(9, "203.0.113.1", 700);
    took = now_ms() - begun;
    if (id > 0) {
        note("something on the way answers for every address");
        return CANNOT;
    }
    note_error("203.0.113.1");
    note("after %.0f ms", took);
    return (id == -WDSOCKET_ERR_TIMEOUT && took > 600 && took < 1500) || (id == -WDSOCKET_ERR_UNREACHABLE && took < 1500)
               ? YES
               : NO;
}

static int a_host_name_is_found(void)
{
    char name[300] = "";
    intptr_t id;
    socket_id listener;
    NEED(NetMachineName(name, sizeof name) > 0);
    NEED((listener = (socket_id)SocketCreateId(0, NULL)) > 0);
    id = SocketConnectId(port_of(listener), name, 10000);
    if (id <= 0)
        note_error("this machine by its own name");
    SocketCloseId((socket_id)id);
    SocketCloseId(listener);
    return id > 0 ? YES : NO;
}

static int a_host_name_that_nobody_has_is_told_as_such(void)
{
    double begun = now_ms();
    intptr_t id = SocketConnectId(80, "no-such-host.invalid", 15000);
    note_error("no-such-host.invalid");
    note("after %.0f ms", now_ms() - begun);
    return id == -WDSOCKET_ERR_HOST_NOT_FOUND ? YES : id == -WDSOCKET_ERR_TIMEOUT ? CANNOT : NO;
}

static int a_host_name_beyond_ascii_is_looked_up(void)
{
    intptr_t id = SocketConnectId(80, "k\xc3\xa4sse-\xc3\xa9.invalid", 15000);
    note_error("k\xc3\xa4sse-\xc3\xa9.invalid");
    return id == -WDSOCKET_ERR_HOST_NOT_FOUND ? YES : id == -WDSOCKET_ERR_TIMEOUT ? CANNOT : NO;
}

/* --- messages --------------------------------------------------------------------------------------------------------- */

static int a_message_goes_there_and_back(void)
{
    pair p;
    char in[100];
    double begun;
    int i;
    NEED(make_pair(&p));
    begun = now_ms();
    for (i = 0; i < 200; i++) {
        NEED(SocketWriteId(p.client, "h\xc3\xa9llo", -1) == 1);
        NEED(SocketReadId(p.channel, 0, 5000, in, sizeof in) == 6);
        NEED(SocketWriteId(p.channel, in, 6) == 1);
        NEED(SocketReadId(p.client, 0, 5000, in, sizeof in) == 6);
    }
    note("%.0f us each", (now_ms() - begun) * 1000 / 200);
    NEED(memcmp(in, "h\xc3\xa9llo", 6) == 0);
    SocketCloseAll();
    return YES;
}

enum { LARGE = 10 * 1000 * 1000 };

static DWORD WINAPI send_large(void *id)
{
    char *bytes = malloc(LARGE);
    int i;
    if (bytes == NULL)
        return 0;
    for (i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    i = SocketWriteId(*(socket_id *)id, bytes, LARGE) == 1;
    free(bytes);
    return (DWORD)i;
}

static int large_message(pair *p)
{
    char *in = malloc(LARGE);
    HANDLE sender;
    double begun = now_ms();
    intptr_t got;
    int i, same = 1;
    if (in == NULL)
        return CANNOT;
    sender = start(send_large, &p->client);
    got = SocketReadId(p->channel, 0, 60000, in, LARGE);
    note("%.0f MB/s", LARGE / 1000.0 / (now_ms() - begun));
    end(sender);
    for (i = 0; i < LARGE && same; i++)
        same = in[i] == (char)(i * 2654435761u >> 13);
    free(in);
    NEED(got == LARGE);
    SocketCloseAll();
    return same ? YES : NO;
}

static int a_message_of_ten_megabytes_arrives_whole(void)
{
    pair p;
    NEED(make_pair(&p));
    NEED(SocketChangeTransmissionModeId(p.client, SocketSize, NULL, 0) == 1);
    NEED(SocketChangeTransmissionModeId(p.channel, SocketSize, NULL, 0) == 1);
    return large_message(&p);
}

static int lines_with_an_end_tag_are_told_apart(void)
{
    pair p;
    char in[100];
    NEED(make_pair(&p));
    NEED(SocketChangeTransmissionModeId(p.channel, SocketEndTag, "\r\n", 2) == 1);
    NEED(SocketChangeTransmissionModeId(p.client, SocketNoEndTag, NULL, 0) == 1);
    NEED(SocketWriteId(p.client, "one\r\ntw", 7) == 1);
    NEED(SocketWriteId(p.client, "o\r\n", 3) == 1);
    NEED(SocketReadId(p.channel, 0, 5000, in, sizeof in) == 3);
    NEED(SocketReadId(p.channel, 0, 5000, in, sizeof in) == 3 && memcmp(in, "two", 3) == 0);
    SocketCloseAll();
    return YES;
}

static int a_read_ends_when_its_time_is_over(void)
{
    pair p;
    char in[100];
    double begun, took;
    NEED(make_pair(&p));
    begun = now_ms();
    NEED(SocketReadId(p.channel, 0, 300, in, sizeof in) == -WDSOCKET_ERR_TIMEOUT);
    took = now_ms() - begun;
    note("300 ms were %.1f", took);
    SocketCloseAll();
    return took > 290 && took < 450 ? YES : NO;
}

static DWORD WINAPI close_soon(void *id)
{
    Sleep(200);
    SocketCloseId(*(socket_id *)id);
    return 0;
}

static int close_ends_a_waiting_read(void)
{
    pair p;
    char in[100];
    HANDLE other;
    double begun, took;
    intptr_t got;
    NEED(make_pair(&p));
    other = start(close_soon, &p.channel);
    begun = now_ms();
    got = SocketReadId(p.channel, 0, 10000, in, sizeof in);
    took = now_ms() - begun;
    end(other);
    note("%.0f ms after the close", took - 200);
    NEED(got == -WDSOCKET_ERR_CANCELLED);
    SocketCloseAll();
    return took < 500 ? YES : NO;
}

static int close_ends_a_wait_for_clients(void)
{
    socket_id listener = (socket_id)SocketCreateId(0, "127.0.0.1");
    HANDLE other;
    double begun = now_ms(), took;
    intptr_t got;
    NEED(listener > 0);
    other = start(close_soon, &listener);
    got = SocketWaitForConnectionId(listener, 10000);
    took = now_ms() - begun;
    end(other);
    NEED(got == 0 && SocketErrorCode() == WDSOCKET_ERR_CANCELLED);
    return took < 600 ? YES : NO;
}

static int what_was_written_before_a_close_arrives(void)
{
    pair p;
    static char bytes[300000], in[300000];
    NEED(make_pair(&p));
    NEED(SocketWriteId(p.client, "unread", 6) == 1);
    NEED(SocketWriteId(p.channel, bytes, 200000) == 1);
    NEED(SocketCloseId(p.channel) == 1); /* with bytes that nobody read */
    NEED(SocketReadId(p.client, 0, 5000, in, sizeof in) == 200000);
    SocketCloseAll();
    return YES;
}

static int the_end_of_a_peer_is_told(void)
{
    pair p;
    char in[100];
    NEED(make_pair(&p));
    NEED(SocketCloseId(p.client) == 1);
    NEED(SocketReadId(p.channel, 0, 5000, in, sizeof in) == -WDSOCKET_ERR_CLOSED);
    SocketCloseAll();
    return YES;
}

static int a_reset_is_told_as_lost(void)
{
    pair p;
    char in[100];
    struct linger at_once = {1, 0};
    struct sockaddr_in to = {.sin_family = AF_INET};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    intptr_t got;
    NEED((p.listener = (socket_id)SocketCreateId(0, "127.0.0.1")) > 0);
    to.sin_port = htons((u_short)port_of(p.listener));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    NEED(connect(s, (struct sockaddr *)&to, sizeof to) == 0);
    NEED(SocketWaitForConnectionId(p.listener, 5000) == 1);
    NEED((p.channel = (socket_id)SocketAcceptId(p.listener)) > 0);
    setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&at_once, sizeof at_once);
    closesocket(s);
    got = SocketReadId(p.channel, 0, 5000, in, sizeof in);
    note_error("the read");
    SocketCloseAll();
    return got == -WDSOCKET_ERR_LOST ? YES : NO;
}

/* --- ports of servers ---------------------------------------------------------------------------------------------- */

static int a_port_is_free_as_soon_as_its_server_is_closed(void)
{
    socket_id listener;
    int i, port;
    NEED((listener = (socket_id)SocketCreateId(0, NULL)) > 0);
    port = port_of(listener);
    for (i = 0; i < 20; i++) {
        NEED(SocketCloseId(listener) == 1);
        NEED((listener = (socket_id)SocketCreateId(port, NULL)) > 0);
    }
    SocketCloseAll();
    return YES;
}

static int a_server_starts_again_beside_a_client_of_the_one_before(void)
{
    pair p;
    int port;
    char in[16];
    NEED(make_pair(&p));
    port = port_of(p.listener);
    NEED(SocketCloseId(p.listener) == 1);
    NEED((p.listener = (socket_id)SocketCreateId(port, "127.0.0.1")) > 0);
    NEED(SocketWriteId(p.client, "still there", -1) == 1);
    NEED(SocketReadId(p.channel, 0, 5000, in, sizeof in) == 11);
    SocketCloseAll();
    return YES;
}

static int a_server_starts_again_beside_a_half_closed_client(void)
{
    pair p;
    int port;
    socket_id again;
    NEED(make_pair(&p));
    port = port_of(p.listener);
    NEED(SocketCloseId(p.listener) == 1);
    NEED(SocketCloseId(p.channel) == 1); /* the client's end stays open */
    NEED((again = (socket_id)SocketCreateId(port, "127.0.0.1")) > 0);
    NEED(SocketConnectId(port, "127.0.0.1", 5000) > 0);
    SocketCloseAll();
    return YES;
}

static int a_second_server_on_a_port_is_refused(void)
{
    socket_id listener = (socket_id)SocketCreateId(0, "127.0.0.1");
    intptr_t other;
    NEED(listener > 0);
    other = SocketCreateId(port_of(listener), "127.0.0.1");
    note_error("the second");
    SocketCloseAll();
    return other == -WDSOCKET_ERR_ADDRESS_IN_USE ? YES : NO;
}

static int nobody_takes_a_servers_port_with_so_reuseaddr(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    SOCKET thief = socket(AF_INET, SOCK_STREAM, 0);
    socket_id listener = (socket_id)SocketCreateId(0, "127.0.0.1");
    int yes = 1, stolen;
    NEED(listener > 0);
    setsockopt(thief, SOL_SOCKET, SO_REUSEADDR, (char *)&yes, sizeof yes);
    at.sin_port = htons((u_short)port_of(listener));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    stolen = bind(thief, (struct sockaddr *)&at, sizeof at) == 0;
    note("WSA error %d", stolen ? 0 : WSAGetLastError());
    closesocket(thief);
    SocketCloseAll();
    return stolen ? NO : YES;
}

static int many_clients_wait_until_they_are_taken(void)
{
    enum { CLIENTS = 150 };
    socket_id listener = (socket_id)SocketCreateId(0, "127.0.0.1");
    int i, port;
    NEED(listener > 0);
    port = port_of(listener);
    for (i = 0; i < CLIENTS; i++)
        NEED(SocketConnectId(port, "127.0.0.1", 5000) > 0);
    for (i = 0; i < CLIENTS; i++) {
        NEED(SocketWaitForConnectionId(listener, 5000) == 1);
        NEED(SocketAcceptId(listener) > 0);
    }
    SocketCloseAll();
    return YES;
}

/* --- options ------------------------------------------------------------------------------------------------------- */

static int options_of_a_connection_are_told_as_they_were_set(void)
{
    pair p;
    NEED(make_pair(&p));
    NEED(SocketSetOptionId(p.client, SocketKeepAlive, 60) == 1);
    NEED(SocketGetOptionId(p.client, SocketKeepAlive) == 60);
    NEED(SocketSetOptionId(p.client, SocketNagle, 1) == 1 && SocketGetOptionId(p.client, SocketNagle) == 1);
    NEED(SocketSetOptionId(p.client, SocketTimeToLive, 9) == 1 && SocketGetOptionId(p.client, SocketTimeToLive) == 9);
    SocketCloseAll();
    return YES;
}

static int names_of_sockets_beyond_ascii_are_the_same_in_utf_16(void)
{
    NEED(SocketCreateW((const uint16_t *)L"caf\x00e9", 0, (const uint16_t *)L"127.0.0.1") == 1);
    NEED(SocketExist("caf\xc3\xa9") == 1);
    NEED(SocketClose("caf\xc3\xa9") == 1);
    return YES;
}

/* --- UDP ------------------------------------------------------------------------------------------------------------- */

static int a_datagram_goes_there_and_back(void)
{
    socket_id one = (socket_id)SocketCreateUDPId(0, "127.0.0.1"), two = (socket_id)SocketCreateUDPId(0, "127.0.0.1");
    static char bytes[60000], in[65536];
    NEED(one > 0 && two > 0);
    NEED(SocketWriteToId(one, "hello", 5, "127.0.0.1", port_of(two)) == 1);
    NEED(SocketReadId(two, 0, 5000, in, sizeof in) == 5);
    NEED(SocketWriteToId(two, bytes, sizeof bytes, "127.0.0.1", port_of(one)) == 1);
    NEED(SocketReadId(one, 0, 5000, in, sizeof in) == sizeof bytes);
    SocketCloseAll();
    return YES;
}

static int a_refused_datagram_disturbs_no_other(void)
{
    socket_id one = (socket_id)SocketCreateUDPId(0, "127.0.0.1"), gone = (socket_id)SocketCreateUDPId(0, "127.0.0.1");
    char in[100];
    int port, i;
    NEED(one > 0 && gone > 0);
    port = port_of(gone);
    NEED(SocketCloseId(gone) == 1);
    for (i = 0; i < 5; i++)
        NEED(SocketWriteToId(one, "nobody", 6, "127.0.0.1", port) == 1); /* an ICMP comes back */
    Sleep(100);
    NEED(SocketPendingId(one) == 0);
    NEED(SocketWriteToId(one, "hello", 5, "127.0.0.1", port_of(one)) == 1);
    NEED(SocketReadId(one, 0, 5000, in, sizeof in) == 5 && memcmp(in, "hello", 5) == 0);
    SocketCloseAll();
    return YES;
}

static int the_size_of_the_next_datagram_is_told(void)
{
    socket_id one = (socket_id)SocketCreateUDPId(0, "127.0.0.1");
    intptr_t size = 0;
    int i;
    NEED(one > 0);
    NEED(SocketWriteToId(one, "seven..", 7, "127.0.0.1", port_of(one)) == 1);
    NEED(SocketWriteToId(one, "five.", 5, "127.0.0.1", port_of(one)) == 1);
    for (i = 0; i < 200 && (size = SocketPendingId(one)) == 0; i++)
        Sleep(5);
    note("%d", (int)size);
    SocketCloseAll();
    return size == 7 ? YES : NO;
}

static int a_multicast_group_is_joined(void)
{
    socket_id one = (socket_id)SocketCreateUDPId(0, "0.0.0.0");
    char in[100];
    intptr_t got;
    NEED(one > 0);
    if (SocketJoinGroupId(one, "239.255.77.77", NULL) != 1) {
        note_error("joining");
        SocketCloseAll();
        return CANNOT; /* a machine without a network */
    }
    SocketWriteToId(one, "group", 5, "239.255.77.77", port_of(one));
    got = SocketReadId(one, 0, 2000, in, sizeof in);
    if (got != 5)
        note("the datagram did not come back, which a firewall may do");
    SocketCloseAll();
    return got == 5 ? YES : CANNOT;
}

/* --- TLS ------------------------------------------------------------------------------------------------------------- */

static int write_file(const wchar_t *name, const char *text, wchar_t *path)
{
    FILE *file;
    wsprintfW(path, L"%s\\%s", folder, name);
    if ((file = _wfopen(path, L"wb")) == NULL)
        return 0;
    fwrite(text, 1, strlen(text), file);
    return fclose(file) == 0;
}

static DWORD WINAPI echo(void *listener)
{
    char in[1000];
    intptr_t length;
    socket_id channel;
    if (SocketWaitForConnectionId(*(socket_id *)listener, 10000) != 1)
        return 0;
    channel = (socket_id)SocketAcceptId(*(socket_id *)listener);
    while ((length = SocketReadId(channel, 0, 10000, in, sizeof in)) >= 0)
        SocketWriteId(channel, in, (int32_t)length);
    SocketCloseId(channel);
    return 0;
}

/* One handshake with the server of this program, and an echo. Returns 0, or the code of the client's error. */
static int tls_once(const char *host, int32_t options, const char *protocol)
{
    socket_id listener = (socket_id)SocketCreateSSLId(0, server_pem, 0, "127.0.0.1", NULL);
    HANDLE server;
    intptr_t client;
    char text[200] = "";
    int code = 0;
    if (listener <= 0) {
        note_error("the server");
        return WDSOCKET_ERR_CERTIFICATE;
    }
    server = start(echo, &listener);
    client = SocketConnectSSLId(port_of(listener), host, options, 10000, NULL);
    if (client <= 0) {
        code = (int)-client;
    } else if (SocketWriteId((socket_id)client, "hello", 5) != 1 ||
               SocketReadId((socket_id)client, 0, 10000, text, sizeof text) != 5) {
        note_error("the echo");
        code = -1;
    } else if (protocol != NULL) {
        SocketSSLInfoId((socket_id)client, SSLProtocol, text, sizeof text);
        note("%s", text);
        code = strcmp(text, protocol) == 0 ? 0 : -1;
    }
    if (client > 0)
        SocketCloseId((socket_id)client);
    SocketCloseId(listener);
    end(server);
    return code;
}

static int trust(const char *root)
{
    wchar_t path[MAX_PATH];
    return write_file(L"root.pem", root, path) &&
           SocketSetTextW(NULL, SSLCaFile, (const uint16_t *)path) == 1;
}

static int tls_1_3_with_a_root_in_a_folder_beyond_ascii(void)
{
    NEED(trust(root_pem));
    return tls_once("127.0.0.1", ProtocolTLS1_3, "TLSv1.3") == 0 ? YES : NO;
}

static int tls_1_2(void)
{
    NEED(trust(root_pem));
    return tls_once("localhost", ProtocolTLS1_2, "TLSv1.2") == 0 ? YES : NO;
}

static int a_certificate_for_another_name_is_refused(void)
{
    int code;
    NEED(trust(root_pem));
    NEED(SocketSetText(NULL, SSLServerName, "till.example") == 1);
    code = tls_once("127.0.0.1", 0, NULL);
    SocketSetText(NULL, SSLServerName, NULL);
    note("error %d", code);
    return code == WDSOCKET_ERR_TLS_CERTIFICATE ? YES : NO;
}

/* The machine's own store is read, and does not trust what nobody has put there. */
static int the_roots_of_windows_are_read_and_refuse_a_stranger(void)
{
    HCERTSTORE store = CertOpenSystemStoreA(0, "ROOT");
    const CERT_CONTEXT *next = NULL;
    int roots = 0, code;
    while (store != NULL && (next = CertEnumCertificatesInStore(store, next)) != NULL)
        roots++;
    if (store != NULL)
        CertCloseStore(store, 0);
    NEED(SocketSetText(NULL, SSLCaFile, NULL) == 1);
    code = tls_once("127.0.0.1", 0, NULL);
    note("%d roots, error %d", roots, code);
    return code == WDSOCKET_ERR_TLS_CERTIFICATE ? YES : NO;
}

static int a_certificate_is_read_from_a_folder_beyond_ascii(void)
{
    wchar_t path[MAX_PATH];
    socket_id listener;
    NEED(write_file(L"serveur-\x00e9.pem", server_pem, path));
    listener = (socket_id)SocketCreateSSLIdW(0, (const uint16_t *)path, 0, (const uint16_t *)L"127.0.0.1", NULL);
    NEED(listener > 0);
    SocketCloseAll();
    return YES;
}

static int texts_in_the_ansi_code_page_are_taken(void)
{
    char ansi[8] = "";
    BOOL lost = FALSE;
    if (WideCharToMultiByte(CP_ACP, 0, L"\x00e9", 1, ansi, 4, NULL, GetACP() == CP_UTF8 ? NULL : &lost) != 1 || lost) {
        note("this Windows has no such letter in its code page %u, or that is UTF-8", GetACP());
        return CANNOT;
    }
    {
        char name[300], text[1000] = "";
        snprintf(name, sizeof name, "C:\\no-such-folder\\donn%ses.pem", ansi);
        if (SocketCreateSSLId(0, name, 0, "127.0.0.1", NULL) > 0)
            return NO;
        SocketErrorInfo(text, sizeof text);
        note("%s", text);
        return strstr(text, "donn\xc3\xa9" "es") != NULL ? YES : NO;
    }
}

static DWORD WINAPI tls_in_a_thread(void *unused)
{
    (void)unused;
    return (DWORD)tls_once("127.0.0.1", 0, NULL);
}

static SIZE_T memory_in_use(void)
{
    PROCESS_MEMORY_COUNTERS_EX now;
    now.cb = sizeof now;
    GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&now, sizeof now);
    return now.PrivateUsage;
}

static int threads_that_used_tls_leave_nothing(void)
{
    enum { WARM = 100, THREADS = 100 };
    SIZE_T before = 0;
    double left;
    int i;
    NEED(trust(root_pem));
    for (i = 0; i < WARM + THREADS; i++) {
        end(start(tls_in_a_thread, NULL));
        if (i + 1 == WARM)
            before = memory_in_use();
    }
    left = ((double)memory_in_use() - (double)before) / THREADS;
    note("%.0f bytes each", left);
    return left < 3000 ? YES : NO;
}

/* --- watches -------------------------------------------------------------------------------------------------------- */

static int one_watch_hears_five_hundred_clients(void)
{
    enum { CLIENTS = 500 };
    static socket_id clients[CLIENTS], ready[CLIENTS];
    socket_id listener = (socket_id)SocketCreateId(0, "127.0.0.1"), watch = (socket_id)SocketWatchId();
    char in[16];
    int i, heard = 0, port;
    double begun;
    NEED(listener > 0 && watch > 0);
    port = port_of(listener);
    for (i = 0; i < CLIENTS; i++) {
        socket_id channel;
        NEED((clients[i] = (socket_id)SocketConnectId(port, "127.0.0.1", 5000)) > 0);
        NEED(SocketWaitForConnectionId(listener, 5000) == 1);
        NEED((channel = (socket_id)SocketAcceptId(listener)) > 0);
        NEED(SocketWatchAddId(watch, channel) == 1);
    }
    begun = now_ms();
    for (i = 0; i < CLIENTS; i++)
        NEED(SocketWriteId(clients[i], "hello", 5) == 1);
    while (heard < CLIENTS) {
        intptr_t count = SocketWatchWaitId(watch, 10000, ready, CLIENTS);
        NEED(count > 0);
        for (i = 0; i < count; i++, heard++)
            NEED(SocketReadId(ready[i], 0, 0, in, sizeof in) == 5);
    }
    note("all heard after %.0f ms", now_ms() - begun);
    SocketCloseAll();
    return YES;
}

static DWORD WINAPI write_soon(void *id)
{
    Sleep(200);
    SocketWriteId(*(socket_id *)id, "hello", 5);
    return 0;
}

static int a_watch_wakes_at_once(void)
{
    pair p;
    socket_id watch = (socket_id)SocketWatchId(), ready[4];
    HANDLE other;
    double begun, took;
    intptr_t count;
    NEED(watch > 0 && make_pair(&p));
    NEED(SocketWatchAddId(watch, p.channel) == 1);
    begun = now_ms();
    other = start(write_soon, &p.client);
    count = SocketWatchWaitId(watch, 10000, ready, 4);
    took = now_ms() - begun;
    end(other);
    note("%.1f ms after the message", took - 200);
    NEED(count == 1 && ready[0] == p.channel);
    SocketCloseAll();
    return took < 350 ? YES : NO;
}

static int the_end_of_a_client_wakes_a_watch(void)
{
    pair p;
    socket_id watch = (socket_id)SocketWatchId(), ready[4];
    NEED(watch > 0 && make_pair(&p));
    NEED(SocketWatchAddId(watch, p.channel) == 1);
    NEED(SocketWatchWaitId(watch, 0, ready, 4) == 0);
    NEED(SocketCloseId(p.client) == 1);
    NEED(SocketWatchWaitId(watch, 5000, ready, 4) == 1);
    SocketCloseAll();
    return YES;
}

/* --- the world outside --------------------------------------------------------------------------------------------- */

static int a_server_of_the_internet_is_trusted_by_the_roots_of_windows(void)
{
    intptr_t client;
    char text[300] = "";
    if (is_offline) {
        note("--offline");
        return CANNOT;
    }
    NEED(SocketSetText(NULL, SSLCaFile, NULL) == 1);
    client = SocketConnectSSLId(443, "www.microsoft.com", 0, 10000, NULL);
    if (client <= 0) {
        note_error("www.microsoft.com");
        return client == -WDSOCKET_ERR_TLS_CERTIFICATE ? NO : CANNOT;
    }
    SocketSSLInfoId((socket_id)client, SSLPeerIssuer, text, sizeof text);
    note("issued by %s", text);
    SocketCloseAll();
    return YES;
}

#define CHECK(function) {#function, function}
static const struct {
    const char *name;
    int (*check)(void);
} checks[] = {
    CHECK(windows_tells_its_version),
    CHECK(the_dll_tells_its_version),
    CHECK(the_clock_can_be_right),
    CHECK(an_error_has_a_code_and_a_text),
    CHECK(a_closed_port_of_this_machine_is_refused_at_once),
    CHECK(so_it_is_with_ipv6),
    CHECK(so_it_is_on_the_network_cards_own_address),
    CHECK(a_silent_address_takes_its_time_and_no_longer),
    CHECK(a_host_name_is_found),
    CHECK(a_host_name_that_nobody_has_is_told_as_such),
    CHECK(a_host_name_beyond_ascii_is_looked_up),
    CHECK(a_message_goes_there_and_back),
    CHECK(a_message_of_ten_megabytes_arrives_whole),
    CHECK(lines_with_an_end_tag_are_told_apart),
    CHECK(a_read_ends_when_its_time_is_over),
    CHECK(close_ends_a_waiting_read),
    CHECK(close_ends_a_wait_for_clients),
    CHECK(what_was_written_before_a_close_arrives),
    CHECK(the_end_of_a_peer_is_told),
    CHECK(a_reset_is_told_as_lost),
    CHECK(a_port_is_free_as_soon_as_its_server_is_closed),
    CHECK(a_server_starts_again_beside_a_client_of_the_one_before),
    CHECK(a_server_starts_again_beside_a_half_closed_client),
    CHECK(a_second_server_on_a_port_is_refused),
    CHECK(nobody_takes_a_servers_port_with_so_reuseaddr),
    CHECK(many_clients_wait_until_they_are_taken),
    CHECK(options_of_a_connection_are_told_as_they_were_set),
    CHECK(names_of_sockets_beyond_ascii_are_the_same_in_utf_16),
    CHECK(a_datagram_goes_there_and_back),
    CHECK(a_refused_datagram_disturbs_no_other),
    CHECK(the_size_of_the_next_datagram_is_told),
    CHECK(a_multicast_group_is_joined),
    CHECK(tls_1_3_with_a_root_in_a_folder_beyond_ascii),
    CHECK(tls_1_2),
    CHECK(a_certificate_for_another_name_is_refused),
    CHECK(the_roots_of_windows_are_read_and_refuse_a_stranger),
    CHECK(a_certificate_is_read_from_a_folder_beyond_ascii),
    CHECK(texts_in_the_ansi_code_page_are_taken),
    CHECK(threads_that_used_tls_leave_nothing),
    CHECK(one_watch_hears_five_hundred_clients),
    CHECK(a_watch_wakes_at_once),
    CHECK(the_end_of_a_client_wakes_a_watch),
    CHECK(a_server_of_the_internet_is_trusted_by_the_roots_of_windows),
};

/* The folder of the report, or, where nobody may write there, the one for files that pass. */
static FILE *open_report(char *path, DWORD size)
{
    char *name;
    FILE *file;
    GetModuleFileNameA(NULL, path, size);
    name = strrchr(path, '\\');
    strcpy(name != NULL ? name + 1 : path, "wdcheck-report.txt");
    if ((file = fopen(path, "w")) == NULL) {
        GetTempPathA(size - 20, path);
        strcat(path, "wdcheck-report.txt");
        file = fopen(path, "w");
    }
    return file;
}

/* Whether the window goes with this program, so that nobody could read it: it was started by a double click. */
static int has_a_window_of_its_own(void)
{
    DWORD processes[2];
    return GetConsoleProcessList(processes, 2) == 1 && GetFileType(GetStdHandle(STD_INPUT_HANDLE)) == FILE_TYPE_CHAR;
}

int main(int argc, char **argv)
{
    static const char *const outcomes[] = {"not ok", "ok", "skipped"};
    int counts[3] = {0, 0, 0}, waits = 1, i;
    char path[MAX_PATH + 30];
    wchar_t temporary[MAX_PATH];
    WSADATA about;
    for (i = 1; i < argc; i++) {
        is_offline |= strcmp(argv[i], "--offline") == 0;
        waits &= strcmp(argv[i], "--no-wait") != 0;
    }
    SetConsoleOutputCP(CP_UTF8);
    WSAStartup(MAKEWORD(2, 2), &about);
    GetTempPathW(MAX_PATH - 40, temporary);
    wsprintfW(folder, L"%swdcheck-donn\x00e9" L"es-%lu", temporary, GetCurrentProcessId());
    CreateDirectoryW(folder, NULL);
    report = open_report(path, MAX_PATH);
    tell("wdcheck, %d checks of wdsocket.dll on this machine\n", (int)(sizeof checks / sizeof checks[0]));
    for (i = 0; i < (int)(sizeof checks / sizeof checks[0]); i++) {
        char name[200];
        int outcome, j;
        double begun = now_ms();
        for (j = 0; checks[i].name[j] != '\0' && j < 199; j++)
            name[j] = checks[i].name[j] == '_' ? ' ' : checks[i].name[j];
        name[j] = '\0';
        saw[0] = '\0';
        outcome = checks[i].check();
        SocketCloseAll();
        counts[outcome]++;
        tell("%s - %s (%.0f ms%s%s)\n", outcomes[outcome], name, now_ms() - begun, saw[0] != '\0' ? "; " : "", saw);
    }
    tell("%d ok, %d not ok, %d skipped\n", counts[YES], counts[NO], counts[CANNOT]);
    {
        wchar_t file[MAX_PATH];
        wsprintfW(file, L"%s\\root.pem", folder);
        DeleteFileW(file);
        wsprintfW(file, L"%s\\serveur-\x00e9.pem", folder);
        DeleteFileW(file);
        RemoveDirectoryW(folder);
    }
    if (report != NULL) {
        fclose(report);
        report = NULL;
        tell("# the report is %s\n", path);
    }
    if (waits && has_a_window_of_its_own()) {
        puts("Press Enter to close this window.");
        getchar();
    }
    return counts[NO] == 0 ? 0 : 1;
}

/* TLS after January 2038, where a time of 32 bits ends: the DLL is given a clock that is years ahead.
 * Arguments: a certificate that is valid then, its root; a certificate that is valid now alone, and its root. */
#include "../tls_family.h"

#include "imports.h"

/* 2041-01-01 less the program's start, in seconds. */
static int64_t ahead;

static __time64_t (*the_systems_time)(__time64_t *);
static void(WINAPI *the_systems_file_time)(FILETIME *);

static __time64_t __cdecl later_64(__time64_t *to)
{
    __time64_t now = _time64(NULL) + ahead;
    if (to != NULL)
        *to = now;
    return now;
}

/* What a DLL with a time of 32 bits would ask. */
static int32_t __cdecl later_32(int32_t *to)
{
    int32_t now = (int32_t)later_64(NULL);
    if (to != NULL)
        *to = now;
    return now;
}

static void WINAPI later_file_time(FILETIME *to)
{
    ULARGE_INTEGER now;
    GetSystemTimeAsFileTime(to);
    now.LowPart = to->dwLowDateTime;
    now.HighPart = to->dwHighDateTime;
    now.QuadPart += (ULONGLONG)ahead * 10000000u;
    to->dwLowDateTime = now.LowPart;
    to->dwHighDateTime = now.HighPart;
}

static void WINAPI later_system_time(SYSTEMTIME *to)
{
    FILETIME now;
    later_file_time(&now);
    FileTimeToSystemTime(&now, to);
}

static void the_dll_asks_for_a_time_of_64_bits(void)
{
    const __time64_t from = 2240524800; /* 2041-01-01 */
    ahead = from - _time64(NULL);
    CHECK_EQ(0, replace_import("time", (void *)later_32, NULL));
    CHECK_EQ(0, replace_import("_time32", (void *)later_32, NULL));
    CHECK(replace_import("_time64", (void *)later_64, (void **)&the_systems_time) > 0);
    CHECK(replace_import("GetSystemTimeAsFileTime", (void *)later_file_time, (void **)&the_systems_file_time) > 0);
    replace_import("GetSystemTimePreciseAsFileTime", (void *)later_file_time, NULL);
    replace_import("GetSystemTime", (void *)later_system_time, NULL);
}

static void tls_works_after_2038(void)
{
    sock listener, client = {.name = "client"}, channel = {.name = "channel"};
    char until[64] = "";
    int version;
    static const int32_t versions[] = {ProtocolTLS1_2, ProtocolTLS1_3};
    for (version = 0; version < 2; version++) {
        REQUIRE(tls_pair_of(&listener, &client, &channel, versions[version], "127.0.0.1"));
        CHECK_EQ(20, S_SSLInfo(&client, SSLPeerNotAfter, until, sizeof until));
        CHECK(strncmp(until, "204", 3) == 0);
        S_Close(&client);
        S_Close(&channel);
        S_Close(&listener);
    }
}

static const char *of_today, *root_of_today;

static void *serve(void *listener)
{
    sock channel;
    char in[16];
    if (s_take(listener, &channel)) {
        S_Read(&channel, 0, 10000, in, sizeof in);
        S_Close(&channel);
    }
    return NULL;
}

static void a_certificate_of_today_is_out_of_date_then(void)
{
    sock listener, client;
    char text[1024] = "";
    pthread_t server;
    const char *later = tls_certificate;
    tls_certificate = of_today;
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, root_of_today));
    REQUIRE(S_CreateSSL(&listener, "listener", 0, "127.0.0.1") == 1);
    SocketErrorInfo(text, sizeof text);
    CHECK(strstr(text, "expired") != NULL);
    server = thread_start(serve, &listener);
    CHECK_NO(WDSOCKET_ERR_TLS_CERTIFICATE, S_ConnectSSL(&client, "client", s_port(&listener), "127.0.0.1", 0, 10000));
    if (SocketErrorInfo(text, sizeof text) <= 0 || strstr(text, "expired") == NULL)
        check_fault(__FILE__, __LINE__, text);
    thread_end(server);
    tls_certificate = later;
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    of_today = argc > 4 ? argv[3] : "";
    root_of_today = argc > 4 ? argv[4] : "";
    RUN(the_dll_asks_for_a_time_of_64_bits);
    RUN(tls_works_after_2038);
    RUN(a_certificate_of_today_is_out_of_date_then);
    return check_end();
}

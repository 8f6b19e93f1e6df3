/* The median time of a 64-byte question and its 64-byte answer by wdsocket.dll, beside the same with plain blocking
 * Winsock. The one who answers is always plain Winsock, a process of its own; the ways of asking take turns.
 *
 * windows          measures
 * windows answer   answers whoever connects, until its standard input ends: what the first starts */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wdsocket.h"

enum { ROUNDS = 40, TRIPS = 250, BYTES = 64, WAYS = 3 };

static void stop(const char *what)
{
    char text[512] = "";
    SocketErrorInfo(text, sizeof text);
    fprintf(stderr, "%s: error %d %s\n", what, WSAGetLastError(), text);
    exit(1);
}

static double now_us(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;
    if (frequency.QuadPart == 0)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart * 1e6 / (double)frequency.QuadPart;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values in place. */
static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void no_delay(SOCKET s)
{
    int yes = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes, sizeof yes);
}

/* --- the one who answers ---------------------------------------------------------------------- */

static DWORD WINAPI echo(void *connection)
{
    SOCKET s = (SOCKET)connection;
    char buffer[4096];
    int got;
    while ((got = recv(s, buffer, sizeof buffer, 0)) > 0)
        send(s, buffer, got, 0);
    closesocket(s);
    return 0;
}

static DWORD WINAPI accept_all(void *listener)
{
    SOCKET s;
    while ((s = accept((SOCKET)listener, NULL, NULL)) != INVALID_SOCKET) {
        no_delay(s);
        CloseHandle(CreateThread(NULL, 0, echo, (void *)s, 0, NULL));
    }
    return 0;
}

static int answer(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int length = sizeof address;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        stop("listen");
    CloseHandle(CreateThread(NULL, 0, accept_all, (void *)listener, 0, NULL));
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

/* Starts it; its port. It ends with this process, which holds the other end of its standard input. */
static int start_answering(void)
{
    SECURITY_ATTRIBUTES inherited = { sizeof inherited, NULL, TRUE };
    STARTUPINFOA how = { .cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES, .hStdError = GetStdHandle(STD_ERROR_HANDLE) };
    PROCESS_INFORMATION process;
    HANDLE from_it, to_it;
    char program[MAX_PATH], command[MAX_PATH + 20], line[20] = "";
    DWORD got, length = 0;
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(command, sizeof command, "\"%s\" answer", program);
    if (!CreatePipe(&from_it, &how.hStdOutput, &inherited, 0) || !CreatePipe(&how.hStdInput, &to_it, &inherited, 0) ||
        !SetHandleInformation(to_it, HANDLE_FLAG_INHERIT, 0) ||
        !CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &how, &process))
        stop("start the other process");
    CloseHandle(how.hStdOutput);
    CloseHandle(how.hStdInput);
    while (strchr(line, '\n') == NULL && length < sizeof line - 1 &&
           ReadFile(from_it, line + length, (DWORD)sizeof line - 1 - length, &got, NULL) && got > 0)
        length += got;
    return atoi(line);
}

/* --- the one who asks -------------------------------------------------------------------------- */

typedef struct way {
    const char *what;
    const char *name; /* of the library's socket; NULL: plain Winsock */
    int32_t mode;
    SOCKET plain;
    double times[ROUNDS], ratios[ROUNDS];
} way;

static void ask(const way *w)
{
    char buffer[BYTES];
    int got = 0;
    memset(buffer, 'm', sizeof buffer);
    if (w->name != NULL) {
        if (SocketWrite(w->name, buffer, BYTES) != 1 || SocketRead(w->name, 0, 10000, buffer, BYTES) != BYTES)
            stop(w->name);
        return;
    }
    if (send(w->plain, buffer, BYTES, 0) != BYTES)
        stop("send");
    while (got < BYTES) {
        int more = recv(w->plain, buffer + got, BYTES - got, 0);
        if (more <= 0)
            stop("recv");
        got += more;
    }
}

static double round_trip_us(const way *w)
{
    static double times[TRIPS];
    for (int i = 0; i < TRIPS; i++) {
        double start = now_us();
        ask(w);
        times[i] = now_us() - start;
    }
    return median(times, TRIPS);
}

static void open_way(way *w, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((u_short)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (w->name != NULL) {
        if (!SocketConnect(w->name, port, "127.0.0.1", 10000) || !SocketChangeTransmissionMode(w->name, w->mode, NULL, 0))
            stop(w->name);
        return;
    }
    w->plain = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(w->plain, (struct sockaddr *)&address, sizeof address) != 0)
        stop("connect");
    no_delay(w->plain);
}

int main(int argc, char **argv)
{
    static way ways[WAYS] = {
        { .what = "plain Winsock" },
        { .what = "wdsocket, no-tag mode", .name = "no-tag", .mode = SocketNoEndTag },
        { .what = "wdsocket, size mode", .name = "size", .mode = SocketSize },
    };
    WSADATA about;
    int port;
    if (WSAStartup(MAKEWORD(2, 2), &about) != 0)
        stop("WSAStartup");
    if (argc > 1 && strcmp(argv[1], "answer") == 0)
        return answer();
    port = start_answering();
    for (int i = 0; i < WAYS; i++) {
        open_way(&ways[i], port);
        round_trip_us(&ways[i]);
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < WAYS; i++) {
            ways[i].times[round] = round_trip_us(&ways[i]);
            ways[i].ratios[round] = ways[i].times[round] / ways[0].times[round];
        }
    for (int i = 0; i < WAYS; i++)
        printf("64 B echo, %-24s median %7.2f us   %.2f times plain\n", ways[i].what, median(ways[i].times, ROUNDS),
               median(ways[i].ratios, ROUNDS));
    SocketCloseAll();
    return 0;
}

/* What the test programs use of POSIX, in Winsock's words: these headers stand before the
 * compiler's own when the programs are built for Windows. */
#ifndef POSIX_H
#define POSIX_H

/* What check.h has read before has named an earlier Windows 10. */
#undef NTDDI_VERSION
#define NTDDI_VERSION 0x0A000003
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#define SIZE WINDOWS_SIZE /* the programs use the word for themselves */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <mstcpip.h>
#undef SIZE

#include <errno.h>
#include <io.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The codes that SocketErrorSystem tells. */
#undef ECONNREFUSED
#undef ENETUNREACH
#undef EHOSTUNREACH
#undef EADDRINUSE
#define ECONNREFUSED WSAECONNREFUSED
#define ENETUNREACH WSAENETUNREACH
#define EHOSTUNREACH WSAEHOSTUNREACH
#define EADDRINUSE WSAEADDRINUSE

#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE 3
#endif

#define SO_REUSEPORT SO_REUSEADDR /* what lets several programs have a port */
#define SOCK_CLOEXEC 0
#define SOCK_NONBLOCK 0x40000000
#define MSG_NOSIGNAL 0
#define MSG_DONTWAIT 0
#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH

/* --- a time limit for the program --- */

#define SIGALRM 14
#define signal(number, handler) posix_on_alarm(number, handler)

static void (*posix_alarm_handler)(int);

static inline void posix_on_alarm(int number, void (*handler)(int))
{
    if (number == SIGALRM)
        posix_alarm_handler = handler;
}

static inline DWORD WINAPI posix_alarm_thread(void *seconds)
{
    Sleep(1000 * (DWORD)(uintptr_t)seconds);
    posix_alarm_handler(SIGALRM);
    return 0;
}

static inline unsigned alarm(unsigned seconds)
{
    WSADATA about;
    if (WSAStartup(MAKEWORD(2, 2), &about) != 0)
        abort();
    CloseHandle(CreateThread(NULL, 0, posix_alarm_thread, (void *)(uintptr_t)seconds, 0, NULL));
    return 0;
}

/* --- no write ends a program here --- */

#define SIGPIPE 13
#define SIGUSR1 10
struct sigaction {
    void (*sa_handler)(int);
};

static inline int posix_sigaction(int number, const struct sigaction *set, struct sigaction *was)
{
    (void)number, (void)set;
    if (was != NULL)
        was->sa_handler = SIG_DFL;
    return 0;
}
#define sigaction(number, set, was) posix_sigaction(number, set, was)

/* --- users, of whom a Windows program has one --- */

static inline int geteuid(void)
{
    return 1;
}

static inline int seteuid(int user)
{
    return user == 1 ? 0 : -1;
}

/* --- sockets whose descriptors are ints --- */

static inline int posix_errno(int result)
{
    if (result < 0) {
        int code = WSAGetLastError();
        errno = code == WSAEWOULDBLOCK ? EAGAIN : code == WSAECONNRESET ? ECONNRESET : code == WSAETIMEDOUT ? EAGAIN : EIO;
    }
    return result;
}

static inline int posix_set_nonblocking(int fd)
{
    u_long yes = 1;
    return posix_errno(ioctlsocket((SOCKET)fd, FIONBIO, &yes));
}

static inline int posix_socket(int family, int type, int protocol)
{
    int fd = (int)socket(family, type & ~SOCK_NONBLOCK, protocol);
    if (fd >= 0 && (type & SOCK_NONBLOCK) != 0)
        posix_set_nonblocking(fd);
    return posix_errno(fd);
}

static inline int posix_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return posix_errno(connect((SOCKET)fd, address, length));
}

static inline int posix_accept(int fd, struct sockaddr *address, socklen_t *length)
{
    return posix_errno((int)accept((SOCKET)fd, address, length));
}

static inline ssize_t posix_recv(int fd, void *buffer, size_t size, int flags)
{
    return posix_errno(recv((SOCKET)fd, buffer, (int)size, flags));
}

static inline ssize_t posix_send(int fd, const void *data, size_t size, int flags)
{
    return posix_errno(send((SOCKET)fd, data, (int)size, flags));
}

static inline int posix_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
        const struct timeval *time = value;
        DWORD milliseconds = (DWORD)(time->tv_sec * 1000 + time->tv_usec / 1000);
        return setsockopt((SOCKET)fd, level, option, (const char *)&milliseconds, sizeof milliseconds);
    }
    return setsockopt((SOCKET)fd, level, option, value, size);
}

static inline int posix_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    return getsockopt((SOCKET)fd, level, option, value, size);
}

static inline int posix_close(int fd)
{
    return closesocket((SOCKET)fd);
}

static inline int under_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

/* --- where a thread is -------------------------------------------------------------------------------------------- */

static inline int this_thread(void)
{
    return (int)GetCurrentThreadId();
}

/* Whether a thread stands in one of these calls of the system. */
static inline int posix_thread_is_in(int thread_id, const char *const calls[], size_t count)
{
    HANDLE thread = OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, FALSE, (DWORD)thread_id);
    HMODULE system = GetModuleHandleA("ntdll.dll");
    uintptr_t at = 0;
    CONTEXT context;
    size_t i;
    if (thread == NULL)
        return 0;
    context.ContextFlags = CONTEXT_CONTROL;
    if (SuspendThread(thread) != (DWORD)-1) {
        /* Nothing here but this call: the thread may hold any lock. */
        if (GetThreadContext(thread, &context)) {
#ifdef _WIN64
            at = (uintptr_t)context.Rip;
#else
            at = (uintptr_t)context.Eip;
#endif
        }
        ResumeThread(thread);
    }
    CloseHandle(thread);
    for (i = 0; i < count; i++) {
        uintptr_t call = (uintptr_t)GetProcAddress(system, calls[i]);
        if (call != 0 && at > call && at - call < 4 * sizeof(void *)) /* 16 or 32 bytes lead into the kernel */
            return 1;
    }
    return 0;
}

/* The calls that the library waits in for sockets. */
static inline int thread_is_in_a_network_wait(int thread_id)
{
    static const char *const calls[] = {"NtWaitForMultipleObjects", "NtRemoveIoCompletionEx"};
    return posix_thread_is_in(thread_id, calls, 2);
}

static inline int thread_sleeps(int thread_id)
{
    static const char *const calls[] = {
        "NtWaitForMultipleObjects", "NtWaitForSingleObject", "NtWaitForAlertByThreadId", "NtWaitForKeyedEvent",
        "NtRemoveIoCompletion",     "NtRemoveIoCompletionEx", "NtDelayExecution",
    };
    return posix_thread_is_in(thread_id, calls, sizeof calls / sizeof calls[0]);
}

/* --- what the other side has ------------------------------------------------------------------------------------- */

/* Whether every byte sent was acknowledged. Wine does not know, but it shows the files in which its Linux tells. */
static inline int peer_all_is_delivered(int fd)
{
    TCP_INFO_v0 info;
    DWORD version = 0, size;
    struct sockaddr_in here, there;
    int length = sizeof here, same = sizeof there, all = 0;
    char line[300], connection[40];
    FILE *table;
    if (WSAIoctl((SOCKET)fd, SIO_TCP_INFO, &version, sizeof version, &info, sizeof info, &size, NULL, NULL) == 0)
        return info.BytesInFlight == 0;
    if (getsockname((SOCKET)fd, (struct sockaddr *)&here, &length) != 0 ||
        getpeername((SOCKET)fd, (struct sockaddr *)&there, &same) != 0)
        return 1;
    if ((table = fopen("Z:/proc/net/tcp", "r")) == NULL)
        return 0;
    snprintf(connection, sizeof connection, " %08lX:%04X %08lX:%04X ", here.sin_addr.s_addr, ntohs(here.sin_port),
             there.sin_addr.s_addr, ntohs(there.sin_port));
    while (fgets(line, sizeof line, table) != NULL) {
        const char *found = strstr(line, connection);
        if (found != NULL) /* then the state, and the bytes that were not acknowledged */
            all = strtoul(found + strlen(connection) + 3, NULL, 16) == 0;
    }
    fclose(table);
    return all;
}

#define socket posix_socket
#define connect posix_connect
#define accept posix_accept
#define recv posix_recv
#define send posix_send
#define setsockopt posix_setsockopt
#define getsockopt posix_getsockopt
#define close posix_close
#define poll WSAPoll

#endif

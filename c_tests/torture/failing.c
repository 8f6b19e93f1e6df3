/* Preloaded: makes one call of the C library fail. FAIL_FUNCTION names the function, FAIL_AT says which of its calls,
 * counted from 1 (0: none), FAIL_ERRNO with which number. At the end of the process FAIL_COUNT, a file, gets how many calls of it
 * there were. "alloc" stands for the allocations of FAIL_LEAST to FAIL_MOST bytes.
 *
 * Nothing is counted before the program sets the variable `failing_armed`, which it finds by its name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

atomic_int failing_armed;
static atomic_int calls;
static const char *function = "";
static int at, number;
static size_t least = 0, most = SIZE_MAX;

__attribute__((constructor)) static void start(void)
{
    const char *text;
    if ((text = getenv("FAIL_FUNCTION")) != NULL)
        function = text;
    at = (text = getenv("FAIL_AT")) != NULL ? atoi(text) : 0;
    number = (text = getenv("FAIL_ERRNO")) != NULL ? atoi(text) : 0;
    if ((text = getenv("FAIL_LEAST")) != NULL)
        least = (size_t)atol(text);
    if ((text = getenv("FAIL_MOST")) != NULL)
        most = (size_t)atol(text);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAIL_COUNT");
    char text[16];
    int file, length = snprintf(text, sizeof text, "%d\n", atomic_load(&calls));
    atomic_store(&failing_armed, 0);
    if (path != NULL && (file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) >= 0) {
        if (write(file, text, (size_t)length) != length)
            _exit(99);
        close(file);
    }
}

/* Whether this call of the function is the one that fails. */
static int fails(const char *name)
{
    if (!atomic_load(&failing_armed) || strcmp(name, function) != 0)
        return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != at)
        return 0;
    errno = number;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define FAILING(result, name, parameters, arguments)   \
    result name parameters                             \
    {                                                  \
        static __typeof__(&name) real;                 \
        if (real == NULL)                              \
            real = REAL(name);                         \
        return fails(#name) ? (result)-1 : real arguments; \
    }

FAILING(int, socket, (int d, int t, int p), (d, t, p))
FAILING(int, bind, (int f, const struct sockaddr *a, socklen_t l), (f, a, l))
FAILING(int, listen, (int f, int n), (f, n))
FAILING(int, connect, (int f, const struct sockaddr *a, socklen_t l), (f, a, l))
FAILING(int, accept4, (int f, struct sockaddr *a, socklen_t *l, int g), (f, a, l, g))
FAILING(ssize_t, recv, (int f, void *b, size_t n, int g), (f, b, n, g))
FAILING(ssize_t, recvmsg, (int f, struct msghdr *m, int g), (f, m, g))
FAILING(ssize_t, send, (int f, const void *b, size_t n, int g), (f, b, n, g))
FAILING(ssize_t, sendto, (int f, const void *b, size_t n, int g, const struct sockaddr *a, socklen_t l),
        (f, b, n, g, a, l))
FAILING(ssize_t, sendmsg, (int f, const struct msghdr *m, int g), (f, m, g))
FAILING(int, ppoll, (struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s), (p, n, t, s))
FAILING(int, epoll_create1, (int g), (g))
FAILING(int, epoll_ctl, (int e, int o, int f, struct epoll_event *v), (e, o, f, v))
FAILING(int, epoll_wait, (int e, struct epoll_event *v, int n, int t), (e, v, n, t))
FAILING(int, eventfd, (unsigned n, int g), (n, g))
FAILING(int, getsockopt, (int f, int l, int o, void *v, socklen_t *n), (f, l, o, v, n))
FAILING(int, setsockopt, (int f, int l, int o, const void *v, socklen_t n), (f, l, o, v, n))
FAILING(int, getsockname, (int f, struct sockaddr *a, socklen_t *l), (f, a, l))
FAILING(int, shutdown, (int f, int h), (f, h))

int fcntl64(int f, int command, ...)
{
    static int (*real)(int, int, ...);
    va_list list;
    void *argument;
    va_start(list, command);
    argument = va_arg(list, void *);
    va_end(list);
    if (real == NULL)
        real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl64");
    return fails("fcntl") ? -1 : real(f, command, argument);
}

int fcntl(int f, int command, ...)
{
    va_list list;
    void *argument;
    va_start(list, command);
    argument = va_arg(list, void *);
    va_end(list);
    return fcntl64(f, command, argument);
}

int ioctl(int f, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list list;
    void *argument;
    va_start(list, request);
    argument = va_arg(list, void *);
    va_end(list);
    if (real == NULL)
        real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return fails("ioctl") ? -1 : real(f, request, argument);
}

/* getaddrinfo has error numbers of its own, the negative ones of netdb.h. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    static __typeof__(&getaddrinfo) real;
    if (real == NULL)
        real = REAL(getaddrinfo);
    if (fails("getaddrinfo")) {
        int code = number;
        errno = ENOMEM;
        return code;
    }
    return real(node, service, hints, found);
}

static int allocation_fails(size_t size)
{
    return size >= least && size <= most && fails("alloc");
}

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size)
{
    return allocation_fails(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return allocation_fails(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return allocation_fails(size) ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (allocation_fails(size))
        return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

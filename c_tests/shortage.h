/* A system that is short of memory when a test says so: the C library's calls with the same name stand in front of it, and
 * fail as they are told. Include it before anything else, in one file of a program. */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Allocations of at least this many bytes fail. */
static atomic_size_t too_large = SIZE_MAX;
/* Of those of at least this many bytes, the one that this counts down to fails. */
static atomic_size_t counted_from = SIZE_MAX;
static atomic_int until_failure = INT_MAX;
/* So many receives, sends and accepts fail, after so many that do not. */
static atomic_int receives_to_fail, sends_to_fail, sends_to_pass, accepts_to_fail;
static atomic_int failure = ENOMEM;

/* The system does not know this option of IPv4. */
static atomic_int unknown_option = -1;

/* Whether this allocation is one that fails. */
static int finds_no_memory(size_t size)
{
    if (size >= atomic_load(&too_large))
        return 1;
    return size >= atomic_load(&counted_from) && atomic_fetch_sub(&until_failure, 1) == 1;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    if (!finds_no_memory(size))
        return __libc_malloc(size);
    errno = ENOMEM;
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    if (!finds_no_memory(count * size))
        return __libc_calloc(count, size);
    errno = ENOMEM;
    return NULL;
}

void *realloc(void *memory, size_t size)
{
    if (!finds_no_memory(size))
        return __libc_realloc(memory, size);
    errno = ENOMEM;
    return NULL;
}

/* Whether a call is one of those that fail. */
static int fails(atomic_int *count)
{
    if (atomic_load(count) <= 0 || atomic_fetch_sub(count, 1) <= 0)
        return 0;
    errno = atomic_load(&failure);
    return 1;
}

#define REAL(name) (__extension__(__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    return fails(&receives_to_fail) ? -1 : REAL(recv)(fd, buffer, size, flags);
}

static int sending_fails(void)
{
    return (atomic_load(&sends_to_pass) <= 0 || atomic_fetch_sub(&sends_to_pass, 1) <= 0) && fails(&sends_to_fail);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    return sending_fails() ? -1 : REAL(send)(fd, bytes, size, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return sending_fails() ? -1 : REAL(sendmsg)(fd, message, flags);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
    return fails(&accepts_to_fail) ? -1 : REAL(accept4)(fd, address, length, flags);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    if (level == 0 && option == atomic_load(&unknown_option)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return REAL(setsockopt)(fd, level, option, value, size);
}

#endif

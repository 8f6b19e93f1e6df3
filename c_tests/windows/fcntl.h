#include_next <fcntl.h>
#include "posix.h"
#ifndef POSIX_FCNTL_H
#define POSIX_FCNTL_H

#include <stdarg.h>

#define F_GETFD 1
#define F_SETFL 4
#define FD_CLOEXEC 1
#define O_NONBLOCK 1

/* Knows only how to make a socket non-blocking, and whether programs started inherit it. */
static inline int fcntl(int fd, int command, ...)
{
    int flags;
    DWORD information;
    va_list rest;
    if (command == F_GETFD)
        return !GetHandleInformation((HANDLE)(intptr_t)fd, &information)     ? -1
               : (information & HANDLE_FLAG_INHERIT) != 0 ? 0
                                                          : FD_CLOEXEC;
    va_start(rest, command);
    flags = va_arg(rest, int);
    va_end(rest);
    return command == F_SETFL && flags == O_NONBLOCK ? posix_set_nonblocking(fd) : -1;
}

#endif

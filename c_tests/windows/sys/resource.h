/* Windows sets no limit to a program's sockets. */
#ifndef POSIX_RESOURCE_H
#define POSIX_RESOURCE_H

#define RLIMIT_NOFILE 7
struct rlimit {
    unsigned long rlim_cur, rlim_max;
};

static inline int getrlimit(int what, struct rlimit *limit)
{
    (void)what;
    limit->rlim_cur = limit->rlim_max = 65536;
    return 0;
}

static inline int setrlimit(int what, const struct rlimit *limit)
{
    (void)what, (void)limit;
    return 0;
}

#endif

/* A network of the program's own that is nothing but loopback: what it does there takes no port of the machine. */
#ifndef OWN_LOOPBACK_H
#define OWN_LOOPBACK_H

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Goes there, and into the other namespaces of `more`. 0: this machine does not let it. */
static inline int enter_a_loopback_of_our_own(int more)
{
    struct ifreq lo;
    int fd, up;
    /* Who is not root may be so in a user namespace. */
    if (unshare(CLONE_NEWNET | more) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET | more) != 0)
        return 0;
    memset(&lo, 0, sizeof lo);
    strcpy(lo.ifr_name, "lo");
    lo.ifr_flags = IFF_UP | IFF_RUNNING;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    if (fd >= 0)
        close(fd);
    return up;
}

#endif

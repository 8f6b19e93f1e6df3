/* A network of the test's own, with loopback and its own files for the resolver. It takes privileges: without them a
 * program says that it was skipped. */
#ifndef OWN_NETWORK_H
#define OWN_NETWORK_H

#include "check.h"
#include "own_loopback.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

static inline int replace_file(const char *path, const char *text)
{
    char fresh[] = "/tmp/wdsocket-test-XXXXXX";
    int fd = mkstemp(fresh), done;
    if (fd < 0)
        return 0;
    done = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, 0644) == 0 &&
           mount(fresh, path, NULL, MS_BIND, NULL) == 0;
    close(fd);
    unlink(fresh);
    return done;
}

/* Writes a file anew that was replaced. */
static inline int rewrite_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC), done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return done;
}

static inline int enter_a_network_of_our_own(const char *name_servers, const char *hosts)
{
    return enter_a_loopback_of_our_own(CLONE_NEWNS) && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           replace_file("/etc/resolv.conf", name_servers) && replace_file("/etc/hosts", hosts);
}

/* Runs the commands that make such a network what a test needs, up to a NULL; 1 when each has done so. */
static inline int run_all(const char *const *commands)
{
    for (; *commands != NULL; commands++)
        if (system(*commands) != 0)
            return 0;
    return 1;
}

#endif

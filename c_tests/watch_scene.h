/* Watches over both families, and what every test of them does. */
#ifndef WATCH_SCENE_H
#define WATCH_SCENE_H

#include "scene.h"

static inline intptr_t S_Watch(sock *h, const char *name)
{
    s_name(h, name);
#ifdef BY_ID
    return s_made(h, SocketWatchId());
#else
    return SocketWatch(name);
#endif
}

#define S_WatchAdd(w, h) S_CALL(SocketWatchAdd)(S_KEY(w), S_KEY(h))
#define S_WatchRemove(w, h) S_CALL(SocketWatchRemove)(S_KEY(w), S_KEY(h))
#define S_WatchWait(w, timeout, ids, capacity) S_CALL(SocketWatchWait)(S_KEY(w), timeout, ids, capacity)

/* The id that a watch tells for a socket. */
static inline int32_t s_id(const sock *h)
{
#ifdef BY_ID
    return h->id;
#else
    return (int32_t)SocketId(h->name);
#endif
}

/* Holds when the watch tells this socket, and no other, within ten seconds. */
#define CHECK_READY(w, h) check_ready(__FILE__, __LINE__, w, h, 10000)
/* Holds when the watch tells it at once. */
#define CHECK_READY_NOW(w, h) check_ready(__FILE__, __LINE__, w, h, 0)
/* Holds when the watch tells nothing for a while, without an error. */
#define CHECK_QUIET(w) check_quiet(__FILE__, __LINE__, w)

static inline void check_ready(const char *file, int line, const sock *w, const sock *h, int32_t timeout)
{
    int32_t ids[8] = {0};
    char what[100];
    intptr_t count = S_WatchWait(w, timeout, ids, 8);
    if (count == 1 && ids[0] == s_id(h) && SocketErrorCode() == 0)
        return;
    snprintf(what, sizeof what, "the watch told %ld sockets, the first %d, expected one, %d", (long)count, (int)ids[0],
             (int)s_id(h));
    check_fault_with_error(file, line, what);
}

static inline void check_quiet(const char *file, int line, const sock *w)
{
    int32_t ids[8] = {0};
    char what[100];
    intptr_t count = S_WatchWait(w, 30, ids, 8);
    if (count == 0 && SocketErrorCode() == 0)
        return;
    snprintf(what, sizeof what, "the watch told %ld sockets, the first %d, expected none", (long)count, (int)ids[0]);
    check_fault_with_error(file, line, what);
}

/* A watch with one channel in it, and the plain socket at the channel's other end. */
static inline int s_watched_channel(sock *w, sock *channel, int *fd)
{
    if (!s_channel_and_peer(channel, fd))
        return 0;
    if (S_Watch(w, "watch") != 1 || S_WatchAdd(w, channel) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a channel in a watch");
        return 0;
    }
    return 1;
}

/* The processor time that this thread has used, in milliseconds. */
static inline int64_t thread_cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif

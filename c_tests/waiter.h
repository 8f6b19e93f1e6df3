/* Calls that wait in threads of their own, until something ends them. */
#ifndef WAITER_H
#define WAITER_H

#include "family.h"

/* A call that waits on a socket, and how it ended. */
typedef struct waiter {
    const sock *socket;
    atomic_int thread;
    intptr_t result;
    intptr_t code;
    char text[64];
    char said[400];
    int64_t ended;
} waiter;

static inline void note_end(waiter *w, intptr_t result)
{
    w->result = result;
    w->code = SocketErrorCode();
    SocketErrorInfo(w->said, sizeof w->said);
    w->ended = now_ms();
}

static inline void *wait_in_read(void *argument)
{
    waiter *w = argument;
    atomic_store(&w->thread, this_thread());
    note_end(w, S_Read(w->socket, 1, 0, w->text, sizeof w->text));
    return NULL;
}

static inline void *wait_for_connection(void *argument)
{
    waiter *w = argument;
    atomic_store(&w->thread, this_thread());
    note_end(w, S_WaitForConnection(w->socket, WDSOCKET_INFINITE));
    return NULL;
}

static inline void *wait_in_write(void *argument)
{
    enum { SIZE = 64 * 1024 * 1024 };
    waiter *w = argument;
    char *large = calloc(1, SIZE);
    CHECK(large != NULL);
    atomic_store(&w->thread, this_thread());
    note_end(w, S_Write(w->socket, large, SIZE));
    free(large);
    return NULL;
}

/* Starts one, and is back when it waits. */
static inline void begin_wait(waiter *w, pthread_t *thread, const sock *h, void *(*body)(void *))
{
    memset(w, 0, sizeof *w);
    w->socket = h;
    *thread = thread_start(body, w);
    wait_until_thread_waits(&w->thread);
}

#endif

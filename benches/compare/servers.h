/* Echo servers for many connections at once, each a way to build one. */
#ifndef SERVERS_H
#define SERVERS_H

#include "compare.h"

/* What every message carries. */
enum { MESSAGE = 64 };

typedef struct crowd_server {
    const char *name;
    void (*serve)(const void *, int tell);
    int for_wakes, for_busy; /* which measurements it takes part in */
    /* What a client says first, and before each message; it gets the same back. */
    const char *hello;
    size_t hello_size;
    const char *header;
    size_t header_size;
} crowd_server;

extern const crowd_server servers[];

#endif

/* How many bytes this process has from its heaps. Include it after check.h. */
#ifndef MEMORY_USE_H
#define MEMORY_USE_H

#ifdef _WIN32

/* Before the first measurement. */
static inline void memory_start(void)
{
}

static inline int64_t bytes_in_use(void)
{
    HANDLE heaps[100];
    DWORD count = GetProcessHeaps(100, heaps), i;
    int64_t all = 0;
    for (i = 0; i < count && i < 100; i++) {
        PROCESS_HEAP_ENTRY entry;
        entry.lpData = NULL;
        HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry))
            if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0)
                all += entry.cbData;
        HeapUnlock(heaps[i]);
    }
    return all;
}

#else
#include <malloc.h>

/* Before the first measurement: mallinfo2 tells of one arena, so all threads shall use it. */
static inline void memory_start(void)
{
    mallopt(M_ARENA_MAX, 1);
}

static inline int64_t bytes_in_use(void)
{
    struct mallinfo2 now = mallinfo2();
    return (int64_t)(now.uordblks + now.hblkhd);
}

#endif
#endif

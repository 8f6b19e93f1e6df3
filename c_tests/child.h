/* A process of its own that can be killed: this very program, started again with other words. */
#ifndef CHILD_H
#define CHILD_H

#include "check.h"

#ifdef _WIN32

typedef HANDLE child;

/* 1 when it runs. The words, up to a NULL, may hold no quotation marks. */
static inline int child_start(child *started, const char *const *words)
{
    STARTUPINFOA how = {.cb = sizeof how};
    PROCESS_INFORMATION made;
    char program[MAX_PATH], line[2000];
    size_t used;
    if (GetModuleFileNameA(NULL, program, sizeof program) == 0)
        return 0;
    used = (size_t)snprintf(line, sizeof line, "\"%s\"", program);
    for (; *words != NULL && used < sizeof line; words++)
        used += (size_t)snprintf(line + used, sizeof line - used, " \"%s\"", *words);
    if (!CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, &made))
        return 0;
    CloseHandle(made.hThread);
    *started = made.hProcess;
    return 1;
}

/* Ends it from outside: nothing of it runs any more, nothing is closed in order. */
static inline void child_kill(child killed)
{
    TerminateProcess(killed, 9);
}

/* Waits for its end; what it returned from main, or -1. */
static inline int child_end(child ended)
{
    DWORD status = 0;
    int known = WaitForSingleObject(ended, 60000) == WAIT_OBJECT_0 && GetExitCodeProcess(ended, &status);
    CloseHandle(ended);
    return known ? (int)status : -1;
}

#else

#include <spawn.h>
#include <sys/wait.h>

typedef pid_t child;

extern char **environ;

/* 1 when it runs. The words end with a NULL. */
static inline int child_start(child *started, const char *const *words)
{
    char *all[16] = {(char *)"this program again"};
    int i;
    for (i = 0; i < 14 && words[i] != NULL; i++)
        all[i + 1] = (char *)words[i];
    return posix_spawn(started, "/proc/self/exe", NULL, NULL, all, environ) == 0;
}

/* Ends it from outside: nothing of it runs any more, nothing is closed in order. */
static inline void child_kill(child killed)
{
    kill(killed, SIGKILL);
}

/* Waits for its end; what it returned from main, or -1. */
static inline int child_end(child ended)
{
    int status;
    return waitpid(ended, &status, 0) == ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif

#endif

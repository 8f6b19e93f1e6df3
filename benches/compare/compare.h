/* What every measurement of the comparison does: loads candidates, starts their servers, lets them take turns, and prints
 * a line for each: work, candidate, unit, median, 99th percentile, speed relative to the first candidate. */
#ifndef COMPARE_H
#define COMPARE_H

#include "transport.h"

#include <dlfcn.h>
#include <sys/resource.h>

enum { MOST_CANDIDATES = 16 };

/* The times of one candidate, in nanoseconds for one operation. */
typedef struct series {
    double *samples, *turns;
    int samples_count, turns_count;
} series;

typedef struct candidate {
    const transport *transport;
    peer server;
    void *connection;
    series times;
} candidate;

/* Loads the candidates of the shared objects named, of one named "file:N" only the first N, and returns how many there
 * are. */
static inline int load_candidates(candidate *into, char **files)
{
    int count = 0;
    for (; *files != NULL; files++) {
        char path[512];
        snprintf(path, sizeof path, "%s", *files);
        char *colon = strrchr(path, ':');
        int most = colon == NULL ? MOST_CANDIDATES : atoi(colon + 1);
        if (colon != NULL)
            *colon = '\0';
        void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        const transport *each = object == NULL ? NULL : dlsym(object, "candidates");
        if (each == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            exit(1);
        }
        for (int i = 0; i < most && each[i].name != NULL && count < MOST_CANDIDATES; i++)
            into[count++].transport = &each[i];
    }
    return count;
}

/* A number from the environment, where compare.sh puts how long to measure. */
static inline int setting(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : atoi(text);
}

static inline int rounds(void)
{
    return setting("WDSOCKET_BENCH_ROUNDS", 5);
}

/* How many turns each candidate has in a round. */
static inline int turns(void)
{
    return setting("WDSOCKET_BENCH_TURNS", 10);
}

static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Runs `serve` in a process of its own on the last processor, and waits for the port it tells. */
static inline peer start_server(void (*serve)(const void *what, int tell), const void *what)
{
    int ends[2];
    peer result;
    if (pipe(ends) != 0 || (result.process = fork()) < 0)
        stop("fork");
    if (result.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        pin(1);
        close(ends[0]);
        serve(what, ends[1]);
        exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &result.port, sizeof result.port) != sizeof result.port)
        stop("the server's port");
    close(ends[0]);
    return result;
}

static inline void tell_port(int tell, int port)
{
    if (write(tell, &port, sizeof port) != sizeof port)
        stop("pipe");
    close(tell);
}

/* Adds the samples of one turn. */
static inline void add_turn(series *times, const double *samples, int count)
{
    times->samples = realloc(times->samples, (size_t)(times->samples_count + count) * sizeof *samples);
    times->turns = realloc(times->turns, (size_t)(times->turns_count + 1) * sizeof *samples);
    double *copy = times->samples + times->samples_count;
    memcpy(copy, samples, (size_t)count * sizeof *samples);
    times->turns[times->turns_count++] = median(copy, count);
    times->samples_count += count;
}

/* How a time is told: as it is, or as so much in a second. */
typedef struct unit {
    const char *name;
    double nanoseconds; /* 0: a rate */
    double amount; /* a rate: how much of the unit one operation is */
} unit;

static inline double in_unit(const unit *u, double nanoseconds)
{
    return u->nanoseconds > 0 ? nanoseconds / u->nanoseconds : u->amount * 1e9 / nanoseconds;
}

/* Prints the line of each series. The speed is the median of the comparisons of a turn with the first candidate's turn
 * just before it; above 1 is faster. */
static inline void print_series(const char *work, const unit *u, const char *name, series *times, const series *first)
{
    double *speeds = malloc((size_t)times->turns_count * sizeof *speeds);
    for (int i = 0; i < times->turns_count; i++)
        speeds[i] = first->turns[i] / times->turns[i];
    double middle = median(times->samples, times->samples_count);
    double slow = times->samples[(int)(times->samples_count * 0.99)];
    printf("%s\t%s\t%s\t%.6g\t%.6g\t%.4f\n", work, name, u->name, in_unit(u, middle), in_unit(u, slow),
           median(speeds, times->turns_count));
    fflush(stdout);
    free(speeds);
}

/* Lets `turn` measure each candidate in turn; the first round of turns warms up. */
static inline void take_turns(candidate *all, int count, int samples, void (*turn)(candidate *, double *samples))
{
    double *here = malloc((size_t)samples * sizeof *here);
    for (int i = 0; i < count; i++)
        turn(&all[i], here);
    for (int left = rounds() * turns(); left > 0; left--) {
        for (int i = 0; i < count; i++) {
            turn(&all[i], here);
            add_turn(&all[i].times, here, samples);
        }
    }
    free(here);
}

static inline void print_candidates(const char *work, const unit *u, candidate *all, int count)
{
    for (int i = 0; i < count; i++)
        print_series(work, u, all[i].transport->name, &all[i].times, &all[0].times);
}

#endif

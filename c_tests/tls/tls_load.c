/* The library is loaded, used for TLS and let go of, a hundred times. Arguments: the library, a certificate, its root. */
#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>

typedef intptr_t (*make_server)(const char *, int32_t, const char *, int32_t, const char *, const char *);
typedef intptr_t (*connect_to)(const char *, int32_t, const char *, int32_t, int32_t, const char *);
typedef intptr_t (*wait_for)(const char *, int32_t);
typedef intptr_t (*accept_into)(const char *, char *, int32_t);
typedef intptr_t (*read_from)(const char *, int32_t, int32_t, void *, int32_t);
typedef intptr_t (*write_to)(const char *, const void *, int32_t);
typedef intptr_t (*tell)(const char *, int32_t, char *, int32_t);
typedef intptr_t (*set_text)(const char *, int32_t, const char *);
typedef intptr_t (*close_all)(void);

static void *library;
static const char *certificate, *root;

static void *function(const char *name)
{
    void *found = dlsym(library, name);
    if (found == NULL)
        check_fault(__FILE__, __LINE__, name);
    return found;
}

#define FUNCTION(type, name) (*(type *)&(void *){function(name)})

/* How many descriptors or threads this program has. */
static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    while (open != NULL && readdir(open) != NULL)
        count++;
    if (open != NULL)
        closedir(open);
    return count;
}

static int32_t listening_port;

static void *connect_once(void *unused)
{
    (void)unused;
    CHECK(FUNCTION(connect_to, "SocketConnectSSL")("client", listening_port, "localhost", 0, 10000, NULL) == 1);
    CHECK(FUNCTION(write_to, "SocketWrite")("client", "hello", -1) == 1);
    return NULL;
}

static void talk(void)
{
    char channel[32] = "", text[64] = "";
    pthread_t client;
    CHECK(FUNCTION(set_text, "SocketSetText")(NULL, SSLCaFile, root) == 1);
    CHECK(FUNCTION(make_server, "SocketCreateSSL")("server", 0, certificate, 0, "127.0.0.1", NULL) == 1);
    CHECK(FUNCTION(tell, "SocketLocalInfo")("server", SocketPort, text, sizeof text) > 0);
    listening_port = atoi(text);
    pthread_create(&client, NULL, connect_once, NULL);
    CHECK(FUNCTION(wait_for, "SocketWaitForConnection")("server", 10000) == 1);
    CHECK(FUNCTION(accept_into, "SocketAccept")("server", channel, sizeof channel) > 0);
    CHECK(FUNCTION(read_from, "SocketRead")(channel, 0, 10000, text, sizeof text) == 5);
    pthread_join(client, NULL);
    CHECK(FUNCTION(close_all, "SocketCloseAll")() == 3);
}

int main(int argc, char **argv)
{
    enum { ROUNDS = 850, SETTLED = 600 }; /* OpenSSL fills its tables until then */
    int round, files = 0;
    size_t bytes = 0, at_end;
    check_start(120);
    mallopt(M_ARENA_MAX, 1); /* mallinfo2 tells of one arena */
    if (argc < 4)
        return 1;
    certificate = argv[2];
    root = argv[3];
    check_promise = "tls_works_each_time_the_library_is_loaded";
    for (round = 0; round < ROUNDS && atomic_load(&check_faults) == 0; round++) {
        library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        CHECK(library != NULL);
        if (library == NULL)
            break;
        talk();
        CHECK(dlclose(library) == 0);
        if (round == 0)
            files = entries("/proc/self/fd");
        if (round == SETTLED)
            bytes = mallinfo2().uordblks;
    }
    at_end = mallinfo2().uordblks; /* before printf has a buffer */
    /* Nothing is left of each round: no descriptor, no thread, no memory. */
    CHECK(entries("/proc/self/fd") == files);
    CHECK(entries("/proc/self/task") == 1 + 2); /* this one; "." and ".." */
    CHECK(at_end < bytes + 8000);
    printf("# %zu bytes in use after %d rounds, %zu after %d\n", bytes, SETTLED, at_end, ROUNDS);
    if (atomic_load(&check_faults) == 0)
        printf("ok - %s\n", check_promise);
    else
        printf("not ok - %s: %s\n", check_promise, check_reason);
    return atomic_load(&check_faults) == 0 ? 0 : 1;
}

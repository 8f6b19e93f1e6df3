/* Calls every function the way WINDEV's API() does: by its name, with parameters of the platform's
 * width, the library loaded and freed around each call. Built for Windows alone; EXPORTS names a
 * file with a line EXPORT(name, parameters) for each function, "p" a pointer and "i" an integer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "wdsocket.h"

typedef struct result {
    intptr_t value;
    int found;
    int stack; /* bytes between the stack pointer before the call and after it */
} result;

enum { MOST = 8 };

#ifdef _WIN64

/* An integer parameter fills half of its place: the other half holds whatever was there. */
#define INTEGER(value) ((intptr_t)(0x5A5A5A5A00000000 | (uint32_t)(value)))

static result call(FARPROC function, const intptr_t *parameters, int count)
{
    typedef intptr_t (*any)(intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t);
    result r = {0, 1, 0};
    (void)count;
    r.value = ((any)(void *)function)(parameters[0], parameters[1], parameters[2], parameters[3], parameters[4],
                                      parameters[5], parameters[6], parameters[7]);
    return r;
}

#else

#define INTEGER(value) ((intptr_t)(value))

/* Pushes the parameters, the last one first, four bytes each; stdcall takes them off again. */
static result call(FARPROC function, const intptr_t *parameters, int count)
{
    result r = {0, 1, 0};
    __asm__ volatile("movl %%esp, %%esi\n\t"
                     "1: testl %%ecx, %%ecx\n\t"
                     "jz 2f\n\t"
                     "pushl -4(%%edi,%%ecx,4)\n\t"
                     "decl %%ecx\n\t"
                     "jmp 1b\n"
                     "2: call *%%ebx\n\t"
                     "movl %%esi, %%edx\n\t"
                     "subl %%esp, %%edx\n\t"
                     "movl %%esi, %%esp"
                     : "=a"(r.value), "=d"(r.stack), "+c"(count)
                     : "D"(parameters), "b"(function)
                     : "esi", "memory", "cc");
    return r;
}

#endif

#define POINTER(value) ((intptr_t)(value))

/* What API() does. */
static result api_with(const char *name, const intptr_t *parameters, int count)
{
    intptr_t places[MOST] = {0};
    result r = {0, 0, 0};
    HMODULE library = LoadLibraryA("wdsocket.dll");
    FARPROC function = library == NULL ? NULL : GetProcAddress(library, name);
    memcpy(places, parameters, (size_t)count * sizeof *places);
    if (function != NULL)
        r = call(function, places, count);
    if (library != NULL)
        FreeLibrary(library);
    return r;
}

#define API(name, ...)                                                                      \
    (api_with(name, (const intptr_t[]){__VA_ARGS__},                                        \
              (int)(sizeof((const intptr_t[]){__VA_ARGS__}) / sizeof(intptr_t)))            \
         .value)

static intptr_t last_error(void)
{
    return api_with("SocketErrorCode", NULL, 0).value;
}

static const char *promise;
static volatile LONG faults;
static int broken;

static void check(int holds, const char *what, int line)
{
    if (!holds && InterlockedIncrement(&faults) == 1)
        printf("not ok - %s: line %d: %s (last error %ld)\n", promise, line, what, (long)last_error());
}

#define CHECK(condition) check(condition, #condition, __LINE__)

static void run(const char *name, void (*body)(void))
{
    promise = name;
    faults = 0;
    body();
    api_with("SocketCloseAll", NULL, 0);
    if (faults == 0)
        printf("ok - %s\n", name);
    else
        broken++;
    fflush(stdout);
}

#define RUN(body) run(#body, body)

static const struct { const char *name, *parameters; } exports[] = {
#define EXPORT(name, parameters) {#name, parameters},
#include EXPORTS
};
enum { EXPORT_COUNT = sizeof exports / sizeof *exports };

static void every_function_takes_its_parameters_off_the_stack_and_nothing_else(void)
{
    int i;
    CHECK(EXPORT_COUNT >= 100);
    for (i = 0; i < EXPORT_COUNT; i++) {
        intptr_t parameters[MOST];
        int count = (int)strlen(exports[i].parameters), k;
        result r;
        for (k = 0; k < count; k++)
            parameters[k] = exports[i].parameters[k] == 'p' ? POINTER(NULL) : INTEGER(0);
        r = api_with(exports[i].name, parameters, count);
        if (!r.found || r.stack != 0 || r.value != (int32_t)r.value) {
            char what[200];
            snprintf(what, sizeof what, "%s: found %d, stack off by %d, result %lld", exports[i].name, r.found, r.stack,
                     (long long)r.value);
            check(0, what, __LINE__);
        }
    }
}

static void names_are_undecorated(void)
{
    HMODULE library = LoadLibraryA("wdsocket.dll");
    CHECK(library != NULL);
    CHECK(GetProcAddress(library, "SocketRead") != NULL);
    CHECK(GetProcAddress(library, "SocketRead@20") == NULL);
    CHECK(GetProcAddress(library, "_SocketRead@20") == NULL);
    FreeLibrary(library);
}

static int port_of(const char *name)
{
    char text[16] = "";
    CHECK(API("SocketLocalInfo", POINTER(name), INTEGER(SocketPort), POINTER(text), INTEGER(sizeof text)) > 0);
    return atoi(text);
}

/* A server, a client of it and the server's channel. */
static void connect_pair(const char *server, const char *client, char channel[32])
{
    CHECK(API("SocketCreate", POINTER(server), INTEGER(0), POINTER("127.0.0.1")) == 1);
    CHECK(API("SocketConnect", POINTER(client), INTEGER(port_of(server)), POINTER("127.0.0.1"), INTEGER(10000)) == 1);
    CHECK(API("SocketWaitForConnection", POINTER(server), INTEGER(10000)) == 1);
    CHECK(API("SocketAccept", POINTER(server), POINTER(channel), INTEGER(32)) == 17);
}

static void a_negative_result_fills_the_whole_integer(void)
{
    char channel[32], buffer[10];
    connect_pair("server", "client", channel);
    CHECK(API("SocketRead", POINTER("client"), INTEGER(0), INTEGER(50), POINTER(buffer), INTEGER(10)) == -4);
    CHECK(last_error() == WDSOCKET_ERR_TIMEOUT);
    CHECK(API("SocketId", POINTER("nobody")) == -2);
    CHECK(API("SocketReadId", INTEGER(-7), INTEGER(0), INTEGER(50), POINTER(buffer), INTEGER(10)) == -2);
}

static void sockets_outlive_the_freeing_of_the_library(void)
{
    char channel[32], buffer[32] = "";
    int round;
    connect_pair("server", "client", channel);
    for (round = 0; round < 50; round++) {
        CHECK(API("SocketWrite", POINTER("client"), POINTER("question"), INTEGER(-1)) == 1);
        CHECK(API("SocketRead", POINTER(channel), INTEGER(1), INTEGER(0), POINTER(buffer), INTEGER(32)) == 8);
        CHECK(memcmp(buffer, "question", 8) == 0);
    }
    CHECK(API("SocketExist", POINTER("client")) == 1);
    CHECK(API("SocketClose", POINTER("client")) == 1);
    CHECK(API("SocketRead", POINTER(channel), INTEGER(1), INTEGER(0), POINTER(buffer), INTEGER(32)) == -5);
}

enum { THREADS = 6, ROUNDS = 40 };

static DWORD WINAPI talk(void *number)
{
    char server[32], client[32], channel[32], text[64], buffer[64];
    int round;
    snprintf(server, sizeof server, "server %d", (int)(intptr_t)number);
    snprintf(client, sizeof client, "client %d", (int)(intptr_t)number);
    connect_pair(server, client, channel);
    for (round = 0; round < ROUNDS; round++) {
        int size = snprintf(text, sizeof text, "thread %d round %d", (int)(intptr_t)number, round);
        CHECK(API("SocketWrite", POINTER(client), POINTER(text), INTEGER(size)) == 1);
        CHECK(API("SocketRead", POINTER(channel), INTEGER(0), INTEGER(10000), POINTER(buffer), INTEGER(64)) == size);
        CHECK(memcmp(buffer, text, (size_t)size) == 0);
    }
    CHECK(API("SocketConnect", POINTER(client), INTEGER(1), POINTER(NULL), INTEGER(0)) == 0);
    CHECK(last_error() == WDSOCKET_ERR_NAME_IN_USE);
    return 0;
}

static void threads_load_call_and_free_at_once(void)
{
    HANDLE threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, talk, (void *)(intptr_t)i, 0, NULL);
    CHECK(WaitForMultipleObjects(THREADS, threads, TRUE, 120000) == WAIT_OBJECT_0);
    for (i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
}

static void utf16_and_bytes_name_the_same_socket(void)
{
    uint16_t text[64], small[3] = {9, 9, 9};
    intptr_t length;
    CHECK(API("SocketCreateW", POINTER(L"caisse \u00e9t\u00e9 \U0001F4B6"), INTEGER(0), POINTER(L"127.0.0.1")) == 1);
    CHECK(API("SocketExist", POINTER("caisse \xc3\xa9t\xc3\xa9 \xf0\x9f\x92\xb6")) == 1);
    length = API("SocketNameW", INTEGER(API("SocketIdW", POINTER(L"caisse \u00e9t\u00e9 \U0001F4B6"))), POINTER(text),
                 INTEGER(64));
    CHECK(length == 13);
    CHECK(wcscmp(text, L"caisse \u00e9t\u00e9 \U0001F4B6") == 0);
    CHECK(API("SocketLocalInfoW", POINTER(L"caisse \u00e9t\u00e9 \U0001F4B6"), INTEGER(SocketAddress), POINTER(text),
              INTEGER(64)) == 9);
    CHECK(wcscmp(text, L"127.0.0.1") == 0);
    CHECK(API("SocketVersionW", POINTER(small), INTEGER(3)) == -WDSOCKET_ERR_BUFFER_TOO_SMALL);
    CHECK(small[0] == 0);
    CHECK(last_error() == WDSOCKET_ERR_BUFFER_TOO_SMALL);
    CHECK(API("SocketErrorInfoW", POINTER(text), INTEGER(2)) == -WDSOCKET_ERR_BUFFER_TOO_SMALL);
    CHECK(last_error() == WDSOCKET_ERR_BUFFER_TOO_SMALL);
    CHECK(API("SocketCloseW", POINTER(L"caisse \u00e9t\u00e9 \U0001F4B6")) == 1);
}

static void half_a_surrogate_pair_is_an_invalid_argument(void)
{
    static const uint16_t high[] = {'a', 0xD83D, 0}, low[] = {0xDCB6, 'a', 0};
    uint16_t text[300];
    CHECK(API("SocketCreateW", POINTER(high), INTEGER(0), POINTER(NULL)) == 0);
    CHECK(last_error() == WDSOCKET_ERR_INVALID_ARGUMENT);
    CHECK(API("SocketErrorInfoW", POINTER(text), INTEGER(300)) > 0);
    CHECK(wcsstr(text, L"surrogate") != NULL);
    CHECK(API("SocketPendingW", POINTER(low)) == -WDSOCKET_ERR_INVALID_ARGUMENT);
    CHECK(API("SocketConnectIdW", INTEGER(80), POINTER(low), INTEGER(100)) == -WDSOCKET_ERR_INVALID_ARGUMENT);
    CHECK(API("SocketCreateW", POINTER(L"server"), INTEGER(0), POINTER(high)) == 0);
    CHECK(last_error() == WDSOCKET_ERR_INVALID_ARGUMENT);
    CHECK(API("SocketExist", POINTER("server")) == 0);
}

static void a_buffer_too_small_for_a_utf16_name_takes_no_client(void)
{
    uint16_t channel[32];
    CHECK(API("SocketCreate", POINTER("server"), INTEGER(0), POINTER("127.0.0.1")) == 1);
    CHECK(API("SocketConnect", POINTER("client"), INTEGER(port_of("server")), POINTER("127.0.0.1"), INTEGER(10000)) == 1);
    CHECK(API("SocketWaitForConnectionW", POINTER(L"server"), INTEGER(10000)) == 1);
    CHECK(API("SocketAcceptW", POINTER(L"server"), POINTER(channel), INTEGER(17)) == -WDSOCKET_ERR_BUFFER_TOO_SMALL);
    CHECK(API("SocketAcceptW", POINTER(L"server"), POINTER(channel), INTEGER(18)) == 17);
    CHECK(API("SocketCloseW", POINTER(channel)) == 1);
}

static DWORD WINAPI end_after(void *seconds)
{
    Sleep(1000 * (DWORD)(intptr_t)seconds);
    printf("not ok - %s: the program's time is over\n", promise);
    fflush(stdout);
    ExitProcess(2);
}

int main(void)
{
    CloseHandle(CreateThread(NULL, 0, end_after, (void *)200, 0, NULL));
    RUN(names_are_undecorated);
    RUN(every_function_takes_its_parameters_off_the_stack_and_nothing_else);
    RUN(a_negative_result_fills_the_whole_integer);
    RUN(sockets_outlive_the_freeing_of_the_library);
    RUN(threads_load_call_and_free_at_once);
    RUN(utf16_and_bytes_name_the_same_socket);
    RUN(half_a_surrogate_pair_is_an_invalid_argument);
    RUN(a_buffer_too_small_for_a_utf16_name_takes_no_client);
    return broken != 0;
}

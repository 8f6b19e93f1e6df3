/* A panic inside one export, the one named in WDSOCKET_FAULT, becomes INTERNAL; everything else goes on.
 * Runs against a library built with its fault-injection feature. */
#include "check.h"

static _Alignas(8) char buffer[64];
static const char *fault;

/* The kinds of result: what an export says about a failure in its own result. */
enum { YES_NO, NUMBER };

typedef struct export {
    const char *name;
    int kind;
    intptr_t (*call)(void);
} export;

#define EXPORT(function, kind, ...)                      \
    static intptr_t call_##function(void)                \
    {                                                    \
        return function(__VA_ARGS__);                    \
    }
#define BOTH(function, kind, ...)                        \
    static intptr_t call_##function(void)                \
    {                                                    \
        return function("n", __VA_ARGS__);               \
    }                                                    \
    static intptr_t call_##function##Id(void)            \
    {                                                    \
        return function##Id(1, __VA_ARGS__);             \
    }
#define BOTH_ALONE(function, kind)                       \
    static intptr_t call_##function(void)                \
    {                                                    \
        return function("n");                            \
    }                                                    \
    static intptr_t call_##function##Id(void)            \
    {                                                    \
        return function##Id(1);                          \
    }
#include "faults.list"
#undef EXPORT
#undef BOTH
#undef BOTH_ALONE

#define EXPORT(function, kind, ...) {#function, kind, call_##function},
#define BOTH(function, kind, ...) {#function, kind, call_##function}, {#function "Id", kind, call_##function##Id},
#define BOTH_ALONE(function, kind) BOTH(function, kind, )
static const export exports[] = {
#include "faults.list"
};

enum { EXPORTS = sizeof exports / sizeof exports[0] };

static const export *faulty(void)
{
    int i;
    for (i = 0; i < EXPORTS; i++)
        if (strcmp(exports[i].name, fault) == 0)
            return &exports[i];
    return NULL;
}

static void a_panic_is_INTERNAL_and_the_process_lives(void)
{
    const export *e = faulty();
    char text[512];
    int i;
    REQUIRE(e != NULL);
    for (i = 0; i < 3; i++) {
        intptr_t result = e->call();
        CHECK_EQ(e->kind == YES_NO ? 0 : -WDSOCKET_ERR_INTERNAL, result);
        CHECK_EQ(WDSOCKET_ERR_INTERNAL, SocketErrorCode());
        CHECK(SocketErrorInfo(text, sizeof text) > 0);
        CHECK(strstr(text, fault) != NULL);
    }
}

/* Works in the family that has no fault in it. */
static void other_functions_and_sockets_go_on(void)
{
    char text[16], name[32];
    intptr_t listener, client, channel;
    if (strlen(fault) > 2 && strcmp(fault + strlen(fault) - 2, "Id") == 0) {
        REQUIRE(SocketCreate("listener", 0, "127.0.0.1") == 1);
        REQUIRE(SocketLocalInfo("listener", SocketPort, text, sizeof text) > 0);
        REQUIRE(SocketConnect("client", atoi(text), "127.0.0.1", 5000) == 1);
        REQUIRE(SocketWaitForConnection("listener", 5000) == 1);
        REQUIRE(SocketAccept("listener", name, sizeof name) == 17);
        REQUIRE(SocketWrite("client", "works", 5) == 1);
        REQUIRE(SocketRead(name, 0, 5000, text, sizeof text) == 5);
        CHECK(memcmp(text, "works", 5) == 0);
        CHECK_EQ(1, SocketClose("client"));
        CHECK_EQ(1, SocketClose("listener"));
        CHECK_EQ(1, SocketClose(name));
    } else {
        listener = SocketCreateId(0, "127.0.0.1");
        REQUIRE(listener > 0);
        REQUIRE(SocketLocalInfoId((int32_t)listener, SocketPort, text, sizeof text) > 0);
        client = SocketConnectId(atoi(text), "127.0.0.1", 5000);
        REQUIRE(client > 0);
        REQUIRE(SocketWaitForConnectionId((int32_t)listener, 5000) == 1);
        channel = SocketAcceptId((int32_t)listener);
        REQUIRE(channel > 0);
        REQUIRE(SocketWriteId((int32_t)client, "works", 5) == 1);
        REQUIRE(SocketReadId((int32_t)channel, 0, 5000, text, sizeof text) == 5);
        CHECK(memcmp(text, "works", 5) == 0);
        CHECK_EQ(1, SocketCloseId((int32_t)client));
        CHECK_EQ(1, SocketCloseId((int32_t)listener));
        CHECK_EQ(1, SocketCloseId((int32_t)channel));
    }
}

int main(int argc, char **argv)
{
    int i;
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (i = 0; i < EXPORTS; i++)
            printf("%s\n", exports[i].name);
        return 0;
    }
    fault = getenv("WDSOCKET_FAULT");
    check_start(30);
    if (fault == NULL)
        fault = "";
    RUN(a_panic_is_INTERNAL_and_the_process_lives);
    RUN(other_functions_and_sockets_go_on);
    return check_end();
}

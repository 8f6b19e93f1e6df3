/* For hosts whose calls move between threads: the sentence of a code, and errno, which stays the host's. */
#include "check.h"

enum { YES_NO, NUMBER, THE_HOSTS = 4711, LAST_CODE = WDSOCKET_ERR_INTERNAL };

static _Alignas(8) char buffer[1024];

#define EXPORT(function, kind, ...)                                  \
    static void call_##function(void)                                \
    {                                                                \
        (void)kind;                                                  \
        function(__VA_ARGS__);                                       \
    }
#define BOTH(function, kind, ...)                                    \
    static void call_##function(void)                                \
    {                                                                \
        (void)kind;                                                  \
        function("n", __VA_ARGS__);                                  \
        function##Id(1, __VA_ARGS__);                                \
    }
#define BOTH_ALONE(function, kind)                                   \
    static void call_##function(void)                                \
    {                                                                \
        (void)kind;                                                  \
        function("n");                                               \
        function##Id(1);                                             \
    }
#include "faults.list"
#undef EXPORT
#undef BOTH
#undef BOTH_ALONE

#define EXPORT(function, kind, ...) {#function, call_##function},
#define BOTH(function, kind, ...) {#function, call_##function},
#define BOTH_ALONE(function, kind) {#function, call_##function},
static const struct { const char *name; void (*call)(void); } exports[] = {
#include "faults.list"
};

static void each_code_has_a_sentence_of_its_own(void)
{
    static char texts[LAST_CODE + 1][256];
    char negative[256];
    int code, other;
    for (code = 1; code <= LAST_CODE; code++) {
        intptr_t length = SocketErrorText(code, texts[code], sizeof texts[code]);
        CHECK(length > 10);
        CHECK_EQ((intptr_t)strlen(texts[code]), length);
        CHECK(texts[code][0] >= 'A' && texts[code][0] <= 'Z' && texts[code][length - 1] == '.');
        CHECK_EQ(length, SocketErrorText(-code, negative, sizeof negative));
        CHECK(strcmp(negative, texts[code]) == 0);
        for (other = 1; other < code; other++)
            CHECK(strcmp(texts[code], texts[other]) != 0);
    }
}

static void what_is_no_code_has_none(void)
{
    static const int32_t none[] = {1000, -1000, INT32_MAX, INT32_MIN};
    size_t i;
    CHECK_EQ(0, SocketErrorText(WDSOCKET_OK, buffer, sizeof buffer));
    CHECK_EQ('\0', buffer[0]);
    for (i = 0; i < sizeof none / sizeof none[0]; i++) {
        buffer[0] = 'x';
        CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorText(none[i], buffer, sizeof buffer));
        CHECK_EQ('\0', buffer[0]);
    }
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorText(1, NULL, 5));
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorText(1, buffer, -1));
    buffer[0] = 'x';
    CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketErrorText(1, buffer, 5));
    CHECK_EQ('\0', buffer[0]);
    CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketErrorText(1, NULL, 0));
}

static void asking_for_a_sentence_leaves_the_last_error_as_it_is(void)
{
    char before[1024], after[1024];
    CHECK_EQ(0, SocketConnect("n", 1, "127.0.0.1", 5000));
    CHECK(SocketErrorInfo(before, sizeof before) > 0);
    CHECK(SocketErrorText(WDSOCKET_ERR_CLOSED, buffer, sizeof buffer) > 0);
    CHECK(SocketErrorText(1000, buffer, sizeof buffer) < 0);
    CHECK_EQ(WDSOCKET_ERR_REFUSED, SocketErrorCode());
    CHECK(SocketErrorSystem() != 0);
    CHECK(SocketErrorInfo(after, sizeof after) > 0);
    CHECK(strcmp(before, after) == 0);
}

static void errno_is_what_it_was(const char *function)
{
    if (errno != THE_HOSTS) {
        snprintf(buffer, sizeof buffer, "%s left errno %d", function, errno);
        check_fault(__FILE__, __LINE__, buffer);
    }
    errno = THE_HOSTS;
}

static void no_call_that_fails_changes_errno(void)
{
    size_t i;
    errno = THE_HOSTS;
    for (i = 0; i < sizeof exports / sizeof exports[0]; i++) {
        exports[i].call();
        errno_is_what_it_was(exports[i].name);
    }
    SocketErrorCode();
    SocketErrorSystem();
    SocketErrorInfo(buffer, sizeof buffer);
    SocketErrorText(1, buffer, sizeof buffer);
    errno_is_what_it_was("one of the getters");
}

#define LEAVES_ERRNO(expected, call)     \
    do {                                 \
        CHECK_EQ(expected, call);        \
        errno_is_what_it_was(#call);     \
    } while (0)

/* A read whose time is over, a client that is not there, a full name table's neighbours: the system says no in each. */
static void no_call_that_asks_the_system_changes_errno(void)
{
    char port[8], channel[32], message[8];
    errno = THE_HOSTS;
    LEAVES_ERRNO(1, SocketCreate("server", 0, "127.0.0.1"));
    SocketLocalInfo("server", SocketPort, port, sizeof port);
    LEAVES_ERRNO(-WDSOCKET_ERR_NO_CONNECTION, SocketAccept("server", channel, sizeof channel));
    LEAVES_ERRNO(0, SocketWaitForConnection("server", 1));
    LEAVES_ERRNO(1, SocketConnect("client", atoi(port), "localhost", 5000));
    LEAVES_ERRNO(1, SocketWaitForConnection("server", 5000));
    LEAVES_ERRNO(17, SocketAccept("server", channel, sizeof channel));
    LEAVES_ERRNO(0, SocketPending(channel));
    LEAVES_ERRNO(-WDSOCKET_ERR_TIMEOUT, SocketRead(channel, 0, 0, message, sizeof message));
    LEAVES_ERRNO(-WDSOCKET_ERR_TIMEOUT, SocketRead(channel, 0, 150, message, sizeof message));
    LEAVES_ERRNO(1, SocketWrite("client", "hello", 5));
    LEAVES_ERRNO(5, SocketRead(channel, 0, 5000, message, sizeof message));
    LEAVES_ERRNO(1, SocketClose("client"));
    LEAVES_ERRNO(-WDSOCKET_ERR_CLOSED, SocketRead(channel, 0, 5000, message, sizeof message));
    LEAVES_ERRNO(2, SocketCloseAll());
}

int main(void)
{
    check_start(60);
    RUN(each_code_has_a_sentence_of_its_own);
    RUN(what_is_no_code_has_none);
    RUN(asking_for_a_sentence_leaves_the_last_error_as_it_is);
    RUN(no_call_that_fails_changes_errno);
    RUN(no_call_that_asks_the_system_changes_errno);
    return check_end();
}

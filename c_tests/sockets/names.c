/* Names and ids: what they may be, and that they never stand for another socket. */
#include "family.h"

static void a_name_has_1_to_255_bytes(void)
{
    char longest[256], too_long[257], buffer[300];
    memset(longest, 'n', 255);
    longest[255] = '\0';
    memset(too_long, 'n', 256);
    too_long[256] = '\0';
    CHECK_EQ(1, SocketCreate(longest, 0, "127.0.0.1"));
    CHECK_EQ(1, SocketExist(longest));
    CHECK_EQ(255, SocketName((int32_t)SocketId(longest), buffer, sizeof buffer));
    CHECK(strcmp(buffer, longest) == 0);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreate(too_long, 0, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreate("", 0, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreate(NULL, 0, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnect(too_long, 1, "127.0.0.1", 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnect("", 1, "127.0.0.1", 0));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnect(NULL, 1, "127.0.0.1", 0));
    CHECK_EQ(1, SocketClose(longest));
}

static void a_bad_name_is_refused_by_every_function(void)
{
    static char too_long[257];
    const char *bad[3] = {NULL, "", too_long};
    char b[64];
    int i;
    memset(too_long, 'n', 256);
    for (i = 0; i < 3; i++) {
        const char *n = bad[i];
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWaitForConnection(n, 0));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketAccept(n, b, sizeof b));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketDeny(n));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketRead(n, 0, 0, b, sizeof b));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketWrite(n, "x", 1));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketChangeTransmissionMode(n, SocketEndTag, NULL, 0));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketClientInfo(n, SocketAddress, b, sizeof b));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketLocalInfo(n, SocketAddress, b, sizeof b));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketExist(n));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketClose(n));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketPending(n));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnected(n));
        CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketShutdown(n));
        CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketId(n));
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetOption("", SocketNagle, 1));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetOption(too_long, SocketNagle, 1));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketGetOption("", SocketNagle));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketGetOption(too_long, SocketNagle));
}

static void names_are_compared_byte_for_byte(void)
{
    static const char *const names[] = {"Server", "server", "SERVER", "server ", "\xff\xfe\x80", "s\xe9rveur",
                                        "s\xc3\xa9rveur", "a/b\\c\t\r\n%s%n"};
    int32_t ids[8];
    char buffer[64];
    int i, j;
    for (i = 0; i < 8; i++) {
        CHECK_EQ(1, SocketCreate(names[i], 0, "127.0.0.1"));
        ids[i] = (int32_t)SocketId(names[i]);
        CHECK(ids[i] > 0);
        for (j = 0; j < i; j++)
            CHECK(ids[i] != ids[j]);
    }
    for (i = 0; i < 8; i++) {
        CHECK_EQ((intptr_t)strlen(names[i]), SocketName(ids[i], buffer, sizeof buffer));
        CHECK(strcmp(buffer, names[i]) == 0);
    }
    CHECK_EQ(1, SocketClose("Server"));
    CHECK_EQ(0, SocketExist("Server"));
    CHECK_EQ(1, SocketExist("server"));
    CHECK_EQ(1, SocketExist("SERVER"));
}

static void a_name_in_use_is_refused_and_its_socket_untouched(void)
{
    char port[16], again[16];
    int32_t id;
    CHECK_EQ(1, SocketCreate("taken", 0, "127.0.0.1"));
    id = (int32_t)SocketId("taken");
    CHECK(SocketLocalInfo("taken", SocketPort, port, sizeof port) > 0);
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketCreate("taken", 0, "127.0.0.1"));
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketConnect("taken", atoi(port), "127.0.0.1", 5000));
    CHECK_EQ(id, SocketId("taken"));
    CHECK(SocketLocalInfo("taken", SocketPort, again, sizeof again) > 0);
    CHECK(strcmp(port, again) == 0);
    CHECK_EQ(1, SocketConnect("other", atoi(port), "127.0.0.1", 5000));
    CHECK_EQ(1, SocketWaitForConnection("taken", 5000));
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketConnect("other", atoi(port), "127.0.0.1", 5000));
    CHECK_EQ(1, SocketConnected("other"));
}

static void a_failed_creation_leaves_the_name_free(void)
{
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreate("n", 65536, "127.0.0.1"));
    CHECK_EQ(0, SocketExist("n"));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, SocketCreate("n", 0, "192.0.2.1"));
    CHECK_EQ(0, SocketExist("n"));
    CHECK_EQ(1, SocketCreate("n", 0, "127.0.0.1"));
}

static void a_stale_id_is_never_another_socket(void)
{
    enum { ROUNDS = 3000 };
    static int32_t old[ROUNDS];
    char buffer[16];
    int i;
    for (i = 0; i < ROUNDS; i++) {
        intptr_t id = SocketCreateId(0, "127.0.0.1");
        REQUIRE(id > 0 && id <= INT32_MAX);
        old[i] = (int32_t)id;
        REQUIRE(SocketExistId(old[i]) == 1);
        REQUIRE(SocketCloseId(old[i]) == 1);
        REQUIRE(SocketExistId(old[i]) == 0);
    }
    CHECK(SocketCreateId(0, "127.0.0.1") > 0);
    for (i = 0; i < ROUNDS; i++)
        REQUIRE(SocketExistId(old[i]) == 0);
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, SocketReadId(old[0], 0, 0, buffer, sizeof buffer));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, SocketWriteId(old[ROUNDS - 1], "x", 1));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, SocketWaitForConnectionId(old[1], 0));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, SocketName(old[2], buffer, sizeof buffer));
}

static void an_id_that_was_never_given_is_an_error(void)
{
    static const int32_t ids[] = {0, -1, INT32_MIN, INT32_MAX};
    char buffer[16];
    int i;
    for (i = 0; i < 4; i++) {
        CHECK(SocketReadId(ids[i], 0, 0, buffer, sizeof buffer) < 0);
        CHECK(SocketErrorCode() == WDSOCKET_ERR_NOT_FOUND || SocketErrorCode() == WDSOCKET_ERR_INVALID_ARGUMENT);
        CHECK_EQ(0, SocketExistId(ids[i]));
        CHECK_EQ(0, SocketCloseId(ids[i]));
        CHECK(SocketAcceptId(ids[i]) < 0);
        CHECK(SocketName(ids[i], buffer, sizeof buffer) < 0);
    }
}

static void both_families_reach_the_same_socket(void)
{
    int32_t id;
    intptr_t by_id;
    char name[64], port[16], text[64];
    CHECK_EQ(1, SocketCreate("server", 0, "127.0.0.1"));
    id = (int32_t)SocketId("server");
    CHECK(SocketLocalInfoId(id, SocketPort, port, sizeof port) > 0);
    by_id = SocketConnectId(atoi(port), "127.0.0.1", 5000);
    REQUIRE(by_id > 0);
    CHECK(SocketName((int32_t)by_id, name, sizeof name) >= 0);
    if (name[0] != '\0')
        CHECK_EQ(by_id, SocketId(name));
    CHECK_EQ(1, SocketWaitForConnectionId(id, 5000));
    CHECK_EQ(17, SocketAccept("server", name, sizeof name));
    CHECK_EQ(1, SocketWriteId((int32_t)by_id, "across", 6));
    CHECK_EQ(6, SocketReadId((int32_t)SocketId(name), 0, 5000, text, sizeof text));
    CHECK_EQ(1, SocketCloseId(id));
    CHECK_EQ(0, SocketExist("server"));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, SocketId("server"));
}

static void closing_what_is_not_there_is_silent(void)
{
    CHECK_EQ(0, SocketClose("never was"));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, SocketCloseId(s_missing.id));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, SocketExist("never was"));
}

static void a_name_that_does_not_fit_its_buffer_is_kept_back(void)
{
    char buffer[4] = "zzz";
    CHECK_EQ(1, SocketCreate("four", 0, "127.0.0.1"));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketName((int32_t)SocketId("four"), buffer, sizeof buffer));
    CHECK_EQ(0, buffer[0]);
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketName((int32_t)SocketId("four"), NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketName((int32_t)SocketId("four"), buffer, -3));
}

int main(void)
{
    check_start(120);
    RUN(a_name_has_1_to_255_bytes);
    RUN(a_bad_name_is_refused_by_every_function);
    RUN(names_are_compared_byte_for_byte);
    RUN(a_name_in_use_is_refused_and_its_socket_untouched);
    RUN(a_failed_creation_leaves_the_name_free);
    RUN(a_stale_id_is_never_another_socket);
    RUN(an_id_that_was_never_given_is_an_error);
    RUN(both_families_reach_the_same_socket);
    RUN(closing_what_is_not_there_is_silent);
    RUN(a_name_that_does_not_fit_its_buffer_is_kept_back);
    return check_end();
}

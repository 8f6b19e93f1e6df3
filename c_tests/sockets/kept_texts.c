/* Texts that are kept for the next socket of a name: they serve that socket and are forgotten with it. */
#include "check.h"

enum { MORE_THAN_ARE_KEPT = 5000 };

static void check_connect_says(int code, const char *name)
{
    CHECK_NO(code, SocketConnectSSL(name, 1, "127.0.0.1", 0, 1000, NULL));
}

static void a_connection_that_failed_takes_its_texts_along(void)
{
    CHECK_EQ(1, SocketSetText("till", SSLCaFile, "there is no such file"));
    check_connect_says(WDSOCKET_ERR_CERTIFICATE, "till");
    check_connect_says(WDSOCKET_ERR_REFUSED, "till");
}

static void SocketClose_forgets_the_texts_of_a_name_without_a_socket(void)
{
    CHECK_EQ(1, SocketSetText("till", SSLCaFile, "there is no such file"));
    CHECK_EQ(0, SocketClose("till"));
    CHECK_EQ(WDSOCKET_OK, SocketErrorCode());
    check_connect_says(WDSOCKET_ERR_REFUSED, "till");
}

static void SocketCloseAll_forgets_the_texts_of_every_name(void)
{
    CHECK_EQ(1, SocketSetText("till", SSLCaFile, "there is no such file"));
    CHECK_EQ(0, SocketCloseAll());
    check_connect_says(WDSOCKET_ERR_REFUSED, "till");
}

static void a_name_that_is_taken_keeps_the_texts_of_its_own(void)
{
    CHECK_EQ(1, SocketSetText("till", SSLCaFile, "there is no such file"));
    CHECK_EQ(1, SocketCreate("other", 0, "127.0.0.1"));
    check_connect_says(WDSOCKET_ERR_NAME_IN_USE, "other");
    check_connect_says(WDSOCKET_ERR_CERTIFICATE, "till");
}

static void names_that_failed_leave_room_for_others(void)
{
    char name[32];
    int i;
    for (i = 0; i < MORE_THAN_ARE_KEPT; i++) {
        snprintf(name, sizeof name, "till %d", i);
        REQUIRE(SocketSetText(name, SSLCaFile, "there is no such file") == 1);
        REQUIRE(SocketConnectSSL(name, 1, "127.0.0.1", 0, 1000, NULL) == 0);
    }
    CHECK_EQ(1, SocketSetText("one more", SSLServerName, "localhost"));
}

static void names_that_are_never_used_are_a_limit(void)
{
    char name[32];
    int i, kept = 0;
    for (i = 0; i < MORE_THAN_ARE_KEPT && kept == i; i++) {
        snprintf(name, sizeof name, "till %d", i);
        kept += (int)SocketSetText(name, SSLServerName, "localhost");
    }
    CHECK_EQ(4096, kept);
    CHECK_EQ(WDSOCKET_ERR_LIMIT, SocketErrorCode());
    SocketCloseAll();
    CHECK_EQ(1, SocketSetText("one more", SSLServerName, "localhost"));
}

int main(void)
{
    check_start(60);
    RUN(a_connection_that_failed_takes_its_texts_along);
    RUN(SocketClose_forgets_the_texts_of_a_name_without_a_socket);
    RUN(SocketCloseAll_forgets_the_texts_of_every_name);
    RUN(a_name_that_is_taken_keeps_the_texts_of_its_own);
    RUN(names_that_failed_leave_room_for_others);
    RUN(names_that_are_never_used_are_a_limit);
    return check_end();
}

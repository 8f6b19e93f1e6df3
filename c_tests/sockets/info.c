/* What the library tells about sockets, errors and itself. */
#include "scene.h"

static void local_and_client_info_tell_both_ends(void)
{
    sock s, client, channel;
    char ours[64], theirs[64];
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK(S_LocalInfo(&client, SocketPort, ours, sizeof ours) > 0);
    CHECK(S_ClientInfo(&channel, SocketPort, theirs, sizeof theirs) > 0);
    CHECK(strcmp(ours, theirs) == 0);
    CHECK(S_ClientInfo(&client, SocketPort, ours, sizeof ours) > 0);
    CHECK(S_LocalInfo(&channel, SocketPort, theirs, sizeof theirs) > 0);
    CHECK(strcmp(ours, theirs) == 0);
    CHECK_EQ(s_port(&s), atoi(ours));
    CHECK_EQ(9, S_LocalInfo(&client, SocketAddress, ours, sizeof ours));
    CHECK(strcmp(ours, "127.0.0.1") == 0);
    CHECK_EQ(9, S_ClientInfo(&channel, SocketAddress, ours, sizeof ours));
    CHECK(strcmp(ours, "127.0.0.1") == 0);
}

static void text_that_does_not_fit_is_kept_back(void)
{
    sock s, client, channel;
    char text[64];
    REQUIRE(s_pair(&s, &client, &channel));
    memset(text, 'z', sizeof text);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_ClientInfo(&channel, SocketAddress, text, 9));
    CHECK_EQ(0, text[0]);
    CHECK_EQ('z', text[9]);
    CHECK_EQ(9, S_ClientInfo(&channel, SocketAddress, text, 10));
    CHECK_EQ(0, text[9]);
    CHECK_EQ('z', text[10]);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_LocalInfo(&channel, SocketAddress, text, 1));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_LocalInfo(&channel, SocketAddress, text, 0));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketVersion(text, 3));
    CHECK_EQ(0, text[0]);
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketVersion(NULL, 3));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketVersion(text, -3));
}

static void the_error_getters_leave_the_error_as_it_is(void)
{
    sock c;
    char text[512], again[512];
    int port, fd = peer_bind(&port);
    intptr_t length;
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&c, "c", port, "127.0.0.1", 5000));
    length = SocketErrorInfo(text, sizeof text);
    CHECK(length > 20);
    CHECK_EQ((intptr_t)strlen(text), length);
    memset(again, 'z', sizeof again);
    CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketErrorInfo(again, 10));
    CHECK_EQ(0, again[0]);
    CHECK_EQ('z', again[10]);
    CHECK_EQ(-WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketErrorInfo(again, (int32_t)length));
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorInfo(NULL, 100));
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorInfo(again, -100));
    CHECK_EQ(length, SocketErrorInfo(again, (int32_t)length + 1));
    CHECK(strcmp(text, again) == 0);
    CHECK_EQ(WDSOCKET_ERR_REFUSED, SocketErrorCode());
    CHECK_EQ(ECONNREFUSED, SocketErrorSystem());
    close(fd);
}

static void *has_its_own_error(void *argument)
{
    char buffer[8];
    (void)argument;
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, SocketErrorInfo(buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_Read(&s_missing, 0, 0, buffer, sizeof buffer));
    return NULL;
}

static void the_last_error_belongs_to_its_thread(void)
{
    sock s;
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&s, "s", -1, NULL));
    thread_end(thread_start(has_its_own_error, NULL));
    CHECK_EQ(WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorCode());
    CHECK_EQ(1, S_Create(&s, "s", 0, "127.0.0.1"));
    thread_end(thread_start(has_its_own_error, NULL));
    CHECK_EQ(0, SocketErrorCode());
}

static void an_error_text_names_function_socket_and_reason(void)
{
    char text[512];
    CHECK_EQ(0, SocketWrite("till", "x", 1));
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK(strncmp(text, "SocketWrite", 11) == 0);
    CHECK(strstr(text, "till") != NULL);
    CHECK(strchr(text, ':') != NULL);
    CHECK_EQ(0, SocketWriteId(s_missing.id, "x", 1));
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK(strncmp(text, "SocketWrite", 11) == 0);
    CHECK(strstr(text, "2147483633") != NULL);
}

static void close_all_closes_every_socket_and_counts_them(void)
{
    sock s, client, channel, other;
    CHECK_EQ(0, SocketCloseAll());
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK(s_listen(&other, "other") != 0);
    CHECK_EQ(4, SocketCloseAll());
    CHECK_EQ(0, SocketErrorCode());
    CHECK_EQ(0, S_Exist(&s) + S_Exist(&client) + S_Exist(&channel) + S_Exist(&other));
    CHECK_EQ(0, SocketCloseAll());
    CHECK(s_listen(&s, "listener") != 0);
}

static void the_version_tells_library_and_target(void)
{
    char text[300];
    intptr_t length = SocketVersion(text, sizeof text);
    CHECK(length > 0);
    CHECK_EQ((intptr_t)strlen(text), length);
    CHECK(strstr(text, "wdsocket") != NULL);
#ifdef _WIN32
    CHECK(strstr(text, "windows") != NULL);
#else
    CHECK(strstr(text, "linux") != NULL);
#endif
    CHECK(strpbrk(text, "0123456789") != NULL);
}

int main(void)
{
    check_start(60);
    RUN(local_and_client_info_tell_both_ends);
    RUN(text_that_does_not_fit_is_kept_back);
    RUN(the_error_getters_leave_the_error_as_it_is);
    RUN(the_last_error_belongs_to_its_thread);
    RUN(an_error_text_names_function_socket_and_reason);
    RUN(close_all_closes_every_socket_and_counts_them);
    RUN(the_version_tells_library_and_target);
    return check_end();
}

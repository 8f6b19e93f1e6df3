/* Unix sockets: a path or an abstract name in place of an address and a port. */
#include "scene.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { RIVALS = 8 };

static char folder[64], path[100], address[120];

static mode_t mode_of(const char *file)
{
    struct stat found;
    return lstat(file, &found) == 0 ? found.st_mode : 0;
}

/* A socket that is bound to the path and closed again: its file stays behind. */
static int leave_a_file(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), bound;
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    bound = bind(fd, (struct sockaddr *)&name, sizeof name);
    close(fd);
    return bound == 0;
}

static int pair_at(const char *at, sock *server, sock *client, sock *channel)
{
    return S_Create(server, "server", 0, at) == 1 && S_Connect(client, "client", 0, at, 5000) == 1 &&
           s_take(server, channel);
}

static void close_three(sock *one, sock *two, sock *three)
{
    CHECK_EQ(1, S_Close(one));
    CHECK_EQ(1, S_Close(two));
    CHECK_EQ(1, S_Close(three));
}

static void they_talk_over(const char *at)
{
    sock server, client, channel;
    char told[200];
    REQUIRE(pair_at(at, &server, &client, &channel));
    CHECK_EQ(1, S_Write(&client, "there", -1));
    CHECK_MESSAGE(&channel, "there");
    CHECK_EQ(1, S_Write(&channel, "and back", -1));
    CHECK_MESSAGE(&client, "and back");
    CHECK_EQ((intptr_t)strlen(at), S_ClientInfo(&client, SocketAddress, told, sizeof told));
    CHECK(strcmp(at, told) == 0);
    CHECK_EQ((intptr_t)strlen(at), S_LocalInfo(&server, SocketAddress, told, sizeof told));
    CHECK(strcmp(at, told) == 0);
    CHECK_EQ((intptr_t)strlen(at), S_LocalInfo(&channel, SocketAddress, told, sizeof told));
    CHECK(strcmp(at, told) == 0);
    CHECK_EQ(5, S_ClientInfo(&channel, SocketAddress, told, sizeof told));
    CHECK(strcmp("unix:", told) == 0);
    CHECK_EQ(1, S_ClientInfo(&client, SocketPort, told, sizeof told));
    CHECK(strcmp("0", told) == 0);
    CHECK_EQ(1, S_Close(&client));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 5000, told, sizeof told));
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&server));
}

static void a_client_and_a_server_talk_over_a_file(void)
{
    they_talk_over(address);
    CHECK_EQ(0, mode_of(path));
}

static void an_abstract_name_needs_no_file(void)
{
    char name[64];
    sock one, two;
    snprintf(name, sizeof name, "unix:@wdsocket-test-%ld", (long)getpid());
    they_talk_over(name);
    REQUIRE(S_Create(&one, "one", 0, name) == 1);
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&two, "two", 0, name));
    CHECK_EQ(1, S_Close(&one));
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&two, "two", 0, name, 5000));
}

static void the_peers_user_and_process_are_told(void)
{
    sock server, client, channel, ends[3];
    char told[32], user[32], process[32];
    snprintf(user, sizeof user, "%ld", (long)geteuid());
    snprintf(process, sizeof process, "%ld", (long)getpid());
    REQUIRE(pair_at(address, &server, &client, &channel));
    ends[0] = client;
    ends[1] = channel;
    for (int i = 0; i < 2; i++) {
        CHECK(S_ClientInfo(&ends[i], SocketPeerUser, told, sizeof told) > 0);
        CHECK(strcmp(user, told) == 0);
        CHECK(S_ClientInfo(&ends[i], SocketPeerProcess, told, sizeof told) > 0);
        CHECK(strcmp(process, told) == 0);
    }
    close_three(&client, &channel, &server);
    REQUIRE(s_pair(&server, &client, &channel));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_ClientInfo(&client, SocketPeerUser, told, sizeof told));
    close_three(&client, &channel, &server);
}

static void the_file_has_its_mode_whatever_the_umask_is(void)
{
    static const struct { mode_t umask; int32_t mode; } cases[] = {
        {0, WDSOCKET_DEFAULT}, {077, 0666}, {0777, 0640}, {0, 0200}, {022, WDSOCKET_DEFAULT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sock server;
        mode_t before = umask(cases[i].umask);
        CHECK_EQ(1, SocketSetOption(NULL, SocketFileMode, cases[i].mode));
        REQUIRE(S_Create(&server, "server", 0, address) == 1);
        umask(before);
        CHECK_EQ(S_IFSOCK | (cases[i].mode == WDSOCKET_DEFAULT ? 0600 : (mode_t)cases[i].mode), mode_of(path));
        CHECK_EQ(1, S_Close(&server));
    }
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetOption(NULL, SocketFileMode, 01000));
    CHECK_EQ(1, SocketSetOption(NULL, SocketFileMode, WDSOCKET_DEFAULT));
}

static void a_file_that_was_left_behind_is_replaced_and_a_live_one_is_in_use(void)
{
    sock one, two;
    REQUIRE(leave_a_file());
    REQUIRE(S_Create(&one, "one", 0, address) == 1);
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&two, "two", 0, address));
    REQUIRE(S_Connect(&two, "two", 0, address, 5000) == 1);
    CHECK_EQ(1, S_Close(&two));
    CHECK_EQ(1, S_Close(&one));
    CHECK_EQ(0, mode_of(path));
}

static void a_file_that_is_no_socket_stays(void)
{
    sock server;
    char other[120];
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    REQUIRE(fd >= 0);
    close(fd);
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&server, "server", 0, address));
    CHECK(S_ISREG(mode_of(path)));
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&server, "client", 0, address, 5000));
    unlink(path);
    snprintf(other, sizeof other, "%s/other", folder);
    CHECK_EQ(0, symlink(other, path));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_IN_USE, S_Create(&server, "server", 0, address));
    CHECK(S_ISLNK(mode_of(path)));
    CHECK_EQ(0, mode_of(other));
    unlink(path);
}

static void a_server_removes_its_own_file_alone(void)
{
    sock one, two, client;
    REQUIRE(S_Create(&one, "one", 0, address) == 1);
    unlink(path);
    REQUIRE(S_Create(&two, "two", 0, address) == 1);
    CHECK_EQ(1, S_Close(&one));
    REQUIRE(S_Connect(&client, "client", 0, address, 5000) == 1);
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&two));
    CHECK_EQ(0, mode_of(path));
}

static void a_child_leaves_the_file_to_its_parent(void)
{
    sock server, client;
    int status = -1;
    pid_t child;
    REQUIRE(S_Create(&server, "server", 0, address) == 1);
    child = fork();
    if (child == 0)
        _exit(S_Close(&server) == 1 && S_ISSOCK(mode_of(path)) ? 0 : 1);
    CHECK_EQ(child, waitpid(child, &status, 0));
    CHECK_EQ(0, status);
    REQUIRE(S_Connect(&client, "client", 0, address, 5000) == 1);
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&server));
}

static void a_path_belongs_to_the_folder_in_which_it_was_made(void)
{
    sock server;
    REQUIRE(chdir(folder) == 0);
    REQUIRE(S_Create(&server, "server", 0, "unix:socket") == 1);
    CHECK(S_ISSOCK(mode_of(path)));
    REQUIRE(chdir("/") == 0);
    CHECK_EQ(1, S_Close(&server));
    CHECK_EQ(0, mode_of(path));
}

static void *become_the_server(void *rival)
{
    char name[32];
    sock server;
    snprintf(name, sizeof name, "rival %d", (int)(intptr_t)rival);
    return (void *)S_Create(&server, name, 0, address);
}

static void of_many_that_want_one_path_one_gets_it(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t threads[RIVALS];
        intptr_t winners = 0;
        REQUIRE(leave_a_file());
        for (intptr_t i = 0; i < RIVALS; i++)
            threads[i] = thread_start(become_the_server, (void *)i);
        for (int i = 0; i < RIVALS; i++) {
            void *won;
            pthread_join(threads[i], &won);
            winners += (intptr_t)won;
        }
        CHECK_EQ(1, winners);
        SocketCloseAll();
        CHECK_EQ(0, mode_of(path));
    }
}

static void a_simplified_server_reads_from_it(void)
{
    sock server, client;
    char user[32], told[32];
    REQUIRE(S_Create(&server, "server", 0, address) == 1);
    REQUIRE(S_Connect(&client, "client", 0, address, 5000) == 1);
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    CHECK_MESSAGE(&server, "hello");
    snprintf(user, sizeof user, "%ld", (long)geteuid());
    CHECK(S_ClientInfo(&server, SocketPeerUser, told, sizeof told) > 0);
    CHECK(strcmp(user, told) == 0);
    CHECK_EQ(1, S_Write(&server, "bye", -1));
    CHECK_MESSAGE(&client, "bye");
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&server));
}

static void a_server_whose_queue_is_full_is_waited_for(void)
{
    sock server, waiting[4], late;
    char name[16];
    int i;
    CHECK_EQ(1, SocketSetOption(NULL, SocketBacklog, 1));
    REQUIRE(S_Create(&server, "server", 0, address) == 1);
    CHECK_EQ(1, SocketSetOption(NULL, SocketBacklog, WDSOCKET_DEFAULT));
    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "waiting %d", i);
        if (S_Connect(&waiting[i], name, 0, address, 200) != 1)
            break;
    }
    CHECK(i >= 1 && i < 4);
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    REQUIRE(s_take(&server, &late));
    CHECK_EQ(1, S_Close(&late));
    REQUIRE(S_Connect(&late, "late", 0, address, 5000) == 1);
    SocketCloseAll();
}

static void what_cannot_be_one_is_refused(void)
{
    sock one;
    char text[400], longer[200] = "unix:/tmp/";
    memset(longer + 10, 'x', 120);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&one, "one", 0, longer));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "107") != NULL);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&one, "one", 0, longer, 100));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&one, "one", 0, "unix:"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&one, "one", 0, "unix:@"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Create(&one, "one", 4000, address));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&one, "one", 4000, address, 100));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_Connect(&one, "one", 0, "127.0.0.1", 100));
    CHECK_NO(WDSOCKET_ERR_REFUSED, S_Connect(&one, "one", 0, address, 100));
    CHECK_NO(WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE, S_Create(&one, "one", 0, "unix:/nowhere/at/all"));
#ifdef BY_ID
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateUDPId(0, address));
#else
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateUDP("one", 0, address));
#endif
}

static void options_of_tcp_are_none_of_it(void)
{
    sock server, client, channel;
    REQUIRE(pair_at(address, &server, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&client, SocketNagle, 1));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetOption(&server, SocketKeepAlive, 10));
    CHECK_EQ(1, S_SetOption(&client, SocketReadIdle, 100));
    CHECK_EQ(0600, S_GetOption(&server, SocketFileMode));
    close_three(&client, &channel, &server);
}

int main(void)
{
    check_start(60);
    snprintf(folder, sizeof folder, "/tmp/wdsocket-unix-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 2;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(address, sizeof address, "unix:%s", path);
    RUN(a_client_and_a_server_talk_over_a_file);
    RUN(an_abstract_name_needs_no_file);
    RUN(the_peers_user_and_process_are_told);
    RUN(the_file_has_its_mode_whatever_the_umask_is);
    RUN(a_file_that_was_left_behind_is_replaced_and_a_live_one_is_in_use);
    RUN(a_file_that_is_no_socket_stays);
    RUN(a_server_removes_its_own_file_alone);
    RUN(a_child_leaves_the_file_to_its_parent);
    RUN(a_path_belongs_to_the_folder_in_which_it_was_made);
    RUN(of_many_that_want_one_path_one_gets_it);
    RUN(a_simplified_server_reads_from_it);
    RUN(a_server_whose_queue_is_full_is_waited_for);
    RUN(what_cannot_be_one_is_refused);
    RUN(options_of_tcp_are_none_of_it);
    rmdir(folder);
    return check_end();
}

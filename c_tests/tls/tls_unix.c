/* TLS over a Unix socket: the server is localhost, unless SSLServerName says otherwise. */
#include "tls_family.h"

static char address[100];

static void *echo_once(void *server)
{
    char text[64];
    intptr_t length = S_Read((sock *)server, 1, 10000, text, sizeof text);
    if (length >= 0)
        S_Write((sock *)server, text, (int32_t)length);
    return NULL;
}

static void it_is_verified_as_localhost(void)
{
    sock server, client;
    pthread_t thread;
    REQUIRE(S_CreateSSL(&server, "server", 0, address) == 1);
    thread = thread_start(echo_once, &server);
    REQUIRE(S_ConnectSSL(&client, "client", 0, address, 0, 10000) == 1);
    CHECK_EQ(1, S_Write(&client, "secret", -1));
    CHECK_MESSAGE(&client, "secret");
    thread_end(thread);
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&server));
}

static void another_name_is_checked_where_it_is_given(void)
{
    sock server, client;
    pthread_t thread;
    REQUIRE(S_CreateSSL(&server, "server", 0, address) == 1);
    thread = thread_start(echo_once, &server);
    CHECK_EQ(1, SocketSetText(NULL, SSLServerName, "till.example"));
    CHECK_NO(WDSOCKET_ERR_TLS_CERTIFICATE, S_ConnectSSL(&client, "client", 0, address, 0, 10000));
    CHECK_EQ(1, SocketSetText(NULL, SSLServerName, ""));
    thread_end(thread);
    CHECK_EQ(1, S_Close(&server));
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 60))
        return 2;
    snprintf(address, sizeof address, "unix:/tmp/wdsocket-tls-unix-%ld", (long)getpid());
    RUN(it_is_verified_as_localhost);
    RUN(another_name_is_checked_where_it_is_given);
    return check_end();
}

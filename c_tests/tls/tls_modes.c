/* The rest of the functions work on TLS sockets as on plain ones. */
#include "tls_family.h"

static void each_mode_carries_messages_both_ways(void)
{
    static const struct { int32_t mode; const char *tag; int32_t size; } modes[] = {
        {SocketSize, NULL, 0}, {SocketEndTag, NULL, 0}, {SocketEndTag, "\r\n", 2}, {SocketEndTagBuffer, "<end>", 5}};
    sock listener, client, channel;
    char byte;
    size_t i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        CHECK_EQ(1, S_Mode(&client, modes[i].mode, modes[i].tag, modes[i].size));
        CHECK_EQ(1, S_Mode(&channel, modes[i].mode, modes[i].tag, modes[i].size));
        CHECK_EQ(1, S_Write(&client, "one", 3));
        CHECK_EQ(1, S_Write(&client, "", 0));
        CHECK_EQ(1, S_Write(&client, "three", 5));
        CHECK_MESSAGE(&channel, "one");
        CHECK_MESSAGE(&channel, "");
        CHECK_MESSAGE(&channel, "three");
        CHECK_EQ(1, S_Write(&channel, "back", 4));
        CHECK_MESSAGE(&client, "back");
    }
    CHECK_EQ(1, S_Mode(&client, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Mode(&channel, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&client, "raw", 3));
    CHECK_EQ(1, S_Read(&channel, 0, 10000, &byte, 1));
    CHECK_EQ('r', byte);
    CHECK_MESSAGE(&channel, "aw");
}

enum { LARGE = 20 << 20 };

typedef struct sending {
    const sock *from;
    unsigned char *data;
} sending;

static void *send_large(void *argument)
{
    sending *s = argument;
    CHECK_EQ(1, S_Write(s->from, s->data, LARGE));
    return NULL;
}

static void a_message_of_20_megabytes_comes_whole(void)
{
    sock listener, client, channel;
    sending s = {&client, malloc(LARGE)};
    unsigned char *got = malloc(LARGE);
    pthread_t thread;
    size_t i;
    REQUIRE(s.data != NULL && got != NULL && tls_pair(&listener, &client, &channel));
    for (i = 0; i < LARGE; i++)
        s.data[i] = (unsigned char)(i * 2654435761u >> 13);
    pthread_create(&thread, NULL, send_large, &s);
    CHECK_EQ(LARGE, S_Read(&channel, 0, 60000, got, LARGE));
    pthread_join(thread, NULL);
    CHECK(memcmp(s.data, got, LARGE) == 0);
    free(s.data);
    free(got);
}

static void a_buffer_too_small_a_timeout_and_another_mode_lose_nothing(void)
{
    sock listener, client, channel;
    char buffer[100];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Write(&client, "a message", 9));
    WAIT_UNTIL(S_Pending(&channel) == 9);
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_Read(&channel, 0, 10000, buffer, 8));
    CHECK_EQ(9, S_Pending(&channel));
    CHECK_MESSAGE(&channel, "a message");
    CHECK_EQ(0, S_Pending(&channel));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 0, buffer, sizeof buffer));
    /* Half a message, in the sender's mode without frames. */
    CHECK_EQ(1, S_Mode(&client, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, S_Write(&client, "8\r\nhalf", 7));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 0, 100, buffer, sizeof buffer));
    CHECK_EQ(0, S_Pending(&channel));
    CHECK_EQ(1, S_Write(&client, "half5\r\nab<EOF>cd", 16));
    CHECK_MESSAGE(&channel, "halfhalf");
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, (S_Mode(&channel, SocketEndTag, "\x1B", 1), S_Read(&channel, 0, 100, buffer, sizeof buffer)));
    CHECK_EQ(1, S_Mode(&channel, SocketEndTag, NULL, 0));
    CHECK_MESSAGE(&channel, "5\r\nab");
    CHECK_EQ(1, S_Mode(&channel, SocketNoEndTag, NULL, 0));
    CHECK_MESSAGE(&channel, "cd");
}

static void a_message_that_is_already_decrypted_is_pending(void)
{
    sock listener, client, channel;
    int i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    for (i = 0; i < 100; i++)
        CHECK_EQ(1, S_Write(&client, "many", 4));
    for (i = 0; i < 100; i++) {
        WAIT_UNTIL(S_Pending(&channel) == 4);
        CHECK_MESSAGE(&channel, "many");
    }
    CHECK_EQ(0, S_Pending(&channel));
}

static void a_client_that_leaves_is_seen_and_its_messages_come_first(void)
{
    sock listener, client, channel;
    char buffer[16];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Connected(&client));
    CHECK_EQ(1, S_Connected(&channel));
    CHECK_EQ(1, S_Write(&client, "last words", -1));
    CHECK_EQ(1, S_Close(&client));
    WAIT_UNTIL(S_Connected(&channel) == 0);
    CHECK_EQ(1, S_Exist(&channel));
    CHECK_MESSAGE(&channel, "last words");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Pending(&channel));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 1, 0, buffer, sizeof buffer));
}

static void shutdown_ends_one_half_and_the_other_goes_on(void)
{
    sock listener, client, channel;
    char buffer[16];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Write(&client, "question", -1));
    CHECK_EQ(1, S_Shutdown(&client));
    CHECK_NO(WDSOCKET_ERR_CLOSED, S_Write(&client, "more", -1));
    CHECK_MESSAGE(&channel, "question");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, buffer, sizeof buffer));
    CHECK_EQ(1, S_Write(&channel, "answer", -1));
    CHECK_MESSAGE(&client, "answer");
    CHECK_EQ(1, S_Close(&channel));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&client, 0, 10000, buffer, sizeof buffer));
}

static int32_t simplified_port;

static void *two_clients(void *argument)
{
    int i;
    (void)argument;
    for (i = 0; i < 2; i++) {
        sock client;
        if (S_ConnectSSL(&client, "visitor", simplified_port, "127.0.0.1", 0, 10000) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a visitor connects");
            return NULL;
        }
        CHECK_EQ(1, S_Write(&client, "bonjour", -1));
        CHECK_MESSAGE(&client, "bienvenue");
        CHECK_EQ(1, S_Close(&client));
    }
    return NULL;
}

static void a_simplified_server_serves_one_client_after_the_other(void)
{
    sock server;
    pthread_t thread;
    char buffer[100];
    int i;
    REQUIRE((simplified_port = tls_listen(&server, "simplified")) != 0);
    CHECK_NO(WDSOCKET_ERR_NO_CONNECTION, S_Write(&server, "nobody", -1));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_SSLInfo(&server, SSLProtocol, buffer, sizeof buffer));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&server, 0, 50, buffer, sizeof buffer));
    pthread_create(&thread, NULL, two_clients, NULL);
    for (i = 0; i < 2; i++) {
        CHECK_MESSAGE(&server, "bonjour");
        CHECK_EQ(7, S_SSLInfo(&server, SSLProtocol, buffer, sizeof buffer));
        CHECK(strcmp(buffer, "TLSv1.3") == 0);
        CHECK_EQ(9, S_ClientInfo(&server, SocketAddress, buffer, sizeof buffer));
        CHECK_EQ(1, S_Write(&server, "bienvenue", -1));
        CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&server, 0, 10000, buffer, sizeof buffer));
    }
    pthread_join(thread, NULL);
}

static void a_connection_tells_what_was_agreed_and_who_the_peer_is(void)
{
    sock listener, client, channel;
    char text[300], small[4];
    REQUIRE(tls_pair_of(&listener, &client, &channel, ProtocolTLS1_2, "127.0.0.1"));
    CHECK(S_SSLInfo(&client, SSLProtocol, text, sizeof text) == 7 && strcmp(text, "TLSv1.2") == 0);
    CHECK(S_SSLInfo(&client, SSLCipher, text, sizeof text) > 5 && strstr(text, "GCM") != NULL);
    CHECK(S_SSLInfo(&client, SSLPeerSubject, text, sizeof text) == 12 && strcmp(text, "CN=localhost") == 0);
    CHECK(S_SSLInfo(&client, SSLPeerIssuer, text, sizeof text) == 12 && strcmp(text, "CN=Shop Root") == 0);
    CHECK(S_SSLInfo(&client, SSLPeerFingerprint, text, sizeof text) == 95 && text[2] == ':');
    CHECK(S_SSLInfo(&client, SSLPeerNotAfter, text, sizeof text) == 20 && text[19] == 'Z');
    CHECK_EQ(0, S_SSLInfo(&client, SSLAlpn, text, sizeof text));
    CHECK_EQ(0, S_SSLInfo(&channel, SSLPeerSubject, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_SSLInfo(&client, SSLProtocol, small, sizeof small));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_SSLInfo(&client, SocketPort, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_SSLInfo(&client, SSLProtocol, NULL, 10));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_SSLInfo(&client, SSLProtocol, text, -1));
    CHECK_MINUS(WDSOCKET_ERR_NOT_FOUND, S_SSLInfo(&s_missing, SSLProtocol, text, sizeof text));
}

static void ipv6_works_as_ipv4_does(void)
{
    sock listener, client, channel;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int missing = fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0;
    if (fd >= 0)
        close(fd);
    if (missing) {
        fprintf(stderr, "skipped: this machine has no IPv6\n");
        return;
    }
    REQUIRE(tls_pair_of(&listener, &client, &channel, 0, "::1"));
    CHECK_EQ(1, S_Write(&channel, "over IPv6", -1));
    CHECK_MESSAGE(&client, "over IPv6");
}

static void tls_starts_on_plain_connections_only(void)
{
    sock listener, client, channel, plain_listener, plain, plain_channel;
    char text[16];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_StartSSL(&client, 0, 1000, "localhost"));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_StartSSL(&channel, 0, 1000, "localhost"));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_StartSSL(&listener, 0, 1000, "localhost"));
    CHECK_NO(WDSOCKET_ERR_NOT_FOUND, S_StartSSL(&s_missing, 0, 1000, "localhost"));
    CHECK_EQ(1, S_Write(&client, "still there", -1));
    CHECK_MESSAGE(&channel, "still there");
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&listener));
    REQUIRE(s_pair(&plain_listener, &plain, &plain_channel));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_StartSSL(&plain_listener, 0, 1000, "localhost"));
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, S_StartSSL(&plain, ProtocolSSL3, 1000, "localhost"));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_SSLInfo(&plain, SSLProtocol, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_SSLInfo(&plain_listener, SSLProtocol, text, sizeof text));
    CHECK_EQ(1, S_Write(&plain, "still clear", -1));
    CHECK_MESSAGE(&plain_channel, "still clear");
}

static void NULL_and_nonsense_are_refused_and_no_socket_is_made(void)
{
    sock listener;
    char name[300], text[64];
    int32_t port, id;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    memset(name, 'n', 256);
    name[256] = '\0';
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL(NULL, 0, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("", 0, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL(name, 0, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("new", 0, NULL, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("new", 0, "", 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("new", -1, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("new", 65536, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSL("new", 0, tls_certificate, 1 << 20, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT,
             SocketCreateSSL("new", 0, tls_certificate, CertificateName + CertificateHash, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, SocketCreateSSL("new", 0, "/nowhere/till.pem", 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_NOT_SUPPORTED, SocketCreateSSL("new", 0, tls_certificate, ProtocolSSL3, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSL(NULL, port, "localhost", 0, 1000, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSL("", port, "localhost", 0, 1000, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSL("new", 0, "localhost", 0, 1000, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSL("new", port, "localhost", 0, -3, NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSL("new", port, "localhost", 1 << 20, 1000, NULL));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, SocketConnectSSL("new", port, "localhost", 0, 1000, "/nowhere/till.pem"));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketCreateSSLId(0, NULL, 0, NULL, NULL));
    CHECK_MINUS(WDSOCKET_ERR_CERTIFICATE, SocketCreateSSLId(0, "/nowhere/till.pem", 0, NULL, NULL));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketConnectSSLId(0, "localhost", 0, 1000, NULL));
    CHECK_EQ(0, SocketExist("new"));
    /* A name that is taken stays whose it was. */
    CHECK_EQ(1, SocketCreate("taken", 0, "127.0.0.1"));
    id = (int32_t)SocketId("taken");
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketCreateSSL("taken", 0, tls_certificate, 0, NULL, NULL));
    CHECK_NO(WDSOCKET_ERR_NAME_IN_USE, SocketConnectSSL("taken", port, "localhost", 0, 1000, NULL));
    CHECK_EQ(id, SocketId("taken"));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSSLInfo(NULL, SSLProtocol, text, sizeof text));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketStartSSL(NULL, 0, 1000, "localhost", NULL));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetText("later", -1, "text"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetText("", SSLCaFile, "text"));
#ifndef _WIN32 /* there it is text of the ANSI code page */
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, SocketSetText("later", SSLCaFile, "\xff\xfe"));
#endif
}

static void a_peer_that_keeps_silent_ends_the_call_in_time(void)
{
    sock client, plain;
    char text[1000];
    int silent, port;
    int64_t start;
    REQUIRE((silent = peer_listen(&port)) >= 0);
    start = now_ms();
    CHECK_EQ(0, S_ConnectSSL(&client, "client", port, "localhost", 0, 300));
    CHECK_EQ(WDSOCKET_ERR_TIMEOUT, SocketErrorCode());
    CHECK(now_ms() - start >= 290 && now_ms() - start < 5000);
    CHECK_EQ(0, SocketExist("client"));
    CHECK_EQ(1, S_Connect(&plain, "plain", port, "127.0.0.1", 5000));
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_StartSSL(&plain, 0, 300, "localhost"));
    CHECK(now_ms() - start >= 290 && now_ms() - start < 5000);
    /* It is over, once for all, and never in clear again. */
    start = now_ms();
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&plain, "secret", -1));
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&plain, 1, 0, text, sizeof text));
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "did not finish the TLS handshake within 300 ms") != NULL);
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Read(&plain, 0, 0, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_LOST, S_Pending(&plain));
    CHECK_NO(WDSOCKET_ERR_LOST, S_StartSSL(&plain, 0, 300, "localhost"));
    CHECK_EQ(0, S_Connected(&plain));
    CHECK(now_ms() - start < 290);
    CHECK_EQ(1, S_Close(&plain));
    close(silent);
}

/* A connection to the listener with its first message; what was agreed of application protocols. */
static void agreed_is(const sock *listener, const char *expected)
{
    tls_accepting accepting = {listener, {"", 0}, 0};
    pthread_t thread = thread_start(tls_accept_thread, &accepting);
    sock client;
    char text[64] = "";
    CHECK_EQ(1, S_ConnectSSL(&client, "client", s_port(listener), "localhost", 0, 10000));
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    pthread_join(thread, NULL);
    CHECK_EQ((intptr_t)strlen(expected), S_SSLInfo(&client, SSLAlpn, text, sizeof text));
    CHECK(strcmp(text, expected) == 0);
    CHECK_EQ((intptr_t)strlen(expected), S_SSLInfo(&accepting.channel, SSLAlpn, text, sizeof text));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetText(&client, SSLAlpn, "h2"));
    CHECK_NO(WDSOCKET_ERR_WRONG_KIND, S_SetText(&accepting.channel, SSLAlpn, "h2"));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&accepting.channel));
}

static void a_server_s_settings_count_for_the_clients_to_come(void)
{
    sock listener, silent;
    char text[16];
    int fd;
    REQUIRE(tls_listen(&listener, "listener") != 0);
    CHECK_EQ(1, SocketSetText(NULL, SSLAlpn, "h2,imap"));
    agreed_is(&listener, "");
    CHECK_EQ(1, S_SetText(&listener, SSLAlpn, "imap"));
    agreed_is(&listener, "imap");
    /* What no server could be made with leaves it as it was. */
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetText(&listener, SSLCipherList, "NO-SUCH-SUITE"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetText(&listener, SSLAlpn, "imap,,h2"));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, S_SetText(&listener, SSLKeyFile, "/nowhere/till.key"));
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, S_SetOption(&listener, SSLVerifyClient, 3));
    CHECK_EQ(0, S_GetOption(&listener, SSLVerifyClient));
    agreed_is(&listener, "imap");
    CHECK_EQ(1, SocketSetText(NULL, SSLAlpn, NULL));
    agreed_is(&listener, "");
    /* Nothing is known of a client before its handshake, which a read of no time does not wait for. */
    REQUIRE((fd = peer_connect(s_port(&listener))) >= 0);
    REQUIRE(s_take(&listener, &silent));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_SSLInfo(&silent, SSLProtocol, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&silent, 0, 0, text, sizeof text));
    close(fd);
}

static void texts_that_wait_for_a_name_are_its_next_socket_s_alone(void)
{
    sock listener;
    int32_t port;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    /* No client is taken here: what is refused is refused before the server has a part in it. */
    CHECK_EQ(1, SocketSetText("one", SSLCaFile, "/nowhere/root.pem"));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, SocketConnectSSL("one", port, "localhost", 0, 200, NULL));
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, SocketConnectSSL("two", port, "localhost", 0, 200, NULL));
    CHECK_EQ(1, SocketSetText("one", SSLCaFile, NULL));
}

/* Stands between a client and a server of TLS; what the client sends last comes slowly. */
typedef struct slow_line {
    int listener, server_port;
    /* Tells that the handshake is over and what comes now comes drop by drop. */
    atomic_int slow;
} slow_line;

enum { IDLE_MS = 400, SLOW_PARTS = 10 };

static void *carry(void *argument)
{
    slow_line *line = argument;
    static char bytes[65536];
    int client = peer_accept(line->listener), server = peer_connect(line->server_port);
    for (;;) {
        struct timeval soon = {0, 20000};
        fd_set both;
        ssize_t count;
        int from;
        FD_ZERO(&both);
        FD_SET(client, &both);
        FD_SET(server, &both);
        if (select((client > server ? client : server) + 1, &both, NULL, NULL, &soon) <= 0)
            continue;
        from = FD_ISSET(client, &both) ? client : server;
        if ((count = recv(from, bytes, sizeof bytes, 0)) <= 0)
            break;
        if (from == server || !atomic_load(&line->slow)) {
            peer_send(from == client ? server : client, bytes, (size_t)count);
            continue;
        }
        for (ssize_t sent = 0; sent < count; sent += count / SLOW_PARTS + 1) {
            ssize_t rest = count - sent, size = count / SLOW_PARTS + 1;
            sleep_ms(IDLE_MS / 4);
            peer_send(server, bytes + sent, (size_t)(rest < size ? rest : size));
        }
    }
    close(client);
    close(server);
    return NULL;
}

static void a_record_that_comes_slowly_is_no_silence(void)
{
    static char message[16000], got[16000];
    sock listener, client, channel;
    slow_line line = {-1, 0, 0};
    tls_accepting accepting = {&listener, {"", 0}, 0};
    pthread_t carrier, taker;
    int port;
    int64_t start;
    memset(message, 'r', sizeof message);
    REQUIRE((line.server_port = tls_listen(&listener, "listener")) != 0);
    REQUIRE((line.listener = peer_listen(&port)) >= 0);
    carrier = thread_start(carry, &line);
    taker = thread_start(tls_accept_thread, &accepting);
    CHECK_EQ(1, S_ConnectSSL(&client, "client", port, "127.0.0.1", 0, 10000));
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    thread_end(taker);
    channel = accepting.channel;
    CHECK_EQ(1, S_SetOption(&channel, SocketReadIdle, IDLE_MS));
    atomic_store(&line.slow, 1);
    CHECK_EQ(1, S_Write(&client, message, sizeof message));
    start = now_ms();
    CHECK_EQ((intptr_t)sizeof message, S_Read(&channel, 1, 0, got, sizeof got));
    CHECK(now_ms() - start > IDLE_MS && memcmp(message, got, sizeof got) == 0);
    start = now_ms();
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&channel, 1, 0, got, sizeof got));
    CHECK(now_ms() - start >= IDLE_MS - 5 && now_ms() - start < IDLE_MS + 1500);
    CHECK_EQ(1, S_Close(&client));
    thread_end(carrier);
    close(line.listener);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(each_mode_carries_messages_both_ways);
    RUN(a_message_of_20_megabytes_comes_whole);
    RUN(a_buffer_too_small_a_timeout_and_another_mode_lose_nothing);
    RUN(a_message_that_is_already_decrypted_is_pending);
    RUN_BUT_NOT_UNDER_WINE(a_client_that_leaves_is_seen_and_its_messages_come_first,
                           "Wine 8 tells of an end only after the last byte was read");
    RUN(shutdown_ends_one_half_and_the_other_goes_on);
    RUN(a_simplified_server_serves_one_client_after_the_other);
    RUN(a_connection_tells_what_was_agreed_and_who_the_peer_is);
    RUN(ipv6_works_as_ipv4_does);
    RUN(tls_starts_on_plain_connections_only);
    RUN(NULL_and_nonsense_are_refused_and_no_socket_is_made);
    RUN(a_peer_that_keeps_silent_ends_the_call_in_time);
    RUN(a_server_s_settings_count_for_the_clients_to_come);
    RUN(texts_that_wait_for_a_name_are_its_next_socket_s_alone);
    RUN(a_record_that_comes_slowly_is_no_silence);
    return check_end();
}

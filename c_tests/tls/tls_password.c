/* Certificates behind a password: they open with it, and without it the call says so. Nobody is ever asked.
 * Arguments, beside those of tls_family.h: a PKCS#12 file and a PEM file with a locked key, both with the same certificate
 * as the server's and the password "wdsocket". */
#include "child.h"
#include "tls_family.h"

#ifndef _WIN32
#include <fcntl.h>
#endif

static const char *pkcs12, *locked_pem;

static intptr_t create(sock *h, const char *certificate)
{
    s_name(h, "listener");
#ifdef BY_ID
    return s_made(h, SocketCreateSSLId(0, certificate, 0, "127.0.0.1", NULL));
#else
    return SocketCreateSSL(h->name, 0, certificate, 0, "127.0.0.1", NULL);
#endif
}

static intptr_t connect_with(sock *h, int32_t port, const char *certificate)
{
    s_name(h, "client");
#ifdef BY_ID
    return s_made(h, SocketConnectSSLId(port, "localhost", 0, 10000, certificate));
#else
    return SocketConnectSSL(h->name, port, "localhost", 0, 10000, certificate);
#endif
}

/* Both ends show the certificate of that file. */
static void opens_with_its_password(const char *file)
{
    tls_accepting accepting;
    sock listener, client;
    pthread_t thread;
    char server[200] = "", shown[200] = "";
    memset(&accepting, 0, sizeof accepting);
    CHECK_EQ(1, SocketSetText(NULL, SSLPassword, "wdsocket"));
    REQUIRE(create(&listener, file) == 1);
    CHECK_EQ(1, S_SetOption(&listener, SSLVerifyClient, 2));
    accepting.listener = &listener;
    thread = thread_start(tls_accept_thread, &accepting);
    CHECK_EQ(1, connect_with(&client, s_port(&listener), file));
    CHECK_EQ(1, S_Write(&client, "hello", -1));
    thread_end(thread);
    CHECK(S_SSLInfo(&client, SSLPeerSubject, server, sizeof server) > 0);
    CHECK(S_SSLInfo(&accepting.channel, SSLPeerSubject, shown, sizeof shown) > 0);
    CHECK(strstr(server, "localhost") != NULL && strcmp(server, shown) == 0);
}

static void a_pkcs12_file_opens_with_its_password(void)
{
    opens_with_its_password(pkcs12);
}

static void a_locked_key_opens_with_its_password(void)
{
    opens_with_its_password(locked_pem);
}

static void check_told(intptr_t result)
{
    char text[1024] = "";
    CHECK_EQ(0, result);
    CHECK_EQ(WDSOCKET_ERR_CERTIFICATE, SocketErrorCode());
    CHECK(SocketErrorInfo(text, sizeof text) > 0 && strstr(text, "password") != NULL);
}

static void a_wrong_or_missing_password_is_told_at_once(void)
{
    static const char *const passwords[] = {NULL, "wrong"};
    sock listener, plain, s;
    int i;
    REQUIRE(s_listen(&listener, "plain listener") != 0);
    for (i = 0; i < 4; i++) {
        const char *file = i < 2 ? pkcs12 : locked_pem;
        int64_t start = now_ms();
        CHECK_EQ(1, SocketSetText(NULL, SSLPassword, passwords[i % 2]));
        check_told(create(&s, file));
        check_told(connect_with(&s, s_port(&listener), file));
        REQUIRE(S_Connect(&plain, "plain", s_port(&listener), "127.0.0.1", 10000) == 1);
        check_told(S_CALL(SocketStartSSL)(S_KEY(&plain), 0, 10000, "localhost", file));
        CHECK_EQ(1, S_Close(&plain));
        CHECK(now_ms() - start < 5000);
    }
    CHECK_EQ(1, SocketSetText(NULL, SSLPassword, NULL));
}

#ifdef _WIN32

static void nobody_is_asked_at_the_terminal(void)
{
}

#else

/* In a process whose terminal that is: OpenSSL's own tools would ask for the password there. Waits to be killed. */
static int be_at(const char *terminal)
{
    static const char said[] = "nobody was asked\n";
    int fd;
    if (setsid() < 0 || open(terminal, O_RDWR) < 0) /* stays open: the other end would see the last one close */
        return 1;
    a_wrong_or_missing_password_is_told_at_once();
    fd = open("/dev/tty", O_WRONLY);
    if (atomic_load(&check_faults) != 0 || write(fd, said, sizeof said - 1) < 0)
        return 1;
    for (;;)
        sleep_ms(1000);
}

static void nobody_is_asked_at_the_terminal(void)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const char *words[] = {tls_certificate, tls_root, pkcs12, locked_pem, NULL, NULL};
    char said[200] = "";
    size_t size = 0;
    child other;
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 || (words[4] = ptsname(terminal)) == NULL) {
        printf("skipped - nobody_is_asked_at_the_terminal: this machine has no terminals\n");
        return;
    }
    REQUIRE(child_start(&other, words));
    /* Whoever is asked waits for an answer, and never gets to the end of a line. */
    while (size + 1 < sizeof said && strchr(said, '\n') == NULL && read(terminal, said + size, 1) == 1)
        size++;
    child_kill(other);
    child_end(other);
    if (strcmp(said, "nobody was asked\r\n") != 0) { /* as a terminal ends a line */
        fprintf(stderr, "# on the terminal stands: %s\n", said);
        CHECK(!"asked");
    }
    close(terminal);
}

#endif

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, argc > 5 ? 20 : 60) || argc < 5)
        return 1;
    pkcs12 = argv[3];
    locked_pem = argv[4];
#ifndef _WIN32
    if (argc > 5)
        return be_at(argv[5]);
#endif
    RUN(a_pkcs12_file_opens_with_its_password);
    RUN(a_locked_key_opens_with_its_password);
    RUN(a_wrong_or_missing_password_is_told_at_once);
    RUN_ON_POSIX(nobody_is_asked_at_the_terminal);
    return check_end();
}

/* traced FILE SCENE [CERTIFICATE ROOT] [MORE]: what a test looks at in FILE afterwards. Each scene prints nothing, or what
 * the test has to know, and ends with 0 where everything went as it should. */
#include "check.h"

#include "peer.h"

static const char *certificate, *root, *more = "";
static char host[64] = "127.0.0.1";

#define NEED(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            char text_[1000] = "";                                                             \
            SocketErrorInfo(text_, sizeof text_);                                              \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, text_);         \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

static int port_of(const char *name)
{
    char port[16] = "";
    NEED(SocketLocalInfo(name, SocketPort, port, sizeof port) > 0);
    return atoi(port);
}

/* Says the same to everybody until the server is closed. */
static void *answers(void *server)
{
    char channel[64], message[1000];
    while (SocketWaitForConnection(server, WDSOCKET_INFINITE)) {
        intptr_t size;
        if (SocketAccept(server, channel, sizeof channel) <= 0)
            continue;
        while ((size = SocketRead(channel, 0, 20000, message, sizeof message)) >= 0)
            SocketWrite(channel, message, (int32_t)size);
        SocketClose(channel);
    }
    return NULL;
}

static void asks(const char *name, const char *text)
{
    char answer[1000];
    size_t size = strlen(text);
    NEED(SocketWrite(name, text, (int32_t)size));
    NEED(SocketRead(name, 0, 20000, answer, sizeof answer) == (intptr_t)size);
    NEED(memcmp(answer, text, size) == 0);
}

static void clear(void)
{
    NEED(SocketCreate("server", 0, host));
    pthread_t server = thread_start(answers, "server");
    NEED(SocketConnect("client", port_of("server"), host, 5000));
    asks("client", "a plain message");
    asks("client", "another plain message");
    NEED(SocketShutdown("client"));
    NEED(SocketRead("client", 0, 5000, host, 1) == -WDSOCKET_ERR_CLOSED);
    NEED(SocketClose("client"));
    NEED(SocketClose("server"));
    thread_end(server);
}

static void tls(int times)
{
    int bits = atoi(more);
    NEED(SocketSetText(NULL, SSLCaFile, root));
    NEED(SocketCreateSSL("server", 0, certificate, bits, host, NULL));
    pthread_t server = thread_start(answers, "server");
    while (times-- > 0) {
        NEED(SocketConnectSSL("client", port_of("server"), host, bits, 10000, NULL));
        asks("client", "a secret message");
        asks("client", "another secret message");
        NEED(SocketClose("client"));
    }
    NEED(SocketClose("server"));
    thread_end(server);
}

static void refused(void)
{
    NEED(SocketCreateSSL("server", 0, certificate, 0, host, NULL));
    pthread_t server = thread_start(answers, "server");
    NEED(SocketSetOption(NULL, SSLSystemRoots, 0));
    NEED(SocketSetText(NULL, SSLCaFile, more));
    NEED(!SocketConnectSSL("client", port_of("server"), host, 0, 10000, NULL));
    NEED(SocketErrorCode() == WDSOCKET_ERR_TLS_CERTIFICATE);
    NEED(SocketClose("server"));
    thread_end(server);
}

static void datagrams(void)
{
    char message[1000];
    NEED(SocketCreateUDP("one", 0, host));
    NEED(SocketCreateUDP("other", 0, NULL));
    NEED(SocketWriteTo("one", "a datagram", -1, host, port_of("other")));
    NEED(SocketRead("other", 0, 5000, message, 4) == -WDSOCKET_ERR_BUFFER_TOO_SMALL);
    NEED(SocketRead("other", 0, 5000, message, sizeof message) == 10);
    NEED(SocketWriteTo("other", "its answer", -1, host, port_of("one")));
    NEED(SocketRead("one", 0, 5000, message, sizeof message) == 10);
}

/* A connection through the proxy on port MORE, which needs a login. */
static void tunnel(void)
{
    char address[100];
    const char *scheme = strchr(more, ' ');
    NEED(SocketSetText(NULL, SSLCaFile, root));
    NEED(SocketCreateSSL("server", 0, certificate, 0, host, NULL));
    pthread_t server = thread_start(answers, "server");
    snprintf(address, sizeof address, "%s://127.0.0.1", scheme ? scheme + 1 : "socks5");
    NEED(SocketProxy(address, atoi(more), "proxy-user", "proxy-password"));
    NEED(SocketConnectSSL("client", port_of("server"), host, 0, 10000, NULL));
    asks("client", "a secret message");
    NEED(SocketClose("client"));
    NEED(SocketClose("server"));
    thread_end(server);
}

/* The last line of a mail server's answer. */
static void mail_answers(void)
{
    char line[1000];
    do
        NEED(SocketRead("client", 0, 5000, line, sizeof line) > 3);
    while (line[3] == '-');
}

/* A client of a mail server of port MORE, which goes over to TLS. */
static void starttls(void)
{
    NEED(SocketSetText(NULL, SSLCaFile, root));
    NEED(SocketConnect("client", atoi(more), host, 5000));
    NEED(SocketChangeTransmissionMode("client", SocketEndTag, "\n", 1));
    mail_answers();
    NEED(SocketWrite("client", "EHLO till\r", -1));
    mail_answers();
    NEED(SocketWrite("client", "STARTTLS\r", -1));
    mail_answers();
    NEED(SocketStartSSL("client", 0, 10000, NULL, NULL));
    NEED(SocketWrite("client", "NOOP\r", -1));
    mail_answers();
    NEED(SocketClose("client"));
}

/* A server for one client of another program, whose port it prints. */
static void serves(void)
{
    char channel[64], bytes[1000];
    intptr_t size;
    NEED(SocketCreateSSL("server", 0, certificate, 0, host, NULL));
    NEED(SocketChangeTransmissionMode("server", SocketNoEndTag, NULL, 0));
    printf("%d\n", port_of("server"));
    fflush(stdout);
    NEED(SocketWaitForConnection("server", 20000));
    NEED(SocketAccept("server", channel, sizeof channel) > 0);
    while ((size = SocketRead(channel, 0, 20000, bytes, sizeof bytes)) > 0)
        NEED(SocketWrite(channel, bytes, (int32_t)size));
    SocketCloseAll();
}

static void *is_one_of_many(void *argument)
{
    char name[32];
    int i, port = port_of(certificate ? "secure" : "server");
    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "client %d %d", *(int *)argument, i);
        if (certificate)
            NEED(SocketConnectSSL(name, port, host, 0, 20000, NULL));
        else
            NEED(SocketConnect(name, port, host, 20000));
        asks(name, "one message of many");
        asks(name, name);
    }
    return NULL;
}

/* One thread for all its clients, until the server is closed. */
static void *serves_many(void *server)
{
    int32_t ids[64];
    char message[1000];
    intptr_t i, count, size;
    NEED(SocketWatch("watch") && SocketWatchAdd("watch", server));
    int32_t door = (int32_t)SocketId(server);
    while ((count = SocketWatchWait("watch", WDSOCKET_INFINITE, ids, 64)) >= 0)
        for (i = 0; i < count; i++) {
            intptr_t channel;
            char name[64];
            if (ids[i] == door) {
                if ((channel = SocketAcceptId(door)) > 0 && SocketName((int32_t)channel, name, sizeof name) >= 0)
                    NEED(SocketWatchAddId((int32_t)SocketId("watch"), (int32_t)channel));
            } else if ((size = SocketReadId(ids[i], 0, 0, message, sizeof message)) >= 0)
                SocketWriteId(ids[i], message, (int32_t)size);
            else if (SocketErrorCode() != WDSOCKET_ERR_TIMEOUT)
                SocketCloseId(ids[i]);
        }
    return NULL;
}

static void crowd(void)
{
    enum { THREADS = 20 };
    pthread_t threads[THREADS], server;
    int numbers[THREADS], i;
    const char *name = certificate ? "secure" : "server";
    if (certificate) {
        NEED(SocketSetText(NULL, SSLCaFile, root));
        NEED(SocketCreateSSL(name, 0, certificate, 0, host, NULL));
    } else
        NEED(SocketCreate(name, 0, host));
    server = thread_start(serves_many, (void *)(uintptr_t)name);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        threads[i] = thread_start(is_one_of_many, &numbers[i]);
    }
    for (i = 0; i < THREADS; i++)
        thread_end(threads[i]);
    SocketCloseAll();
    thread_end(server);
}

/* Sends until it is killed; prints a line once that has begun. */
static void for_ever(void)
{
    NEED(SocketCreate("server", 0, host));
    thread_start(answers, "server");
    NEED(SocketConnect("client", port_of("server"), host, 5000));
    asks("client", "a plain message");
    puts("it goes on");
    fflush(stdout);
    for (;;)
        asks("client", "a plain message");
}

/* So many messages that they have no room; then what the trace left on the socket. */
static void fills(void)
{
    static char bytes[100000];
    char text[1000] = "";
    int i, count = atoi(more);
    NEED(SocketCreate("server", 0, host));
    pthread_t server = thread_start(answers, "server");
    NEED(SocketConnect("client", port_of("server"), host, 5000));
    memset(bytes, 'x', sizeof bytes);
    for (i = 0; i < count; i++) {
        bytes[900] = '\0';
        asks("client", bytes);
    }
    NEED(SocketLocalInfo("client", SocketLastError, text, sizeof text) >= 0);
    printf("%s\n", text);
    SocketCloseAll();
    thread_end(server);
}

/* What a text must not show. */
static void secrets(void)
{
    SocketSetText(NULL, SSLPassword, "key-password");
    SocketProxy("socks5://url-user:url-password@127.0.0.1", 1, "proxy-user", "proxy-password");
    SocketConnect("client", 9, host, 1000);
    SocketProxy(NULL, 0, NULL, NULL);
    SocketSetText(NULL, WebSocketHeaders, "Authorization: Bearer header-token");
    WebSocketClientConnect("client", host, 9, "/till@shop?token=url@token", NULL, 1000);
    SocketSetText(NULL, WebSocketHeaders, NULL);
    SocketSetText(NULL, SSLPassword, NULL);
    tls(1);
}

int main(int argc, char **argv)
{
    const char *scene = argc > 2 ? argv[2] : "";
    alarm(60);
    if (argc > 4 && argv[3][0]) {
        certificate = argv[3];
        root = argv[4];
    }
    if (argc > 5)
        more = argv[5];
    if (argc > 6)
        snprintf(host, sizeof host, "%s", argv[6]);
    if (getenv("LIMIT"))
        NEED(SocketSetOption(NULL, SocketTraceLimit, atoi(getenv("LIMIT"))));
    if (argc > 1 && argv[1][0])
        NEED(SocketSetText(NULL, SocketTraceFile, argv[1]));
    if (getenv("KEYS"))
        NEED(SocketSetText(NULL, SSLKeyLogFile, getenv("KEYS")));
    if (strcmp(scene, "clear") == 0)
        clear();
    else if (strcmp(scene, "tls") == 0)
        tls(1);
    else if (strcmp(scene, "resumed") == 0)
        tls(2);
    else if (strcmp(scene, "refused") == 0)
        refused();
    else if (strcmp(scene, "datagrams") == 0)
        datagrams();
    else if (strcmp(scene, "tunnel") == 0)
        tunnel();
    else if (strcmp(scene, "starttls") == 0)
        starttls();
    else if (strcmp(scene, "serves") == 0)
        serves();
    else if (strcmp(scene, "crowd") == 0)
        crowd();
    else if (strcmp(scene, "for-ever") == 0)
        for_ever();
    else if (strcmp(scene, "fills") == 0)
        fills();
    else if (strcmp(scene, "secrets") == 0)
        secrets();
    else
        return 2;
    return 0;
}

/*
 * TLS driven from the command line, one word an action, its parameters behind it. The TLS tests use it against programs
 * that are not ours. It acts on one socket: the last that was made.
 *
 *   text OPTION TEXT              SocketSetText for the sockets to come, with the option's own name: SSLCaFile …
 *   option OPTION NUMBER          SocketSetOption for the sockets to come
 *   set OPTION TEXT               SocketSetText for the socket itself; prints "set 0", or "set CODE TEXT" and goes on
 *   listen BITS CERTIFICATE STORE a TLS server on a free port of 127.0.0.1; prints "port N", and "warning TEXT" where there is one
 *   clear                         a server in clear, otherwise as `listen`
 *   connect PORT HOST BITS CERTIFICATE
 *   attempt PORT HOST BITS CERTIFICATE
 *                                 connects and closes again; a failure is printed as "attempt CODE TEXT" and ends nothing
 *   plain PORT                    a connection in clear to 127.0.0.1
 *   dial PORT HOST                a connection in clear to any host
 *   proxy ADDRESS PORT LOGIN PASSWORD
 *                                 SocketProxy
 *   start BITS SERVER-NAME CERTIFICATE
 *                                 TLS from here on
 *   peer                          prints "peer ADDRESS PORT"
 *   accept                        waits for a client and goes on with its channel
 *   server                        goes on with the server itself
 *   mode size|none|tag:HEX        as in interop.c
 *   write HEX, say TEXT           sends a message
 *   read, take COUNT, rest        prints "read HEX" …; `rest` reads until the peer closes
 *   fill SIZE                     sends messages of that size until one fails, then one more; prints both codes as "fill CODE"
 *   until TEXT                    reads messages up to one that begins with it
 *   info QUESTION                 prints "info TEXT"
 *   echo                          sends back what comes until the peer closes
 *   http TEXT                     takes a request's head and answers with a page that holds TEXT
 *   mark TEXT                     prints "mark TEXT"
 *   pause                         prints "pause" and waits for a line on the standard input
 *   shutdown, close
 *
 * An empty word stands for NULL. The first failure prints "error CODE TEXT" and ends the program with 1.
 */
#include "check.h"

enum { WAIT_MS = 20000 };

static const struct { const char *word; int32_t value; } words[] = {
    { "SSLCaFile", SSLCaFile }, { "SSLCaDirectory", SSLCaDirectory }, { "SSLCrlFile", SSLCrlFile },
    { "SSLKeyFile", SSLKeyFile }, { "SSLCertificateDirectory", SSLCertificateDirectory }, { "SSLPassword", SSLPassword }, { "SSLServerName", SSLServerName },
    { "SSLAlpn", SSLAlpn }, { "SSLCipherList", SSLCipherList }, { "SSLPeerFingerprintPin", SSLPeerFingerprintPin },
    { "SSLHandshakeTimeout", SSLHandshakeTimeout }, { "SSLVerifyClient", SSLVerifyClient },
    { "SSLSystemRoots", SSLSystemRoots }, { "SSLVerifyDepth", SSLVerifyDepth }, { "SSLStrict", SSLStrict },
    { "SSLNameInSubject", SSLNameInSubject }, { "SocketProxyAddress", SocketProxyAddress },
    { "SSLGroups", SSLGroups }, { "SSLGroup", SSLGroup }, { "SSLProtocol", SSLProtocol }, { "SSLCipher", SSLCipher }, { "SSLPeerSubject", SSLPeerSubject },
    { "SSLPeerIssuer", SSLPeerIssuer }, { "SSLPeerFingerprint", SSLPeerFingerprint },
    { "SSLPeerNotAfter", SSLPeerNotAfter }, { "SocketWriteTimeout", SocketWriteTimeout },
    { "SocketTraceFile", SocketTraceFile }, { "SSLKeyLogFile", SSLKeyLogFile }, { "SSLTicketKeyFile", SSLTicketKeyFile },
    { "SSLResumed", SSLResumed },
};

static unsigned char buffer[1 << 20];
static char name[256] = "none yet";
static char **next; /* the next word */

_Noreturn static void fail(void)
{
    char text[2048];
    int code = (int)SocketErrorCode();
    SocketErrorInfo(text, sizeof text);
    printf("error %d %s\n", code, text);
    exit(1);
}

static void check(intptr_t result)
{
    if (result <= 0)
        fail();
}

static const char *word(void)
{
    if (*next == NULL) {
        fprintf(stderr, "a word is missing\n");
        exit(2);
    }
    return *next++;
}

static const char *word_or_null(void)
{
    const char *text = word();
    return *text != '\0' ? text : NULL;
}

static int32_t number(void)
{
    return atoi(word());
}

static int32_t constant(void)
{
    const char *text = word();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0)
            return words[i].value;
    fprintf(stderr, "unknown constant %s\n", text);
    exit(2);
}

static int32_t from_hex(const char *hex, unsigned char *bytes)
{
    int32_t size = 0;
    unsigned int byte;
    while (sscanf(hex + 2 * size, "%2x", &byte) == 1)
        bytes[size++] = (unsigned char)byte;
    return size;
}

static void print_hex(const char *label, intptr_t size)
{
    printf("%s ", label);
    for (intptr_t i = 0; i < size; i++)
        printf("%02x", buffer[i]);
    putchar('\n');
}

static void print_port(void)
{
    char port[8];
    check(SocketLocalInfo(name, SocketPort, port, sizeof port));
    printf("port %s\n", port);
}

static void make_server(void)
{
    int32_t bits = number();
    const char *certificate = word(), *store = word_or_null();
    char warning[1024];
    strcpy(name, "server");
    check(SocketCreateSSL(name, 0, certificate, bits, "127.0.0.1", store));
    CHECK_EQ(0, SocketErrorCode());
    if (SocketErrorInfo(warning, sizeof warning) > 0)
        printf("warning %s\n", warning);
    print_port();
}

static void make_client(void)
{
    int32_t port = number();
    const char *host = word_or_null();
    int32_t bits = number();
    strcpy(name, "client");
    check(SocketConnectSSL(name, port, host, bits, WAIT_MS, word_or_null()));
}

static void attempt(void)
{
    int32_t port = number();
    const char *host = word_or_null();
    int32_t bits = number();
    if (SocketConnectSSL("attempt", port, host, bits, WAIT_MS, word_or_null()) == 1) {
        check(SocketClose("attempt"));
        printf("attempt 0\n");
    } else {
        char text[2048];
        int code = (int)SocketErrorCode();
        SocketErrorInfo(text, sizeof text);
        printf("attempt %d %s\n", code, text);
    }
}

static void set_proxy(void)
{
    const char *address = word_or_null(), *login, *password;
    int32_t port = number();
    login = word_or_null();
    password = word_or_null();
    check(SocketProxy(address, port, login, password));
}

static void change_mode(void)
{
    unsigned char tag[255];
    const char *mode = word();
    if (strcmp(mode, "none") == 0) {
        check(SocketChangeTransmissionMode(name, SocketNoEndTag, NULL, 0));
    } else if (strcmp(mode, "size") == 0) {
        check(SocketChangeTransmissionMode(name, SocketSize, NULL, 0));
    } else {
        int32_t size = from_hex(mode + strlen("tag:"), tag);
        check(SocketChangeTransmissionMode(name, SocketEndTag, size > 0 ? tag : NULL, size));
    }
}

static intptr_t receive(intptr_t have, int32_t capacity)
{
    return SocketRead(name, 0, WAIT_MS, buffer + have, capacity);
}

static void take(int32_t count)
{
    int32_t total = 0;
    while (total < count) {
        intptr_t length = receive(total, count - total);
        check(length);
        total += (int32_t)length;
    }
    print_hex("take", total);
}

static void read_rest(void)
{
    intptr_t total = 0, length;
    while ((length = receive(total, (int32_t)(sizeof buffer - (size_t)total))) > 0)
        total += length;
    print_hex("rest", total);
    if (length != -WDSOCKET_ERR_CLOSED)
        fail();
}

static void fill(int32_t size)
{
    memset(buffer, 'f', sizeof buffer);
    for (int failures = 0; failures < 2;) {
        if (SocketWrite(name, buffer, size) == 1)
            continue;
        printf("fill %d\n", (int)SocketErrorCode());
        failures++;
    }
}

static void echo(void)
{
    intptr_t length;
    while ((length = receive(0, sizeof buffer)) >= 0)
        check(SocketWrite(name, buffer, (int32_t)length));
    if (length != -WDSOCKET_ERR_CLOSED)
        fail();
}

static void serve_page(const char *page)
{
    intptr_t total = 0, length;
    char answer[1024];
    do {
        length = receive(total, (int32_t)(sizeof buffer - 1 - (size_t)total));
        check(length);
        total += length;
        buffer[total] = '\0';
    } while (strstr((char *)buffer, "\r\n\r\n") == NULL);
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             strlen(page), page);
    check(SocketWrite(name, answer, -1));
}

static void act(const char *action)
{
    char text[1024];
    int32_t option;
    if (strcmp(action, "text") == 0) {
        option = constant();
        check(SocketSetText(NULL, option, word()));
    } else if (strcmp(action, "set") == 0) {
        option = constant();
        if (SocketSetText(name, option, word())) {
            printf("set 0\n");
        } else {
            SocketErrorInfo(text, sizeof text);
            printf("set %ld %s\n", (long)SocketErrorCode(), text);
        }
    } else if (strcmp(action, "option") == 0) {
        option = constant();
        check(SocketSetOption(NULL, option, number()));
    } else if (strcmp(action, "listen") == 0) {
        make_server();
    } else if (strcmp(action, "clear") == 0) {
        strcpy(name, "server");
        check(SocketCreate(name, 0, "127.0.0.1"));
        print_port();
    } else if (strcmp(action, "connect") == 0) {
        make_client();
    } else if (strcmp(action, "attempt") == 0) {
        attempt();
    } else if (strcmp(action, "plain") == 0) {
        strcpy(name, "client");
        check(SocketConnect(name, number(), "127.0.0.1", WAIT_MS));
    } else if (strcmp(action, "dial") == 0) {
        strcpy(name, "client");
        option = number();
        check(SocketConnect(name, option, word_or_null(), WAIT_MS));
    } else if (strcmp(action, "proxy") == 0) {
        set_proxy();
    } else if (strcmp(action, "peer") == 0) {
        check(SocketClientInfo(name, SocketAddress, text, sizeof text));
        printf("peer %s ", text);
        check(SocketClientInfo(name, SocketPort, text, sizeof text));
        printf("%s\n", text);
    } else if (strcmp(action, "start") == 0) {
        const char *server;
        option = number();
        server = word_or_null();
        check(SocketStartSSL(name, option, WAIT_MS, server, word_or_null()));
    } else if (strcmp(action, "accept") == 0) {
        check(SocketWaitForConnection("server", WAIT_MS));
        check(SocketAccept("server", name, sizeof name));
    } else if (strcmp(action, "server") == 0) {
        strcpy(name, "server");
    } else if (strcmp(action, "mode") == 0) {
        change_mode();
    } else if (strcmp(action, "write") == 0) {
        option = from_hex(word(), buffer);
        check(SocketWrite(name, buffer, option));
    } else if (strcmp(action, "say") == 0) {
        check(SocketWrite(name, word(), -1));
    } else if (strcmp(action, "fill") == 0) {
        fill(number());
    } else if (strcmp(action, "read") == 0) {
        intptr_t length = receive(0, sizeof buffer);
        if (length < 0)
            fail();
        print_hex("read", length);
    } else if (strcmp(action, "until") == 0) {
        const char *start = word();
        do {
            check(receive(0, sizeof buffer));
        } while (memcmp(buffer, start, strlen(start)) != 0);
    } else if (strcmp(action, "take") == 0) {
        take(number());
    } else if (strcmp(action, "rest") == 0) {
        read_rest();
    } else if (strcmp(action, "info") == 0) {
        if (SocketSSLInfo(name, constant(), text, sizeof text) < 0)
            fail();
        printf("info %s\n", text);
    } else if (strcmp(action, "echo") == 0) {
        echo();
    } else if (strcmp(action, "http") == 0) {
        serve_page(word());
    } else if (strcmp(action, "mark") == 0) {
        printf("mark %s\n", word());
    } else if (strcmp(action, "pause") == 0) {
        printf("pause\n");
        fflush(stdout);
        if (fgets(text, sizeof text, stdin) == NULL)
            exit(2);
    } else if (strcmp(action, "shutdown") == 0) {
        check(SocketShutdown(name));
    } else if (strcmp(action, "close") == 0) {
        check(SocketClose(name));
    } else {
        fprintf(stderr, "unknown action %s\n", action);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    check_start(60);
    next = argv + 1;
    while (*next != NULL) {
        act(word());
        fflush(stdout);
    }
    SocketCloseAll();
    return 0;
}

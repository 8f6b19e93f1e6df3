/* Every export runs on a thread whose stack has 64 KiB, as it may in hosts that have thousands of threads. Whatever is called is
 * noted, and said at the end in lines "# called NAME".
 * Arguments: a server's certificate for this machine, the root that issued it, the same with a key that the password
 * "wdsocket" opens, as PKCS#12 and as PEM. */
#include "check.h"

#include <sys/mman.h>

enum { STACK = 64 << 10, GUARD = 1 << 20, UNTOUCHED = 0x5a, LARGE = 200000, WAIT = 20000 };

static const char *certificate, *root, *locked_pkcs12, *locked_pem;
static char large[LARGE], large_in[2][LARGE];

/* --- what was called --------------------------------------------------------------------------- */

static struct {
    const char *name[200];
    int count;
} called;

static void note(const char *name)
{
    int i;
    pthread_mutex_lock(&check_lock);
    for (i = 0; i < called.count && strcmp(called.name[i], name) != 0; i++) {
    }
    if (i == called.count && i < 200)
        called.name[called.count++] = name;
    pthread_mutex_unlock(&check_lock);
}

#define CALL(function, ...) (note(#function), function(__VA_ARGS__))
#define CALL_ALONE(function) (note(#function), function())

/* --- threads with little room ------------------------------------------------------------------ */

static atomic_int deepest;

typedef struct small_thread {
    pthread_t thread;
    unsigned char *stack;
} small_thread;

static small_thread small_start(void *(*body)(void *), void *argument)
{
    small_thread t;
    pthread_attr_t attributes;
    unsigned char *guarded =
        mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    t.stack = guarded + GUARD;
    pthread_attr_init(&attributes);
    if (guarded == MAP_FAILED || mprotect(t.stack, STACK, PROT_READ | PROT_WRITE) != 0) {
        fprintf(stderr, "# no stack\n");
        exit(3);
    }
    memset(t.stack, UNTOUCHED, STACK);
    if (pthread_attr_setstack(&attributes, t.stack, STACK) != 0 ||
        pthread_create(&t.thread, &attributes, body, argument) != 0) {
        fprintf(stderr, "# no thread\n");
        exit(3);
    }
    pthread_attr_destroy(&attributes);
    return t;
}

static void small_end(small_thread t)
{
    int free_bytes = 0;
    pthread_join(t.thread, NULL);
    while (free_bytes < STACK && t.stack[free_bytes] == UNTOUCHED)
        free_bytes++;
    if (STACK - free_bytes > atomic_load(&deepest))
        atomic_store(&deepest, STACK - free_bytes);
    munmap(t.stack - GUARD, GUARD + STACK);
}

static void *small_body(void *body)
{
    (*(void (**)(void))body)();
    return NULL;
}

/* Runs a function there. */
static void small(void (*body)(void))
{
    small_end(small_start(small_body, &body));
}

/* --- in clear ---------------------------------------------------------------------------------- */

static void by_name(void)
{
    static char port[8], name[64], in[64];
    static int32_t ids[4];
    REQUIRE(CALL(SocketCreate, "server", 0, "127.0.0.1") == 1);
    REQUIRE(CALL(SocketLocalInfo, "server", SocketPort, port, sizeof port) > 0);
    REQUIRE(CALL(SocketConnect, "client", atoi(port), "localhost", WAIT) == 1);
    REQUIRE(CALL(SocketWaitForConnection, "server", WAIT) == 1);
    REQUIRE(CALL(SocketAccept, "server", name, sizeof name) > 0);
    CHECK_EQ(1, CALL(SocketExist, name));
    CHECK_EQ(1, CALL(SocketConnected, name));
    CHECK(CALL(SocketClientInfo, name, SocketAddress, in, sizeof in) > 0);
    CHECK(CALL(SocketId, "client") > 0);
    CHECK_EQ(6, CALL(SocketName, (int32_t)SocketId("client"), in, sizeof in));
    CHECK_EQ(1, CALL(SocketSetOption, "client", SocketWriteTimeout, WAIT));
    CHECK_EQ(WAIT, CALL(SocketGetOption, "client", SocketWriteTimeout));
    CHECK_EQ(1, CALL(SocketWatch, "watch"));
    CHECK_EQ(1, CALL(SocketWatchAdd, "watch", name));
    CHECK(CALL(SocketWatchHandle, "watch") >= 0);
    CHECK_EQ(0, CALL(SocketWatchMessage, "watch", 1, 1024));
    CHECK_EQ(1, CALL(SocketWrite, "client", large, LARGE / 10));
    CHECK_EQ(1, CALL(SocketWatchWait, "watch", WAIT, ids, 4));
    CHECK_EQ(LARGE / 10, CALL(SocketPending, name));
    CHECK_EQ(LARGE / 10, CALL(SocketRead, name, 0, WAIT, large_in[0], LARGE));
    CHECK_EQ(1, CALL(SocketWatchWritable, "watch", name));
    CHECK_EQ(1, CALL(SocketWatchRemove, "watch", name));
    CHECK_EQ(1, CALL(SocketChangeTransmissionMode, "client", SocketEndTag, "<end>", 5));
    CHECK_EQ(1, CALL(SocketChangeTransmissionMode, name, SocketEndTag, "<end>", 5));
    CHECK_EQ(1, SocketSetOption("client", SocketGather, WAIT));
    CHECK_EQ(1, CALL(SocketWrite, "client", "told", 4));
    CHECK_EQ(1, CALL(SocketFlush, "client"));
    CHECK(CALL(SocketDescriptor, "client") >= 0);
    CHECK_NO(WDSOCKET_ERR_INVALID_ARGUMENT, CALL(SocketFromDescriptor, "none", -1));
    CHECK_EQ(4, CALL(SocketRead, name, 0, WAIT, in, sizeof in));
    CHECK_EQ(1, CALL(SocketShutdown, "client"));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, CALL(SocketRead, name, 0, WAIT, in, sizeof in));
    CHECK_EQ(1, CALL(SocketDeny, name));
    CHECK_EQ(1, CALL(SocketCancel, "client"));
    CHECK_EQ(1, CALL(SocketClose, "client"));
    CHECK(CALL_ALONE(SocketCloseAll) > 0);
    CHECK_NO(WDSOCKET_ERR_REFUSED, CALL(SocketConnect, "nobody", atoi(port), "127.0.0.1", WAIT));
}

static void by_id(void)
{
    static char port[8], in[64];
    static int32_t ids[4];
    int32_t server, client, channel, watch;
    REQUIRE((server = (int32_t)CALL(SocketCreateId, 0, NULL)) > 0);
    REQUIRE(CALL(SocketLocalInfoId, server, SocketPort, port, sizeof port) > 0);
    REQUIRE((client = (int32_t)CALL(SocketConnectId, atoi(port), "::1", WAIT)) > 0 ||
            (client = (int32_t)CALL(SocketConnectId, atoi(port), "127.0.0.1", WAIT)) > 0);
    REQUIRE(CALL(SocketWaitForConnectionId, server, WAIT) == 1);
    REQUIRE((channel = (int32_t)CALL(SocketAcceptId, server)) > 0);
    CHECK_EQ(1, CALL(SocketExistId, channel));
    CHECK_EQ(1, CALL(SocketConnectedId, channel));
    CHECK(CALL(SocketClientInfoId, channel, SocketAddress, in, sizeof in) > 0);
    CHECK_EQ(1, CALL(SocketSetOptionId, client, SocketKeepAlive, 60));
    CHECK_EQ(60, CALL(SocketGetOptionId, client, SocketKeepAlive));
    REQUIRE((watch = (int32_t)CALL_ALONE(SocketWatchId)) > 0);
    CHECK_EQ(1, CALL(SocketWatchAddId, watch, channel));
    CHECK(CALL(SocketWatchHandleId, watch) >= 0);
    CHECK_EQ(0, CALL(SocketWatchMessageId, watch, 1, 1024));
    CHECK_EQ(1, CALL(SocketCancelId, watch));
    CHECK_EQ(1, CALL(SocketWriteId, client, large, LARGE / 10));
    CHECK_EQ(1, CALL(SocketWatchWaitId, watch, WAIT, ids, 4));
    CHECK_EQ(LARGE / 10, CALL(SocketPendingId, channel));
    CHECK_EQ(LARGE / 10, CALL(SocketReadId, channel, 0, WAIT, large_in[0], LARGE));
    CHECK_EQ(1, CALL(SocketWatchWritableId, watch, channel));
    CHECK_EQ(1, CALL(SocketWatchRemoveId, watch, channel));
    CHECK_EQ(1, CALL(SocketChangeTransmissionModeId, client, SocketNoEndTag, NULL, 0));
    CHECK_EQ(1, SocketSetOptionId(client, SocketGather, WAIT));
    CHECK_EQ(1, CALL(SocketWriteId, client, "raw", 3));
    CHECK_EQ(1, CALL(SocketFlushId, client));
    CHECK(CALL(SocketDescriptorId, client) >= 0);
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, CALL(SocketFromDescriptorId, -1));
    CHECK_EQ(1, CALL(SocketChangeTransmissionModeId, channel, SocketNoEndTag, NULL, 0));
    CHECK_EQ(3, CALL(SocketReadId, channel, 0, WAIT, in, sizeof in));
    CHECK_EQ(1, CALL(SocketShutdownId, client));
    CHECK_EQ(1, CALL(SocketDenyId, channel));
    CHECK_EQ(1, CALL(SocketCloseId, client));
    CHECK_MINUS(WDSOCKET_ERR_REFUSED, CALL(SocketConnectId, 1, "127.0.0.1", WAIT));
}

static void connections_by_name_run_there(void) { small(by_name); }
static void connections_by_id_run_there(void) { small(by_id); }

static void simplified(void)
{
    static char port[8], in[16];
    int32_t server, client;
    REQUIRE((server = (int32_t)SocketCreateId(0, "127.0.0.1")) > 0);
    REQUIRE(SocketLocalInfoId(server, SocketPort, port, sizeof port) > 0);
    REQUIRE((client = (int32_t)SocketConnectId(atoi(port), "127.0.0.1", WAIT)) > 0);
    CHECK_EQ(1, SocketWriteId(client, "question", 8));
    CHECK_EQ(8, SocketReadId(server, 0, WAIT, in, sizeof in));
    CHECK_EQ(1, SocketWriteId(server, "answer", 6));
    CHECK_EQ(6, SocketReadId(client, 0, WAIT, in, sizeof in));
}

static void a_simplified_server_runs_there(void) { small(simplified); }

static void datagrams(void)
{
    static char port[8], in[64];
    int32_t id;
    REQUIRE(CALL(SocketCreateUDP, "udp", 0, NULL) == 1);
    REQUIRE(SocketLocalInfo("udp", SocketPort, port, sizeof port) > 0);
    REQUIRE((id = (int32_t)CALL(SocketCreateUDPId, 0, "127.0.0.1")) > 0);
    CHECK_EQ(1, CALL(SocketWriteToId, id, large, 60000, "localhost", atoi(port)));
    CHECK_EQ(60000, SocketPending("udp"));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketRead("udp", 0, WAIT, in, sizeof in));
    CHECK_EQ(60000, SocketRead("udp", 0, WAIT, large_in[0], LARGE));
    REQUIRE(SocketLocalInfoId(id, SocketPort, port, sizeof port) > 0);
    CHECK_EQ(1, CALL(SocketWriteTo, "udp", "back", 4, "127.0.0.1", atoi(port)));
    CHECK_EQ(4, SocketReadId(id, 0, WAIT, in, sizeof in));
    /* Whether there is a network for groups is the machine's affair. */
    CALL(SocketJoinGroup, "udp", "239.1.2.3", NULL);
    CALL(SocketLeaveGroup, "udp", "239.1.2.3", NULL);
    CALL(SocketJoinGroupId, id, "239.1.2.3", "no network");
    CALL(SocketLeaveGroupId, id, "239.1.2.3", "lo");
}

static void datagrams_run_there(void) { small(datagrams); }

/* Only that they come back: few machines have what they need. */
static void other_radios(void)
{
    CALL(SocketCreateBluetooth, "bluetooth", "1101");
    CALL(SocketConnectBluetooth, "phone", "1101", "00:11:22:33:44:55", 1);
    CALL(SocketCreateBluetoothId, "1101");
    CALL(SocketConnectBluetoothId, "1101", "00:11:22:33:44:55", 1);
    CALL(SocketCreateInfrared, "infrared", "service");
    CALL(SocketConnectInfrared, "printer", "service", 1);
    CALL(SocketCreateInfraredId, "service");
    CALL(SocketConnectInfraredId, "service", 1);
}

static void radios_run_there(void) { small(other_radios); }

static void names(void)
{
    static char text[300];
    /* Letters beyond ASCII: the name is looked up in its ASCII form, and nobody has it. */
    CHECK_EQ(0, SocketConnect("idn", 80, "stra\xc3\x9f" "e.b\xc3\xbc" "cher.invalid", 1000));
    CHECK(SocketErrorCode() == WDSOCKET_ERR_HOST_NOT_FOUND || SocketErrorCode() == WDSOCKET_ERR_TIMEOUT);
    CALL(NetIPAddress, "b\xc3\xbc" "cher.invalid", 0, text, sizeof text);
    CHECK(CALL(NetIPAddress, NULL, 0, text, sizeof text) > 0);
    CHECK(CALL(NetMachineName, text, sizeof text) > 0);
    CHECK(CALL(SocketVersion, text, sizeof text) > 0);
    CHECK_EQ(1, CALL(SocketConfigure, SocketConfigureMode, SocketModeOpenSSL));
    CHECK_EQ(1, CALL(SocketProxy, "socks5h://127.0.0.1", 1, "login", "password"));
    CHECK_NO(WDSOCKET_ERR_PROXY, SocketConnect("proxied", 80, "b\xc3\xbc" "cher.invalid", 1000));
    CHECK_EQ(WDSOCKET_ERR_PROXY, CALL_ALONE(SocketErrorCode));
    CALL_ALONE(SocketErrorSystem);
    CHECK(CALL(SocketErrorInfo, text, sizeof text) > 0);
    CHECK(CALL(SocketErrorText, WDSOCKET_ERR_PROXY, text, sizeof text) > 0);
    CHECK_EQ(1, SocketProxy(NULL, 0, NULL, NULL));
}

static void names_of_machines_and_errors_run_there(void) { small(names); }

/* --- TLS --------------------------------------------------------------------------------------- */

/* Takes clients of a TLS server and sends back what each sends first, until the server is closed. */
static void *serve(void *server)
{
    int32_t id = *(int32_t *)server, channel;
    while (SocketWaitForConnectionId(id, WAIT) == 1) {
        intptr_t got;
        if ((channel = (int32_t)SocketAcceptId(id)) <= 0)
            continue;
        while ((got = SocketReadId(channel, 0, WAIT, large_in[1], LARGE)) >= 0)
            SocketWriteId(channel, large_in[1], (int32_t)got);
        SocketCloseId(channel);
    }
    return NULL;
}

static int32_t server_id, server_port;

static void make_server(void)
{
    static char port[8];
    REQUIRE((server_id = (int32_t)CALL(SocketCreateSSLId, 0, certificate, 0, "127.0.0.1", NULL)) > 0);
    REQUIRE(SocketLocalInfoId(server_id, SocketPort, port, sizeof port) > 0);
    server_port = atoi(port);
}

static void tls_clients(void)
{
    static char text[700];
    int32_t id;
    CHECK_EQ(1, CALL(SocketSetText, NULL, SSLCaFile, root));
    REQUIRE(CALL(SocketConnectSSL, "client", server_port, "localhost", 0, WAIT, NULL) == 1);
    CHECK_EQ(1, SocketWrite("client", large, LARGE));
    CHECK_EQ(LARGE, SocketRead("client", 0, WAIT, large_in[0], LARGE));
    CHECK(CALL(SocketSSLInfo, "client", SSLProtocol, text, sizeof text) > 0);
    CHECK(SocketSSLInfo("client", SSLPeerSubject, text, sizeof text) > 0);
    CHECK_EQ(1, SocketClose("client"));
    /* That session is taken up again. */
    REQUIRE((id = (int32_t)CALL(SocketConnectSSLId, server_port, "localhost", 0, WAIT, locked_pkcs12)) > 0 ||
            SocketErrorCode() == WDSOCKET_ERR_CERTIFICATE);
    REQUIRE((id = (int32_t)SocketConnectSSLId(server_port, "localhost", 0, WAIT, NULL)) > 0);
    CHECK(CALL(SocketSSLInfoId, id, SSLCipher, text, sizeof text) > 0);
    CHECK_EQ(1, SocketCloseId(id));
    /* The same server for browsers. */
    CHECK_EQ(1, SocketSetOptionId(server_id, WebSocketServer, 1));
    REQUIRE(CALL(WebSocketClientConnectSSL, "web", "localhost", server_port, "/", NULL, 0, WAIT, NULL) == 1);
    CHECK_EQ(1, SocketWrite("web", large, LARGE));
    CHECK_EQ(LARGE, SocketRead("web", 0, WAIT, large_in[0], LARGE));
    CHECK_EQ(1, SocketClose("web"));
    REQUIRE((id = (int32_t)CALL(WebSocketClientConnectSSLId, "localhost", server_port, "/", NULL, 0, WAIT, NULL)) > 0);
    CHECK_EQ(1, SocketCloseId(id));
}

static void refused(void)
{
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, ""));
    CHECK_NO(WDSOCKET_ERR_TLS_CERTIFICATE, SocketConnectSSL("strange", server_port, "localhost", 0, WAIT, NULL));
    CHECK_EQ(1, SocketSetOption(NULL, SSLSystemRoots, 0));
    CHECK_EQ(1, SocketSetText(NULL, SSLCaFile, root));
    CHECK_EQ(1, SocketSetOption(NULL, SSLStrict, 1));
    SocketConnectSSL("strict", server_port, "localhost", 0, WAIT, NULL);
    SocketClose("strict");
    CHECK_EQ(1, SocketSetOption(NULL, SSLStrict, 0));
    CHECK_EQ(1, SocketSetText(NULL, SSLServerName, "b\xc3\xbc" "cher.example"));
    CHECK_NO(WDSOCKET_ERR_TLS_CERTIFICATE, SocketConnectSSL("misnamed", server_port, "localhost", 0, WAIT, NULL));
    CHECK_EQ(1, SocketSetText(NULL, SSLServerName, ""));
}

static void make_web_server(void)
{
    static char port[8];
    REQUIRE((server_id = (int32_t)SocketCreateId(0, "127.0.0.1")) > 0);
    CHECK_EQ(1, SocketSetOptionId(server_id, WebSocketServer, 1));
    REQUIRE(SocketLocalInfoId(server_id, SocketPort, port, sizeof port) > 0);
    server_port = atoi(port);
}

static void web_clients(void)
{
    int32_t id;
    REQUIRE(CALL(WebSocketClientConnect, "web", "localhost", server_port, "/", NULL, WAIT) == 1);
    CHECK_EQ(1, SocketWrite("web", large, LARGE));
    CHECK_EQ(LARGE, SocketRead("web", 0, WAIT, large_in[0], LARGE));
    CHECK_EQ(1, SocketClose("web"));
    REQUIRE((id = (int32_t)CALL(WebSocketClientConnectId, "localhost", server_port, "/", NULL, WAIT)) > 0);
    CHECK_EQ(1, SocketCloseId(id));
}

static void with_server(void (*make)(void), void (*client)(void))
{
    small_thread server;
    small(make);
    REQUIRE(server_port > 0);
    server = small_start(serve, &server_id);
    small(client);
    SocketCloseAll();
    small_end(server);
}

static void tls_runs_there_at_both_ends(void) { with_server(make_server, tls_clients); }
static void websockets_run_there_at_both_ends(void) { with_server(make_web_server, web_clients); }
static void a_refused_certificate_is_told_there(void) { with_server(make_server, refused); }

static int32_t channel_to_be;

static void make_pair(void)
{
    static char port[8];
    REQUIRE(CALL(SocketCreateSSL, "door", 0, certificate, 0, "127.0.0.1", NULL) == 1);
    CHECK_EQ(1, CALL(SocketSetTextId, (int32_t)SocketId("door"), SSLCaFile, root));
    REQUIRE(SocketLocalInfo("door", SocketPort, port, sizeof port) > 0);
    REQUIRE(SocketConnect("client", atoi(port), "127.0.0.1", WAIT) == 1);
    REQUIRE(SocketWaitForConnection("door", WAIT) == 1);
    REQUIRE((channel_to_be = (int32_t)SocketAcceptId((int32_t)SocketId("door"))) > 0);
}

static void start_by_name(void)
{
    CHECK_EQ(1, CALL(SocketStartSSL, "client", 0, WAIT, "localhost", NULL));
    CHECK_EQ(1, SocketWrite("client", "hello", 5));
}

static void start_by_id(void)
{
    CHECK_EQ(1, CALL(SocketStartSSLId, (int32_t)SocketId("client"), 0, WAIT, "localhost", NULL));
    CHECK_EQ(1, SocketWrite("client", "hello", 5));
}

static void *await_hello(void *unused)
{
    static char in[16];
    (void)unused;
    CHECK_EQ(5, SocketReadId(channel_to_be, 0, WAIT, in, sizeof in));
    return NULL;
}

static void start(void (*start_tls)(void))
{
    small_thread other;
    small(make_pair);
    REQUIRE(channel_to_be > 0);
    other = small_start(await_hello, NULL);
    small(start_tls);
    small_end(other);
    SocketCloseAll();
}

static void tls_starts_there_on_a_connection(void)
{
    start(start_by_name);
    start(start_by_id);
}

static void locked(void)
{
    CHECK_EQ(1, SocketSetText("locked", SSLPassword, "wdsocket"));
    CHECK_EQ(1, SocketCreateSSL("locked", 0, locked_pkcs12, 0, "127.0.0.1", NULL));
    CHECK_EQ(1, SocketClose("locked"));
    CHECK_EQ(1, SocketSetText("locked", SSLPassword, "wdsocket"));
    CHECK_EQ(1, SocketCreateSSL("locked", 0, locked_pem, 0, "127.0.0.1", NULL));
    CHECK_EQ(1, SocketClose("locked"));
    CHECK_EQ(1, SocketSetText("locked", SSLPassword, "wrong"));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, SocketCreateSSL("locked", 0, locked_pem, 0, "127.0.0.1", NULL));
    CHECK_NO(WDSOCKET_ERR_CERTIFICATE, SocketCreateSSL("stored", 0, "no common name", 0, "127.0.0.1", "/etc/ssl/certs"));
}

static void certificates_open_there(void) { small(locked); }

int main(int argc, char **argv)
{
    int i;
    check_start(120);
    if (argc < 5) {
        printf("not ok - the_program_starts: it needs its certificates\n");
        return 1;
    }
    certificate = argv[1];
    root = argv[2];
    locked_pkcs12 = argv[3];
    locked_pem = argv[4];
    memset(large, 'l', sizeof large);
    RUN(connections_by_name_run_there);
    RUN(connections_by_id_run_there);
    RUN(a_simplified_server_runs_there);
    RUN(datagrams_run_there);
    RUN(radios_run_there);
    RUN(names_of_machines_and_errors_run_there);
    RUN(tls_runs_there_at_both_ends);
    RUN(websockets_run_there_at_both_ends);
    RUN(tls_starts_there_on_a_connection);
    RUN(a_refused_certificate_is_told_there);
    RUN(certificates_open_there);
    for (i = 0; i < called.count; i++)
        printf("# called %s\n", called.name[i]);
    printf("# the deepest took %d of %d bytes\n", atomic_load(&deepest), STACK);
    return check_end();
}

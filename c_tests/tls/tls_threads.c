/* Several threads on TLS sockets, and crowds of clients. SIGPIPE stays as the system has it: it would end
 * this program. */
#include "tls_family.h"

#include <sys/resource.h>

typedef struct waiting {
    const sock *socket;
    atomic_int thread;
    char buffer[32];
    intptr_t result;
    intptr_t code;
} waiting;

static void *read_without_limit(void *argument)
{
    waiting *w = argument;
    atomic_store(&w->thread, this_thread());
    w->result = S_Read(w->socket, 1, 0, w->buffer, sizeof w->buffer);
    w->code = SocketErrorCode();
    return NULL;
}

static void *write_without_limit(void *argument)
{
    enum { SIZE = 64 << 20 };
    waiting *w = argument;
    char *large = calloc(1, SIZE);
    CHECK(large != NULL);
    atomic_store(&w->thread, this_thread());
    w->result = S_Write(w->socket, large, SIZE);
    w->code = SocketErrorCode();
    free(large);
    return NULL;
}

static void a_blocked_read_does_not_hold_up_a_write(void)
{
    sock listener, client, channel;
    waiting reader = {&client, 0, "", 0, 0};
    pthread_t thread;
    int i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    pthread_create(&thread, NULL, read_without_limit, &reader);
    wait_until_thread_waits(&reader.thread);
    for (i = 0; i < 1000; i++) {
        CHECK_EQ(1, S_Write(&client, "over the reader's head", -1));
        CHECK_MESSAGE(&channel, "over the reader's head");
    }
    CHECK_EQ(1, S_Write(&channel, "for the reader", -1));
    pthread_join(thread, NULL);
    CHECK_EQ(14, reader.result);
    CHECK(memcmp(reader.buffer, "for the reader", 14) == 0);
}

static void a_blocked_write_does_not_hold_up_a_read(void)
{
    sock listener, client, channel;
    waiting writer = {&client, 0, "", 0, 0};
    pthread_t thread;
    int i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    pthread_create(&thread, NULL, write_without_limit, &writer);
    wait_until_thread_waits(&writer.thread);
    for (i = 0; i < 100; i++) {
        CHECK_EQ(1, S_Write(&channel, "under the writer's feet", -1));
        CHECK_MESSAGE(&client, "under the writer's feet");
    }
    CHECK_EQ(1, S_Close(&client));
    pthread_join(thread, NULL);
    CHECK_EQ(0, writer.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, writer.code);
}

enum { FLOW = 8 << 20, FLOW_PIECE = 50000 };

static void *send_flow(void *argument)
{
    const sock *socket = argument;
    unsigned char *piece = malloc(FLOW_PIECE);
    int64_t sent = 0;
    while (piece != NULL && sent < FLOW) {
        memset(piece, (int)(sent / FLOW_PIECE), FLOW_PIECE);
        if (S_Write(socket, piece, FLOW_PIECE) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a piece is sent");
            break;
        }
        sent += FLOW_PIECE;
    }
    free(piece);
    return NULL;
}

static void *receive_flow(void *argument)
{
    const sock *socket = argument;
    unsigned char *piece = malloc(FLOW_PIECE);
    int64_t received = 0;
    while (piece != NULL && received < FLOW) {
        unsigned char expected = (unsigned char)(received / FLOW_PIECE);
        if (S_Read(socket, 0, 60000, piece, FLOW_PIECE) != FLOW_PIECE) {
            check_fault_with_error(__FILE__, __LINE__, "a piece comes whole");
            break;
        }
        CHECK(piece[0] == expected && memcmp(piece, piece + 1, FLOW_PIECE - 1) == 0);
        received += FLOW_PIECE;
    }
    free(piece);
    return NULL;
}

static void both_directions_flow_at_once(void)
{
    sock listener, client, channel;
    pthread_t threads[4];
    int i;
    REQUIRE(tls_pair(&listener, &client, &channel));
    pthread_create(&threads[0], NULL, send_flow, &client);
    pthread_create(&threads[1], NULL, send_flow, &channel);
    pthread_create(&threads[2], NULL, receive_flow, &client);
    pthread_create(&threads[3], NULL, receive_flow, &channel);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(0, S_Pending(&client));
    CHECK_EQ(0, S_Pending(&channel));
}

static void closing_ends_a_reader_and_a_writer_at_once(void)
{
    sock listener, client, channel;
    waiting reader = {&client, 0, "", 0, 0}, writer = {&client, 0, "", 0, 0};
    pthread_t threads[2];
    int64_t start;
    REQUIRE(tls_pair(&listener, &client, &channel));
    pthread_create(&threads[0], NULL, read_without_limit, &reader);
    wait_until_thread_waits(&reader.thread);
    pthread_create(&threads[1], NULL, write_without_limit, &writer);
    wait_until_thread_waits(&writer.thread);
    start = now_ms();
    CHECK_EQ(1, S_Close(&client));
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    CHECK(now_ms() - start < 5000);
    CHECK_EQ(-WDSOCKET_ERR_CANCELLED, reader.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, reader.code);
    CHECK_EQ(0, writer.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, writer.code);
}

static void closing_ends_a_handshake_that_never_comes(void)
{
    sock listener, channel;
    waiting reader = {&channel, 0, "", 0, 0};
    pthread_t thread;
    int32_t port;
    int silent;
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    REQUIRE((silent = peer_connect(port)) >= 0);
    REQUIRE(s_take(&listener, &channel));
    pthread_create(&thread, NULL, read_without_limit, &reader);
    wait_until_thread_waits(&reader.thread);
    CHECK_EQ(1, S_Close(&channel));
    pthread_join(thread, NULL);
    CHECK_EQ(-WDSOCKET_ERR_CANCELLED, reader.result);
    CHECK_EQ(WDSOCKET_ERR_CANCELLED, reader.code);
    close(silent);
}

static void writing_to_a_peer_that_is_gone_ends_with_an_error_and_no_signal(void)
{
    sock listener, client, channel;
    int64_t end = now_ms() + 20000;
    intptr_t written = 1;
    REQUIRE(tls_pair(&listener, &client, &channel));
    /* Unread bytes turn the close into a reset. */
    CHECK_EQ(1, S_Write(&client, "unread", -1));
    WAIT_UNTIL(S_Pending(&channel) == 6);
    CHECK_EQ(1, S_Close(&channel));
    while (written == 1 && now_ms() < end)
        written = S_Write(&client, "anybody there", -1);
    CHECK_EQ(0, written);
    CHECK_EQ(WDSOCKET_ERR_LOST, SocketErrorCode());
    CHECK_NO(WDSOCKET_ERR_LOST, S_Write(&client, "again", -1));
}

enum { SILENT = 500 };

static atomic_int crowd_ends;

static void *serve_one(void *argument)
{
    sock channel = *(sock *)argument;
    char buffer[16];
    free(argument);
    if (S_Read(&channel, 1, 0, buffer, sizeof buffer) == 4)
        CHECK_EQ(1, S_Write(&channel, "pong", -1));
    S_Close(&channel);
    return NULL;
}

/* A thread for each client, as WLanguage programs do it. */
static void *serve_all(void *argument)
{
    static pthread_t threads[SILENT + 1];
    const sock *listener = argument;
    pthread_attr_t small;
    int count = 0;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    while (count <= SILENT && !atomic_load(&crowd_ends)) {
        sock *channel;
        if (S_WaitForConnection(listener, 100) != 1)
            continue;
        channel = calloc(1, sizeof *channel);
        if (channel == NULL || S_Accept(listener, channel) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a client of the crowd is taken");
            free(channel);
            break;
        }
        CHECK_EQ(0, pthread_create(&threads[count++], &small, serve_one, channel));
    }
    pthread_attr_destroy(&small);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    return NULL;
}

static void five_hundred_silent_clients_hold_up_nobody(void)
{
    static int silent[SILENT];
    struct rlimit files;
    sock listener, client;
    pthread_t server;
    int64_t start;
    int32_t port;
    int i;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    CHECK_EQ(1, SocketSetOption(NULL, SSLHandshakeTimeout, 60000));
    REQUIRE((port = tls_listen(&listener, "listener")) != 0);
    atomic_store(&crowd_ends, 0);
    pthread_create(&server, NULL, serve_all, &listener);
    for (i = 0; i < SILENT; i++)
        CHECK((silent[i] = peer_connect(port)) >= 0);
    start = now_ms();
    CHECK_EQ(1, S_ConnectSSL(&client, "good", port, "localhost", 0, 20000));
    CHECK_EQ(1, S_Write(&client, "ping", -1));
    CHECK_MESSAGE(&client, "pong");
    printf("# served in %d ms\n", (int)(now_ms() - start));
    CHECK(now_ms() - start < 5000); /* a second on an idle machine, far less than any time-out of the silent ones */
    CHECK_EQ(1, S_Close(&client));
    for (i = 0; i < SILENT; i++)
        close(silent[i]);
    atomic_store(&crowd_ends, 1);
    pthread_join(server, NULL);
    CHECK_EQ(1, SocketSetOption(NULL, SSLHandshakeTimeout, WDSOCKET_DEFAULT));
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 120))
        return 1;
    RUN(a_blocked_read_does_not_hold_up_a_write);
    RUN(a_blocked_write_does_not_hold_up_a_read);
    RUN(both_directions_flow_at_once);
    RUN(closing_ends_a_reader_and_a_writer_at_once);
    RUN(closing_ends_a_handshake_that_never_comes);
    RUN(writing_to_a_peer_that_is_gone_ends_with_an_error_and_no_signal);
    RUN(five_hundred_silent_clients_hold_up_nobody);
    return check_end();
}

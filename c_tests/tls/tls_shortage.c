/* A passing shortage of memory under TLS: LIMIT for the call that meets it, and the connection goes on. Arguments:
 * certificate, root. */
#include "shortage.h"

#include "tls_family.h"

enum { LARGE = 300000, SOME = 4096 };

static char sent[LARGE], got[LARGE];

static void a_receive_that_fails_is_LIMIT_and_the_connection_goes_on(void)
{
    sock listener, client, channel;
    char text[64];
    REQUIRE(tls_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Write(&client, "hi", 2));
    atomic_store(&receives_to_fail, 1);
    CHECK_MINUS(WDSOCKET_ERR_LIMIT, S_Read(&channel, 0, 10000, text, sizeof text));
    CHECK_EQ(ENOMEM, SocketErrorSystem());
    CHECK_MESSAGE(&channel, "hi");
    CHECK_EQ(1, S_Write(&channel, "ho", 2));
    CHECK_MESSAGE(&client, "ho");
}

static void a_send_that_fails_loses_nothing(void)
{
    sock listener, client, channel;
    int i, failed = 0;
    REQUIRE(tls_pair(&listener, &client, &channel));
    for (i = 0; i < 10; i++) {
        atomic_store(&sends_to_fail, i);
        /* What is encrypted goes out in the end. */
        CHECK_EQ(1, S_Write(&client, "hello", 5));
        CHECK_MESSAGE(&channel, "hello");
        failed += i;
        CHECK_EQ(0, atomic_load(&sends_to_fail));
    }
    CHECK(failed > 0);
}

typedef struct reading {
    const sock *channel;
    intptr_t result;
} reading;

static void *read_large(void *argument)
{
    reading *r = argument;
    do
        r->result = S_Read(r->channel, 0, 10000, got, sizeof got);
    while (r->result == -WDSOCKET_ERR_LIMIT);
    return NULL;
}

/* Both ends exchange a large message while the nth allocation of this process fails: the code of the first failure, 0
 * where everything went well, -1 where nothing failed. */
static int exchange_with_one_failure(int nth)
{
    sock listener, client, channel;
    reading r = {&channel, 0};
    pthread_t reader;
    intptr_t written;
    int code = 0, met;
    if (!tls_pair(&listener, &client, &channel))
        return 0;
    memset(got, 0, sizeof got);
    atomic_store(&until_failure, nth);
    atomic_store(&counted_from, SOME);
    reader = thread_start(read_large, &r);
    do
        written = S_Write(&client, sent, sizeof sent);
    while (written == 0 && (code = (int)SocketErrorCode()) == WDSOCKET_ERR_LIMIT);
    if (written == 0) {
        /* Nothing goes out any more, and the reader hears of it. */
        CHECK_EQ(WDSOCKET_ERR_LOST, code);
        S_Close(&client);
    }
    thread_end(reader);
    met = atomic_load(&until_failure) <= 0;
    atomic_store(&counted_from, SIZE_MAX);
    if (r.result >= 0) {
        CHECK_EQ(LARGE, r.result);
        CHECK(memcmp(sent, got, sizeof sent) == 0);
    } else {
        CHECK(r.result == -WDSOCKET_ERR_LOST || r.result == -WDSOCKET_ERR_CLOSED);
        code = (int)-r.result;
    }
    SocketCloseAll();
    return met ? code : -1;
}

static void an_allocation_that_fails_cuts_or_changes_no_message(void)
{
    int nth = 1, whole = 0, ended = 0, code;
    size_t i;
    for (i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7 + (i >> 8));
    while ((code = exchange_with_one_failure(nth)) >= 0 && nth < 400) {
        if (code == 0 || code == WDSOCKET_ERR_LIMIT)
            whole++;
        else
            ended++;
        nth++;
    }
    /* What OpenSSL itself does not find ends the connection, and no other. */
    printf("# of %d allocations that failed, %d cost nothing and %d the connection\n", nth - 1, whole, ended);
    CHECK(nth > 3 && nth < 400);
    CHECK(whole > 0);
}

typedef struct accepting {
    const sock *listener;
    intptr_t result;
} accepting;

static void *serve_one(void *argument)
{
    accepting *a = argument;
    sock channel;
    char text[64];
    int taken, limits = 0;
    if (S_WaitForConnection(a->listener, 10000) != 1)
        return NULL;
    while ((taken = S_Accept(a->listener, &channel) == 1) == 0 && SocketErrorCode() == WDSOCKET_ERR_LIMIT && limits < 10)
        limits++; /* the client goes on waiting */
    CHECK(taken);
    do
        a->result = S_Read(&channel, 0, 10000, text, sizeof text);
    while (a->result == -WDSOCKET_ERR_LIMIT);
    S_Close(&channel);
    return NULL;
}

/* Whether a failure of one end is of the right kind: its own shortage, or what comes of the other end's, of which OpenSSL
 * tells as an alert or, its keys half changed, as nothing that could be understood. */
static int is_an_end(intptr_t code)
{
    return code == WDSOCKET_ERR_LIMIT || code == WDSOCKET_ERR_LOST || code == WDSOCKET_ERR_CLOSED ||
           code == WDSOCKET_ERR_TLS_PROTOCOL;
}

static void a_handshake_without_memory_ends_and_leaves_the_others_alone(void)
{
    sock listener, client, channel, one;
    int nth = 0, failed;
    REQUIRE(tls_pair(&listener, &client, &channel));
    do {
        accepting a = {&listener, 0};
        pthread_t server = thread_start(serve_one, &a);
        intptr_t code;
        int made;
        atomic_store(&until_failure, ++nth);
        atomic_store(&counted_from, SOME);
        made = S_ConnectSSL(&one, "one", s_port(&listener), "127.0.0.1", 0, 10000) == 1;
        if (!made) {
            code = SocketErrorCode();
            CHECK(is_an_end(code));
            if (code == WDSOCKET_ERR_LIMIT) /* perhaps before it reached the server, which waits for a client */
                S_Connect(&one, "one", s_port(&listener), "127.0.0.1", 10000);
        } else if (S_Write(&one, "hello", 5) != 1) {
            CHECK(is_an_end(SocketErrorCode()));
        }
        failed = atomic_load(&until_failure) <= 0;
        atomic_store(&counted_from, SIZE_MAX);
        S_Shutdown(&one);
        S_Close(&one);
        thread_end(server);
        CHECK(a.result == 5 || is_an_end(-a.result));
        CHECK_EQ(1, S_Write(&client, "works", 5));
        CHECK_MESSAGE(&channel, "works");
        /* A client that came for nothing waits no longer. */
        while (S_WaitForConnection(&listener, 0) == 1)
            S_Deny(&listener);
    } while (failed && nth < 200);
    CHECK(nth > 2 && nth < 200);
}

int main(int argc, char **argv)
{
    if (!tls_start(argc, argv, 240))
        return 1;
    RUN(a_receive_that_fails_is_LIMIT_and_the_connection_goes_on);
    RUN(a_send_that_fails_loses_nothing);
    RUN(an_allocation_that_fails_cuts_or_changes_no_message);
    RUN(a_handshake_without_memory_ends_and_leaves_the_others_alone);
    return check_end();
}

/* What networks and clients do to a server: messages in pieces, tiny messages, clients that do not stay. */
#include "scene.h"

/* --- records in pieces ------------------------------------------------------------------------ */

enum { RECORDS = 3000, LARGEST = 1500 };

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

/* A record that follows from its number. It may hold all of the tag but its last byte, anywhere and at its end. */
static int compose(char *record, int number, const char *tag)
{
    char letters[32] = "ab";
    unsigned state = (unsigned)number * 2654435761u + 1, kinds;
    int size = (int)(next_random(&state) % LARGEST) >> next_random(&state) % 8, i;
    if (tag != NULL)
        memcpy(letters + 3, tag, strlen(tag) - 1);
    kinds = 3 + (tag != NULL ? (unsigned)strlen(tag) - 1 : 0); /* the NUL of "ab" counts */
    for (i = 0; i < size; i++)
        record[i] = letters[next_random(&state) % kinds];
    return size;
}

typedef struct sending {
    int fd;
    const char *bytes;
    size_t size;
} sending;

static void *send_in_pieces(void *argument)
{
    const sending *s = argument;
    unsigned state = 20;
    size_t at = 0;
    while (at < s->size) {
        size_t piece = 1 + (next_random(&state) % 97 >> next_random(&state) % 6);
        if (piece > s->size - at)
            piece = s->size - at;
        if (!peer_send(s->fd, s->bytes + at, piece)) {
            check_fault(__FILE__, __LINE__, "a piece is sent");
            break;
        }
        at += piece;
    }
    return NULL;
}

static void records_in_random_pieces_come_whole(int mode, const char *tag)
{
    static char bytes[RECORDS * (LARGEST + 16)], record[LARGEST], expected[LARGEST];
    sock c;
    sending s = {-1, bytes, 0};
    pthread_t sender;
    int i;
    REQUIRE(s_channel_and_peer(&c, &s.fd));
    CHECK_EQ(1, S_Mode(&c, mode, tag, -1));
    for (i = 0; i < RECORDS; i++) {
        int size = compose(record, i, tag);
        if (tag == NULL)
            s.size += (size_t)sprintf(bytes + s.size, "%d\r\n", size);
        memcpy(bytes + s.size, record, (size_t)size);
        s.size += (size_t)size;
        if (tag != NULL)
            s.size += (size_t)sprintf(bytes + s.size, "%s", tag);
    }
    sender = thread_start(send_in_pieces, &s);
    for (i = 0; i < RECORDS; i++) {
        int size = compose(expected, i, tag);
        intptr_t got = S_Read(&c, 0, 10000, record, sizeof record);
        if (got != size || memcmp(record, expected, (size_t)size) != 0) {
            check_fault_with_error(__FILE__, __LINE__, "a record comes as it was sent");
            break;
        }
    }
    CHECK_EQ(1, S_Close(&c));
    thread_end(sender);
    close(s.fd);
}

static void sized_records_in_random_pieces_come_whole(void)
{
    records_in_random_pieces_come_whole(SocketSize, NULL);
}

static void tagged_records_in_random_pieces_come_whole(void)
{
    records_in_random_pieces_come_whole(SocketEndTag, "<EOF>");
}

static void buffered_lines_in_random_pieces_come_whole(void)
{
    records_in_random_pieces_come_whole(SocketEndTagBuffer, "\r\n");
}

/* --- tiny messages ---------------------------------------------------------------------------- */

/* Nagle's algorithm would keep a small message until the one before was acknowledged, which a system puts off for 40 ms
 * or more: then half of them are late, at every attempt. A machine that is busy makes some late, at some attempts. */
enum { TINY = 200, ROUNDS = 50, LATE_MS = 20, ATTEMPTS = 5 };

typedef struct arrivals {
    int fd;
    int64_t at[TINY];
} arrivals;

static void *note_arrivals(void *argument)
{
    arrivals *a = argument;
    char byte;
    int i;
    for (i = 0; i < TINY; i++) {
        if (!peer_receive(a->fd, &byte, 1)) {
            check_fault(__FILE__, __LINE__, "a byte arrives");
            break;
        }
        a->at[i] = now_ms();
        if (i % 5 == 0)
            PEER_SEND(a->fd, "!"); /* who answers puts acknowledgements off, for the answer to take them along */
    }
    return NULL;
}

/* How many of the bytes were late. */
static int send_bytes_2_ms_apart(const sock *from, int fd)
{
    static arrivals a;
    int64_t sent[TINY];
    pthread_t reader;
    int i, late = 0;
    a.fd = fd;
    reader = thread_start(note_arrivals, &a);
    for (i = 0; i < TINY; i++) {
        sent[i] = now_ms();
        CHECK_EQ(1, S_Write(from, "x", 1));
        sleep_ms(2);
    }
    thread_end(reader);
    for (i = 0; i < TINY; i++)
        late += a.at[i] - sent[i] >= LATE_MS;
    return late;
}

/* A heading, a body, and the answer to both: the second write must not wait for what comes only after it. How many
 * answers were late. */
static int ask_in_two_writes(const sock *from, int fd)
{
    int i, late = 0;
    for (i = 0; i < ROUNDS; i++) {
        int64_t start = now_ms();
        char answer[8];
        CHECK_EQ(1, S_Write(from, "heading, ", -1));
        CHECK_EQ(1, S_Write(from, "body", -1));
        CHECK(peer_expects(fd, "heading, body", 13));
        PEER_SEND(fd, "answer");
        CHECK(S_Read(from, 0, 10000, answer, sizeof answer) > 0);
        late += now_ms() - start >= LATE_MS;
    }
    return late;
}

static void in_time(int (*attempt)(const sock *from, int fd), int count, const sock *from, int fd)
{
    int late = count, i;
    CHECK_EQ(1, S_Mode(from, SocketNoEndTag, NULL, 0));
    for (i = 0; i < ATTEMPTS && late >= count / 10; i++)
        if ((late = attempt(from, fd)) > 0)
            fprintf(stderr, "# %d of %d were late\n", late, count);
    CHECK(late < count / 10);
}

static void of_a_channel_and_of_a_client(int (*attempt)(const sock *from, int fd), int count)
{
    sock channel, client;
    int fd, port, listener = peer_listen(&port);
    REQUIRE(s_channel_and_peer(&channel, &fd));
    in_time(attempt, count, &channel, fd);
    close(fd);
    REQUIRE(S_Connect(&client, "client", port, "127.0.0.1", 5000) == 1);
    fd = peer_accept(listener);
    in_time(attempt, count, &client, fd);
    close(fd);
    close(listener);
}

static void one_byte_writes_2_ms_apart_wait_for_nothing(void)
{
    of_a_channel_and_of_a_client(send_bytes_2_ms_apart, TINY);
}

static void an_answer_to_two_small_writes_comes_at_once(void)
{
    of_a_channel_and_of_a_client(ask_in_two_writes, ROUNDS);
}

/* --- clients that leave before they are taken ------------------------------------------------- */

static void a_client_that_left_before_it_is_accepted_is_heard_to_its_end(void)
{
    sock s, channel;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port);
    REQUIRE(fd >= 0);
    PEER_DELIVER(fd, "5\r\nhello");
    close(fd);
    fd = peer_connect(port); /* and one that has nothing to say */
    REQUIRE(fd >= 0);
    close(fd);
    REQUIRE(s_take(&s, &channel));
    CHECK_EQ(9, S_ClientInfo(&channel, SocketAddress, text, sizeof text));
    CHECK_MESSAGE(&channel, "hello");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, text, sizeof text));
    CHECK_EQ(1, S_Close(&channel));
    REQUIRE(s_take(&s, &channel));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&channel, 0, 10000, text, sizeof text));
}

static void a_simplified_server_hears_a_client_that_left_to_its_end(void)
{
    sock s;
    char text[64];
    int32_t port = s_listen(&s, "s");
    int fd = peer_connect(port), next;
    REQUIRE(fd >= 0);
    PEER_DELIVER(fd, "5\r\nhello");
    close(fd);
    next = peer_connect(port);
    PEER_SEND(next, "4\r\nnext");
    CHECK_MESSAGE(&s, "hello");
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&s, 0, 10000, text, sizeof text));
    CHECK_MESSAGE(&s, "next");
    close(next);
}

/* A client that sent "hello" and reset the connection, and one behind it that sent "next". Systems differ in whether the
 * first is still handed over, and in what of it can be read. */
static int32_t a_reset_and_a_next_client(sock *s, int *next)
{
    int32_t port = s_listen(s, "s");
    int fd = peer_connect(port);
    CHECK(fd >= 0);
    PEER_DELIVER(fd, "5\r\nhello");
    peer_reset(fd);
    *next = peer_connect(port);
    PEER_SEND(*next, "4\r\nnext");
    return port;
}

static void a_client_that_resets_before_it_is_accepted_holds_up_nobody(void)
{
    sock s, channel;
    char text[64] = "";
    intptr_t got = 0;
    int next, i;
    REQUIRE(a_reset_and_a_next_client(&s, &next) != 0);
    for (i = 0; got != 4 && i < 3 && S_WaitForConnection(&s, 10000) == 1; i++) {
        got = S_Accept(&s, &channel);
        if (got != 1) {
            CHECK_EQ(-WDSOCKET_ERR_NO_CONNECTION, got);
            continue;
        }
        got = S_Read(&channel, 0, 10000, text, sizeof text);
        CHECK(got == 4 || got == 5 || got == -WDSOCKET_ERR_LOST);
        CHECK_EQ(1, S_Close(&channel));
    }
    CHECK(got == 4 && memcmp(text, "next", 4) == 0);
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_WaitForConnection(&s, 0));
    close(next);
}

static void a_simplified_server_gets_over_a_client_that_resets_before_it_is_taken(void)
{
    sock s;
    char text[64] = "";
    intptr_t got = 0;
    int next, i;
    REQUIRE(a_reset_and_a_next_client(&s, &next) != 0);
    for (i = 0; got != 4 && i < 3; i++) {
        got = S_Read(&s, 0, 10000, text, sizeof text);
        CHECK(got == 4 || got == 5 || got == -WDSOCKET_ERR_LOST);
    }
    CHECK(got == 4 && memcmp(text, "next", 4) == 0);
    close(next);
}

int main(void)
{
    check_start(120);
    RUN(sized_records_in_random_pieces_come_whole);
    RUN(tagged_records_in_random_pieces_come_whole);
    RUN(buffered_lines_in_random_pieces_come_whole);
    RUN(one_byte_writes_2_ms_apart_wait_for_nothing);
    RUN(an_answer_to_two_small_writes_comes_at_once);
    RUN(a_client_that_left_before_it_is_accepted_is_heard_to_its_end);
    RUN(a_simplified_server_hears_a_client_that_left_to_its_end);
    RUN(a_client_that_resets_before_it_is_accepted_holds_up_nobody);
    RUN(a_simplified_server_gets_over_a_client_that_resets_before_it_is_taken);
    return check_end();
}

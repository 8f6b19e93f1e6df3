/* Several threads on one socket: a reader beside a writer, writers together, readers together.
 * Arguments: how many messages (or rounds), then how many megabytes each way. */
#include "scene.h"

static int rounds, megabytes;

static uint64_t sum_up(uint64_t sum, const unsigned char *bytes, size_t size)
{
    size_t i;
    for (i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    return sum;
}

typedef struct flow {
    const sock *socket;
    uint64_t sum;
    int64_t bytes;
    unsigned seed;
} flow;

enum { LARGEST = 256 * 1024 };

static void *write_flow(void *argument)
{
    flow *f = argument;
    unsigned char *message = malloc(LARGEST);
    unsigned state = f->seed;
    int64_t left = (int64_t)megabytes << 20;
    size_t i;
    CHECK(message != NULL);
    for (i = 0; i < LARGEST; i++) {
        state = state * 1103515245u + 12345u;
        message[i] = (unsigned char)(state >> 16);
    }
    while (left > 0) {
        int32_t size;
        state = state * 1103515245u + 12345u;
        size = (int32_t)((state >> 8) % LARGEST);
        if (size > left)
            size = (int32_t)left;
        message[state % LARGEST] ^= (unsigned char)left;
        if (S_Write(f->socket, message, size) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a message is written");
            break;
        }
        f->sum = sum_up(f->sum, message, (size_t)size);
        f->bytes += size;
        left -= size;
    }
    free(message);
    return NULL;
}

static void *read_flow(void *argument)
{
    flow *f = argument;
    unsigned char *message = malloc(LARGEST);
    int64_t left = (int64_t)megabytes << 20;
    CHECK(message != NULL);
    while (left > 0) {
        intptr_t size = S_Read(f->socket, 0, 60000, message, LARGEST);
        if (size < 0) {
            check_fault_with_error(__FILE__, __LINE__, "a message is read");
            break;
        }
        f->sum = sum_up(f->sum, message, (size_t)size);
        f->bytes += size;
        left -= size;
    }
    free(message);
    return NULL;
}

static void a_reader_and_a_writer_share_a_socket_at_full_flow(void)
{
    sock listener, client, channel;
    flow flows[4];
    pthread_t threads[4];
    int i;
    REQUIRE(s_pair(&listener, &client, &channel));
    memset(flows, 0, sizeof flows);
    for (i = 0; i < 4; i++) {
        flows[i].socket = i == 0 || i == 3 ? &client : &channel;
        flows[i].seed = (unsigned)i + 1;
        threads[i] = thread_start(i % 2 == 0 ? write_flow : read_flow, &flows[i]);
    }
    for (i = 0; i < 4; i++)
        thread_end(threads[i]);
    for (i = 0; i < 4; i += 2) {
        CHECK_EQ((intptr_t)megabytes << 20, (intptr_t)flows[i].bytes);
        CHECK_EQ((intptr_t)flows[i].bytes, (intptr_t)flows[i + 1].bytes);
        CHECK(flows[i].sum == flows[i + 1].sum);
    }
}

enum { WRITERS = 4, BODY = 3000 };

typedef struct shared_writer {
    const sock *socket;
    int number;
} shared_writer;

/* A message: its writer, its number, then a filling that follows from both, of a length that does too. */
static int compose(char *message, int writer, int number)
{
    int head = sprintf(message, "%d %d ", writer, number), size = head + (writer * 977 + number * 131) % BODY, i;
    for (i = head; i < size; i++)
        message[i] = (char)('a' + (writer * 7 + number + i) % 26);
    message[size] = '\0';
    return size;
}

static void *write_messages(void *argument)
{
    shared_writer *w = argument;
    char message[BODY + 64];
    int i;
    for (i = 0; i < rounds; i++) {
        int size = compose(message, w->number, i);
        if (S_Write(w->socket, message, size) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a message is written");
            break;
        }
    }
    return NULL;
}

/* One reader sees every writer's messages whole and in that writer's order. */
static void messages_of_several_writers_never_mix(int mode, const char *tag)
{
    sock listener, client, channel;
    shared_writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int next[WRITERS] = {0}, i;
    char message[BODY + 64], expected[BODY + 64];
    REQUIRE(s_pair(&listener, &client, &channel));
    CHECK_EQ(1, S_Mode(&client, mode, tag, tag == NULL ? 0 : (int32_t)strlen(tag)));
    CHECK_EQ(1, S_Mode(&channel, mode, tag, tag == NULL ? 0 : (int32_t)strlen(tag)));
    for (i = 0; i < WRITERS; i++) {
        writers[i].socket = &client;
        writers[i].number = i;
        threads[i] = thread_start(write_messages, &writers[i]);
    }
    for (i = 0; i < WRITERS * rounds; i++) {
        int writer = -1, number = -1;
        intptr_t size = S_Read(&channel, 0, 60000, message, BODY + 63);
        if (size < 0) {
            check_fault_with_error(__FILE__, __LINE__, "a message is read");
            break;
        }
        message[size] = '\0';
        if (sscanf(message, "%d %d ", &writer, &number) != 2 || writer < 0 || writer >= WRITERS ||
            number != next[writer] || compose(expected, writer, number) != size ||
            memcmp(message, expected, (size_t)size) != 0) {
            check_fault(__FILE__, __LINE__, "a message came whole and in its writer's order");
            break;
        }
        next[writer]++;
    }
    for (i = 0; i < WRITERS; i++)
        thread_end(threads[i]);
    SocketCloseAll();
}

static void sized_messages_of_several_writers_never_mix(void)
{
    messages_of_several_writers_never_mix(SocketSize, NULL);
}

static void tagged_messages_of_several_writers_never_mix(void)
{
    messages_of_several_writers_never_mix(SocketEndTag, "\r\n");
}

enum { READERS = 3 };
static _Atomic unsigned char *seen;

static void *read_messages(void *argument)
{
    const sock *socket = argument;
    char message[BODY + 64], expected[BODY + 64];
    for (;;) {
        int writer, number;
        intptr_t size = S_Read(socket, 0, 60000, message, BODY + 63);
        if (size < 0) {
            CHECK_EQ(-WDSOCKET_ERR_CLOSED, size);
            return NULL;
        }
        message[size] = '\0';
        if (sscanf(message, "%d %d ", &writer, &number) != 2 || number < 0 || number >= rounds ||
            compose(expected, 0, number) != size || memcmp(message, expected, (size_t)size) != 0) {
            check_fault(__FILE__, __LINE__, "a message came whole");
            return NULL;
        }
        atomic_fetch_add(&seen[number], 1);
    }
}

static void each_message_goes_whole_to_exactly_one_of_several_readers(void)
{
    sock listener, client, channel;
    shared_writer writer;
    pthread_t threads[READERS];
    int i;
    REQUIRE(s_pair(&listener, &client, &channel));
    seen = calloc((size_t)rounds, sizeof *seen);
    REQUIRE(seen != NULL);
    for (i = 0; i < READERS; i++)
        threads[i] = thread_start(read_messages, &channel);
    writer.socket = &client;
    writer.number = 0;
    write_messages(&writer);
    CHECK_EQ(1, S_Shutdown(&client));
    for (i = 0; i < READERS; i++)
        thread_end(threads[i]);
    for (i = 0; i < rounds; i++)
        if (seen[i] != 1) {
            CHECK_EQ(1, seen[i]);
            break;
        }
    free((void *)seen);
}

int main(int argc, char **argv)
{
    rounds = rounds_argument(argc, argv, 300);
    megabytes = argc > 2 && atoi(argv[2]) > 0 ? atoi(argv[2]) : 64;
    check_start(120 + (unsigned)rounds / 50 + (unsigned)megabytes / 5);
    RUN(a_reader_and_a_writer_share_a_socket_at_full_flow);
    RUN(sized_messages_of_several_writers_never_mix);
    RUN(tagged_messages_of_several_writers_never_mix);
    RUN(each_message_goes_whole_to_exactly_one_of_several_readers);
    return check_end();
}

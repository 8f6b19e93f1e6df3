/* Bytes in one direction: 64 KiB blocks in the no-tag mode, then 64-byte messages in the size mode, each beside the
 * same with plain blocking sockets. A measurement ends when the receiver has confirmed the last byte. */
#include "bench.h"

enum { BLOCK = 65536, BLOCKS = 2000, MESSAGE = 64, MESSAGES = 60000, ROUNDS = 21 };

static char block[BLOCK];

/* Confirms with one byte whenever this much has come. A plain one that gets frames counts their headers as well and
 * confirms with a frame. */
static int64_t expected, expected_frames;

static void *plain_sink(void *connection)
{
    int fd = (int)(intptr_t)connection;
    char *buffer = malloc(BLOCK);
    int64_t got = 0;
    for (;;) {
        ssize_t part = recv(fd, buffer, BLOCK, 0);
        if (part <= 0)
            return NULL;
        got += part;
        if (got == expected) {
            plain_send(fd, "k", 1);
            got = 0;
        }
    }
}

static void *plain_frame_sink(void *connection)
{
    int fd = (int)(intptr_t)connection;
    char *buffer = malloc(BLOCK);
    int64_t got = 0;
    for (;;) {
        ssize_t part = recv(fd, buffer, BLOCK, 0);
        if (part <= 0)
            return NULL;
        got += part;
        if (got == expected_frames) {
            plain_send(fd, "1\r\nk", 4);
            got = 0;
        }
    }
}

static void *our_sink(void *connection)
{
    char *buffer = malloc(BLOCK);
    int64_t got = 0;
    for (;;) {
        intptr_t part = SocketRead(connection, 1, 0, buffer, BLOCK);
        if (part <= 0)
            return NULL;
        got += part;
        if (got == expected) {
            ours_write(connection, "k", 1);
            got = 0;
        }
    }
}

typedef struct way {
    const char *what, *target;
    double wanted; /* the least ratio to the first way; 0 = no target */
    const char *name; /* NULL: plain */
    int fd;
    const char *frame; /* what the plain way sends for one message */
    int32_t frame_size;
    double rates[ROUNDS], ratios[ROUNDS];
} way;

/* Sends `count` times and returns how many went out a second. */
static double rate(way *w, int32_t size, int count)
{
    char answer[16];
    int64_t start = now_ns();
    if (w->name == NULL) {
        for (int i = 0; i < count; i++)
            plain_send(w->fd, w->frame, (size_t)w->frame_size);
        plain_receive(w->fd, answer, w->frame_size > size ? 4 : 1); /* "1" CR LF "k" from a framed peer */
    } else {
        for (int i = 0; i < count; i++)
            ours_write(w->name, block, size);
        if (SocketRead(w->name, 0, 30000, answer, sizeof answer) != 1)
            stop(w->name);
    }
    return count / ((double)(now_ns() - start) / 1e9);
}

static void measure(way *ways, int ways_count, int32_t size, int count)
{
    for (int i = 0; i < ways_count; i++)
        rate(&ways[i], size, count);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ways_count; i++) {
            ways[i].rates[round] = rate(&ways[i], size, count);
            ways[i].ratios[round] = ways[i].rates[round] / ways[0].rates[round];
        }
    }
    for (int i = 0; i < ways_count; i++) {
        char figure[64];
        double ratio = median(ways[i].ratios, ROUNDS), per_second = median(ways[i].rates, ROUNDS);
        if (size == BLOCK)
            snprintf(figure, sizeof figure, "%.0f MiB/s, %.1f %%", per_second / 16, ratio * 100);
        else
            snprintf(figure, sizeof figure, "%.0f k/s, %.1f %%", per_second / 1000, ratio * 100);
        report(ways[i].what, figure, ways[i].target, ways[i].wanted > 0 ? ratio >= ways[i].wanted : -1);
    }
}

static void blocks(void)
{
    expected = (int64_t)BLOCK * BLOCKS;
    peer plain = start_peer(-1, plain_sink, NULL);
    peer ours = start_peer(SocketNoEndTag, NULL, our_sink);
    way ways[] = {
        { "64 KiB blocks, plain C on both sides", "", 0, NULL, plain_connect(plain.port), block, BLOCK, { 0 }, { 0 } },
        { "64 KiB blocks, written by us, read by plain C", "97 % of plain", 0.97, "write", 0, NULL, 0, { 0 }, { 0 } },
        { "64 KiB blocks, written by plain C, read by us", "97 % of plain", 0.97, NULL, plain_connect(ours.port), block,
          BLOCK, { 0 }, { 0 } },
        { "64 KiB blocks, both sides", "97 % of plain", 0.97, "both", 0, NULL, 0, { 0 }, { 0 } },
    };
    pin(0);
    ours_connect("write", plain.port, SocketNoEndTag);
    ours_connect("both", ours.port, SocketNoEndTag);
    measure(ways, 4, BLOCK, BLOCKS);
    SocketCloseAll();
    end_peer(plain);
    end_peer(ours);
}

static void messages(void)
{
    static char frame[MESSAGE + 4] = "64\r\n";
    expected = (int64_t)MESSAGE * MESSAGES;
    expected_frames = (int64_t)sizeof frame * MESSAGES;
    peer plain = start_peer(-1, plain_sink, NULL);
    peer frames = start_peer(-1, plain_frame_sink, NULL);
    peer ours = start_peer(SocketSize, NULL, our_sink);
    way ways[] = {
        { "64 B, plain C on both sides", "", 0, NULL, plain_connect(plain.port), block, MESSAGE, { 0 }, { 0 } },
        { "64 B messages in size mode, sent by us, read by plain C", "95 % of plain", 0.95, "sized", 0, NULL, 0, { 0 },
          { 0 } },
        { "64 B messages in size mode, sent by plain C, read by us", "95 % of plain", 0.95, NULL,
          plain_connect(ours.port), frame, sizeof frame, { 0 }, { 0 } },
        { "64 B messages in size mode, both sides", "95 % of plain", 0.95, "messages", 0, NULL, 0, { 0 }, { 0 } },
    };
    pin(0);
    ours_connect("sized", frames.port, SocketSize);
    ours_connect("messages", ours.port, SocketSize);
    measure(ways, 4, MESSAGE, MESSAGES);
    SocketCloseAll();
    end_peer(plain);
    end_peer(frames);
    end_peer(ours);
}

/* Each in a process of its own: a peer is forked before the library is used. */
int main(int argc, char **argv)
{
    memset(block, 'b', sizeof block);
    if (argc > 1 && strcmp(argv[1], "messages") == 0)
        messages();
    else
        blocks();
    return 0;
}

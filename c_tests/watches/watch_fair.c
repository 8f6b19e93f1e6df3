/* In which order a watch tells sockets where more are ready than it may tell at once. */
#include "watch_scene.h"

enum { MANY = 40 };

static int has_frames;

/* Channels in a watch, their peers, and how often each was told since another one became ready. */
typedef struct crowd {
    sock watch;
    sock channels[MANY];
    int fds[MANY];
    int size;
    int is_ready[MANY];
    int told_since[MANY][MANY]; /* [i][j]: how often j was told since i became ready, while i was not told */
    int most;                   /* the largest of these */
} crowd;

static int gather(crowd *c, int size)
{
    int i;
    memset(c, 0, sizeof *c);
    c->size = size;
    CHECK_EQ(1, S_Watch(&c->watch, "watch"));
    for (i = 0; i < size; i++)
        if (!s_channel_and_peer(&c->channels[i], &c->fds[i]) || S_WatchAdd(&c->watch, &c->channels[i]) != 1 ||
            S_Mode(&c->channels[i], has_frames ? SocketSize : SocketNoEndTag, NULL, 0) != 1)
            return 0;
    return 1;
}

static void leave(crowd *c)
{
    int i;
    for (i = 0; i < c->size; i++)
        close(c->fds[i]);
    SocketCloseAll();
}

/* A message arrives. */
static void send_to(crowd *c, int i)
{
    if (has_frames)
        PEER_DELIVER(c->fds[i], "2\r\nhi");
    else
        PEER_DELIVER(c->fds[i], "hi");
    if (!c->is_ready[i])
        memset(c->told_since[i], 0, sizeof c->told_since[i]);
    c->is_ready[i] = 1;
}

static int number_of(const crowd *c, int32_t id)
{
    int i;
    for (i = 0; i < c->size; i++)
        if (s_id(&c->channels[i]) == id)
            return i;
    return -1;
}

/* A wait that tells at most so many, and what it means for the others that are ready. */
static intptr_t wait_for(crowd *c, int capacity, int *told)
{
    int32_t ids[MANY];
    intptr_t count = S_WatchWait(&c->watch, 0, ids, capacity), k;
    int i;
    for (k = 0; k < count; k++) {
        told[k] = number_of(c, ids[k]);
        CHECK(told[k] >= 0 && c->is_ready[told[k]]);
        if (told[k] < 0)
            return 0;
        for (i = 0; i < c->size; i++)
            if (i != told[k] && c->is_ready[i] && ++c->told_since[i][told[k]] > c->most)
                c->most = c->told_since[i][told[k]];
        memset(c->told_since[told[k]], 0, sizeof c->told_since[told[k]]);
    }
    return count;
}

static void who_becomes_ready_is_told_before_anybody_is_told_again(void)
{
    crowd c;
    int told[2], i;
    REQUIRE(gather(&c, 7));
    for (i = 0; i < 6; i++)
        send_to(&c, i);
    for (i = 0; i < 7; i++) {
        CHECK_EQ(2, wait_for(&c, 2, told));
        if (i == 0)
            send_to(&c, 6);
    }
    CHECK_EQ(1, c.most);
    leave(&c);
}

static void who_waits_among_more_than_the_system_tells_at_once_is_told_first(void)
{
    crowd c;
    int told[1], i;
    REQUIRE(gather(&c, MANY));
    for (i = 0; i < MANY; i++) {
        send_to(&c, i);
        CHECK_EQ(1, wait_for(&c, 1, told));
    }
    for (i = 0; i < 3 * MANY; i++)
        CHECK_EQ(1, wait_for(&c, 1, told));
    CHECK_EQ(1, c.most);
    leave(&c);
}

/* Ten ask again as soon as they were read, ten are not read at all, and the others ask now and then. */
static void neither_who_asks_at_once_nor_who_is_not_read_holds_up_the_others(void)
{
    crowd c;
    unsigned number = 1;
    int told[4], round, i;
    REQUIRE(gather(&c, MANY));
    for (i = 0; i < 20; i++)
        send_to(&c, i);
    for (round = 0; round < 300; round++) {
        intptr_t count = wait_for(&c, 4, told), k;
        CHECK_EQ(4, count);
        for (k = 0; k < count; k++) {
            if (told[k] >= 10 && told[k] < 20)
                continue;
            CHECK_MESSAGE(&c.channels[told[k]], "hi");
            c.is_ready[told[k]] = 0;
            if (told[k] < 10)
                send_to(&c, told[k]);
        }
        number = number * 1103515245 + 12345;
        i = 20 + (int)(number >> 16) % (MANY - 20);
        if (!c.is_ready[i])
            send_to(&c, i);
    }
    CHECK(c.most <= 2);
    leave(&c);
}

int main(void)
{
    check_start(120);
    for (has_frames = 0; has_frames <= 1; has_frames++) {
        RUN(who_becomes_ready_is_told_before_anybody_is_told_again);
        RUN(who_waits_among_more_than_the_system_tells_at_once_is_told_first);
        RUN(neither_who_asks_at_once_nor_who_is_not_read_holds_up_the_others);
    }
    return check_end();
}

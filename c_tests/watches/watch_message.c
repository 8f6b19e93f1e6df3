/* A watch in the loop of a window: one message for what there is to tell, the next one after SocketWatchWait. */
#include "watch_scene.h"

#define S_WatchMessage(w, window, message) S_CALL(SocketWatchMessage)(S_KEY(w), window, message)

#ifdef _WIN32

#define S_WatchHandle(w) S_CALL(SocketWatchHandle)(S_KEY(w))

enum { NEWS = WM_APP + 7, MESSAGES = 1000, CLIENTS = 50 };

static char buffer[64];
static int32_t ready[64];

/* A window without a picture, for messages alone. */
static HWND new_window(void)
{
    return CreateWindowExA(0, "STATIC", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
}

static int32_t number_of(HWND window)
{
    return (int32_t)(intptr_t)window;
}

/* Whether the next message comes in time, and is that of this watch. */
static int news_within(HWND window, const sock *w, DWORD milliseconds)
{
    int64_t end = now_ms() + milliseconds;
    MSG message;
    for (;;) {
        if (PeekMessageA(&message, window, NEWS, NEWS, PM_REMOVE))
            return message.wParam == (WPARAM)s_id(w) && message.lParam == 0;
        if (now_ms() >= end)
            return 0;
        MsgWaitForMultipleObjects(0, NULL, FALSE, 20, QS_ALLINPUT);
    }
}

/* A watched channel whose watch posts to a window; nothing is posted yet. */
static HWND posting(sock *w, sock *channel, int *fd)
{
    HWND window = new_window();
    if (window == NULL || !s_watched_channel(w, channel, fd) || S_WatchMessage(w, number_of(window), NEWS) != 1) {
        check_fault_with_error(__FILE__, __LINE__, "a watch that posts to a window");
        return NULL;
    }
    while (news_within(window, w, 30))
        S_WatchWait(w, 0, ready, 64);
    return window;
}

static void one_message_comes_until_a_wait_has_ended(void)
{
    sock w, c;
    int fd;
    HWND window = posting(&w, &c, &fd);
    REQUIRE(window != NULL);
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK(news_within(window, &w, 10000));
    PEER_DELIVER(fd, "2\r\nho");
    CHECK(!news_within(window, &w, 100));
    CHECK_READY_NOW(&w, &c);
    CHECK(news_within(window, &w, 0)); /* unread: told again */
    CHECK(!news_within(window, &w, 100));
    CHECK_MESSAGE(&c, "hi");
    CHECK_MESSAGE(&c, "ho");
    CHECK_EQ(0, S_WatchWait(&w, 0, ready, 64));
    while (news_within(window, &w, 30)) /* for nothing: once, not for ever */
        CHECK_EQ(0, S_WatchWait(&w, 0, ready, 64));
    PEER_DELIVER(fd, "2\r\nha");
    CHECK(news_within(window, &w, 10000));
    DestroyWindow(window);
    close(fd);
}

static void room_to_write_is_posted(void)
{
    sock w, c;
    int fd;
    HWND window = posting(&w, &c, &fd);
    REQUIRE(window != NULL);
    CHECK_EQ(1, S_CALL(SocketWatchWritable)(S_KEY(&w), S_KEY(&c)));
    CHECK(news_within(window, &w, 10000));
    CHECK_READY_NOW(&w, &c);
    while (news_within(window, &w, 30))
        CHECK_EQ(0, S_WatchWait(&w, 0, ready, 64));
    DestroyWindow(window);
    close(fd);
}

static void *send_them(void *argument)
{
    int i, fd = *(int *)argument;
    for (i = 0; i < MESSAGES; i++) {
        CHECK(peer_send(fd, i % 3 == 0 ? "4\r\nwo" : "4\r\nword", i % 3 == 0 ? 5 : 7));
        if (i % 3 == 0)
            CHECK(peer_send(fd, "rd", 2));
        if (i % 50 == 0)
            sleep_ms(1);
    }
    return NULL;
}

static void nothing_is_missed_in_a_loop_of_messages(void)
{
    pthread_t sender;
    sock w, c;
    int fd, next = 0, posted = 0;
    HWND window = posting(&w, &c, &fd);
    REQUIRE(window != NULL);
    sender = thread_start(send_them, &fd);
    while (next < MESSAGES) {
        REQUIRE(news_within(window, &w, 20000));
        posted++;
        if (S_WatchWait(&w, 0, ready, 64) != 1)
            continue;
        REQUIRE(S_Read(&c, 0, 0, buffer, sizeof buffer) == 4 && memcmp(buffer, "word", 4) == 0);
        next++;
    }
    CHECK(posted < 4 * MESSAGES);
    thread_end(sender);
    DestroyWindow(window);
    close(fd);
}

static void a_window_that_goes_ends_the_messages_and_nothing_else(void)
{
    sock w, c;
    int fd;
    HWND window = posting(&w, &c, &fd);
    REQUIRE(window != NULL);
    DestroyWindow(window);
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_READY(&w, &c);
    CHECK_EQ(0, S_WatchMessage(&w, number_of(window), NEWS));
    CHECK_EQ(WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorCode());
    window = new_window();
    CHECK_EQ(1, S_WatchMessage(&w, number_of(window), NEWS));
    CHECK(news_within(window, &w, 10000)); /* what is unread still */
    CHECK_EQ(0, S_WatchMessage(&w, number_of(window), WM_CLOSE));
    CHECK_EQ(WDSOCKET_ERR_INVALID_ARGUMENT, SocketErrorCode());
    CHECK_EQ(1, S_WatchMessage(&w, 0, 0));
    CHECK_READY_NOW(&w, &c);
    CHECK(!news_within(window, &w, 100));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_WatchHandle(&c));
    CHECK_EQ(0, S_WatchMessage(&c, number_of(window), NEWS));
    CHECK_EQ(WDSOCKET_ERR_WRONG_KIND, SocketErrorCode());
    CHECK_EQ(1, S_Close(&w));
    CHECK_EQ(0, S_WatchMessage(&w, number_of(window), NEWS));
    CHECK_EQ(WDSOCKET_ERR_NOT_FOUND, SocketErrorCode());
    DestroyWindow(window);
    close(fd);
}

static void a_message_and_an_event_may_be_had_at_once(void)
{
    sock w, c;
    int fd;
    HANDLE event;
    HWND window = posting(&w, &c, &fd);
    REQUIRE(window != NULL);
    event = (HANDLE)S_WatchHandle(&w);
    S_WatchWait(&w, 0, ready, 64);
    PEER_DELIVER(fd, "2\r\nhi");
    CHECK_EQ(WAIT_OBJECT_0, MsgWaitForMultipleObjects(1, &event, FALSE, 10000, 0));
    CHECK(news_within(window, &w, 10000));
    CHECK_READY_NOW(&w, &c);
    DestroyWindow(window);
    close(fd);
}

static void *wait_for_event(void *event)
{
    CHECK_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 20000));
    return NULL;
}

static void a_watch_that_is_closed_lets_go_who_waits_for_its_event(void)
{
    pthread_t waiter;
    sock w, c;
    int fd;
    HANDLE event;
    REQUIRE(s_watched_channel(&w, &c, &fd));
    event = (HANDLE)S_WatchHandle(&w);
    REQUIRE((intptr_t)event > 0);
    waiter = thread_start(wait_for_event, event);
    sleep_ms(100);
    CHECK_EQ(1, S_Close(&w));
    thread_end(waiter);
    close(fd);
}

static void watches_that_come_and_go_leave_nothing_behind(void)
{
    HWND window = new_window();
    DWORD before, after;
    sock w;
    for (int i = 0; i < 300; i++) {
        REQUIRE(S_Watch(&w, "brief") == 1 && S_WatchHandle(&w) > 0);
        CHECK_EQ(1, S_WatchMessage(&w, number_of(window), NEWS));
        CHECK_EQ(1, S_Close(&w));
        if (i == 100)
            GetProcessHandleCount(GetCurrentProcess(), &before);
    }
    /* The threads end by themselves. */
    for (int i = 0; i < 500; i++) {
        GetProcessHandleCount(GetCurrentProcess(), &after);
        if (after <= before + 20)
            break;
        sleep_ms(10);
    }
    CHECK(after <= before + 20);
    DestroyWindow(window);
}

static void many_sockets_in_a_window_s_loop(void)
{
    static sock clients[CLIENTS];
    static int fds[CLIENTS];
    int i, k, rest = CLIENTS;
    sock w;
    HWND window = new_window();
    REQUIRE(S_Watch(&w, "watch") == 1 && S_WatchMessage(&w, number_of(window), NEWS) == 1);
    for (i = 0; i < CLIENTS; i++)
        REQUIRE(s_channel_and_peer(&clients[i], &fds[i]) && S_WatchAdd(&w, &clients[i]) == 1);
    for (i = 0; i < CLIENTS; i++)
        PEER_DELIVER(fds[i], "2\r\nhi");
    while (rest > 0) {
        REQUIRE(news_within(window, &w, 10000));
        intptr_t count = S_WatchWait(&w, 0, ready, 7);
        for (k = 0; k < count; k++)
            for (i = 0; i < CLIENTS; i++)
                if (ready[k] == s_id(&clients[i])) {
                    CHECK_MESSAGE(&clients[i], "hi");
                    rest--;
                }
    }
    CHECK_EQ(0, rest);
    for (i = 0; i < CLIENTS; i++) {
        CHECK_EQ(1, S_Close(&clients[i]));
        close(fds[i]);
    }
    DestroyWindow(window);
}

int main(void)
{
    check_start(200);
    RUN(one_message_comes_until_a_wait_has_ended);
    RUN(room_to_write_is_posted);
    RUN(nothing_is_missed_in_a_loop_of_messages);
    RUN(a_window_that_goes_ends_the_messages_and_nothing_else);
    RUN(a_message_and_an_event_may_be_had_at_once);
    RUN(a_watch_that_is_closed_lets_go_who_waits_for_its_event);
    RUN(watches_that_come_and_go_leave_nothing_behind);
    RUN(many_sockets_in_a_window_s_loop);
    return check_end();
}

#else

static void it_is_for_windows_alone(void)
{
    sock w, none;
    REQUIRE(S_Watch(&w, "watch") == 1);
    CHECK_EQ(0, S_WatchMessage(&w, 1, 1024));
    CHECK_EQ(WDSOCKET_ERR_NOT_SUPPORTED, SocketErrorCode());
    none = w;
    CHECK_EQ(1, S_Close(&w));
    CHECK_EQ(0, S_WatchMessage(&none, 1, 1024));
    CHECK_EQ(WDSOCKET_ERR_NOT_FOUND, SocketErrorCode());
}

int main(void)
{
    check_start(20);
    RUN(it_is_for_windows_alone);
    return check_end();
}

#endif

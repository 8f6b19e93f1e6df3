/* What SocketLocalInfo counts, of a socket and of the process. */
#include "datagram.h"
#include "scene.h"

static long long told(const sock *h, int info)
{
    char text[64];
    return S_LocalInfo(h, info, text, sizeof text) > 0 ? atoll(text) : -1;
}

static long long sum(int info)
{
    char text[64];
    return SocketLocalInfo(NULL, info, text, sizeof text) > 0 ? atoll(text) : -1;
}

static void bytes_count_with_their_frames_and_messages_one_by_one(void)
{
    sock s, client, channel;
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(0, told(&client, SocketBytesSent) + told(&client, SocketBytesReceived));
    CHECK_EQ(0, told(&client, SocketMessagesSent) + told(&channel, SocketMessagesReceived));
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    CHECK_EQ(1, S_Write(&client, "you", 3));
    CHECK_MESSAGE(&channel, "hello");
    CHECK_EQ(8 + 6, told(&client, SocketBytesSent));
    CHECK_EQ(2, told(&client, SocketMessagesSent));
    CHECK_EQ(8 + 6, told(&channel, SocketBytesReceived));
    CHECK_EQ(1, told(&channel, SocketMessagesReceived));
    CHECK_MESSAGE(&channel, "you");
    CHECK_EQ(2, told(&channel, SocketMessagesReceived));
    CHECK_EQ(0, told(&channel, SocketBytesSent) + told(&client, SocketMessagesReceived));
}

static void the_sums_of_the_process_keep_what_closed_sockets_counted(void)
{
    sock s, client, channel;
    long long received = sum(SocketBytesReceived), sent = sum(SocketBytesSent);
    long long in = sum(SocketMessagesReceived), out = sum(SocketMessagesSent), open = sum(SocketOpenSockets);
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(open + 3, sum(SocketOpenSockets));
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    CHECK_MESSAGE(&channel, "hello");
    CHECK_EQ(received + 8, sum(SocketBytesReceived));
    CHECK_EQ(sent + 8, sum(SocketBytesSent));
    CHECK_EQ(1, S_Close(&client));
    CHECK_EQ(1, S_Close(&channel));
    CHECK_EQ(1, S_Close(&s));
    CHECK_EQ(received + 8, sum(SocketBytesReceived));
    CHECK_EQ(sent + 8, sum(SocketBytesSent));
    CHECK_EQ(in + 1, sum(SocketMessagesReceived));
    CHECK_EQ(out + 1, sum(SocketMessagesSent));
    CHECK_EQ(open, sum(SocketOpenSockets));
}

static void a_socket_tells_since_when_it_stands_and_how_long_it_is_silent(void)
{
    sock s, client, channel;
    char text[64], now[64];
    time_t clock = time(NULL);
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(20, S_LocalInfo(&client, SocketSince, text, sizeof text));
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M", gmtime(&clock));
    clock += 60;
    CHECK(strncmp(text, now, 16) == 0 || strftime(now, sizeof now, "%Y-%m-%dT%H:%M", gmtime(&clock)) == 0 ||
          strncmp(text, now, 16) == 0);
    CHECK_EQ('Z', text[19]);
    CHECK_EQ(20, S_LocalInfo(&s, SocketSince, text, sizeof text));
    sleep_ms(60);
    CHECK(told(&client, SocketSilentFor) >= 50);
    CHECK_EQ(1, S_Write(&channel, "hello", 5));
    CHECK_MESSAGE(&client, "hello");
    CHECK(told(&client, SocketSilentFor) < 50);
    sleep_ms(60);
    CHECK(told(&client, SocketSilentFor) >= 50);
    CHECK(told(&client, SocketSilentFor) < 10000);
}

static void the_last_error_of_a_socket_stays_with_it(void)
{
    sock s, client, channel;
    char text[1000], again[1000], buffer[8];
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(0, S_LocalInfo(&client, SocketLastError, text, sizeof text));
    CHECK_EQ(0, SocketErrorCode());
    CHECK_MINUS(WDSOCKET_ERR_TIMEOUT, S_Read(&client, 0, 0, buffer, sizeof buffer));
    CHECK(SocketErrorInfo(text, sizeof text) > 0);
    CHECK_EQ(1, S_Write(&client, "hello", 5));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, S_LocalInfo(&client, SocketLastError, again, 5));
    CHECK_EQ((intptr_t)strlen(text), S_LocalInfo(&client, SocketLastError, again, sizeof again));
    CHECK(strcmp(text, again) == 0);
    CHECK_EQ(0, S_LocalInfo(&channel, SocketLastError, again, sizeof again));
}

static void what_a_socket_does_not_count_is_refused(void)
{
    sock s, client, channel, u;
    char text[64];
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(1, S_CreateUDP(&u, "u", 0, "127.0.0.1"));
    CHECK_MINUS(WDSOCKET_ERR_NO_CONNECTION, S_LocalInfo(&s, SocketBytesSent, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_LocalInfo(&client, SocketHandshakeTime, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_WRONG_KIND, S_LocalInfo(&u, SocketRoundTrip, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_LocalInfo(&client, SocketOpenSockets, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_LocalInfo(&client, 15, text, sizeof text));
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketLocalInfo(NULL, SocketSince, text, sizeof text));
    CHECK_EQ(-WDSOCKET_ERR_INVALID_ARGUMENT, SocketLocalInfo(NULL, SocketPort, text, sizeof text));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, S_ClientInfo(&client, SocketBytesSent, text, sizeof text));
}

static void datagrams_count_as_messages(void)
{
    sock one, other;
    long long port;
    REQUIRE(S_CreateUDP(&one, "one", 0, "127.0.0.1") && S_CreateUDP(&other, "other", 0, "127.0.0.1"));
    port = told(&other, SocketPort);
    CHECK_EQ(1, S_WriteTo(&one, "hello", 5, "127.0.0.1", (int32_t)port));
    CHECK_EQ(1, S_WriteTo(&one, "", 0, "127.0.0.1", (int32_t)port));
    CHECK_MESSAGE(&other, "hello");
    CHECK_MESSAGE(&other, "");
    CHECK_EQ(5, told(&one, SocketBytesSent));
    CHECK_EQ(2, told(&one, SocketMessagesSent));
    CHECK_EQ(5, told(&other, SocketBytesReceived));
    CHECK_EQ(2, told(&other, SocketMessagesReceived));
    CHECK(told(&other, SocketSilentFor) < 10000);
}

#ifdef __linux__
/* A number that ss tells, 0 where it tells none. */
static long long field(const char *line, const char *name)
{
    const char *found = strstr(line, name);
    return found ? atoll(found + strlen(name)) : 0;
}

static void the_counters_are_those_of_ss(void)
{
    enum { SIZE = 200000 };
    static char bytes[SIZE], line[4000];
    sock s, client, channel;
    char command[100];
    FILE *ss;
    size_t count;
    long long end = now_ms() + 5000;
    REQUIRE(s_pair(&s, &client, &channel));
    CHECK_EQ(1, S_Write(&client, bytes, SIZE));
    CHECK_EQ(SIZE, S_Read(&channel, 0, 10000, bytes, SIZE));
    CHECK_EQ(1, S_Write(&channel, bytes, 1000));
    CHECK_EQ(1000, S_Read(&client, 0, 10000, bytes, SIZE));
    CHECK(told(&client, SocketRoundTrip) > 0);
    while (told(&client, SocketUnsent) != 0 && now_ms() < end)
        sleep_ms(1);
    CHECK_EQ(0, told(&client, SocketUnsent));
    /* Another connection may have the same port on this side. */
    snprintf(command, sizeof command, "ss -tinH 'sport = :%lld and dport = :%lld' 2>&1", told(&client, SocketPort),
             told(&channel, SocketPort));
    ss = popen(command, "r");
    REQUIRE(ss != NULL);
    count = fread(line, 1, sizeof line - 1, ss);
    line[count] = '\0';
    if (pclose(ss) != 0) {
        printf("# skipped: ss is not there: %s\n", line);
        return;
    }
    CHECK_EQ(field(line, "bytes_received:"), told(&client, SocketBytesReceived));
    CHECK_EQ(field(line, "bytes_acked:"), told(&client, SocketBytesSent) + 1); /* ss counts the SYN */
    CHECK_EQ(field(line, "retrans:0/"), told(&client, SocketRetransmits));
}

static void what_has_not_left_is_told(void)
{
    enum { SIZE = 20000000 };
    sock channel;
    char *bytes = calloc(1, SIZE);
    int fd;
    REQUIRE(bytes && s_channel_and_peer(&channel, &fd));
    CHECK_EQ(1, S_SetOption(&channel, SocketWriteTimeout, 300));
    CHECK_NO(WDSOCKET_ERR_TIMEOUT, S_Write(&channel, bytes, SIZE));
    CHECK(told(&channel, SocketUnsent) > 10000);
    CHECK(told(&channel, SocketBytesSent) < SIZE);
    CHECK_EQ(0, told(&channel, SocketMessagesSent));
    close(fd);
    free(bytes);
}
#endif

int main(void)
{
    check_start(60);
    RUN(bytes_count_with_their_frames_and_messages_one_by_one);
    RUN(the_sums_of_the_process_keep_what_closed_sockets_counted);
    RUN(a_socket_tells_since_when_it_stands_and_how_long_it_is_silent);
    RUN(the_last_error_of_a_socket_stays_with_it);
    RUN(what_a_socket_does_not_count_is_refused);
    RUN(datagrams_count_as_messages);
#ifdef __linux__
    RUN(the_counters_are_those_of_ss);
    RUN(what_has_not_left_is_told);
#endif
    return check_end();
}

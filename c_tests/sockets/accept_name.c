/* What SocketAccept gives in the name family: the channel's name, or no client taken. */
#include "scene.h"

static void a_channel_is_called_C_and_16_hexadecimal_digits(void)
{
    sock s;
    char names[20][18];
    int i, j;
    int32_t port = s_listen(&s, "s");
    for (i = 0; i < 20; i++) {
        int fd = peer_connect(port);
        CHECK_EQ(1, SocketWaitForConnection("s", 5000));
        CHECK_EQ(17, SocketAccept("s", names[i], sizeof names[i]));
        CHECK_EQ(17, (intptr_t)strlen(names[i]));
        CHECK(names[i][0] == 'C');
        CHECK_EQ(16, (intptr_t)strspn(names[i] + 1, "0123456789abcdef"));
        for (j = 0; j < i; j++)
            CHECK(strcmp(names[i], names[j]) != 0);
        close(fd);
    }
}

static void a_buffer_too_small_takes_no_client(void)
{
    sock s;
    char name[18] = "untouched";
    int fd;
    int32_t port = s_listen(&s, "s");
    fd = peer_connect(port);
    CHECK_EQ(1, SocketWaitForConnection("s", 5000));
    CHECK_MINUS(WDSOCKET_ERR_BUFFER_TOO_SMALL, SocketAccept("s", name, 17));
    CHECK_EQ(0, name[0]);
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketAccept("s", NULL, 18));
    CHECK_MINUS(WDSOCKET_ERR_INVALID_ARGUMENT, SocketAccept("s", name, -18));
    CHECK_EQ(1, SocketWaitForConnection("s", 0));
    CHECK_EQ(17, SocketAccept("s", name, 18));
    PEER_SEND(fd, "2\r\nhi");
    {
        char text[8];
        CHECK_EQ(2, SocketRead(name, 0, 5000, text, sizeof text));
    }
    close(fd);
}

int main(void)
{
    check_start(60);
    RUN(a_channel_is_called_C_and_16_hexadecimal_digits);
    RUN(a_buffer_too_small_takes_no_client);
    return check_end();
}

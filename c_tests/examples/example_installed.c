/* installed.c: does this machine's wdsocket work? Prints its version and what it said to itself. */
#include <stdio.h>
#include <stdlib.h>
#include <wdsocket.h>

int main(void)
{
    char text[256], channel[32];
    intptr_t length = -1;

    if (SocketVersion(text, sizeof text) > 0)
        printf("%s\n", text);
    if (SocketCreate("server", 0, "127.0.0.1") && SocketLocalInfo("server", SocketPort, text, sizeof text) > 0 &&
        SocketConnect("client", atoi(text), "127.0.0.1", 5000) && SocketWaitForConnection("server", 5000) &&
        SocketAccept("server", channel, sizeof channel) > 0 && SocketWrite("client", "Hello", -1))
        length = SocketRead(channel, 0, 5000, text, sizeof text);
    if (length < 0)
        SocketErrorInfo(text, sizeof text);
    printf("%.*s\n", length < 0 ? (int)sizeof text : (int)length, text);
    /* A certificate that is not there is an error of TLS, which is inside. */
    if (SocketCreateSSL("bank", 0, "/nowhere/server.pem", 0, "127.0.0.1", NULL) ||
        SocketErrorCode() != WDSOCKET_ERR_CERTIFICATE)
        length = -1;
    printf("%s\n", length == 5 ? "all is well" : "something is wrong");
    return length != 5;
}

/* Programs pass the constants as int32_t, add them up, compare and switch on them: without a warning, in C and in C++. */
#include "wdsocket.h"

static const char *said(intptr_t result)
{
    switch (-result) {
    case WDSOCKET_OK:
        return "an empty message";
    case WDSOCKET_ERR_TIMEOUT:
        return "nothing yet";
    case WDSOCKET_ERR_CLOSED:
    case WDSOCKET_ERR_LOST:
        return "the end";
    default:
        return "something else";
    }
}

static int32_t taken(int32_t constant)
{
    return constant;
}

int main(void)
{
    char text[SSLPassword];
    int32_t options = ProtocolTLS1_2 | ProtocolTLS1_3;
    int32_t code = (int32_t)SocketErrorCode();
    int32_t mode = code == WDSOCKET_OK ? SocketEndTag : SocketSize;
    int32_t timeout = mode == SocketEndTag ? WDSOCKET_INFINITE : WDSOCKET_DEFAULT;
    intptr_t expected = code > 0 ? WDSOCKET_OK : WDSOCKET_ERR_REFUSED;
    options += SSLNoVerify;
    options &= ~SSLNoVerify;
    if (SocketRead("till", 0, timeout, text, sizeof text) == -WDSOCKET_ERR_BUFFER_TOO_SMALL)
        return taken(SocketAddress);
    if (SocketSetOption("till", SocketNagle, SocketModeOpenSSL) < expected || code > WDSOCKET_ERR_PROXY)
        return taken(-WDSOCKET_ERR_PROXY);
    return said(SocketChangeTransmissionMode("till", mode, "\n", 1))[0] == options;
}

/*
 * Sockets that systemd hands over, driven from the command line, one word an action:
 *
 *   tcp ADDRESS, tls ADDRESS CERTIFICATE, udp ADDRESS, port NUMBER ADDRESS
 *                     makes a server; prints "port N", or "error CODE TEXT" and goes on
 *   greet             the next client of the last server reads "hello"
 *   close             closes the last server
 */
#include "check.h"

static int last;

static void made(int id)
{
    char text[1024] = "";
    if (id > 0) {
        last = id;
        SocketLocalInfoId(id, SocketPort, text, sizeof text);
        printf("port %s\n", text);
    } else {
        SocketErrorInfo(text, sizeof text);
        printf("error %d %s\n", (int)SocketErrorCode(), text);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    (void)argc;
    for (char **word = argv + 1; *word != NULL; word++) {
        if (strcmp(*word, "tcp") == 0) {
            made((int)SocketCreateId(0, *++word));
        } else if (strcmp(*word, "tls") == 0) {
            const char *address = *++word;
            made((int)SocketCreateSSLId(0, *++word, 0, address, NULL));
        } else if (strcmp(*word, "udp") == 0) {
            made((int)SocketCreateUDPId(0, *++word));
        } else if (strcmp(*word, "port") == 0) {
            int port = atoi(*++word);
            made((int)SocketCreateId(port, *++word));
        } else if (strcmp(*word, "greet") == 0) {
            SocketWaitForConnectionId(last, 20000);
            int channel = (int)SocketAcceptId(last);
            SocketWriteId(channel, "hello", -1);
            SocketCloseId(channel);
        } else if (strcmp(*word, "close") == 0) {
            SocketCloseId(last);
        }
    }
    return 0;
}

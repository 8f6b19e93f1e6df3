/* example_tpkt.c: opens a connection to a PLC that speaks S7 and prints how long its messages may be. Usage: example_tpkt PORT */
#include <stdio.h>
#include <stdlib.h>
#include "wdsocket.h"

/* TPKT (RFC 1006): 3, 0, then the length of all, these four bytes too. The library writes it into its place. */
static const unsigned char connect_request[] = {3, 0, 0, 0, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2};
static const unsigned char setup[] = {3, 0, 0, 0, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 4, 0, 0, 8, 0, 0, 0xf0, 0, 0, 1, 0, 1, 1, 0xe0};

int main(int argc, char **argv)
{
    unsigned char answer[1024];
    char text[1000];
    intptr_t size = -1;

    if (argc == 2 && SocketConnect("plc", atoi(argv[1]), "127.0.0.1", 5000) &&
        SocketSetOption("plc", SocketLengthOffset, 2) && SocketSetOption("plc", SocketLengthAdjust, 4) &&
        SocketSetOption("plc", SocketLengthHeader, 1) && SocketChangeTransmissionMode("plc", SocketBinarySize, NULL, 0) &&
        SocketWrite("plc", connect_request, sizeof connect_request) && SocketRead("plc", 0, 5000, answer, sizeof answer) > 5 &&
        answer[5] == 0xd0 && SocketWrite("plc", setup, sizeof setup))
        size = SocketRead("plc", 0, 5000, answer, sizeof answer);
    if (size < 27) {
        SocketErrorInfo(text, sizeof text);
        printf("%s\n", text);
        return 1;
    }
    printf("%d bytes at most\n", answer[25] << 8 | answer[26]);
    SocketClose("plc");
    return 0;
}

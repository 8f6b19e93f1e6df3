/* example_iso8583.c: a network test (0800) to a payment switch. Usage: example_iso8583 PORT */
#include <stdio.h>
#include <stdlib.h>
#include "wdsocket.h"

int main(int argc, char **argv)
{
    /* Kind, the fields that follow (7, 11 and 70), time, trace number, 301 = are you there? */
    static const char question[] = "0800" "8220000000000000" "0400000000000000" "1125093000" "000042" "301";
    char answer[1024];
    intptr_t size = -1;

    /* Two bytes of length, highest first, that do not count themselves: the mode as it is. Where they do
     * count themselves: SocketSetOption("switch", SocketLengthAdjust, 2) before the mode. */
    if (argc == 2 && SocketConnect("switch", atoi(argv[1]), "127.0.0.1", 5000) &&
        SocketChangeTransmissionMode("switch", SocketBinarySize, NULL, 0) && SocketWrite("switch", question, -1))
        size = SocketRead("switch", 0, 5000, answer, sizeof answer);
    if (size < 0) {
        SocketErrorInfo(answer, sizeof answer);
        printf("%s\n", answer);
        return 1;
    }
    printf("the switch answered %.*s\n", (int)size, answer);
    SocketClose("switch");
    return 0;
}

/* example_modbus.c: registers of a Modbus/TCP device, read or given. Usage: example_modbus read PORT, or: example_modbus serve */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wdsocket.h"

/* Transaction and protocol (2 bytes each), the length of what follows it (2), unit, function, data. */
static int speak_modbus(const char *name)
{
    return SocketSetOption(name, SocketLengthOffset, 4) && SocketSetOption(name, SocketLengthHeader, 1) &&
           SocketChangeTransmissionMode(name, SocketBinarySize, NULL, 0);
}

static int number(const unsigned char *place)
{
    return place[0] << 8 | place[1];
}

static int failed(void)
{
    char text[1000];
    SocketErrorInfo(text, sizeof text);
    printf("%s\n", text);
    return 1;
}

/* Asks for three holding registers, from the second on; the library writes the length. */
static int ask(int port)
{
    static const unsigned char question[12] = {0, 7, 0, 0, 0, 0, 1, 3, 0, 1, 0, 3};
    unsigned char answer[260];

    if (!SocketConnect("device", port, "127.0.0.1", 5000) || !speak_modbus("device") ||
        !SocketWrite("device", question, sizeof question) || SocketRead("device", 0, 5000, answer, sizeof answer) < 9)
        return failed();
    if (number(answer) != 7 || answer[7] != 3) {
        printf("the device refuses\n");
        return 1;
    }
    for (int i = 0; i + 1 < answer[8]; i += 2)
        printf("%d\n", number(answer + 9 + i));
    SocketClose("device");
    return 0;
}

/* A simplified server of ten registers, of which each is a hundred times its number, until its client leaves. */
static int serve(void)
{
    unsigned char frame[260];
    char port[8];
    intptr_t size;

    if (!SocketCreate("device", 0, "127.0.0.1") || !speak_modbus("device"))
        return failed();
    SocketLocalInfo("device", SocketPort, port, sizeof port);
    printf("listening on port %s\n", port);
    fflush(stdout);
    while ((size = SocketRead("device", 1, 0, frame, sizeof frame)) >= 12) {
        int first = number(frame + 8), count = number(frame + 10);
        if (frame[7] != 3 || count < 1 || count > 10 || first + count > 10) {
            frame[7] |= 0x80; /* no such function, or no such register */
            frame[8] = 2;
            size = 9;
        } else {
            for (int i = 0; i < count; i++) {
                frame[9 + 2 * i] = (unsigned char)(100 * (first + i) >> 8);
                frame[10 + 2 * i] = (unsigned char)(100 * (first + i));
            }
            frame[8] = (unsigned char)(2 * count);
            size = 9 + 2 * count;
        }
        if (!SocketWrite("device", frame, (int32_t)size))
            break;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return ask(atoi(argv[2]));
    return argc == 2 && strcmp(argv[1], "serve") == 0 ? serve() : 2;
}

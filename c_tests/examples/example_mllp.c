/* example_mllp.c: sends an HL7 message and prints how it was received. Usage: example_mllp PORT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wdsocket.h"

int main(int argc, char **argv)
{
    /* MLLP: VT, the message, whose lines end with CR, then FS CR: a tag of two bytes, and a first byte of our own. */
    static const char message[] = "\x0b"
                                  "MSH|^~\\&|LAB|CLINIC|HIS|CLINIC|20251125093000||ADT^A01|42|P|2.5\r"
                                  "PID|1||1001||Doe^Jane\r";
    char answer[4096];
    intptr_t size = -1;

    if (argc == 2 && SocketConnect("his", atoi(argv[1]), "127.0.0.1", 5000) &&
        SocketChangeTransmissionMode("his", SocketEndTag, "\x1c\r", 2) && SocketWrite("his", message, -1))
        size = SocketRead("his", 0, 5000, answer, sizeof answer - 1);
    if (size < 1 || answer[0] != '\x0b') {
        SocketErrorInfo(answer, sizeof answer);
        printf("%s\n", answer);
        return 1;
    }
    answer[size] = '\0';
    for (char *line = strtok(answer + 1, "\r"); line != NULL; line = strtok(NULL, "\r"))
        printf("%s\n", line);
    SocketClose("his");
    return 0;
}

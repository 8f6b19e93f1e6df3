/* secret CERTIFICATE PASSWORD-FILE|- [close]: makes a TLS server, closes it where it is told to, prints "ready" and waits
 * for a line, so that its memory can be looked through. It keeps no copy of the password itself. */
#include "check.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
    static volatile char password[64];
    char line[8];
    check_start(60);
    if (argc > 2 && strcmp(argv[2], "-") != 0) {
        int file = open(argv[2], O_RDONLY);
        size_t i;
        if (file < 0 || read(file, (char *)password, sizeof password - 1) <= 0)
            return 2;
        close(file);
        SocketSetText("server", SSLPassword, (const char *)password);
        for (i = 0; i < sizeof password; i++)
            password[i] = 0;
    }
    if (SocketCreateSSL("server", 0, argv[1], 0, "127.0.0.1", NULL) != 1) {
        char text[1024];
        SocketErrorInfo(text, sizeof text);
        printf("%s\n", text);
        return 1;
    }
    if (argc > 3)
        SocketClose("server");
    printf("ready\n");
    return fgets(line, sizeof line, stdin) == NULL;
}

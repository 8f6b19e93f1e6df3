/* example_news.c: reads a news server (NNTP): its groups, an article, the groups to come.
 * Usage: example_news clear|starttls|tls host [port [file of trusted certificates]] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wdsocket.h"

enum { WAIT = 10000 };
static char line[1024];

/* Why the last call failed, and the end. */
static void stop(void)
{
    SocketErrorInfo(line, sizeof line);
    printf("%s\n", line);
    SocketClose("news");
    exit(1);
}

/* The next line, without its end. */
static void read_line(void)
{
    intptr_t size = SocketRead("news", 0, WAIT, line, sizeof line - 1);
    if (size < 0)
        stop();
    line[size] = '\0';
}

/* The line that says how a command went begins with a code. */
static void expect(const char *code)
{
    read_line();
    if (strncmp(line, code, strlen(code)) != 0) {
        printf("the server says: %s\n", line);
        SocketClose("news");
        exit(1);
    }
}

static void ask(const char *command, const char *code)
{
    if (!SocketWrite("news", command, -1))
        stop();
    expect(code);
}

/* A list, line by line up to a dot alone; how many lines it had. It may be empty: the dot comes at once, and who waits
 * for CR LF . CR LF now waits in vain, as the first CR LF went with the line before. */
static int print_list(char *group)
{
    long first, last;
    int count;
    for (count = 0, read_line(); strcmp(line, ".") != 0; count++, read_line()) {
        const char *text = line + (line[0] == '.'); /* a line that begins with a dot was sent with one more */
        if (count < 20)
            printf("  %s\n", text);
        if (*group == '\0' && (sscanf(text, "%511s %ld %ld", group, &last, &first) != 3 || last < first))
            *group = '\0'; /* nothing to read there */
    }
    return count;
}

/* An article, as one message: it has a heading always, so the CR LF . CR LF behind it always comes. */
static void print_article(void)
{
    char *text;
    intptr_t size, i;

    SocketChangeTransmissionMode("news", SocketEndTagBuffer, "\r\n.\r\n", 5);
    if (SocketRead("news", 0, WAIT, NULL, 0) != -WDSOCKET_ERR_BUFFER_TOO_SMALL)
        stop();
    size = SocketPending("news"); /* it is there as a whole, and stays until there is room */
    text = malloc((size_t)size);
    if (text == NULL || SocketRead("news", 0, WAIT, text, (int32_t)size) != size)
        stop();
    for (i = 0; i < size; i++)
        if (text[i] != '\r' && !(text[i] == '.' && (i == 0 || text[i - 1] == '\n')))
            putchar(text[i]);
    putchar('\n');
    free(text);
    SocketChangeTransmissionMode("news", SocketEndTagBuffer, "\r\n", 2);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "", *host = argc > 2 ? argv[2] : "";
    int tls = strcmp(way, "tls") == 0, starttls = strcmp(way, "starttls") == 0;
    int32_t port = argc > 3 ? atoi(argv[3]) : tls ? 563 : 119;
    char group[512] = "", command[520];

    if (argc < 3 || (!tls && !starttls && strcmp(way, "clear") != 0)) {
        printf("usage: example_news clear|starttls|tls host [port [file of trusted certificates]]\n");
        return 2;
    }
    if (argc > 4)
        SocketSetText("news", SSLCaFile, argv[4]); /* beside those that the system trusts */
    if (!(tls ? SocketConnectSSL("news", port, host, 0, WAIT, NULL) : SocketConnect("news", port, host, WAIT)))
        stop();
    SocketChangeTransmissionMode("news", SocketEndTagBuffer, "\r\n", 2);
    expect("20"); /* 200, or 201 where nobody may post */
    printf("%s\n", line);
    if (starttls) {
        ask("STARTTLS", "382");
        if (!SocketStartSSL("news", 0, WAIT, host, NULL))
            stop();
    }
    if (SocketSSLInfo("news", SSLProtocol, line, sizeof line) > 0)
        printf("over %s\n", line);

    ask("LIST", "215");
    printf("groups: %d\n", print_list(group));
    if (*group != '\0') {
        snprintf(command, sizeof command, "GROUP %s", group);
        ask(command, "211");
        printf("group: %s\n", line);
        ask("ARTICLE", "220");
        print_article();
    }
    ask("NEWGROUPS 20990101 000000 GMT", "231");
    printf("groups that are new in 2099: %d\n", print_list(group));
    ask("QUIT", "205");
    SocketClose("news");
    return 0;
}

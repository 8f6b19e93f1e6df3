/* example_smtp.c: a mail server that takes mail over TLS alone (STARTTLS, RFC 3207) and prints what comes.
 * Usage: example_smtp server.pem [PORT [CLIENTS]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "wdsocket.h"

enum { PATIENCE = 10000 };

static char client[32], line[65536], answer[300], error[2000];

static int say(const char *text)
{
    return SocketWrite(client, text, -1) == 1;
}

/* The next line without its end; 0 where there is none. */
static int hear(void)
{
    intptr_t size = SocketRead(client, 0, PATIENCE, line, sizeof line - 1);
    line[size > 0 ? size : 0] = '\0';
    return size >= 0;
}

static int is(const char *command)
{
    return strncasecmp(line, command, strlen(command)) == 0;
}

/* The mail behind DATA, up to a dot alone. */
static int take_mail(void)
{
    int lines = 0;
    while (hear() && strcmp(line, ".") != 0) {
        printf("| %s\n", line[0] == '.' ? line + 1 : line);
        lines++;
    }
    snprintf(answer, sizeof answer, "250 2.0.0 %d lines taken", lines);
    return strcmp(line, ".") == 0 && say(answer);
}

/* One client, from the greeting to QUIT. 0 where something failed, which SocketErrorInfo then tells. */
static int serve(const char *certificate)
{
    char version[20] = "";
    int secure = 0;

    if (!say("220 localhost ESMTP"))
        return 0;
    while (hear()) {
        if (is("EHLO ") || is("HELO ")) {
            if (!say("250-localhost") || !say(secure ? "250 SIZE 1000000" : "250 STARTTLS"))
                return 0;
        } else if (is("STARTTLS") && !secure) {
            /* The last words in clear. Whatever the client has sent behind its STARTTLS makes SocketStartSSL fail: anybody on
             * the way may have put it there, so that it would count as the client's own. */
            if (!say("220 2.0.0 go ahead") || !SocketStartSSL(client, SSLAsServer, PATIENCE, NULL, certificate))
                return 0;
            SocketSSLInfo(client, SSLProtocol, version, sizeof version);
            printf("%s\n", version);
            secure = 1; /* and nothing that was said before counts any more */
        } else if (is("QUIT")) {
            return say("221 2.0.0 bye");
        } else if (is("NOOP") || is("RSET")) {
            if (!say("250 2.0.0 yes"))
                return 0;
        } else if (!secure) {
            if (!say("530 5.7.0 STARTTLS first"))
                return 0;
        } else if (is("MAIL FROM:") || is("RCPT TO:")) {
            printf("%s\n", line);
            if (!say("250 2.1.0 yes"))
                return 0;
        } else if (is("DATA")) {
            if (!say("354 end with a dot alone") || !take_mail())
                return 0;
        } else if (!say("502 5.5.1 not here")) {
            return 0;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    int clients = argc > 3 ? atoi(argv[3]) : 1000;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || !SocketCreate("smtp", argc > 2 ? atoi(argv[2]) : 0, "127.0.0.1")) {
        SocketErrorInfo(error, sizeof error);
        printf("%s\n", argc < 2 ? "usage: example_smtp server.pem [PORT [CLIENTS]]" : error);
        return 1;
    }
    /* Lines end with CR LF and with nothing else: a bare LF is none, so that no mail can hide another (SMTP smuggling). */
    SocketChangeTransmissionMode("smtp", SocketEndTag, "\r\n", 2);
    SocketLocalInfo("smtp", SocketPort, answer, sizeof answer);
    printf("port %s\n", answer);
    for (; clients > 0 && SocketWaitForConnection("smtp", WDSOCKET_INFINITE); clients--) {
        if (SocketAccept("smtp", client, sizeof client) <= 0)
            continue;
        if (!serve(argv[1])) {
            SocketErrorInfo(error, sizeof error);
            printf("error %d: %s\n", (int)SocketErrorCode(), error);
        }
        SocketClose(client);
    }
    SocketClose("smtp");
    return 0;
}

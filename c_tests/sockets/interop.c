/*
 * A socket driven from the command line, one argument an action. The interop tests use it against programs that are not ours.
 *
 *   interop connect PORT ACTION…   a client of 127.0.0.1
 *   interop standard ACTION…       a standard server: waits for a client, accepts it, acts on the channel
 *   interop simple ACTION…         a simplified server: acts on the listener's own name
 *   interop connect-tls PORT CA ACTION…          as connect, over TLS, trusting the certificates of a PEM file
 *   interop standard-tls CERTIFICATE ACTION…     as standard, over TLS, with the certificate and key of a PEM file
 *
 * Both servers take a free port and print "port N" first. Actions:
 *
 *   mode=size | mode=none | mode=tag:HEX | mode=tagbuffer:HEX   ("tag:" alone is the default tag)
 *   write=HEX      sends a message
 *   read           prints "read HEX" for one message
 *   take=COUNT     prints "take HEX" for as many bytes, in the mode without a tag
 *   rest           prints "rest HEX" for all that comes until the peer closes
 *   shutdown       ends the sending half
 *
 * A standard server takes the mode actions that come first on its listener: its channels inherit them. Any failure prints the library's error text and exits with 1.
 */
#include "check.h"

#define WAIT_MS 20000

static unsigned char buffer[1 << 20];

_Noreturn static void fail(const char *what)
{
    char text[512];
    SocketErrorInfo(text, sizeof text);
    fprintf(stderr, "%s: code %d: %s\n", what, (int)SocketErrorCode(), text);
    exit(1);
}

static void check(intptr_t result, const char *what)
{
    if (result <= 0)
        fail(what);
}

static int32_t from_hex(const char *hex, unsigned char *bytes)
{
    int32_t size = 0;
    unsigned int byte;
    while (sscanf(hex + 2 * size, "%2x", &byte) == 1)
        bytes[size++] = (unsigned char)byte;
    return size;
}

static void print_hex(const char *label, intptr_t size)
{
    printf("%s ", label);
    for (intptr_t i = 0; i < size; i++)
        printf("%02x", buffer[i]);
    putchar('\n');
}

static void change_mode(const char *name, const char *mode)
{
    static const struct { const char *word; int32_t value; } modes[] = {
        { "size", SocketSize }, { "none", SocketNoEndTag }, { "tagbuffer:", SocketEndTagBuffer }, { "tag:", SocketEndTag },
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        size_t length = strlen(modes[i].word);
        if (strncmp(mode, modes[i].word, length) == 0) {
            unsigned char tag[255];
            int32_t size = from_hex(mode + length, tag);
            check(SocketChangeTransmissionMode(name, modes[i].value, size ? tag : NULL, size), mode);
            return;
        }
    }
    fprintf(stderr, "unknown mode %s\n", mode);
    exit(2);
}

static void take(const char *name, int32_t count)
{
    int32_t total = 0;
    while (total < count) {
        intptr_t length = SocketRead(name, 0, WAIT_MS, buffer + total, count - total);
        if (length <= 0)
            fail("take");
        total += (int32_t)length;
    }
    print_hex("take", total);
}

static void read_rest(const char *name)
{
    intptr_t total = 0, length;
    while ((length = SocketRead(name, 0, WAIT_MS, buffer + total, (int32_t)(sizeof buffer - total))) > 0)
        total += length;
    if (length != -WDSOCKET_ERR_CLOSED)
        fail("rest");
    print_hex("rest", total);
}

static void act(const char *name, const char *action)
{
    if (strncmp(action, "mode=", 5) == 0) {
        change_mode(name, action + 5);
    } else if (strncmp(action, "write=", 6) == 0) {
        int32_t size = from_hex(action + 6, buffer);
        check(SocketWrite(name, buffer, size), action);
    } else if (strcmp(action, "read") == 0) {
        intptr_t length = SocketRead(name, 0, WAIT_MS, buffer, sizeof buffer);
        if (length < 0)
            fail(action);
        print_hex(action, length);
    } else if (strncmp(action, "take=", 5) == 0) {
        take(name, atoi(action + 5));
    } else if (strcmp(action, "rest") == 0) {
        read_rest(name);
    } else if (strcmp(action, "shutdown") == 0) {
        check(SocketShutdown(name), action);
    } else {
        fprintf(stderr, "unknown action %s\n", action);
        exit(2);
    }
    fflush(stdout);
}

static void tell_port(const char *name)
{
    char port[8];
    check(SocketLocalInfo(name, SocketPort, port, sizeof port), "port");
    printf("port %s\n", port);
    fflush(stdout);
}

/* Gives the listener the modes that come first and takes a client; returns the action that is next. */
static int accept_one(const char *name, char channel[32], int argc, char **argv, int next)
{
    tell_port(name);
    while (next < argc && strncmp(argv[next], "mode=", 5) == 0)
        act(name, argv[next++]);
    check(SocketWaitForConnection(name, WAIT_MS), "wait");
    check(SocketAccept(name, channel, 32), "accept");
    return next;
}

int main(int argc, char **argv)
{
    int next = 2; /* the first action */
    const char *name = "socket";
    char channel[32];

    check_start(60);
    if (argc > 2 && strcmp(argv[1], "connect") == 0) {
        check(SocketConnect(name, atoi(argv[next++]), "127.0.0.1", WAIT_MS), "connect");
    } else if (argc > 3 && strcmp(argv[1], "connect-tls") == 0) {
        check(SocketSetText(NULL, SSLCaFile, argv[3]), argv[3]);
        check(SocketConnectSSL(name, atoi(argv[2]), "127.0.0.1", 0, WAIT_MS, NULL), "connect");
        next = 4;
    } else if (argc > 2 && strcmp(argv[1], "standard-tls") == 0) {
        check(SocketCreateSSL(name, 0, argv[2], 0, "127.0.0.1", NULL), argv[2]);
        next = accept_one(name, channel, argc, argv, 3);
        name = channel;
    } else if (argc > 1 && (strcmp(argv[1], "standard") == 0 || strcmp(argv[1], "simple") == 0)) {
        check(SocketCreate(name, 0, "127.0.0.1"), "create");
        if (strcmp(argv[1], "standard") == 0) {
            next = accept_one(name, channel, argc, argv, next);
            name = channel;
        } else {
            tell_port(name);
        }
    } else {
        fprintf(stderr, "usage: interop connect PORT | standard | simple | connect-tls PORT CA | standard-tls CERTIFICATE, then actions\n");
        return 2;
    }
    while (next < argc)
        act(name, argv[next++]);
    if (name == channel)
        check(SocketClose(name), "close the channel");
    check(SocketClose("socket"), "close");
    return 0;
}

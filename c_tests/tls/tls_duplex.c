/* Both directions of one TLS connection at full flow, towards a peer that is not this library and that
 * changes keys on the way. Every byte that arrives is checked against what the peer must have sent.
 * Arguments: certificate, root, bits, megabytes each way, then the port of a server to connect to; without one
 * it is the server itself and prints "port N". */
#include "tls_family.h"

enum { PIECE = 40000 };

static sock listener, connection;
static int64_t total;
static int32_t port, bits;

/* The byte at a place of the stream; the peer's stream differs from ours. */
static unsigned char byte_at(int64_t place, int seed)
{
    uint64_t x = (uint64_t)place;
    return (unsigned char)(x * 31 + (x >> 8) * 17 + (x >> 16) * 7 + (uint64_t)seed);
}

static void *send_all(void *argument)
{
    unsigned char *piece = malloc(PIECE);
    int64_t sent = 0;
    (void)argument;
    while (sent < total) {
        int32_t size = (int32_t)(total - sent < PIECE ? total - sent : 1 + sent % PIECE), i;
        for (i = 0; i < size; i++)
            piece[i] = byte_at(sent + i, 1);
        if (S_Write(&connection, piece, size) != 1) {
            check_fault_with_error(__FILE__, __LINE__, "a piece is written");
            break;
        }
        sent += size;
    }
    free(piece);
    return NULL;
}

static void receive_all(void)
{
    unsigned char *piece = malloc(PIECE);
    int64_t received = 0;
    while (received < total) {
        intptr_t size = S_Read(&connection, 0, 60000, piece, PIECE), i;
        if (size <= 0) {
            check_fault_with_error(__FILE__, __LINE__, "a piece is read");
            break;
        }
        for (i = 0; i < size && piece[i] == byte_at(received + i, 2); i++)
            ;
        if (i < size) {
            check_fault(__FILE__, __LINE__, "a byte arrives changed");
            break;
        }
        received += size;
    }
    free(piece);
}

static void both_directions_flow_at_once_through_new_keys(void)
{
    pthread_t sender;
    char end;
    if (port != 0) {
        REQUIRE(S_ConnectSSL(&connection, "duplex", port, "localhost", bits, 20000) == 1);
    } else {
        REQUIRE(S_CreateSSL(&listener, "listener", bits, "127.0.0.1") == 1);
        printf("port %d\n", (int)s_port(&listener));
        REQUIRE(s_take(&listener, &connection));
    }
    CHECK_EQ(1, S_Mode(&connection, SocketNoEndTag, NULL, 0));
    CHECK_EQ(0, pthread_create(&sender, NULL, send_all, NULL));
    receive_all();
    pthread_join(sender, NULL);
    CHECK_EQ(1, S_Shutdown(&connection));
    CHECK_MINUS(WDSOCKET_ERR_CLOSED, S_Read(&connection, 0, 60000, &end, 1));
}

int main(int argc, char **argv)
{
    if (argc < 5 || !tls_start(argc, argv, 1200))
        return 1;
    bits = atoi(argv[3]);
    total = (int64_t)atoi(argv[4]) << 20;
    port = argc > 5 ? atoi(argv[5]) : 0;
    RUN(both_directions_flow_at_once_through_new_keys);
    return check_end();
}

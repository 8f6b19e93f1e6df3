/* This library, by name and by id, with and without frames. */
#include "wdsocket_transport.h"

static void *gather_connect(const transport *t, int port)
{
    return id_gathering(id_connect(t, port));
}

const transport candidates[] = {
    { "wdsocket, id, no-tag", SocketNoEndTag, id_listen, id_accept, id_connect, id_send, id_receive, id_close, NULL },
    { "wdsocket, id, size", SocketSize, id_listen, id_accept, id_connect, id_send, id_receive, id_close, NULL },
    { "wdsocket, name, no-tag", SocketNoEndTag, name_listen, name_accept, name_connect, name_send, name_receive,
      name_close, NULL },
    { "wdsocket, name, size", SocketSize, name_listen, name_accept, name_connect, name_send, name_receive, name_close,
      NULL },
    { "wdsocket, id, size, gather", SocketSize, id_listen, id_accept, gather_connect, id_send, id_receive, id_close, NULL },
    { 0 },
};

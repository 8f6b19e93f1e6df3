//! The functions, their errors and their waits, proved by C programs over names and over ids.

mod common;

promises! {
    both_families;
    frames: "frames.c", 9;
    other_frames: "other_frames.c", 12;
    limits: "limits.c", 6;
    idle_memory: "idle_memory.c", 1;
    nothing_lost: "nothing_lost.c", 7;
    ends: "ends.c", 8;
    listen: "listen.c", 14;
    connect: "connect.c", 6;
    own_address: "own_address.c", 13;
    own_interface: "own_interface.c", 6;
    host_names: "resolve.c", 5;
    routes: "routes.c", 3;
    hosts: "hosts.c", 5;
    simplified_server: "simplified.c", 11;
    arguments: "arguments.c", 6;
    info: "info.c", 7;
    statistics: "statistics.c", 8;
    options: "options.c", 8;
    cancel: "cancel.c", 11;
    deadlines: "deadlines.c", 2;
    defaults: "defaults.c", 13;
    turns: "turns.c", 6;
    gather: "gather.c", 18;
    signals: "signals.c", 5;
    descriptors: "descriptors.c", 5;
    port_free: "port_free.c", 5;
    taken_over: "taken_over.c", 9;
    unix_socket: "unix_socket.c", 14;
    shortage: "shortage.c", 11;
    fork: "fork.c", 5;
    dead_peer: "dead_peer.c", 5;
    idle_peer: "idle_peer.c", 7;
}

promises! {
    once;
    names: "names.c", 10;
    accept_name: "accept_name.c", 2;
    kept_texts: "kept_texts.c", 6;
    error_text: "error_text.c", 5;
}

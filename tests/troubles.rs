//! What users of sockets suffer from most: networks, clients and processes that do as they like.

mod common;

promises! {
    both_families;
    pieces_tiny_messages_and_clients_that_leave: "troubles_wire.c", 9;
    stuck_channels: "troubles_stuck.c", 2;
    processes_that_end_without_a_word: "troubles_process.c", 6;
}

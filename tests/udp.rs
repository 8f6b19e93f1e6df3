//! UDP, machines' names and Bluetooth: proved by C programs, against other programs, and between
//! network namespaces.
#![cfg(target_os = "linux")]

mod common;

promises! {
    both_families;
    datagrams: "udp.c", 12;
    threads: "udp_threads.c", 7;
    groups_and_options: "udp_options.c", 7;
    bluetooth: "bluetooth.c", 3;
}

promises! {
    once;
    machines: "machine.c", 4;
}

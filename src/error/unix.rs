//! What errno says, on Linux and its kin.

use std::io;

/// Whether the system says that it has run out of descriptors or memory.
pub fn is_resource_limit(errno: i32) -> bool {
    [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM].contains(&errno)
}

/// Whether the system tells of the network in other words than std knows, where it was asked for a client.
pub fn is_network_report(errno: i32) -> bool {
    [
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        libc::EOPNOTSUPP,
    ]
    .contains(&errno)
}

/// Whether the system lacks the address family altogether, such as IPv6 or Bluetooth.
pub fn is_family_missing(error: &io::Error) -> bool {
    let missing = [libc::EAFNOSUPPORT, libc::EPROTONOSUPPORT];
    error
        .raw_os_error()
        .is_some_and(|errno| missing.contains(&errno))
}

/// Whether a port was refused for another program's sake in other words than EADDRINUSE: never.
pub fn is_port_held(_: &io::Error) -> bool {
    false
}

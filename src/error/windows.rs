//! What Winsock says.

use std::io;
use windows_sys::Win32::Networking::WinSock;

/// Whether the system says that it has run out of sockets, handles or memory.
pub fn is_resource_limit(code: i32) -> bool {
    use windows_sys::Win32::Foundation::{
        ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY,
        ERROR_TOO_MANY_OPEN_FILES,
    };
    use windows_sys::Win32::Networking::WinSock::{WSAEMFILE, WSAENOBUFS, WSAEPROCLIM};
    [WSAEMFILE, WSAENOBUFS, WSAEPROCLIM].contains(&code)
        || [
            ERROR_NO_SYSTEM_RESOURCES,
            ERROR_NOT_ENOUGH_MEMORY,
            ERROR_OUTOFMEMORY,
            ERROR_TOO_MANY_OPEN_FILES,
        ]
        .contains(&code.unsigned_abs())
}

/// Whether the system tells of the network in other words than std knows, where it was asked for a client: never.
pub fn is_network_report(_: i32) -> bool {
    false
}

/// Whether the system lacks the address family altogether, such as IPv6 or Bluetooth.
pub fn is_family_missing(error: &io::Error) -> bool {
    let missing = [
        WinSock::WSAEAFNOSUPPORT,
        WinSock::WSAEPROTONOSUPPORT,
        WinSock::WSAESOCKTNOSUPPORT,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| missing.contains(&code))
}

/// Whether a port was refused because another program has it for itself (SO_EXCLUSIVEADDRUSE) or the
/// system keeps it. Windows has no ports for privileged users, which this would mean elsewhere.
pub fn is_port_held(error: &io::Error) -> bool {
    error.raw_os_error() == Some(WinSock::WSAEACCES)
}

/// What Winsock said. A connection that the system gave up because its peer is silent is a reset
/// one, which is what std knows a word for.
pub fn winsock_error() -> io::Error {
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(WinSock::WSAENETRESET) => io::Error::from_raw_os_error(WinSock::WSAECONNRESET),
        _ => error,
    }
}

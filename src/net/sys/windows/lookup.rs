//! The system's look-up of host names, with its reasons.

use super::winsock::start_winsock;
use crate::net::look_up_error::LookUpError;
use socket2::{SockAddr, SockAddrStorage};
use std::io;
use std::net::SocketAddr;
use std::ptr::{copy_nonoverlapping, from_mut, null, null_mut};
use windows_sys::Win32::Networking::WinSock::{
    ADDRINFOW, FreeAddrInfoW, GetAddrInfoW, SOCK_STREAM, WSAHOST_NOT_FOUND, WSANO_DATA,
    WSATRY_AGAIN,
};

/// The addresses of a host, in the order in which the system prefers them. Waits as long as the system
/// sees fit.
///
/// A name in another script than Latin is asked for as DNS has it, and then as it is written: the machines of a
/// local network know each other by such names.
pub fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, LookUpError> {
    let asked = ask(host, port);
    if !matches!(asked, Err(LookUpError::Unknown(_))) {
        return asked;
    }
    let (written, read) = idna::domain_to_unicode(host);
    if read.is_err() || written == host {
        return asked;
    }
    ask(&written, port).or(asked)
}

fn ask(host: &str, port: u16) -> Result<Vec<SocketAddr>, LookUpError> {
    let name: Vec<u16> = host.encode_utf16().chain([0]).collect();
    let hints = ADDRINFOW {
        ai_socktype: SOCK_STREAM, // one entry an address
        ..ADDRINFOW::default()
    };
    let mut list: *mut ADDRINFOW = null_mut();
    start_winsock();
    // SAFETY: the name is NUL-terminated; it, the hints and the place of the list live through the call.
    let code = unsafe { GetAddrInfoW(name.as_ptr(), null(), &hints, from_mut(&mut list)) };
    if code != 0 {
        let error = io::Error::from_raw_os_error(code);
        return Err(match code {
            WSATRY_AGAIN => LookUpError::Later(error.to_string()),
            WSAHOST_NOT_FOUND | WSANO_DATA => LookUpError::Unknown(error.to_string()),
            _ => LookUpError::System(error),
        });
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: the system's list, whose last entry's link is null; nobody else has it.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ai_next;
        // SAFETY: the entry's address has the length beside it.
        let address = unsafe { address_of(entry) };
        if let Some(mut address) = address {
            address.set_port(port);
            found.push(address);
        }
    }
    // SAFETY: it is given back once, and nothing points into it any more.
    unsafe { FreeAddrInfoW(list) };
    Ok(found)
}

/// The address of an entry, where it is one of IP.
///
/// # Safety
/// The entry's address is as long as it says.
unsafe fn address_of(entry: &ADDRINFOW) -> Option<SocketAddr> {
    let mut storage = SockAddrStorage::zeroed();
    let length = entry.ai_addrlen;
    if entry.ai_addr.is_null() || length > size_of::<SockAddrStorage>() {
        return None;
    }
    // SAFETY: the storage has room for that many bytes, which are there.
    let address = unsafe {
        copy_nonoverlapping(
            entry.ai_addr.cast::<u8>(),
            from_mut(&mut storage).cast::<u8>(),
            length,
        );
        SockAddr::new(storage, length as _)
    };
    address.as_socket()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_found_by_its_name_with_the_port_asked_for() {
        let found = look_up("localhost", 80).unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(|a| a.ip().is_loopback() && a.port() == 80));
    }

    #[test]
    fn a_name_beyond_ascii_that_nobody_has_is_an_unknown_one() {
        let told = look_up("xn--kass-8oa-gibt-es-nicht.invalid", 80);
        assert!(told.is_err(), "{told:?}");
    }
}

//! The system's look-up of host names, with its reasons: std keeps only their words.

use super::signal::Signal;
use crate::error::is_shortage;
use crate::net::look_up_error::LookUpError;
use socket2::SockAddr;
use std::ffi::{CStr, CString};
use std::io;
use std::net::SocketAddr;
use std::ptr::{null, null_mut};

/// What getaddrinfo has found, which is given back in the end.
struct AddressList(*mut libc::addrinfo);

impl Drop for AddressList {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a list that getaddrinfo has made, given back once.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

/// The addresses of a host, in the order in which the system prefers them. Waits as long as the system
/// sees fit.
pub fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, LookUpError> {
    let name = CString::new(host)
        .map_err(|_| LookUpError::Unknown("a name ends before a NUL".to_owned()))?;
    // SAFETY: addrinfo is a C struct for which all zeros is a valid value, without wishes.
    let mut wishes: libc::addrinfo = unsafe { std::mem::zeroed() };
    wishes.ai_socktype = libc::SOCK_STREAM;
    let mut found = AddressList(null_mut());
    // SAFETY: the name is NUL-terminated and the wishes live through the call; the list goes to `found`.
    let code = unsafe { libc::getaddrinfo(name.as_ptr(), null(), &wishes, &mut found.0) };
    if code != 0 {
        return Err(failure(code, io::Error::last_os_error()));
    }
    let mut addresses: Vec<SocketAddr> = Vec::new();
    let mut next = found.0;
    while !next.is_null() {
        // SAFETY: the list is valid as long as `found`.
        let entry = unsafe { &*next };
        if let Some(mut address) = address_of(entry) {
            address.set_port(port);
            addresses.try_reserve(1).map_err(io::Error::from)?;
            addresses.push(address);
        }
        next = entry.ai_next;
    }
    Ok(addresses)
}

/// The address of an entry, where it is an IP address.
fn address_of(entry: &libc::addrinfo) -> Option<SocketAddr> {
    let size = usize::try_from(entry.ai_addrlen).ok()?;
    // SAFETY: an entry's address has the length that it says; it is copied as far as there is room.
    let ((), address) = unsafe {
        SockAddr::try_init(|place, length| {
            let size = size.min(usize::try_from(*length).unwrap_or(0));
            std::ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), place.cast::<u8>(), size);
            *length = size as libc::socklen_t;
            Ok(())
        })
    }
    .ok()?;
    address.as_socket()
}

/// Why the system found nothing; `last` is the thread's errno.
fn failure(code: i32, last: io::Error) -> LookUpError {
    // Without descriptors the resolver reads neither its files nor asks a server, and finds many words for
    // that, none of them true.
    if is_shortage(&last) {
        return LookUpError::System(last);
    }
    if let Some(short) = Signal::new().err().filter(is_shortage) {
        return LookUpError::System(short);
    }
    // SAFETY: gives a string that stays.
    let reason = unsafe { CStr::from_ptr(libc::gai_strerror(code)) };
    let reason = reason.to_string_lossy().into_owned();
    match code {
        libc::EAI_SYSTEM => LookUpError::System(last),
        libc::EAI_MEMORY => LookUpError::System(io::ErrorKind::OutOfMemory.into()),
        libc::EAI_AGAIN => LookUpError::Later(reason),
        _ => LookUpError::Unknown(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errno(number: i32) -> io::Error {
        io::Error::from_raw_os_error(number)
    }

    #[test]
    fn each_reason_of_the_resolver_is_told_apart() {
        let none = || errno(0);
        assert!(matches!(
            failure(libc::EAI_NONAME, none()),
            LookUpError::Unknown(_)
        ));
        assert!(matches!(
            failure(libc::EAI_FAIL, none()),
            LookUpError::Unknown(_)
        ));
        assert!(matches!(
            failure(libc::EAI_AGAIN, none()),
            LookUpError::Later(_)
        ));
        for (code, last) in [
            (libc::EAI_MEMORY, 0),
            (libc::EAI_NONAME, libc::EMFILE),
            (libc::EAI_AGAIN, libc::ENFILE),
        ] {
            match failure(code, errno(last)) {
                LookUpError::System(error) => assert!(is_shortage(&error), "{error}"),
                other => panic!("{other:?}"),
            }
        }
        match failure(libc::EAI_SYSTEM, errno(libc::EACCES)) {
            LookUpError::System(error) => assert_eq!(error.raw_os_error(), Some(libc::EACCES)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn addresses_come_with_their_port_and_zone() {
        let found = look_up("127.0.0.1", 80).unwrap();
        assert_eq!(found, [SocketAddr::from(([127, 0, 0, 1], 80))]);
        let found = look_up("fe80::1%1", 81).unwrap();
        let [SocketAddr::V6(found)] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!((found.scope_id(), found.port()), (1, 81));
    }
}

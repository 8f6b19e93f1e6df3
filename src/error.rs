//! What can go wrong: one code for programs, one sentence for people.
//!
//! The numbers are part of the contract with every program ever linked against the library:
//! they never change, and new ones are added at the end.

mod system;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use system::{is_lost_client, is_nothing_now, is_shortage};
#[cfg(unix)]
pub use unix::{is_family_missing, is_port_held};
#[cfg(windows)]
pub use windows::{is_family_missing, is_port_held, winsock_error};

use std::borrow::Cow;
use std::{fmt, io};

/// The kind of an error, with the number that programs see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Code {
    /// A parameter is outside what the function takes.
    InvalidArgument = 1,
    /// No socket of that name or id.
    NotFound = 2,
    /// The name belongs to another socket.
    NameInUse = 3,
    /// The time given has passed.
    Timeout = 4,
    /// The peer ended the connection in good order.
    Closed = 5,
    /// The connection broke.
    Lost = 6,
    /// The peer's machine refuses connections on that port.
    Refused = 7,
    /// No route to the peer.
    Unreachable = 8,
    /// The host name has no address.
    HostNotFound = 9,
    /// Another socket listens there already.
    AddressInUse = 10,
    /// The address is not one of this machine.
    AddressNotAvailable = 11,
    /// The system does not allow it.
    AccessDenied = 12,
    /// The caller's buffer is shorter than the result; nothing was taken.
    BufferTooSmall = 13,
    /// The message is larger than the limit.
    MessageTooLarge = 14,
    /// The bytes received are not in the transmission mode's format.
    BadFrame = 15,
    /// The function does not apply to this kind of socket.
    WrongKind = 16,
    /// There is no peer (yet).
    NoConnection = 17,
    /// The socket was closed by another thread during the call.
    Cancelled = 18,
    /// The TLS handshake or a TLS record failed.
    TlsProtocol = 19,
    /// The peer's certificate was not accepted.
    TlsCertificate = 20,
    /// Our own certificate or key cannot be used.
    Certificate = 21,
    /// Not available on this system or in this build.
    NotSupported = 22,
    /// Out of descriptors, memory or ids.
    Limit = 23,
    /// Anything else that the operating system said.
    System = 24,
    /// A defect of this library.
    Internal = 25,
    /// The proxy cannot be had, or does not speak its protocol.
    Proxy = 26,
}

impl Code {
    /// What the code of this number means, in one sentence; `None` where no code has it.
    pub fn sentence_of(number: i32) -> Option<&'static str> {
        let known = SENTENCES.iter().find(|(code, _)| *code as i32 == number);
        known.map(|(_, sentence)| *sentence)
    }
}

/// What can be said of an error of which nothing but its code is known.
const SENTENCES: [(Code, &str); 26] = [
    (
        Code::InvalidArgument,
        "A parameter is outside what the function takes.",
    ),
    (
        Code::NotFound,
        "There is no socket of that name or id: it was never created, or it was closed.",
    ),
    (
        Code::NameInUse,
        "A socket of that name exists already: close it first or choose another name.",
    ),
    (
        Code::Timeout,
        "The time given has passed; the socket can still be used.",
    ),
    (
        Code::Closed,
        "The peer ended the connection in good order: close the socket.",
    ),
    (
        Code::Lost,
        "The connection broke: close the socket and connect again.",
    ),
    (
        Code::Refused,
        "The peer's machine refuses connections on that port: no program listens there, or a firewall rejects them.",
    ),
    (
        Code::Unreachable,
        "There is no route to the peer: check the address and this machine's network.",
    ),
    (
        Code::HostNotFound,
        "The host name has no address: check its spelling and the name server.",
    ),
    (
        Code::AddressInUse,
        "Another program or socket uses this address and port.",
    ),
    (
        Code::AddressNotAvailable,
        "This machine has no such address.",
    ),
    (Code::AccessDenied, "The system does not allow it."),
    (
        Code::BufferTooSmall,
        "The buffer is shorter than the result, and nothing was taken: call again with a larger one.",
    ),
    (
        Code::MessageTooLarge,
        "The message is larger than the limit allows.",
    ),
    (
        Code::BadFrame,
        "The bytes received are not in the format of the transmission mode: both sides must use the same one.",
    ),
    (
        Code::WrongKind,
        "The function does not apply to this kind of socket.",
    ),
    (Code::NoConnection, "There is no peer, or not yet."),
    (
        Code::Cancelled,
        "The socket was closed by another thread during the call.",
    ),
    (
        Code::TlsProtocol,
        "The TLS handshake or a TLS record failed: perhaps the peer does not speak TLS, or no version that both allow.",
    ),
    (
        Code::TlsCertificate,
        "The peer's certificate was not accepted.",
    ),
    (
        Code::Certificate,
        "A certificate, key or list in a file of this side cannot be used.",
    ),
    (
        Code::NotSupported,
        "It is not available on this system or in this build.",
    ),
    (
        Code::Limit,
        "There are no descriptors, memory or ids left: close sockets that are not needed.",
    ),
    (Code::System, "The operating system reported an error."),
    (
        Code::Internal,
        "A defect of wdsocket stopped the call: please report it.",
    ),
    (
        Code::Proxy,
        "The proxy cannot be had, or does not speak its protocol: check the parameters of SocketProxy.",
    ),
];

/// An error: its code, what the operating system said, and a sentence that says what to do.
#[derive(Clone, Debug)]
pub struct Error {
    /// The kind.
    pub code: Code,
    /// `errno` or the WSA code; 0 where the system had no part in it.
    pub system: i32,
    /// One English sentence without the function's and the socket's name, which the caller knows.
    pub text: Cow<'static, str>,
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error in which the operating system had no part.
    pub fn new(code: Code, text: impl Into<Cow<'static, str>>) -> Self {
        Error {
            code,
            system: 0,
            text: text.into(),
        }
    }

    /// Shorthand for `INVALID_ARGUMENT`.
    pub fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument, text)
    }

    /// What the system said while `doing` (a phrase such as "the connection to 127.0.0.1 port 80").
    ///
    /// A reset, a broken pipe and a network time-out are all `LOST`: the connection is gone.
    pub fn from_io(error: &io::Error, doing: impl fmt::Display) -> Self {
        let code = code_of(error);
        let advice = match code {
            Code::Refused => "no program listens there, or a firewall rejects it",
            Code::Lost => "the connection is lost, connect again",
            Code::Unreachable => "check the address and this machine's network",
            Code::AddressInUse => "another program or socket uses this address and port",
            Code::AddressNotAvailable => "this machine has no such address",
            Code::AccessDenied if cfg!(windows) => {
                "this program may not do that (a firewall or a policy of this machine may forbid it)"
            }
            Code::AccessDenied => "this program may not do that",
            Code::Limit => {
                "the system has no descriptor or memory left for it; close sockets that are not needed"
            }
            _ => "the system reported an error",
        };
        Error {
            code,
            system: error.raw_os_error().unwrap_or(0),
            text: format!("{doing}: {advice} ({error})").into(),
        }
    }
}

/// The code of an error of the operating system.
fn code_of(error: &io::Error) -> Code {
    use io::ErrorKind as K;
    if is_shortage(error) {
        return Code::Limit;
    }
    match error.kind() {
        K::ConnectionRefused => Code::Refused,
        K::NetworkUnreachable | K::HostUnreachable | K::NetworkDown => Code::Unreachable,
        K::AddrInUse => Code::AddressInUse,
        K::AddrNotAvailable => Code::AddressNotAvailable,
        K::PermissionDenied => Code::AccessDenied,
        K::ConnectionReset
        | K::BrokenPipe
        | K::ConnectionAborted
        | K::NotConnected
        | K::TimedOut => Code::Lost,
        K::Unsupported => Code::NotSupported,
        K::InvalidInput => Code::InvalidArgument,
        _ => Code::System,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_header_has_a_sentence() {
        let header = include_str!("../include/wdsocket.h");
        let numbers: Vec<i32> = header
            .lines()
            .filter_map(|line| line.split_once("WDSOCKET_ERR_")?.1.split_once(' '))
            .filter_map(|(_, number)| number.trim_start_matches(['=', ' ']).parse().ok())
            .collect();
        assert!(numbers.len() >= 25, "{numbers:?}");
        for number in numbers {
            assert!(Code::sentence_of(number).is_some(), "{number}");
        }
        assert_eq!(Code::sentence_of(0), None);
        assert_eq!(Code::sentence_of(1000), None);
    }
}

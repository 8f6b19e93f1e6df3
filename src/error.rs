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

/// The errors: `/// comment`, `CONSTANT = number, Name, "sentence";` each, behind the one that is none.
/// The build reads the rows too, for the headers.
macro_rules! errors {
    ($heading:literal; $(#[$no_doc:meta])+ $none:ident = $zero:literal;
     $($(#[$doc:meta])+ $constant:ident = $number:literal, $name:ident, $sentence:literal;)+) => {
        $(#[$no_doc])+
        pub const $none: i32 = $zero;
        $($(#[$doc])+ pub const $constant: i32 = $number;)+

        /// The kind of an error, with the number that programs see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Code {
            $($(#[$doc])+ $name = $number,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$name),+];

            /// Its constant in the header.
            pub fn constant(self) -> &'static str {
                match self {
                    $(Code::$name => stringify!($constant),)+
                }
            }

            /// What can be said of an error of which nothing but its code is known, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Code::$name => $sentence,)+
                }
            }
        }
    };
}

errors! { "Error codes: positive from SocketErrorCode, negative as results";
    /// No error.
    WDSOCKET_OK = 0;
    /// A parameter is outside what the function takes.
    WDSOCKET_ERR_INVALID_ARGUMENT = 1, InvalidArgument,
        "A parameter is outside what the function takes.";
    /// No socket of that name or id.
    WDSOCKET_ERR_NOT_FOUND = 2, NotFound,
        "There is no socket of that name or id: it was never created, or it was closed.";
    /// The name belongs to another socket.
    WDSOCKET_ERR_NAME_IN_USE = 3, NameInUse,
        "A socket of that name exists already: close it first or choose another name.";
    /// The time given has passed.
    WDSOCKET_ERR_TIMEOUT = 4, Timeout,
        "The time given has passed; the socket can still be used.";
    /// The peer ended the connection in good order.
    WDSOCKET_ERR_CLOSED = 5, Closed,
        "The peer ended the connection in good order: close the socket.";
    /// The connection broke.
    WDSOCKET_ERR_LOST = 6, Lost,
        "The connection broke: close the socket and connect again.";
    /// The peer's machine refuses connections on that port.
    WDSOCKET_ERR_REFUSED = 7, Refused,
        "The peer's machine refuses connections on that port: no program listens there, or a firewall rejects them.";
    /// No route to the peer.
    WDSOCKET_ERR_UNREACHABLE = 8, Unreachable,
        "There is no route to the peer: check the address and this machine's network.";
    /// The host name has no address.
    WDSOCKET_ERR_HOST_NOT_FOUND = 9, HostNotFound,
        "The host name has no address: check its spelling and the name server.";
    /// Another socket listens there already.
    WDSOCKET_ERR_ADDRESS_IN_USE = 10, AddressInUse,
        "Another program or socket uses this address and port.";
    /// The address is not one of this machine.
    WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE = 11, AddressNotAvailable,
        "This machine has no such address.";
    /// The system does not allow it.
    WDSOCKET_ERR_ACCESS_DENIED = 12, AccessDenied,
        "The system does not allow it.";
    /// The caller's buffer is shorter than the result; nothing was taken.
    WDSOCKET_ERR_BUFFER_TOO_SMALL = 13, BufferTooSmall,
        "The buffer is shorter than the result, and nothing was taken: call again with a larger one.";
    /// The message is larger than the limit.
    WDSOCKET_ERR_MESSAGE_TOO_LARGE = 14, MessageTooLarge,
        "The message is larger than the limit allows.";
    /// The bytes received are not in the transmission mode's format.
    WDSOCKET_ERR_BAD_FRAME = 15, BadFrame,
        "The bytes received are not in the format of the transmission mode: both sides must use the same one.";
    /// The function does not apply to this kind of socket.
    WDSOCKET_ERR_WRONG_KIND = 16, WrongKind,
        "The function does not apply to this kind of socket.";
    /// There is no peer (yet).
    WDSOCKET_ERR_NO_CONNECTION = 17, NoConnection,
        "There is no peer, or not yet.";
    /// The socket was closed by another thread during the call.
    WDSOCKET_ERR_CANCELLED = 18, Cancelled,
        "The socket was closed by another thread during the call.";
    /// The TLS handshake or a TLS record failed.
    WDSOCKET_ERR_TLS_PROTOCOL = 19, TlsProtocol,
        "The TLS handshake or a TLS record failed: perhaps the peer does not speak TLS, or no version that both allow.";
    /// The peer's certificate was not accepted.
    WDSOCKET_ERR_TLS_CERTIFICATE = 20, TlsCertificate,
        "The peer's certificate was not accepted.";
    /// Our own certificate or key cannot be used.
    WDSOCKET_ERR_CERTIFICATE = 21, Certificate,
        "A certificate, key or list in a file of this side cannot be used.";
    /// Not available on this system or in this build.
    WDSOCKET_ERR_NOT_SUPPORTED = 22, NotSupported,
        "It is not available on this system or in this build.";
    /// Out of descriptors, memory or ids.
    WDSOCKET_ERR_LIMIT = 23, Limit,
        "There are no descriptors, memory or ids left: close sockets that are not needed.";
    /// Anything else that the operating system said.
    WDSOCKET_ERR_SYSTEM = 24, System,
        "The operating system reported an error.";
    /// A defect of this library.
    WDSOCKET_ERR_INTERNAL = 25, Internal,
        "A defect of wdsocket stopped the call: please report it.";
    /// The proxy cannot be had, or does not speak its protocol.
    WDSOCKET_ERR_PROXY = 26, Proxy,
        "The proxy cannot be had, or does not speak its protocol: check the parameters of SocketProxy.";
}

impl Code {
    /// The code of a number that programs see; `None` where no code has it.
    pub fn from_number(number: i32) -> Option<Code> {
        Code::ALL
            .iter()
            .copied()
            .find(|&code| code as i32 == number)
    }
}

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
    fn every_code_has_a_number_of_its_own_and_a_sentence() {
        for (index, &code) in Code::ALL.iter().enumerate() {
            assert_eq!(code as usize, index + 1, "numbers follow one another");
            assert_eq!(Code::from_number(code as i32), Some(code));
            assert!(code.sentence().ends_with('.'), "{}", code.constant());
        }
        assert_eq!(Code::from_number(WDSOCKET_OK), None);
        assert_eq!(Code::from_number(1000), None);
    }
}

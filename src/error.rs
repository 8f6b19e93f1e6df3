//! What can go wrong: one code for programs, one sentence for people.

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

pub use crate::constants::Code;

use std::borrow::Cow;
use std::ops::Deref;
use std::{fmt, io};

/// An error. It is one pointer, so that a result which hardly ever is one is handed on in registers.
#[derive(Clone, Debug)]
pub struct Error(Box<Trouble>);

/// What went wrong: its code, what the operating system said, and a sentence that says what to do.
#[derive(Clone, Debug)]
pub struct Trouble {
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
        Self::of_system(code, 0, text)
    }

    /// An error with what the operating system said of it.
    #[cold]
    pub fn of_system(code: Code, system: i32, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Error(Box::new(Trouble { code, system, text }))
    }

    /// An error that the operating system caused.
    pub fn because(code: Code, cause: &io::Error, text: impl Into<Cow<'static, str>>) -> Self {
        Self::of_system(code, cause.raw_os_error().unwrap_or(0), text)
    }

    /// The same error under another code.
    pub fn with_code(mut self, code: Code) -> Self {
        self.0.code = code;
        self
    }

    /// The same error with what the operating system said of it.
    pub fn with_system(mut self, system: i32) -> Self {
        self.0.system = system;
        self
    }

    /// The same error in other words.
    pub fn map_text(mut self, say: impl FnOnce(&str) -> String) -> Self {
        self.0.text = say(&self.text).into();
        self
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
        Self::because(code, error, format!("{doing}: {advice} ({error})"))
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

impl Deref for Error {
    type Target = Trouble;

    fn deref(&self) -> &Trouble {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

//! Unix sockets, which lead to programs of this machine alone: their addresses as users type them, and connecting.

use super::cancel::{Cancel, cancelled};
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::sys::{self, SocketFile, SystemSocket};
use crate::error::{Code, Error, Result};
use crate::trace;
use socket2::{SockAddr, Socket, Type};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What stands before a path, or before `@` and an abstract name.
const SCHEME: &str = "unix:";
/// What `sun_path` holds, with the NUL before or behind it (unix(7)).
const LONGEST: usize = 107;
/// How long a server whose queue is full is left alone before it is asked again: the system tells nothing of it.
const PAUSE: Duration = Duration::from_millis(10);

/// The address of a Unix socket.
#[derive(Debug)]
pub struct UnixAddress {
    /// As it was typed.
    told: Arc<str>,
    address: SockAddr,
    /// None for an abstract name, which has no file.
    path: Option<PathBuf>,
}

/// Whether a host, as it was typed, is a Unix socket.
pub fn is_unix(host: &str) -> bool {
    host.starts_with(SCHEME)
}

/// The name that a host goes by in protocols: a Unix socket is this machine.
pub fn name_of(host: &str) -> &str {
    match is_unix(host) {
        true => "localhost",
        false => host,
    }
}

impl UnixAddress {
    /// The address, where a host is one: `unix:/path`, or `unix:@name` for an abstract one.
    /// Errors: INVALID_ARGUMENT (empty, too long), NOT_SUPPORTED (on Windows).
    pub fn of(host: &str) -> Result<Option<Self>> {
        let Some(name) = host.strip_prefix(SCHEME) else {
            return Ok(None);
        };
        if cfg!(windows) {
            return Err(Error::new(
                Code::NotSupported,
                "there are no Unix sockets on Windows: take an address and a port",
            ));
        }
        let shown = name.strip_prefix('@').unwrap_or(name);
        if shown.is_empty() {
            return Err(Error::invalid(
                "a Unix socket needs a path or a name: unix:/run/till.sock or unix:@till",
            ));
        }
        if shown.len() > LONGEST {
            return Err(Error::invalid(format!(
                "the Unix socket's path has {} bytes, more than the {LONGEST} that the system takes: give a shorter one",
                shown.len()
            )));
        }
        let address = sys::unix_address(name)
            .map_err(|error| Error::from_io(&error, format_args!("the Unix socket {host}")))?;
        Ok(Some(UnixAddress {
            told: host.into(),
            address,
            path: (!name.starts_with('@')).then(|| PathBuf::from(name)),
        }))
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(Arc::clone(&self.told))
    }

    /// Connects; `configure` sets options before. The socket comes back in blocking mode.
    /// Errors: REFUSED (nobody listens), ACCESS_DENIED, TIMEOUT (its queue stays full), CANCELLED.
    pub fn connect(
        &self,
        deadline: &Deadline,
        cancel: &Cancel,
        configure: &dyn Fn(&Socket) -> io::Result<()>,
    ) -> Result<(SystemSocket, Endpoint)> {
        let told = &self.told;
        let failed = |error: io::Error| self.refused(&error);
        trace::note(|| format!("trying {told}"));
        let signal = cancel.arm().map_err(failed)?;
        let socket = sys::connecting_socket(self.address.domain()).map_err(failed)?;
        configure(&socket).map_err(failed)?;
        while let Err(error) = socket.connect(&self.address) {
            if !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ) {
                return Err(failed(error));
            }
            if cancel.is_set() {
                return Err(cancelled());
            }
            if deadline.has_passed() {
                return Err(Error::new(
                    Code::Timeout,
                    format!(
                        "{told} did not answer within {} ms: its server takes no client",
                        deadline.total()
                    ),
                ));
            }
            let left = deadline.remaining().unwrap_or(PAUSE).min(PAUSE);
            cancel.wait_any(
                &[],
                &signal,
                Some(left),
                format_args!("connecting to {told}"),
            )?;
        }
        sys::make_blocking(&socket).map_err(failed)?;
        let socket = SystemSocket::new(socket);
        trace::note(|| format!("{told} has answered"));
        if let Some((log, label)) = trace::current() {
            socket.tap().start_connection(log, &label, None);
        }
        Ok((socket, self.endpoint()))
    }

    fn refused(&self, error: &io::Error) -> Error {
        let told = &self.told;
        let (code, advice) = match error.kind() {
            io::ErrorKind::NotFound => (
                Code::Refused,
                "there is no such socket, so no program listens there",
            ),
            io::ErrorKind::ConnectionRefused => {
                (Code::Refused, "no program listens there any more")
            }
            io::ErrorKind::PermissionDenied => (
                Code::AccessDenied,
                "this program may not write to it, its server's SocketFileMode or the folder forbids it",
            ),
            _ => return Error::from_io(error, format_args!("connecting to {told}")),
        };
        Error::because(
            code,
            error,
            format!("connecting to {told}: {advice} ({error})"),
        )
    }

    /// Listens, with a file of that mode where it has one. A file that a server left behind is replaced.
    /// Errors: ADDRESS_IN_USE, ACCESS_DENIED, ADDRESS_NOT_AVAILABLE (no such folder), LIMIT.
    pub fn listen(
        &self,
        mode: u32,
        backlog: i32,
        configure: impl FnOnce(&Socket) -> io::Result<()>,
    ) -> Result<(Socket, Endpoint, Option<SocketFile>)> {
        let failed = |error: io::Error| self.not_to_be_had(&error);
        let socket = Socket::new(self.address.domain(), Type::STREAM, None).map_err(failed)?;
        configure(&socket).map_err(failed)?;
        let listen = |socket: &Socket| socket.listen(backlog);
        let file = match &self.path {
            Some(path) => {
                let made = SocketFile::make(path, mode, &socket, &self.address, &listen);
                Some(made.map_err(failed)?)
            }
            None => {
                let bound = socket.bind(&self.address);
                bound.and_then(|()| listen(&socket)).map_err(failed)?;
                None
            }
        };
        // Accepting never waits: the wait is a call of its own.
        socket.set_nonblocking(true).map_err(failed)?;
        Ok((socket, self.endpoint(), file))
    }

    fn not_to_be_had(&self, error: &io::Error) -> Error {
        let told = &self.told;
        let (code, advice) = match error.kind() {
            io::ErrorKind::AlreadyExists => (
                Code::AddressInUse,
                "there is a file that is no socket, which is left as it is: give another path",
            ),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (
                Code::AddressNotAvailable,
                "there is no such folder, make it first",
            ),
            io::ErrorKind::PermissionDenied => (
                Code::AccessDenied,
                "this program may not make a file in that folder",
            ),
            _ => return Error::from_io(error, format_args!("listening on {told}")),
        };
        Error::because(
            code,
            error,
            format!("listening on {told}: {advice} ({error})"),
        )
    }
}

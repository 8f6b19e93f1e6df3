//! Where OpenSSL's records leave and come from: the system, or the TLS that leads to a proxy.

use crate::error::{Code, Error};
use crate::net::SystemSocket;
use crate::room::Room;
use crate::tls::session::amid_another;
use crate::tls::{ReadOutcome, Session, WriteOutcome};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::sync::Arc;

/// Where OpenSSL's records go: straight to the system as far as it takes them, without waiting, or into the TLS
/// to a proxy, which does the same with its own. They queue as long as there is neither.
#[derive(Default)]
pub enum Outlet {
    /// Nowhere yet.
    #[default]
    None,
    /// To the system.
    Socket(Arc<SystemSocket>),
    /// Through the TLS to a proxy.
    Tunnel(Box<Session<Outlet>>),
}

impl Outlet {
    /// The TLS to the proxy, where that is the way.
    pub fn tunnel(&mut self) -> Option<&mut Session<Outlet>> {
        match self {
            Outlet::Tunnel(session) => Some(session),
            Outlet::None | Outlet::Socket(_) => None,
        }
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Outlet::None => Err(ErrorKind::WouldBlock.into()),
            Outlet::Socket(socket) => socket.try_send(bytes),
            Outlet::Tunnel(session) => match amid_another(|| session.write(bytes)) {
                Ok(WriteOutcome::Bytes(count)) => Ok(count),
                Ok(_) => Err(ErrorKind::WouldBlock.into()),
                Err(error) => Err(failed(error)),
            },
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Outlet::Socket(socket) => socket.try_send_parts(parts),
            _ => {
                let first = parts.iter().find(|part| !part.is_empty());
                first.map_or(Ok(0), |part| self.write(part))
            }
        }
    }

    /// `WouldBlock` while the proxy's TLS has records that the system does not take.
    fn flush(&mut self) -> io::Result<()> {
        match self.tunnel().map(|tunnel| amid_another(|| tunnel.flush())) {
            None | Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(ErrorKind::WouldBlock.into()),
            Some(Err(error)) => Err(error),
        }
    }
}

/// What comes from the network, in the session that it is for; nothing is the end.
pub fn deliver(session: &mut Session<Outlet>, ciphertext: Room) {
    match session.sink().tunnel() {
        Some(tunnel) => {
            deliver(tunnel, ciphertext);
            pass_on(session);
        }
        None if ciphertext.bytes().is_empty() => session.feed_end(),
        None => session.feed(ciphertext),
    }
}

/// Hands a session everything that the TLS to the proxy has decrypted for it.
pub fn pass_on(session: &mut Session<Outlet>) {
    while let Some(tunnel) = session.sink().tunnel() {
        let received = Room::new()
            .map_err(|error| Error::from_io(&error, "making room for TLS"))
            .and_then(|mut room| Ok((tunnel.read_room(&mut room)?, room)));
        match received {
            Ok((ReadOutcome::Bytes(_), room)) => session.feed(room),
            Ok((ReadOutcome::CloseNotify, _)) => return session.feed_end(),
            Ok((ReadOutcome::NeedInput, _)) => return,
            Err(error) => {
                let code = match error.code {
                    Code::Limit => Code::Lost,
                    code => code,
                };
                let error =
                    error.map_text(|text| format!("the way through the proxy broke: {text}"));
                return session.end(error.with_code(code));
            }
        }
    }
}

/// A failure of the proxy's TLS, as one of the system's.
fn failed(error: Error) -> io::Error {
    let kind = match error.code {
        Code::Limit => ErrorKind::OutOfMemory,
        _ => ErrorKind::BrokenPipe,
    };
    io::Error::new(kind, &*error.text)
}

//! Sockets that another part of the program made, or that it was started with: taken over by their descriptors.

use super::bind;
use super::datagram_options;
use super::kind::Kind;
use super::listener::Listener;
use super::settings::Settings;
use super::simplified::Server;
use super::stream::Stream;
use super::table::{SOCKETS, SocketEntry, make};
use super::udp::Udp;
use super::wire::Wire;
use crate::error::{Code, Error, Result};
use crate::net::{self, Endpoint, Role, SystemSocket};
use crate::trace;
use socket2::SockAddr;
use std::io;
use std::sync::Arc;

/// Takes over a listener, a connection or a UDP socket and enters it under `name` (none if empty). On an error the
/// descriptor stays the caller's. Errors: NAME_IN_USE, INVALID_ARGUMENT, NOT_SUPPORTED (on Windows).
pub fn from_descriptor(name: &[u8], descriptor: i32) -> Result<SocketEntry> {
    if cfg!(windows) {
        return Err(Error::new(
            Code::NotSupported,
            "on Windows no socket is taken over: have this library make it",
        ));
    }
    make(name, |_| {
        let refused = |error: io::Error| {
            useless(descriptor, format_args!("is no open socket ({error})"))
                .with_system(error.raw_os_error().unwrap_or(0))
        };
        let found = net::role_of(descriptor).map_err(refused)?;
        let known = found.and_then(|(role, at)| Some((role, Endpoint::from_system(&at)?)));
        let (role, at) = known.ok_or_else(|| {
            useless(
                descriptor,
                "is neither a listener nor a connection of TCP, Unix or Bluetooth, nor a UDP socket with a port",
            )
        })?;
        if is_ours(descriptor) {
            return Err(useless(
                descriptor,
                "is that of a socket of this library already",
            ));
        }
        let settings = Settings::for_new(name);
        let socket = net::take_over(descriptor, role).map_err(refused)?;
        match set(&socket, role, &at, &settings) {
            Ok(()) => Ok(become_one(socket, role, at, settings)),
            Err(error) => {
                // It is the caller's again.
                std::mem::forget(socket);
                Err(refused(error))
            }
        }
    })
}

/// Sets the options that are the defaults now.
fn set(socket: &socket2::Socket, role: Role, at: &Endpoint, settings: &Settings) -> io::Result<()> {
    let options = &settings.options;
    match (role, at) {
        (Role::Datagrams, _) => datagram_options::apply_bound(options, socket),
        (_, Endpoint::Ip(_)) => options.apply(socket),
        _ => options.apply_buffers(socket),
    }
}

/// A listener that systemd has handed over. Errors: those of setting its options.
pub fn listener(
    socket: socket2::Socket,
    at: &SockAddr,
    settings: Arc<Settings>,
) -> Result<Listener> {
    let at = handed(&socket, Role::Listener, at, &settings)?;
    Ok(Listener::of(socket, at, settings))
}

/// A UDP socket that systemd has handed over. Errors: those of setting its options.
pub fn datagrams(socket: socket2::Socket, at: &SockAddr, settings: &Settings) -> Result<Udp> {
    let at = handed(&socket, Role::Datagrams, at, settings)?;
    Ok(Udp::of(socket, at, settings))
}

fn handed(
    socket: &socket2::Socket,
    role: Role,
    at: &SockAddr,
    settings: &Settings,
) -> Result<Endpoint> {
    let at = bind::endpoint(at)?;
    set(socket, role, &at, settings)
        .map_err(|error| Error::from_io(&error, "the socket that systemd has handed over"))?;
    Ok(at)
}

fn become_one(
    socket: socket2::Socket,
    role: Role,
    at: Endpoint,
    settings: Arc<Settings>,
) -> Arc<dyn Kind> {
    match role {
        Role::Listener => Arc::new(Server::new(Listener::of(socket, at, settings))),
        Role::Datagrams => Arc::new(Udp::of(socket, at, &settings)),
        Role::Connection => {
            let ends = bind::ends(&socket);
            let socket = SystemSocket::of_others(socket);
            if let Some((log, label)) = trace::current() {
                socket.tap().start_connection(log, &label, ends);
            }
            Stream::in_clear(Wire::plain(Arc::new(socket)), at, settings)
        }
    }
}

/// Whether a socket of this library has the descriptor.
fn is_ours(descriptor: i32) -> bool {
    let mut place = 0;
    while let Some((found, entry)) = SOCKETS.next(place) {
        place = found + 1;
        let its = entry.kind().and_then(|kind| kind.descriptor());
        if its.is_ok_and(|its| its == descriptor as isize) {
            return true;
        }
    }
    false
}

fn useless(descriptor: i32, why: impl std::fmt::Display) -> Error {
    Error::invalid(format!("the descriptor {descriptor} {why}"))
}

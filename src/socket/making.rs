//! How sockets come to be: what each maker does, from the name it takes to the socket that stands.

use super::adopting;
use super::bluetooth;
use super::credentials::Credentials;
use super::dial::{Destination, dial};
use super::kind::Kind;
use super::listener::Listener;
use super::outlet::Outlet;
use super::settings::Settings;
use super::simplified::Server;
use super::stream::Stream;
use super::table::{SocketEntry, make};
use super::udp::Udp;
use super::watch::Watch;
use super::websocket::{Request, WebSocket};
use super::wire::Wire;
use crate::constants::{WDSOCKET_INFINITE, WebSocketHeaders};
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::net::{self, Cancel, Deadline, Handed, Role, UnixAddress};
use crate::tls::{ClientContext, Session};
use crate::websocket::handshake::Wish;
use std::net::SocketAddr;
use std::sync::Arc;

/// A socket that was made, and what its maker should know beside (an expired certificate).
pub type Made = (SocketEntry, Option<String>);

/// Connects to a host and enters the connection under `name` (none if empty).
///
/// The name is taken from the start, so that another thread can close it, which ends the wait.
/// Errors: NAME_IN_USE, and those of resolving and connecting.
pub fn connect(name: &[u8], to: Destination<'_>) -> Result<SocketEntry> {
    make(name, |cancel| {
        let mut settings = Settings::for_new(name);
        let (wire, peer) = dial(&to, &mut settings, false, cancel)?;
        Ok(Stream::in_clear(wire, peer, settings))
    })
}

/// Connects to a host with TLS and enters the connection under `name` (none if empty). `bits` and
/// `certificate` (empty for none) are those of SocketConnectSSL.
/// Errors: those of [`connect`], CERTIFICATE, TLS_CERTIFICATE, TLS_PROTOCOL, NOT_SUPPORTED.
pub fn connect_tls(name: &[u8], to: Destination<'_>, bits: i32, certificate: &str) -> Result<Made> {
    let mut warning = None;
    let entry = make(name, |cancel| {
        let tls = Tls { bits, certificate };
        let settings = Settings::for_new(name);
        let (stream, told) = under_tls(&to, &tls, Framing::default(), settings, cancel)?;
        cancel.disarm();
        warning = told;
        Ok(stream)
    })?;
    Ok((entry, warning))
}

/// What SocketConnectSSL is told of TLS.
#[derive(Debug)]
pub struct Tls<'a> {
    /// Protocols and checks.
    pub bits: i32,
    /// Our own certificate, empty for none.
    pub certificate: &'a str,
}

/// Connects to a WebSocket server and enters the WebSocket under `name` (none if empty), with TLS where that is given;
/// port 0 is the usual one. Errors: those of [`connect`] and [`connect_tls`], of [`Wish::new`], of [`Request::new`] and
/// of [`WebSocket::connect`].
pub fn connect_websocket(
    name: &[u8],
    to: Destination<'_>,
    path: &str,
    protocols: &str,
    tls: Option<Tls<'_>>,
) -> Result<Made> {
    let usual_port = if tls.is_some() { 443 } else { 80 };
    let port = if to.port == 0 { usual_port } else { to.port };
    let to = Destination { port, ..to };
    let wish = Wish::new(path, protocols)?;
    let mut warning = None;
    let entry = make(name, |cancel| {
        let mut settings = Settings::for_new(name);
        let lines = settings.text(WebSocketHeaders);
        let request = Request::new(&wish, to.host, port, usual_port, lines)?;
        let stream;
        match &tls {
            Some(tls) => {
                let settings = Arc::clone(&settings);
                (stream, warning) = under_tls(&to, tls, Framing::Raw, settings, cancel)?;
            }
            None => {
                let (wire, peer) = dial(&to, &mut settings, false, cancel)?;
                cancel.attach(wire.socket());
                stream = Stream::new(wire, peer, Framing::Raw, Arc::clone(&settings));
            }
        }
        let websocket = WebSocket::connect(stream, &request, &settings.options, &to.deadline)?;
        cancel.disarm();
        Ok(websocket)
    })?;
    Ok((entry, warning))
}

/// A stream whose TLS stands, and a warning about our own certificate. Its socket stays with `cancel`.
fn under_tls(
    to: &Destination<'_>,
    tls: &Tls<'_>,
    framing: Framing,
    mut settings: Arc<Settings>,
    cancel: &Cancel,
) -> Result<(Arc<Stream>, Option<String>)> {
    let context = ClientContext::get(&settings.tls(tls.bits, tls.certificate, ""))?;
    let mut session = Session::client(&context, net::name_of(to.host), to.port, Outlet::default())?;
    // The first message is ready when the connection stands: the peer need not wait for it.
    session.handshake()?;
    let (wire, peer) = dial(to, &mut settings, true, cancel)?;
    wire.secure(session, WDSOCKET_INFINITE, settings.witness())?;
    cancel.attach(wire.socket());
    let stream = Stream::new(wire, peer, framing, settings);
    stream.handshake(&to.deadline)?;
    Ok((stream, context.warning()))
}

/// Listens on a port and enters the server under `name` (none if empty); an empty host is all
/// interfaces. With `credentials` its clients speak TLS.
/// Errors: NAME_IN_USE, those of resolving, of [`Listener::open`] and of [`Welcome::secure`](super::welcome::Welcome::secure).
pub fn listen(
    name: &[u8],
    port: u16,
    host: &str,
    credentials: Option<Credentials>,
) -> Result<Made> {
    let mut warning = None;
    let entry = make(name, |cancel| {
        let settings = Settings::for_new(name);
        let handed = Handed::find(host, Role::Listener)?;
        let (listener, handed) = match (handed, UnixAddress::of(host)?) {
            (Some((handed, socket, at)), _) => {
                let listener = adopting::listener(socket, &at, settings)?;
                (listener, Some(handed))
            }
            (None, Some(address)) => (Listener::open_unix(&address, settings)?, None),
            (None, None) => {
                let addresses = own_addresses(port, host, &settings, cancel)?;
                (Listener::open(&addresses, port, settings)?, None)
            }
        };
        if let Some(credentials) = credentials {
            warning = listener.welcome.secure(credentials)?;
        }
        if let Some(handed) = handed {
            handed.keep();
        }
        Ok(server(listener))
    })?;
    Ok((entry, warning))
}

/// Opens a UDP port and enters it under `name` (none if empty); an empty host is all interfaces.
/// Errors: NAME_IN_USE, and those of resolving and of [`Udp::open`].
pub fn open_udp(name: &[u8], port: u16, host: &str) -> Result<SocketEntry> {
    make(name, |cancel| {
        let settings = Settings::for_new(name);
        if let Some((handed, socket, at)) = Handed::find(host, Role::Datagrams)? {
            let udp = adopting::datagrams(socket, &at, &settings)?;
            handed.keep();
            return Ok(Arc::new(udp));
        }
        let addresses = own_addresses(port, host, &settings, cancel)?;
        Ok(Arc::new(Udp::open(&addresses, port, &settings)?))
    })
}

/// Connects to a service of a Bluetooth device and enters the connection under `name`.
/// Errors: NAME_IN_USE, INVALID_ARGUMENT, NOT_SUPPORTED, and those of connecting.
pub fn connect_bluetooth(
    name: &[u8],
    service: &str,
    mac: &str,
    deadline: &Deadline,
) -> Result<SocketEntry> {
    let service = bluetooth::parse_service(service)?;
    let mac = bluetooth::parse_device(mac)?;
    make(name, |cancel| {
        let settings = Settings::for_new(name);
        cancel.end_waits_with_signals(settings.options.signals_end_waits());
        let signal = cancel.arm().map_err(setting_up)?;
        let channel = bluetooth::channel_to_connect(service)?;
        let configure = |socket: &socket2::Socket| settings.options.apply_buffers(socket);
        let (socket, peer) =
            net::connect_bluetooth(mac, channel, deadline, cancel, &signal, configure)?;
        cancel.disarm();
        Ok(Stream::in_clear(
            Wire::plain(Arc::new(socket)),
            peer,
            settings,
        ))
    })
}

/// Listens for Bluetooth clients and enters the server under `name`.
/// Errors: NAME_IN_USE, INVALID_ARGUMENT, NOT_SUPPORTED, and those of [`Listener::open_bluetooth`].
pub fn listen_bluetooth(name: &[u8], service: &str) -> Result<SocketEntry> {
    let channel = bluetooth::channel_to_listen(bluetooth::parse_service(service)?)?;
    make(name, |_| {
        Listener::open_bluetooth(channel, Settings::for_new(name)).map(server)
    })
}

/// The addresses of this machine's own that a host name means; none for an empty one.
fn own_addresses(
    port: u16,
    host: &str,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<Vec<SocketAddr>> {
    if host.is_empty() {
        return Ok(Vec::new());
    }
    cancel.end_waits_with_signals(settings.options.signals_end_waits());
    let found = net::resolve(host, port, &Deadline::after(net::LOOKUP_TIME), cancel)?;
    cancel.disarm();
    Ok(found.to_vec())
}

/// Enters a watch under `name` (none if empty). Errors: NAME_IN_USE, LIMIT.
pub fn watch(name: &[u8]) -> Result<SocketEntry> {
    let signals = Settings::for_new(b"").options.signals_end_waits();
    make(name, |_| Ok(Watch::new(signals)?))
}

fn server(door: Listener) -> Arc<dyn Kind> {
    Arc::new(Server::new(door))
}

fn setting_up(error: std::io::Error) -> Error {
    Error::from_io(&error, "setting up the connection")
}

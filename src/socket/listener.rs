//! A port on which clients arrive: the door of every server.

use super::bind;
use super::connection::Connection;
use super::freed::Freed;
use super::keep_alive;
use super::options::{self, Level, Options};
use super::preamble::{self, Preamble};
use super::rest::Rest;
use super::settings::Settings;
use super::stream::Stream;
use super::websocket::WebSocket;
use super::welcome::{Start, Welcome};
use super::wire::Wire;
use crate::constants::{
    SSLHandshakeTimeout, SocketBacklog, SocketFileMode, SocketMulticastLoop, SocketProxyFrom,
    SocketProxyProtocol, SocketSignalEndsWait, SocketTraceFile, SocketUniqueAddress,
    WebSocketServer,
};
use crate::error::{Code, Error, Result, is_lost_client};
use crate::framing::Framing;
use crate::net::{self, Deadline, Endpoint, Interest, SocketFile, Stop, SystemSocket, UnixAddress};
use parking_lot::Mutex;
use socket2::{Domain, SockAddr, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// How many clients that have left already one call passes over.
const MOST_GONE: usize = 1024;

/// A TCP port, or a Bluetooth channel, on which clients are waited for.
pub struct Listener {
    /// The file of a Unix socket; before the socket, so that it is gone when that is closed.
    file: Mutex<Option<SocketFile>>,
    socket: SystemSocket,
    local: Endpoint,
    /// What the clients to come start with.
    pub welcome: Welcome,
    /// After a client could not be taken.
    pub rest: Rest,
    /// Behind the socket, whose port it tells of.
    freed: Freed,
}

impl Listener {
    /// Listens on the first of the addresses that can be had; none means all interfaces, IPv6
    /// and IPv4 together where the machine has both.
    /// Errors: ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ACCESS_DENIED, LIMIT.
    pub fn open(addresses: &[SocketAddr], port: u16, settings: Arc<Settings>) -> Result<Self> {
        let (socket, local) = bind::first(addresses, port, "listening on", |address, dual| {
            listen(address, dual, &settings.options)
        })?;
        Ok(Self::of(socket, local, settings))
    }

    /// Listens on an RFCOMM channel of this machine's Bluetooth adapters.
    /// Errors: NOT_SUPPORTED, ADDRESS_IN_USE, LIMIT.
    pub fn open_bluetooth(channel: u8, settings: Arc<Settings>) -> Result<Self> {
        let options = &settings.options;
        let configure = |socket: &socket2::Socket| options.apply_buffers(socket);
        let socket = net::listen_bluetooth(channel, options.get(SocketBacklog), configure)?;
        let local = bind::local(&socket)?;
        Ok(Self::of(socket, local, settings))
    }

    /// Listens on a Unix socket. Errors: those of [`UnixAddress::listen`].
    pub fn open_unix(address: &UnixAddress, settings: Arc<Settings>) -> Result<Self> {
        let options = &settings.options;
        let mode = options.get(SocketFileMode).unsigned_abs();
        let configure = |socket: &socket2::Socket| options.apply_buffers(socket);
        let (socket, local, file) = address.listen(mode, options.get(SocketBacklog), configure)?;
        let listener = Self::of(socket, local, settings);
        *listener.file.lock() = file;
        Ok(listener)
    }

    /// Takes clients from a socket that listens.
    pub fn of(socket: socket2::Socket, local: Endpoint, settings: Arc<Settings>) -> Self {
        let socket = SystemSocket::new(socket);
        socket.end_waits_with_signals(settings.options.signals_end_waits());
        Listener {
            file: Mutex::default(),
            socket,
            local,
            welcome: Welcome::new(settings),
            rest: Rest::default(),
            freed: Freed::default(),
        }
    }

    /// The socket on which clients arrive.
    pub fn socket(&self) -> &SystemSocket {
        &self.socket
    }

    /// The address and port it listens on.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// Ends every wait on it. The file of a Unix socket is gone then.
    pub fn close(&self) {
        drop(self.file.lock().take());
        self.socket.cancel();
    }

    /// What tells when its port is free again, once it is closed.
    pub fn freed(&self) -> &Freed {
        &self.freed
    }

    /// Waits until a client waits. One that could not be taken, because the system was out of descriptors
    /// or memory, counts again after a tenth of a second. Errors: TIMEOUT, CANCELLED.
    pub fn wait_for_connection(&self, deadline: &Deadline) -> Result<()> {
        let rested = self.rest.wait(&self.socket, deadline);
        let what = match &rested {
            Ok(()) => "no client came to",
            Err(_) => "the system had no descriptor or memory left for the next client of",
        };
        rested
            .and_then(|()| self.socket.wait(Interest::Read, deadline))
            .map_err(|stop| match stop {
                Stop::TimedOut => Error::new(
                    Code::Timeout,
                    format!("{what} {} {}", self.local, deadline.in_words()),
                ),
                Stop::Cancelled(ender) => ender.told(),
                Stop::Failed(error) => self.failed(&error),
                Stop::Told(error) => error,
            })
    }

    /// Takes the waiting client. Does not wait. Errors: NO_CONNECTION, LIMIT (the client goes on
    /// waiting), CANCELLED.
    pub fn accept(&self) -> Result<Arc<dyn Connection>> {
        let accepted = self.try_accept();
        match &accepted {
            Ok(_) => self.rest.end(),
            Err(error) if error.code == Code::Limit => self.rest.begin(),
            Err(_) => {}
        }
        accepted
    }

    fn try_accept(&self) -> Result<Arc<dyn Connection>> {
        let Start {
            framing,
            settings,
            tls,
        } = self.welcome.start();
        let session = match tls {
            // What TLS needs is had first: a client that was taken could not go on waiting.
            Some(credentials) if self.has_client() => {
                Some(self.welcome.session(credentials, &settings)?)
            }
            Some(_) => return Err(self.no_client()),
            None => None,
        };
        let (socket, address) = self.take_client()?;
        let peer = bind::endpoint(&address)?;
        let socket = SystemSocket::new(socket);
        socket.tap().set_accepted();
        if let Some(log) = settings.log() {
            let ends = bind::ends(socket.inner());
            socket.tap().start_connection(log, "", ends);
        }
        let socket = Arc::new(socket);
        let patience = settings.options.get(SSLHandshakeTimeout);
        let wire = match settings.options.get(SocketProxyProtocol) {
            0 => Wire::plain(socket),
            _ => {
                let trusted = preamble::trusted(settings.text(SocketProxyFrom))?;
                let preamble = Preamble::new(&socket, peer.clone(), &trusted, patience);
                Wire::behind(socket, preamble)
            }
        };
        if let Some(session) = session {
            wire.secure(session, patience, settings.witness())?;
        }
        if settings.options.get(WebSocketServer) != 0 {
            let stream = Stream::new(wire, peer, Framing::Raw, Arc::clone(&settings));
            return Ok(WebSocket::serve(stream, &settings.options));
        }
        Ok(Stream::new(wire, peer, framing, settings))
    }

    /// Whether a client waits.
    pub fn has_client(&self) -> bool {
        self.socket.wait(Interest::Read, &Deadline::now()).is_ok()
    }

    /// Why none can be taken.
    pub fn no_client(&self) -> Error {
        if self.socket.is_cancelled() {
            return net::cancelled();
        }
        Error::new(
            Code::NoConnection,
            format!(
                "no client is waiting on {}: SocketWaitForConnection waits for the next",
                self.local
            ),
        )
    }

    /// The value of an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        options::check_kind(option, &self.local)?;
        if options::is_system(option) {
            let set = self.welcome.option(option);
            return options::read_system(self.socket.inner(), option, set)
                .map_err(|error| self.failed(&error));
        }
        match option {
            o if o == SocketMulticastLoop => Err(options::wrong_kind(option)),
            o if o == SocketUniqueAddress => net::unique_address(self.socket.inner())
                .map(i32::from)
                .map_err(|error| self.failed(&error)),
            _ => Ok(self.welcome.option(option)),
        }
    }

    /// Sets an option, for the clients accepted from now on.
    /// Errors: INVALID_ARGUMENT, WRONG_KIND (the port is taken already).
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::SystemSocket)?;
        options::check_kind(option, &self.local)?;
        if keep_alive::is_one(option) {
            let get = keep_alive::changed(option, value, |other| self.welcome.option(other));
            keep_alive::apply(self.socket.inner(), get).map_err(|error| self.failed(&error))?;
        } else if options::is_system(option) {
            // The system hands these on to the sockets it accepts.
            options::write_system(self.socket.inner(), option, value)
                .map_err(|error| self.failed(&error))?;
        } else if option == SocketBacklog {
            self.socket
                .inner()
                .listen(net::queue_length(value))
                .map_err(|error| self.failed(&error))?;
        } else if !(options::is_streams_own(option)
            || options::is_servers_own(option)
            || options::is_tls(option) && self.welcome.is_tls()
            // It is also for a load balancer's header.
            || option == SSLHandshakeTimeout && self.welcome.option(SocketProxyProtocol) != 0)
        {
            return Err(options::wrong_kind(option));
        } else if option == SocketSignalEndsWait {
            self.socket.end_waits_with_signals(value != 0);
        }
        let change = |settings: &mut Settings| {
            settings.options.set(option, value);
            Ok(())
        };
        self.welcome.change(change, false)
    }

    /// Sets a text option for the clients accepted from now on.
    /// Errors: INVALID_ARGUMENT, WRONG_KIND (not a TLS server), CERTIFICATE (it counts together with what
    /// is set next: a new key, its password and its certificate come one after the other).
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        if !self.welcome.is_tls() && ![SocketTraceFile, SocketProxyFrom].contains(&option) {
            return Err(options::wrong_kind(option));
        }
        self.welcome
            .change(|settings| settings.set_text(option, text), true)
    }

    /// Takes the waiting client, as the system has it. Errors: NO_CONNECTION, LIMIT, CANCELLED.
    pub fn take_client(&self) -> Result<(socket2::Socket, SockAddr)> {
        for _ in 0..MOST_GONE {
            match self.socket.inner().accept() {
                Ok(accepted) => return Ok(accepted),
                Err(_) if self.socket.is_cancelled() => return Err(net::cancelled()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // A signal, or a client that left while it waited: the next one, if any.
                Err(error) if is_lost_client(&error) => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Err(self.no_client())
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the server on {}", self.local))
    }
}

fn listen(address: SocketAddr, dual: bool, options: &Options) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(!dual)?;
    }
    options.apply(&socket)?;
    options.apply_to_listener(&socket)?;
    net::bind_to_listen(&socket, &address.into())?;
    socket.listen(net::queue_length(options.get(SocketBacklog)))?;
    // Accepting never waits: the wait is a call of its own.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

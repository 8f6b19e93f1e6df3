//! What a name or an id stands for, and what can be done with it.

mod bind;
mod bluetooth;
mod datagram_options;
mod freed;
mod groups;
mod inbox;
mod listener;
mod options;
mod rest;
mod secure;
mod senders;
mod settings;
mod stream;
mod turn;
mod udp;
mod watch;
mod watched;
mod wire;

pub use groups::Change as GroupChange;
pub use listener::{Credentials, Listener};
pub use options::{default as default_option, set_default as set_default_option};
pub use settings::set_default_text;
pub use stream::Stream;
pub use udp::Udp;
pub use watch::Watch;

use crate::constants::WDSOCKET_INFINITE;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Cancel, Deadline, Endpoint};
use crate::registry::{Entry, Recent, Registry, Target};
use crate::tls::{ClientContext, Session, SslInfo};
use freed::Freed;
use secure::Outlet;
use settings::Settings;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use watched::{Sight, Watched};
use wire::Wire;

/// All sockets of this process.
pub static SOCKETS: Registry<Socket> = Registry::new();

thread_local! {
    /// What this thread uses again and again.
    static RECENT: Recent<Socket> = const { Recent::new() };
}

/// The socket meant. Errors: NOT_FOUND.
pub fn find(target: Target<'_>) -> Result<SocketEntry> {
    RECENT
        .try_with(|recent| SOCKETS.find_again(target, recent))
        // A thread that is ending.
        .unwrap_or_else(|_| SOCKETS.find(target))
}

/// A socket's place in the table.
pub type SocketEntry = Arc<Entry<Socket>>;

/// A socket of any kind; while it is being connected, of none yet.
#[derive(Debug, Default)]
pub struct Socket {
    cancel: Cancel,
    kind: OnceLock<Kind>,
    freed: Freed,
}

#[derive(Debug)]
enum Kind {
    Stream(Arc<Stream>),
    Listener(Box<Listener>),
    Watch(Arc<Watch>),
    Udp(Box<Udp>),
}

/// Whom to connect to, and until when.
#[derive(Debug)]
pub struct Destination<'a> {
    /// As the caller typed it; empty is this machine.
    pub host: &'a str,
    /// 1 to 65535.
    pub port: u16,
    /// For everything together.
    pub deadline: Deadline,
}

/// A socket that was made, and what its maker should know beside (an expired certificate).
pub type Made = (SocketEntry, Option<String>);

/// Connects to a host and enters the connection under `name` (none if empty).
///
/// The name is taken from the start, so that another thread can close it, which ends the wait.
/// Errors: NAME_IN_USE, and those of resolving and connecting.
pub fn connect(name: &[u8], to: Destination<'_>) -> Result<SocketEntry> {
    make(name, |cancel| {
        let settings = Settings::for_new(name);
        let (wire, peer) = dial(&to, &settings, cancel)?;
        Ok(in_clear(wire, peer, settings))
    })
}

/// Connects to a host with TLS and enters the connection under `name` (none if empty). `bits` and
/// `certificate` (empty for none) are those of SocketConnectSSL.
/// Errors: those of [`connect`], CERTIFICATE, TLS_CERTIFICATE, TLS_PROTOCOL, NOT_SUPPORTED.
pub fn connect_tls(name: &[u8], to: Destination<'_>, bits: i32, certificate: &str) -> Result<Made> {
    let mut warning = None;
    let entry = make(name, |cancel| {
        let settings = Settings::for_new(name);
        let context = ClientContext::get(&settings.tls(bits, certificate, ""))?;
        warning = context.warning();
        let mut session = Session::client(&context, to.host, to.port, Outlet::default())?;
        // The first message is ready when the connection stands: the peer need not wait for it.
        session.handshake()?;
        let (wire, peer) = dial(&to, &settings, cancel)?;
        wire.secure(session, WDSOCKET_INFINITE)?;
        cancel.attach(wire.socket());
        let stream = Stream::new(wire, peer, Framing::default(), &settings.options);
        stream.handshake(&to.deadline)?;
        cancel.disarm();
        stream.keep_settings(Arc::new(settings));
        Ok(Kind::Stream(stream))
    })?;
    Ok((entry, warning))
}

/// Listens on a port and enters the server under `name` (none if empty); an empty host is all
/// interfaces. With `credentials` its clients speak TLS.
/// Errors: NAME_IN_USE, those of resolving, of [`Listener::open`] and of [`Listener::secure`].
pub fn listen(
    name: &[u8],
    port: u16,
    host: &str,
    credentials: Option<Credentials>,
) -> Result<Made> {
    let mut warning = None;
    let entry = make(name, |cancel| {
        let addresses = own_addresses(port, host, cancel)?;
        let listener = Listener::open(&addresses, port, Settings::for_new(name))?;
        if let Some(credentials) = credentials {
            warning = listener.secure(credentials)?;
        }
        Ok(Kind::Listener(Box::new(listener)))
    })?;
    Ok((entry, warning))
}

/// Opens a UDP port and enters it under `name` (none if empty); an empty host is all interfaces.
/// Errors: NAME_IN_USE, and those of resolving and of [`Udp::open`].
pub fn open_udp(name: &[u8], port: u16, host: &str) -> Result<SocketEntry> {
    make(name, |cancel| {
        let addresses = own_addresses(port, host, cancel)?;
        let options = Settings::for_new(name).options;
        Udp::open(&addresses, port, &options).map(|udp| Kind::Udp(Box::new(udp)))
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
        let signal = cancel.arm().map_err(setting_up)?;
        let channel = bluetooth::channel_to_connect(service)?;
        let configure = |socket: &socket2::Socket| settings.options.apply_buffers(socket);
        let (socket, peer) =
            net::connect_bluetooth(mac, channel, deadline, cancel, &signal, configure)?;
        cancel.disarm();
        Ok(in_clear(Wire::plain(Arc::new(socket)), peer, settings))
    })
}

/// Listens for Bluetooth clients and enters the server under `name`.
/// Errors: NAME_IN_USE, INVALID_ARGUMENT, NOT_SUPPORTED, and those of [`Listener::open_bluetooth`].
pub fn listen_bluetooth(name: &[u8], service: &str) -> Result<SocketEntry> {
    let channel = bluetooth::channel_to_listen(bluetooth::parse_service(service)?)?;
    make(name, |_| {
        Listener::open_bluetooth(channel, Settings::for_new(name))
            .map(|listener| Kind::Listener(Box::new(listener)))
    })
}

/// The addresses of this machine's own that a host name means; none for an empty one.
fn own_addresses(port: u16, host: &str, cancel: &Cancel) -> Result<Vec<SocketAddr>> {
    if host.is_empty() {
        return Ok(Vec::new());
    }
    let found = net::resolve(host, port, &Deadline::after(net::LOOKUP_TIME), cancel)?;
    cancel.disarm();
    Ok(found)
}

fn in_clear(wire: Wire, peer: Endpoint, settings: Settings) -> Kind {
    let stream = Stream::new(wire, peer, Framing::default(), &settings.options);
    // Kept only where SocketStartSSL may want something other than the defaults.
    if settings.has_texts() {
        stream.keep_settings(Arc::new(settings));
    }
    Kind::Stream(stream)
}

/// Sets a text option of a socket, or keeps it for the next socket of that name.
/// Errors: INVALID_ARGUMENT, NOT_FOUND (an id), WRONG_KIND, CERTIFICATE.
pub fn set_text(target: Target<'_>, option: i32, text: &str) -> Result<()> {
    match (SOCKETS.get(target), target) {
        (None, Target::Name(name)) => settings::keep_text(name, option, text),
        _ => SOCKETS.find(target)?.set_text(option, text),
    }
}

/// Resolves and connects, by way of the proxy if there is one.
fn dial(to: &Destination<'_>, settings: &Settings, cancel: &Cancel) -> Result<(Wire, Endpoint)> {
    let configure = |socket: &socket2::Socket| settings.options.apply(socket);
    let (socket, peer) = match net::proxy() {
        Some(proxy) => proxy.connect(to.host, to.port, &to.deadline, cancel, &configure)?,
        None => {
            let addresses = net::resolve(to.host, to.port, &to.deadline, cancel)?;
            let (socket, peer) = net::connect(&addresses, &to.deadline, cancel, &configure)?;
            (Arc::new(socket), peer)
        }
    };
    cancel.disarm();
    Ok((Wire::plain(socket), peer))
}

/// Enters a watch under `name` (none if empty). Errors: NAME_IN_USE, LIMIT.
pub fn watch(name: &[u8]) -> Result<SocketEntry> {
    make(name, |_| Watch::new().map(Kind::Watch))
}

/// Enters a socket under `name`, then makes what it stands for; takes it out again on failure.
/// Either way the texts that were kept for it have been used.
fn make(name: &[u8], build: impl FnOnce(&Cancel) -> Result<Kind>) -> Result<SocketEntry> {
    let reserved = Reserved(Some(SOCKETS.insert(name, Socket::default())?));
    let entry = reserved.entry();
    let made = build(&entry.cancel).and_then(|kind| entry.become_kind(kind));
    settings::forget_kept(name);
    made?;
    Ok(reserved.keep())
}

/// A place in the table that is given back unless the socket comes to be, even on a panic.
struct Reserved(Option<SocketEntry>);

impl Reserved {
    fn entry(&self) -> SocketEntry {
        self.0
            .clone()
            .unwrap_or_else(|| unreachable!("kept only once"))
    }

    fn keep(mut self) -> SocketEntry {
        self.0
            .take()
            .unwrap_or_else(|| unreachable!("kept only once"))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(entry) = self.0.take() {
            SOCKETS.remove(Target::Id(entry.id()));
        }
    }
}

/// Closes a socket; `false` when there is none. Texts that are kept for the name are forgotten.
pub fn close(target: Target<'_>) -> bool {
    if let Target::Name(name) = target {
        settings::forget_kept(name);
    }
    let Some(entry) = SOCKETS.remove(target) else {
        return false;
    };
    if let Some(freed) = close_entry(entry) {
        freed.wait();
    }
    true
}

/// Sends a client away: of a listener the waiting one, or else the attached one; a connection is closed.
/// Errors: NOT_FOUND, NO_CONNECTION (no client), WRONG_KIND, LIMIT.
pub fn deny(target: Target<'_>) -> Result<()> {
    let entry = find(target)?;
    if let Kind::Stream(_) = entry.kind()? {
        return match close(Target::Id(entry.id())) {
            true => Ok(()),
            false => find(target).map(drop), // another thread was faster
        };
    }
    entry.listener()?.deny()
}

/// Closes every socket and tells how many there were. No text is kept for any name after it.
pub fn close_all() -> usize {
    settings::forget_all_kept();
    let (mut count, mut from) = (0, 0);
    let mut ports = Vec::new();
    while let Some((place, entry)) = SOCKETS.remove_next(from) {
        (count, from) = (count + 1, place + 1);
        let Some(port) = close_entry(entry) else {
            continue;
        };
        // Where there is no memory to wait for all of them at the end, for each at once.
        match ports.try_reserve(1) {
            Ok(()) => ports.push(port),
            Err(_) => port.wait(),
        }
    }
    ports.iter().for_each(|port| port.wait());
    count
}

/// Closes a socket that is in the table no more; what will happen when its port, if it has one, is free.
fn close_entry(entry: SocketEntry) -> Option<Arc<freed::Event>> {
    entry.close();
    entry.has_port().then(|| entry.freed.event())
}

impl Socket {
    /// Takes the waiting client of a listener as a channel with a name of its own.
    /// Errors: NO_CONNECTION, WRONG_KIND, LIMIT.
    pub fn accept(&self, named: bool) -> Result<SocketEntry> {
        static CHANNELS: AtomicU64 = AtomicU64::new(1);
        let stream = self.listener()?.accept()?;
        let socket = Socket::default();
        socket.become_kind(Kind::Stream(stream))?;
        if !named {
            return SOCKETS.insert(b"", socket);
        }
        loop {
            let name = channel_name(CHANNELS.fetch_add(1, Ordering::Relaxed));
            if !SOCKETS.contains(Target::Name(&name)) {
                return SOCKETS.insert(&name, socket);
            }
        }
    }

    /// Reads the next message; on a listener that of its attached client.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        match self.kind()? {
            Kind::Udp(udp) => udp.read(out, deadline),
            Kind::Stream(stream) => stream.read(out, deadline),
            Kind::Listener(listener) => {
                // It may take a client, and read the files of a certificate for it.
                let _held = net::hold_cancellation();
                listener.read(out, deadline)
            }
            Kind::Watch(_) => Err(is_watch()),
        }
    }

    /// Sends one message.
    pub fn write(&self, message: &[u8]) -> Result<()> {
        match self.kind()? {
            Kind::Stream(stream) => stream.write(message),
            Kind::Listener(listener) => listener.client()?.write(message),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(_) => Err(udp_needs(
                "call SocketWriteTo, which says to whom the datagram goes",
            )),
        }
    }

    /// Sends one datagram; without a port, to that of the last one sent.
    pub fn write_to(&self, message: &[u8], host: &str, port: Option<u16>) -> Result<()> {
        self.udp("call SocketWrite")?
            .write_to(message, host, port, &self.cancel)
    }

    /// Joins or leaves a multicast group.
    pub fn change_group(&self, change: GroupChange, group: &str, interface: &str) -> Result<()> {
        self.udp("groups are for sockets of SocketCreateUDP")?
            .change_group(change, group, interface)
    }

    /// The size of what the next read would return without waiting; 0 for nothing yet.
    pub fn pending(&self) -> Result<usize> {
        if let Kind::Udp(udp) = self.kind()? {
            return Ok(udp.pending()?.unwrap_or(0));
        }
        match self.connection() {
            Ok(connection) => Ok(connection.pending()?.unwrap_or(0)),
            Err(error) if error.code == Code::NoConnection && self.listener().is_ok() => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Whether a peer is there.
    pub fn is_connected(&self) -> Result<bool> {
        match self.connection() {
            Err(_) if self.is_udp() => Err(udp_needs("SocketClientInfo tells who sent a datagram")),
            Ok(connection) => Ok(connection.is_connected()),
            Err(error) if error.code == Code::NoConnection => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Goes on in another transmission mode.
    pub fn set_framing(&self, framing: &Framing) -> Result<()> {
        match self.kind()? {
            Kind::Stream(stream) => stream.set_framing(framing),
            Kind::Listener(listener) => listener.set_framing(framing),
            Kind::Watch(_) => return Err(is_watch()),
            Kind::Udp(_) => {
                return Err(udp_needs("each datagram is one message, without any mode"));
            }
        }
        Ok(())
    }

    /// The peer's address; for UDP that of the last datagram's sender.
    pub fn peer(&self) -> Result<Endpoint> {
        if let Kind::Udp(udp) = self.kind()? {
            return udp.sender();
        }
        Ok(self.connection()?.peer())
    }

    /// This machine's address of the socket.
    pub fn local(&self) -> Result<Endpoint> {
        match self.kind()? {
            Kind::Listener(listener) => Ok(listener.local()),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(udp) => Ok(udp.local()),
            Kind::Stream(stream) => bind::local(stream.wire().socket().inner()),
        }
    }

    /// Ends the sending half.
    pub fn shut_down(&self) -> Result<()> {
        self.no_udp("there is no connection to end, call SocketClose")?;
        self.connection()?.shut_down()
    }

    /// The value of a whole-number option.
    pub fn option(&self, option: i32) -> Result<i32> {
        match self.kind()? {
            Kind::Stream(stream) => stream.option(option),
            Kind::Listener(listener) => listener.option(option),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(udp) => udp.option(option),
        }
    }

    /// Sets a whole-number option.
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        match self.kind()? {
            Kind::Stream(stream) => stream.set_option(option, value),
            Kind::Listener(listener) => listener.set_option(option, value),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(udp) => udp.set_option(option, value),
        }
    }

    /// Puts a connection under TLS in mid-stream, as a client. `server_name` (the address that was
    /// connected to, if empty) is what the certificate must carry.
    /// Errors: those of [`Stream::start_tls`] and of [`connect_tls`].
    pub fn start_tls(
        &self,
        bits: i32,
        deadline: &Deadline,
        server_name: &str,
        certificate: &str,
    ) -> Result<Option<String>> {
        let Kind::Stream(stream) = self.kind()? else {
            return Err(Error::new(
                Code::WrongKind,
                "only a connection can be put under TLS; a TLS server is made by SocketCreateSSL",
            ));
        };
        let context = ClientContext::get(&stream.settings().tls(bits, certificate, ""))?;
        let peer = stream.peer();
        let typed = match server_name {
            "" => peer.address(),
            name => name.to_owned(),
        };
        let session = Session::client(&context, &typed, peer.port(), Outlet::default())?;
        stream.start_tls(deadline, session)?;
        Ok(context.warning())
    }

    /// What is known about a TLS connection.
    /// Errors: WRONG_KIND (in clear), NO_CONNECTION (the handshake is not done).
    pub fn tls_info(&self, question: SslInfo) -> Result<String> {
        let in_clear = || Error::new(Code::WrongKind, "this socket is in clear, not under TLS");
        if matches!(self.kind()?, Kind::Listener(listener) if !listener.is_tls()) {
            return Err(in_clear());
        }
        let connection = self.connection()?;
        connection.wire().tls().ok_or_else(in_clear)?.info(question)
    }

    /// Sets a text option.
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        match self.kind()? {
            Kind::Stream(stream) => stream.set_text(option, text),
            Kind::Listener(listener) => listener.set_text(option, text),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(_) => Err(udp_needs(
                "text options are for TLS, which UDP does not have",
            )),
        }
    }

    /// The listener. Errors: WRONG_KIND.
    pub fn listener(&self) -> Result<&Listener> {
        match self.kind()? {
            Kind::Listener(listener) => Ok(listener),
            Kind::Stream(_) => Err(Error::new(
                Code::WrongKind,
                "this socket is a connection, the function is for servers",
            )),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(_) => Err(udp_needs("SocketRead takes datagrams from anybody")),
        }
    }

    /// The UDP socket. Errors: WRONG_KIND, with the advice what to do instead.
    fn udp(&self, advice: &'static str) -> Result<&Udp> {
        match self.kind()? {
            Kind::Udp(udp) => Ok(udp),
            _ => Err(Error::new(
                Code::WrongKind,
                format!("this socket is not a UDP socket: {advice}"),
            )),
        }
    }

    fn is_udp(&self) -> bool {
        matches!(self.kind.get(), Some(Kind::Udp(_)))
    }

    /// Errors: WRONG_KIND for a UDP socket, with the advice what to do instead.
    fn no_udp(&self, advice: &'static str) -> Result<()> {
        if self.is_udp() {
            return Err(udp_needs(advice));
        }
        Ok(())
    }

    /// The connection that a call is about: the socket itself, or a listener's attached client.
    fn connection(&self) -> Result<Arc<Stream>> {
        match self.kind()? {
            Kind::Stream(stream) => Ok(Arc::clone(stream)),
            Kind::Listener(listener) => listener.client(),
            Kind::Watch(_) => Err(is_watch()),
            Kind::Udp(_) => Err(udp_needs("the function is for connections")),
        }
    }

    /// The watch. Errors: WRONG_KIND.
    pub fn as_watch(&self) -> Result<&Arc<Watch>> {
        match self.kind()? {
            Kind::Watch(watch) => Ok(watch),
            _ => Err(Error::new(
                Code::WrongKind,
                "this socket is no watch: SocketWatch makes one",
            )),
        }
    }

    /// What a watch needs of a socket: the list of its watches, and what the system watches.
    /// Errors: WRONG_KIND (a watch), NO_CONNECTION (still connecting).
    fn watchable(&self) -> Result<(&Watched, &net::Socket)> {
        match self.kind()? {
            Kind::Stream(stream) => Ok((stream.watched(), stream.wire().socket())),
            Kind::Listener(listener) => Ok((listener.watched(), listener.socket())),
            Kind::Udp(udp) => Ok((udp.watched(), udp.socket())),
            Kind::Watch(_) => Err(Error::new(Code::WrongKind, "a watch cannot be in a watch")),
        }
    }

    /// What a watch sees; `news` says that a descriptor, or another call, has something.
    fn sight(&self, news: bool) -> Sight {
        match self.kind.get() {
            Some(Kind::Stream(stream)) => stream.sight(news),
            Some(Kind::Listener(listener)) => listener.sight(news),
            Some(Kind::Udp(udp)) => udp.sight(),
            Some(Kind::Watch(_)) | None => Sight::default(),
        }
    }

    /// Makes a simplified server's client known to the server's watches. Errors: LIMIT.
    fn share_client(&self) -> Result<()> {
        match self.kind.get() {
            Some(Kind::Listener(listener)) => listener.share_client(),
            _ => Ok(()),
        }
    }

    fn kind(&self) -> Result<&Kind> {
        self.kind.get().ok_or_else(|| {
            Error::new(
                Code::NoConnection,
                "this socket is still being connected in another thread",
            )
        })
    }

    /// Makes the socket what it is; if it was closed in the meantime, closes that too.
    fn become_kind(&self, kind: Kind) -> Result<()> {
        let kind = self.kind.get_or_init(|| kind);
        if self.cancel.is_set() {
            kind.close();
            return Err(net::cancelled());
        }
        Ok(())
    }

    /// Whether others could not have its port as long as it is there. (The port of a socket that another
    /// process made stays that one's.)
    fn has_port(&self) -> bool {
        match self.kind.get() {
            Some(Kind::Listener(listener)) => !listener.socket().is_inherited(),
            Some(Kind::Udp(udp)) => !udp.socket().is_inherited(),
            _ => false,
        }
    }

    fn close(&self) {
        self.cancel.set();
        if let Ok((watched, own)) = self.watchable() {
            watched.leave_all(own);
        }
        if let Some(kind) = self.kind.get() {
            kind.close();
        }
    }
}

impl Kind {
    fn close(&self) {
        match self {
            Kind::Stream(stream) => stream.close(),
            Kind::Listener(listener) => listener.close(),
            Kind::Watch(watch) => watch.close(),
            Kind::Udp(udp) => udp.close(),
        }
    }
}

/// "C" and 16 hexadecimal digits. Written out: a tenth of what `format!` would take, of every accept.
fn channel_name(number: u64) -> [u8; 17] {
    let mut name = [b'C'; 17];
    let digit = |place: usize| b"0123456789abcdef"[(number >> (60 - 4 * place)) as usize & 15];
    name[1..].copy_from_slice(&std::array::from_fn::<_, 16, _>(digit));
    name
}

fn is_watch() -> Error {
    Error::new(
        Code::WrongKind,
        "this socket is a watch, the function is for connections and servers",
    )
}

/// What a UDP socket says to a function that is not for it.
fn udp_needs(advice: &'static str) -> Error {
    Error::new(
        Code::WrongKind,
        format!("this socket is a UDP socket: {advice}"),
    )
}

fn setting_up(error: std::io::Error) -> Error {
    Error::from_io(&error, "setting up the connection")
}

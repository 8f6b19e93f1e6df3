//! A UDP socket: datagrams out, datagrams in, from any number of threads at once.

use super::family::Family;
use super::freed::Freed;
use super::last_read::Senders;
use super::options::{self, Level};
use super::settings::{self, Settings};
use super::statistics::Counts;
use super::turns::Turns;
use super::watched::{Sight, Watchable, Watched};
use super::{bind, datagram_options, groups};
use crate::constants::{
    SocketReadIdle, SocketSignalEndsWait, SocketTraceFile, SocketTraceLimit, SocketWriteTimeout,
};
use crate::error::{Code, Error, Result};
use crate::net::{self, Cancel, Deadline, Endpoint, Stop, SystemSocket};
use crate::trace::Log;
use socket2::Domain;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The longest message: what IPv4 leaves of 65,535 bytes behind its header and that of UDP. IPv6
/// would carry 20 bytes more; one limit for both, so that no program depends on the family.
const LONGEST: usize = 65_507;

/// A UDP port.
///
/// One thread at a time receives; the others wait for their turn within their own deadlines. Senders
/// wait for nobody. No lock is held while the network is waited for.
pub struct Udp {
    socket: SystemSocket,
    local: Endpoint,
    family: Family,
    inbox: Turns<Datagrams>,
    senders: Senders,
    write_timeout: AtomicI32,
    read_idle: AtomicI32,
    /// Where the last datagram went; 0 before there was one.
    last_port: AtomicU16,
    /// How many datagrams were sent; senders wait for nobody, so they count together.
    messages_sent: AtomicU64,
    trace_limit: AtomicI32,
    watched: Watched,
    /// Behind the socket, whose port it tells of.
    freed: Freed,
}

#[derive(Debug)]
struct Datagrams {
    /// A datagram that did not fit into the buffer it was received with.
    kept: Option<(Vec<u8>, Endpoint)>,
    /// Where the end of such a datagram goes; belongs to the thread that receives.
    rest: Vec<u8>,
    /// Who sent the last datagram that any thread read.
    last_sender: Option<Endpoint>,
    /// How many datagrams were read.
    messages: u64,
    /// When the last one came, or the socket.
    last_arrival: Instant,
}

impl Default for Datagrams {
    fn default() -> Self {
        Datagrams {
            kept: None,
            rest: Vec::new(),
            last_sender: None,
            messages: 0,
            last_arrival: Instant::now(),
        }
    }
}

impl Udp {
    /// Binds the first of the addresses that can be had; none means all interfaces, IPv6 and IPv4
    /// together where the machine has both.
    /// Errors: ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ACCESS_DENIED, LIMIT.
    pub fn open(addresses: &[SocketAddr], port: u16, settings: &Settings) -> Result<Self> {
        let (socket, local) = bind::first(addresses, port, "receiving on", |address, dual| {
            let socket = net::open_datagrams(Domain::for_address(address))?;
            if address.is_ipv6() {
                socket.set_only_v6(!dual)?;
            }
            datagram_options::apply(&settings.options, &socket)?;
            net::bind(&socket, &address.into())?;
            Ok(socket)
        })?;
        Ok(Self::of(socket, local, settings))
    }

    /// Receives on a socket that is bound.
    pub fn of(socket: socket2::Socket, local: Endpoint, settings: &Settings) -> Self {
        let options = &settings.options;
        let is_v6 = matches!(local, Endpoint::Ip(SocketAddr::V6(_)));
        let family = match is_v6 && socket.only_v6().unwrap_or(true) {
            _ if !is_v6 => Family::V4,
            true => Family::V6,
            false => Family::Dual,
        };
        let socket = SystemSocket::new(socket);
        socket.end_waits_with_signals(options.signals_end_waits());
        let udp = Udp {
            socket,
            local,
            family,
            inbox: Turns::new(Datagrams::default()),
            senders: Senders::default(),
            write_timeout: AtomicI32::new(options.get(SocketWriteTimeout)),
            read_idle: AtomicI32::new(options.get(SocketReadIdle)),
            last_port: AtomicU16::new(0),
            messages_sent: AtomicU64::new(0),
            trace_limit: AtomicI32::new(options.get(SocketTraceLimit)),
            watched: Watched::default(),
            freed: Freed::default(),
        };
        udp.trace_into(settings.log());
        udp
    }

    /// The address and port it receives on.
    pub fn local(&self) -> Endpoint {
        self.local.clone()
    }

    /// What tells when its port is free again, once it is closed.
    pub fn freed(&self) -> &Freed {
        &self.freed
    }

    /// Reads the next datagram into `out` and tells its size.
    ///
    /// Waits until the deadline, at most for SocketReadIdle. Errors: TIMEOUT, BUFFER_TOO_SMALL (the datagram is
    /// kept), CANCELLED.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let idle = self.read_idle.load(Ordering::Relaxed);
        deadline.unless_silent(idle, |deadline| self.read_until(out, deadline))
    }

    fn read_until(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        self.senders.prepare().map_err(|_| {
            Error::new(
                Code::Limit,
                "there is no memory to note who sends, read again when there is some",
            )
        })?;
        let mut inbox = self.inbox.lock();
        while inbox.is_taken() {
            inbox
                .wait(&self.socket, deadline)
                .map_err(|stop| self.read_stopped(stop, deadline))?;
        }
        if inbox.kept.is_some() {
            let taken = self.take_kept(&mut inbox, out);
            // Whoever was woken for the turn that this thread did not take.
            self.inbox.tell_one();
            return taken;
        }
        let mut rest = std::mem::take(&mut inbox.rest);
        let given_up = |_: &mut Datagrams| self.watched.poke();
        let (mut inbox, received) = inbox.in_turn_of_many(given_up, || {
            self.socket.receive_datagram(out, &mut rest, deadline)
        });
        let outcome = match received {
            Ok((size, sender)) => {
                inbox.note_arrival();
                inbox.last_arrival = Instant::now();
                let sender = Endpoint::from(sender);
                if size <= out.len() {
                    self.note_sender(&mut inbox, sender);
                    Ok(size)
                } else {
                    // In the memory that was had before the datagram came.
                    rest.resize(size, 0);
                    rest.copy_within(..size - out.len(), out.len());
                    rest[..out.len()].copy_from_slice(out);
                    inbox.kept = Some((std::mem::take(&mut rest), sender));
                    Err(too_short(size, out.len()))
                }
            }
            Err(stop) => Err(self.read_stopped(stop, deadline)),
        };
        inbox.rest = rest;
        outcome
    }

    /// Sends one datagram; without a port, to that of the last one sent. Looks up a host name, at most 20 s; waits for room in the send buffer, at
    /// most SocketWriteTimeout.
    ///
    /// Errors: MESSAGE_TOO_LARGE, HOST_NOT_FOUND, UNREACHABLE, TIMEOUT, ACCESS_DENIED, CANCELLED.
    pub fn write_to(
        &self,
        bytes: &[u8],
        host: &str,
        port: Option<u16>,
        cancel: &Cancel,
    ) -> Result<()> {
        if bytes.len() > LONGEST {
            return Err(Error::new(
                Code::MessageTooLarge,
                format!(
                    "the message has {} bytes, a datagram holds at most {LONGEST}: send it in parts",
                    bytes.len()
                ),
            ));
        }
        if host.is_empty() {
            return Err(Error::invalid(
                "the address is missing: a datagram needs the IP address or host name of its receiver",
            ));
        }
        let port = self.destination_port(port)?;
        cancel.end_waits_with_signals(self.socket.signals_end_waits());
        let addresses = net::resolve(host, port, &Deadline::after(net::LOOKUP_TIME), cancel)?;
        let deadline = Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed));
        let mut failure = None;
        for &address in &*addresses {
            let Some(to) = self.family.form(address) else {
                continue;
            };
            match self.socket.send_datagram(bytes, to, &deadline) {
                Ok(()) => {
                    self.last_port.store(port, Ordering::Relaxed);
                    self.messages_sent.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(stop) => {
                    let told = write_stopped(stop, address, &deadline);
                    if told.code != Code::Unreachable {
                        return Err(told);
                    }
                    failure.get_or_insert(told);
                }
            }
        }
        Err(failure.unwrap_or_else(|| self.other_family(host)))
    }

    /// The size of the next datagram, `None` for none yet.
    pub fn pending(&self) -> Result<Option<usize>> {
        let inbox = self.inbox.lock();
        if let Some((bytes, _)) = &inbox.kept {
            return Ok(Some(bytes.len()));
        }
        if inbox.is_taken() {
            return Ok(None);
        }
        match self.socket.pending_datagram() {
            _ if self.socket.is_cancelled() => Err(net::cancelled()),
            Ok(size) => Ok(Some(size)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Who sent the last datagram that this thread read; for a thread that has read none, the last
    /// that any thread read. Errors: NO_CONNECTION (none was read).
    pub fn sender(&self) -> Result<Endpoint> {
        self.senders
            .of_this_thread()
            .or_else(|| self.inbox.lock().last_sender.clone())
            .ok_or_else(|| {
                Error::new(
                    Code::NoConnection,
                    "no datagram was read from this socket yet, so there is no sender to tell",
                )
            })
    }

    /// What has gone through it.
    pub fn counts(&self) -> Counts {
        let received = self.inbox.lock().messages;
        let sent = self.messages_sent.load(Ordering::Relaxed);
        Counts::new(&self.socket, received, sent)
    }

    /// For how long no datagram was read.
    pub fn silent_for(&self) -> Duration {
        self.inbox.lock().last_arrival.elapsed()
    }

    /// What goes on goes into this file from now on, or into none.
    fn trace_into(&self, log: Option<Arc<Log>>) {
        let Endpoint::Ip(us) = self.local else {
            return;
        };
        match log {
            Some(log) => self.socket.tap().start_datagrams(log, "", us),
            None => self.socket.tap().stop(),
        }
    }

    /// Sets a text option. Errors: INVALID_ARGUMENT, WRONG_KIND (it is one of TLS).
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        if option != SocketTraceFile {
            return Err(options::wrong_kind(option));
        }
        let limit = self.trace_limit.load(Ordering::Relaxed);
        self.trace_into(settings::trace_file(text, limit)?);
        Ok(())
    }

    /// Joins or leaves a multicast group on an interface (empty: the system's choice).
    /// Errors: INVALID_ARGUMENT, ADDRESS_NOT_AVAILABLE, ADDRESS_IN_USE, LIMIT.
    pub fn change_group(&self, change: groups::Change, group: &str, interface: &str) -> Result<()> {
        groups::apply(self.socket.inner(), self.family, change, group, interface)
    }

    /// The value of an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        if option == SocketSignalEndsWait {
            return Ok(self.socket.signals_end_waits().into());
        }
        if let Some(own) = self.own_option(option) {
            return Ok(own.load(Ordering::Relaxed));
        }
        if !options::is_datagram(option) {
            return Err(options::wrong_kind(option));
        }
        datagram_options::read(self.socket.inner(), option).map_err(|error| self.failed(&error))
    }

    /// Sets an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::SystemSocket)?;
        if option == SocketSignalEndsWait {
            self.socket.end_waits_with_signals(value != 0);
            return Ok(());
        }
        if let Some(own) = self.own_option(option) {
            own.store(value, Ordering::Relaxed);
            return Ok(());
        }
        if !options::is_datagram(option) || options::is_fixed(option) {
            return Err(options::wrong_kind(option));
        }
        datagram_options::write(self.socket.inner(), option, value)
            .map_err(|error| self.failed(&error))
    }

    /// Ends every wait with CANCELLED.
    pub fn close(&self) {
        self.socket.cancel();
        self.inbox.wake();
    }

    /// Ends the waits of the calls that began before this cancel.
    pub fn end_waits(&self, number: u64) {
        self.socket.end_waits(number);
        self.inbox.wake();
    }

    /// Options that the system does not have.
    fn own_option(&self, option: i32) -> Option<&AtomicI32> {
        match option {
            o if o == SocketWriteTimeout => Some(&self.write_timeout),
            o if o == SocketReadIdle => Some(&self.read_idle),
            o if o == SocketTraceLimit => Some(&self.trace_limit),
            _ => None,
        }
    }

    fn destination_port(&self, given: Option<u16>) -> Result<u16> {
        match given.unwrap_or_else(|| self.last_port.load(Ordering::Relaxed)) {
            0 => Err(Error::invalid(
                "the port is missing: no datagram was sent from this socket yet whose port could be taken again",
            )),
            port => Ok(port),
        }
    }

    fn take_kept(&self, inbox: &mut Datagrams, out: &mut [u8]) -> Result<usize> {
        let Some((bytes, sender)) = inbox.kept.take() else {
            return Ok(0);
        };
        let size = bytes.len();
        if size > out.len() {
            inbox.kept = Some((bytes, sender));
            return Err(too_short(size, out.len()));
        }
        out[..size].copy_from_slice(&bytes);
        self.note_sender(inbox, sender);
        Ok(size)
    }

    fn note_sender(&self, inbox: &mut Datagrams, sender: Endpoint) {
        inbox.last_sender = Some(sender.clone());
        inbox.messages += 1;
        self.senders.note(sender);
    }

    fn read_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        match stop {
            Stop::TimedOut => Error::new(
                Code::Timeout,
                format!("no datagram came to {} {}", self.local, deadline.in_words()),
            ),
            Stop::Cancelled(ender) => ender.told(),
            Stop::Failed(error) => self.failed(&error),
            Stop::Told(error) => error,
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the UDP socket on {}", self.local))
    }

    fn other_family(&self, host: &str) -> Error {
        let (own, other) = match self.family {
            Family::V4 => ("IPv4", "IPv6"),
            _ => ("IPv6", "IPv4"),
        };
        Error::new(
            Code::Unreachable,
            format!(
                "{host} has only {other} addresses and this socket was created for an {own} address: create one with address NULL"
            ),
        )
    }
}

fn write_stopped(stop: Stop, address: SocketAddr, deadline: &Deadline) -> Error {
    let to = Endpoint::from(address);
    match stop {
        Stop::TimedOut => Error::new(
            Code::Timeout,
            format!(
                "the system took no datagram for {to} within {} ms (SocketWriteTimeout)",
                deadline.total()
            ),
        ),
        Stop::Cancelled(ender) => ender.told(),
        Stop::Failed(error) => net::refusal(&error, address, &format!("sending to {to}")),
        Stop::Told(error) => error,
    }
}

fn too_short(size: usize, room: usize) -> Error {
    Error::new(
        Code::BufferTooSmall,
        format!(
            "the datagram has {size} bytes and the buffer {room}: give a buffer of {size} bytes and read again"
        ),
    )
}

impl Drop for Udp {
    fn drop(&mut self) {
        self.counts().keep();
    }
}

impl Watchable for Udp {
    fn watched(&self) -> &Watched {
        &self.watched
    }

    fn socket(&self) -> &SystemSocket {
        &self.socket
    }

    /// Whether a datagram, or an error, is there for the next read.
    fn sight(&self, _: bool) -> Sight {
        Sight {
            ready: !matches!(self.pending(), Ok(None)),
            // Where another thread receives, it owns what comes and says so when it is done.
            own: !self.inbox.lock().is_taken(),
            ..Sight::default()
        }
    }
}

impl fmt::Debug for Udp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Udp({})", self.local)
    }
}

//! Connecting to the first of a host's addresses that answers (RFC 8305, "Happy Eyeballs").

use super::{Cancel, Deadline, Endpoint, Socket, cancelled, sys};
use crate::error::{Code, Error, Result};
use socket2::{Domain, SockAddr};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long one address has before the next is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to one of the addresses, whichever answers first; `configure` sets options before the
/// first packet leaves. The socket comes back in blocking mode.
///
/// Errors: those of the first address that failed (REFUSED, UNREACHABLE …), TIMEOUT, CANCELLED.
pub fn connect(
    addresses: &[SocketAddr],
    deadline: &Deadline,
    cancel: &Cancel,
    configure: &dyn Fn(&socket2::Socket) -> io::Result<()>,
) -> Result<(Socket, Endpoint)> {
    let mut waiting = interleave(addresses);
    let mut trying: Vec<(socket2::Socket, SocketAddr)> = Vec::new();
    let mut failure = None;
    let mut next_start = Instant::now();
    loop {
        if cancel.is_set() {
            return Err(cancelled());
        }
        if Instant::now() >= next_start || trying.is_empty() {
            match waiting.pop_front() {
                Some(address) => {
                    match start(address, configure) {
                        Ok(socket) => trying.push((socket, address)),
                        Err(error) => note(&mut failure, &error, address),
                    }
                    next_start = Instant::now() + STAGGER;
                }
                None if trying.is_empty() => return Err(failure.unwrap_or_else(no_address)),
                None => {}
            }
        }
        if trying.is_empty() {
            continue;
        }
        if deadline.has_passed() && deadline.total() != 0 {
            return Err(no_answer(addresses, deadline));
        }
        let mut patience = deadline.remaining();
        if !waiting.is_empty() && deadline.total() != 0 {
            let until_next = next_start.saturating_duration_since(Instant::now());
            patience = Some(patience.map_or(until_next, |left| left.min(until_next)));
        }
        let sockets: Vec<_> = trying.iter().map(|(socket, _)| socket).collect();
        let done = wait(&sockets, cancel, deadline, patience)
            .map_err(|error| Error::from_io(&error, "waiting for the connection"))?;
        if deadline.total() == 0 && !done.contains(&true) && !cancel.is_set() {
            return Err(no_answer(addresses, deadline));
        }
        for index in (0..done.len()).rev().filter(|&index| done[index]) {
            let (socket, address) = trying.swap_remove(index);
            match finish(&socket, address) {
                Ok(()) => return Ok((Socket::new(socket), address.into())),
                Err(error) => {
                    note(&mut failure, &error, address);
                    next_start = Instant::now();
                }
            }
        }
    }
}

/// Waits for the attempts, of which one is often done at once, and for SocketClose.
fn wait(
    sockets: &[&socket2::Socket],
    cancel: &Cancel,
    deadline: &Deadline,
    patience: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let done = sys::wait_any(sockets, None, Some(Duration::ZERO))?;
    if done.contains(&true) || deadline.total() == 0 {
        return Ok(done);
    }
    let signal = cancel.arm()?;
    signal.clear(); // a look-up may have left it set
    if cancel.is_set() {
        return Ok(done);
    }
    sys::wait_any(sockets, Some(&signal), patience)
}

/// Alternates between the families, starting with the one that the system prefers
/// (RFC 8305, section 4).
fn interleave(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (VecDeque<_>, VecDeque<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut order = VecDeque::with_capacity(addresses.len());
    while !first.is_empty() || !second.is_empty() {
        order.extend(first.pop_front());
        order.extend(second.pop_front());
    }
    order
}

/// Sends the first packet and does not wait for the answer.
fn start(
    address: SocketAddr,
    configure: &dyn Fn(&socket2::Socket) -> io::Result<()>,
) -> io::Result<socket2::Socket> {
    let socket = sys::connecting_socket(Domain::for_address(address))?;
    configure(&socket)?;
    match socket.connect(&SockAddr::from(address)) {
        Err(error) if !sys::is_connecting(&error) => Err(error),
        _ => Ok(socket),
    }
}

/// Whether the attempt succeeded; if so the socket becomes an ordinary blocking one.
fn finish(socket: &socket2::Socket, peer: SocketAddr) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    let local = socket.local_addr()?.as_socket();
    if local.is_some_and(|local| (local.ip(), local.port()) == (peer.ip(), peer.port())) {
        // TCP can connect a port of this machine to itself when nobody listens there.
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    sys::make_blocking(socket)
}

/// Keeps the first failure: it is that of the address which the system prefers.
fn note(failure: &mut Option<Error>, error: &io::Error, address: SocketAddr) {
    let endpoint = Endpoint::from(address);
    let told = match error.kind() {
        io::ErrorKind::TimedOut => Error {
            code: Code::Timeout,
            ..Error::from_io(error, format_args!("{endpoint} does not answer"))
        },
        io::ErrorKind::ConnectionRefused => {
            Error::from_io(error, format_args!("{endpoint} refused the connection"))
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Error::from_io(error, format_args!("{endpoint} cannot be reached"))
        }
        _ => Error::from_io(error, format_args!("connecting to {endpoint} failed")),
    };
    failure.get_or_insert(told);
}

fn no_answer(addresses: &[SocketAddr], deadline: &Deadline) -> Error {
    let who: Vec<_> = addresses
        .iter()
        .map(|&address| Endpoint::from(address).to_string())
        .collect();
    Error::new(
        Code::Timeout,
        format!(
            "{} did not answer within {} ms: the machine is off, the address is wrong or a firewall drops the packets",
            who.join(", "),
            deadline.total()
        ),
    )
}

fn no_address() -> Error {
    Error::new(Code::HostNotFound, "the host name has no address")
}

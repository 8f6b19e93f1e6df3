//! Connecting to the first of a host's addresses that answers (RFC 8305, "Happy Eyeballs").

use super::cancel::Cancel;
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::origin::OwnEnd;
use super::route::{has_way, refusal, some_of};
use super::sys::{self, SystemSocket};
use crate::error::{Code, Error, Result};
use crate::trace;
use socket2::{Domain, SockAddr};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long one address has before the next is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to one of the addresses, whichever answers first, of those whose family this side has. The socket comes
/// back in blocking mode.
///
/// Errors: those of the first address that failed (REFUSED, UNREACHABLE …), TIMEOUT, CANCELLED, of this side's address
/// and ports ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ACCESS_DENIED.
pub fn connect(
    addresses: &[SocketAddr],
    deadline: &Deadline,
    cancel: &Cancel,
    own: &OwnEnd<'_>,
) -> Result<(SystemSocket, Endpoint)> {
    let addresses = &*own.origin.fitting(addresses)?;
    let begin = |address, in_haste| {
        trace::note(|| format!("trying {}", Endpoint::from(address)));
        begin(address, in_haste, own, &|| cancel.check(deadline))
    };
    let connected = |attempt: Attempt| {
        let socket = connected(attempt.socket, attempt.address);
        socket.end_waits_with_signals(cancel.signals_end_waits());
        Ok((socket, attempt.address.into()))
    };
    let mut waiting = interleave(addresses).peekable();
    let mut trying: Vec<Attempt> = Vec::new();
    let mut failure = None;
    // When the next address is due; `None` is at once.
    let mut next_start = None;
    loop {
        cancel.check(deadline)?;
        for index in (0..trying.len()).rev() {
            match finish(&trying[index].socket, trying[index].address) {
                Ok(true) => return connected(trying.swap_remove(index)),
                Ok(false) => {}
                Err(error) => {
                    let Attempt {
                        address, is_hasty, ..
                    } = trying.swap_remove(index);
                    let is_silent = error.kind() == io::ErrorKind::TimedOut;
                    if is_hasty
                        && is_silent
                        && let Ok(again) = begin(address, false)
                    {
                        trying.push(again); // in the place of the last one
                        continue;
                    }
                    note(&mut failure, failed(&error, address));
                    next_start = None;
                }
            }
        }
        if next_start.is_none_or(|moment| Instant::now() >= moment)
            && let Some(address) = waiting.next()
        {
            let begun = begin(address, true).and_then(|attempt| {
                let room = trying.try_reserve(usize::from(!attempt.stands));
                room.map_err(|error| failed(&error.into(), address))?;
                Ok(attempt)
            });
            match begun {
                Ok(attempt) if attempt.stands => return connected(attempt),
                Ok(attempt) => {
                    trying.push(attempt);
                    next_start = Some(Instant::now() + STAGGER);
                }
                Err(error) => {
                    note(&mut failure, error);
                    next_start = None;
                }
            }
        }
        if trying.is_empty() {
            if waiting.peek().is_none() {
                return Err(failure.unwrap_or_else(no_address));
            }
            next_start = None;
            continue;
        }
        if deadline.has_passed() {
            return Err(no_answer(addresses, deadline));
        }
        let mut patience = deadline.remaining();
        if waiting.peek().is_some() {
            let now = Instant::now();
            let until_next = next_start.map_or(Duration::ZERO, |moment| {
                moment.saturating_duration_since(now)
            });
            patience = Some(patience.map_or(until_next, |left| left.min(until_next)));
        }
        wait(&trying, cancel, patience)?;
    }
}

/// A connection that stands, from its first byte on in the trace of the socket that this thread makes.
fn connected(socket: socket2::Socket, peer: SocketAddr) -> SystemSocket {
    let socket = SystemSocket::new(socket);
    trace::note(|| format!("{} has answered", Endpoint::from(peer)));
    if let Some((log, label)) = trace::current() {
        let us = socket.inner().local_addr().ok();
        let us = us.and_then(|us| us.as_socket());
        let ends = us.map(|us| (us, peer));
        socket.tap().start_connection(log, &label, ends);
    }
    socket
}

/// Waits until something has become of an attempt, or SocketClose.
fn wait(trying: &[Attempt], cancel: &Cancel, patience: Option<Duration>) -> Result<()> {
    const DOING: &str = "waiting for the connection";
    let signal = cancel
        .arm()
        .map_err(|error| Error::from_io(&error, DOING))?;
    let sockets: Vec<_> = trying.iter().map(|attempt| &attempt.socket).collect();
    cancel
        .wait_any(&sockets, &signal, patience, DOING)
        .map(drop)
}

/// Alternates between the families, starting with the one that the system prefers
/// (RFC 8305, section 4).
fn interleave(addresses: &[SocketAddr]) -> impl Iterator<Item = SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let family = |v6| {
        let of_it = move |address: &SocketAddr| address.is_ipv6() == v6;
        addresses.iter().copied().filter(of_it)
    };
    let (mut next, mut other) = (family(first_is_v6), family(!first_is_v6));
    std::iter::from_fn(move || {
        let found = next.next().or_else(|| other.next());
        std::mem::swap(&mut next, &mut other);
        found
    })
}

/// A connection that is being made.
struct Attempt {
    socket: socket2::Socket,
    address: SocketAddr,
    /// Whether one lost packet ends it: then it is begun again.
    is_hasty: bool,
    /// Whether the peer answered at once, as one on this machine does.
    stands: bool,
}

/// Begins a connection from where this side may be. Errors: those of [`connect`].
fn begin(
    address: SocketAddr,
    in_haste: bool,
    own: &OwnEnd<'_>,
    check: &dyn Fn() -> Result<()>,
) -> Result<Attempt> {
    let failed = |error: io::Error| failed(&error, address);
    let open = || {
        let socket = sys::connecting_socket(Domain::for_address(address))?;
        (own.configure)(&socket).map(|()| socket)
    };
    let Some(departure) = own.origin.toward(address) else {
        let begun = open().and_then(|socket| send_first(socket, address, in_haste));
        return begun.map_err(failed);
    };
    let mut taken: Option<io::Error> = None;
    for port in departure.ports() {
        check()?;
        let socket = open().map_err(failed)?;
        let error = match departure.bind(&socket, port) {
            Ok(()) => match send_first(socket, address, in_haste) {
                Ok(begun) => return Ok(begun),
                Err(error) if departure.is_used(&error) => error,
                Err(error) => {
                    let no_way = departure.no_way(&error, address);
                    return Err(no_way.unwrap_or_else(|| failed(error)));
                }
            },
            Err(error) if departure.is_refused(&error) => error,
            Err(error) => return Err(departure.failed(&error)),
        };
        // That a port is in use says more than that it takes rights.
        if taken.is_none() || error.kind() != io::ErrorKind::PermissionDenied {
            taken = Some(error);
        }
    }
    let error = taken.unwrap_or_else(|| io::ErrorKind::AddrInUse.into());
    match error.kind() {
        // The same word for no free port and for no address of this machine from which to go there.
        io::ErrorKind::AddrNotAvailable if !has_way(address) => Err(failed(error)),
        _ => Err(departure.none_left(&error, address)),
    }
}

/// Sends the first packet and does not wait for the answer. In haste where that tells a refusal sooner.
fn send_first(socket: socket2::Socket, address: SocketAddr, in_haste: bool) -> io::Result<Attempt> {
    let is_hasty = in_haste && sys::hasten_refusal(&socket, &address);
    match socket.connect(&SockAddr::from(address)) {
        Err(error) if !sys::is_connecting(&error) => return Err(error),
        _ => {}
    }
    let stands = finish(&socket, address)?;
    Ok(Attempt {
        socket,
        address,
        is_hasty,
        stands,
    })
}

/// Whether the attempt has succeeded by now; if so the socket becomes an ordinary blocking one.
fn finish(socket: &socket2::Socket, peer: SocketAddr) -> io::Result<bool> {
    if !sys::is_connected(socket, &SockAddr::from(peer))? {
        return Ok(false);
    }
    let local = socket.local_addr()?.as_socket();
    if local.is_some_and(|local| (local.ip(), local.port()) == (peer.ip(), peer.port())) {
        // TCP can connect a port of this machine to itself when nobody listens there.
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    sys::make_blocking(socket)?;
    Ok(true)
}

/// Keeps the first failure: it is that of the address which the system prefers.
fn note(failure: &mut Option<Error>, error: Error) {
    trace::note(|| error.text.to_string());
    failure.get_or_insert(error);
}

/// Why the connection to an address cannot be had.
fn failed(error: &io::Error, address: SocketAddr) -> Error {
    let endpoint = Endpoint::from(address);
    match error.kind() {
        io::ErrorKind::TimedOut => {
            Error::from_io(error, format_args!("{endpoint} does not answer"))
                .with_code(Code::Timeout)
        }
        io::ErrorKind::ConnectionRefused => {
            Error::from_io(error, format_args!("{endpoint} refused the connection"))
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Error::from_io(error, format_args!("{endpoint} cannot be reached"))
        }
        _ => refusal(error, address, &format!("connecting to {endpoint} failed")),
    }
}

fn no_answer(addresses: &[SocketAddr], deadline: &Deadline) -> Error {
    Error::new(
        Code::Timeout,
        format!(
            "{} did not answer within {} ms: the machine is off, the address is wrong or a firewall drops the packets",
            some_of(addresses),
            deadline.total()
        ),
    )
}

fn no_address() -> Error {
    Error::new(Code::HostNotFound, "the host name has no address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns_beginning_with_the_first_address() {
        let parse = |texts: &[&str]| -> Vec<SocketAddr> {
            let address = |text: &&str| SocketAddr::new(text.parse().unwrap(), 1);
            texts.iter().map(address).collect()
        };
        for (given, order) in [
            (
                &["::1", "::2", "::3", "1.1.1.1"][..],
                &["::1", "1.1.1.1", "::2", "::3"][..],
            ),
            (
                &["1.1.1.1", "::1", "::2", "::3"],
                &["1.1.1.1", "::1", "::2", "::3"],
            ),
            (&["1.1.1.1", "2.2.2.2"], &["1.1.1.1", "2.2.2.2"]),
            (&[], &[]),
        ] {
            let found: Vec<_> = interleave(&parse(given)).collect();
            assert_eq!(found, parse(order));
        }
    }
}

//! Host names to addresses, within a deadline.

use super::cancel::Cancel;
use super::deadline::Deadline;
use super::host::{Host, is_name, with_zone};
use super::hosts;
use super::look_up_error::LookUpError;
use super::sys::{self, Signal};
use super::unix_address::is_unix;
use crate::error::{Code, Error, Result};
use parking_lot::Mutex;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// How long a look-up of its own may take where the caller gives no time, in milliseconds.
pub const LOOKUP_TIME: i32 = 20_000;

/// The longest host name (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;

/// The system's resolver cannot be interrupted, so a look-up that outlives its deadline leaves a
/// thread behind until the resolver gives up. This bounds how many there may be.
const MOST_LOOKUPS: usize = 64;

static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

/// The process that they are counted in: those that were under way in another one are not here.
static LOOKUPS_OF: AtomicU32 = AtomicU32::new(0);

/// The addresses of a host. One that was typed as an address takes no memory.
pub enum Addresses {
    /// Itself.
    Typed([SocketAddr; 1]),
    /// Those of a name.
    Found(Vec<SocketAddr>),
}

impl Deref for Addresses {
    type Target = [SocketAddr];

    fn deref(&self) -> &[SocketAddr] {
        match self {
            Addresses::Typed(one) => one,
            Addresses::Found(all) => all,
        }
    }
}

/// The addresses of `host`, in the order in which the system prefers them.
///
/// Addresses ([`Host`]) are taken as they are; empty and "localhost" are this machine. Other names are
/// asked of the system in a thread of their own, because the system's resolver knows neither deadlines
/// nor cancellation. Where too many of those are stuck, the machine's own list of hosts is still read.
/// Errors: HOST_NOT_FOUND, TIMEOUT (also where the name server says to come again), CANCELLED, LIMIT,
/// INVALID_ARGUMENT (no host name), NOT_SUPPORTED (where no thread can begin).
pub fn resolve(host: &str, port: u16, deadline: &Deadline, cancel: &Cancel) -> Result<Addresses> {
    if is_this_machine(host) {
        let both = vec![
            (Ipv4Addr::LOCALHOST, port).into(),
            (Ipv6Addr::LOCALHOST, port).into(),
        ];
        return Ok(Addresses::Found(both));
    }
    if is_unix(host) {
        return Err(Error::invalid(format!(
            "{host} is a Unix socket, which connections and servers may have: give an IP address or a host name"
        )));
    }
    let host = match Host::parse(host)? {
        Host::Address(ip, zone) => return Ok(Addresses::Typed([with_zone(ip, zone, port)?])),
        Host::Name(name) => name,
    };
    if !is_name(&host, LONGEST_NAME) {
        return Err(Error::invalid(format!(
            "\"{}\" is neither an IP address nor a host name of at most {LONGEST_NAME} characters without blanks",
            shorten(&host)
        )));
    }
    if let Some(why) = sys::threads_held_back() {
        let found = hosts::addresses_of(&host, port).map(Addresses::Found);
        return found.ok_or_else(|| {
            Error::new(
                Code::NotSupported,
                format!("the address of {host} cannot be looked up now: {why}"),
            )
        });
    }
    let _held = sys::hold_cancellation();
    let signal = cancel
        .arm()
        .map_err(|error| Error::from_io(&error, format_args!("looking up {host}")))?;
    let Some(answer) = ask_system(host.clone().into_owned(), port, &signal)? else {
        let found = hosts::addresses_of(&host, port).map(Addresses::Found);
        return found.ok_or_else(|| {
            Error::new(
                Code::Limit,
                format!(
                    "{MOST_LOOKUPS} look-ups of host names are still waiting for the name server, and the list of hosts on this machine does not have {host}"
                ),
            )
        });
    };
    loop {
        signal.clear(); // before the checks: what is set after them ends the wait
        cancel.check(deadline)?;
        if let Some(found) = answer.lock().take() {
            return found.map(Addresses::Found);
        }
        if deadline.has_passed() {
            return Err(Error::new(
                Code::Timeout,
                format!(
                    "the address of {host} was not found within {} ms: the name server does not answer",
                    deadline.total()
                ),
            ));
        }
        cancel.wait_any(
            &[],
            &signal,
            deadline.remaining(),
            format_args!("looking up {host}"),
        )?;
    }
}

/// Whether a host means this machine without being looked up.
pub(super) fn is_this_machine(host: &str) -> bool {
    host.is_empty() || host.eq_ignore_ascii_case("localhost")
}

type Answer = Arc<Mutex<Option<Result<Vec<SocketAddr>>>>>;

/// Starts the look-up; the signal is set once the answer is there. `None` where too many are under way.
fn ask_system(host: String, port: u16, signal: &Arc<Signal>) -> Result<Option<Answer>> {
    if LOOKUPS_OF.swap(sys::forks(), Ordering::Relaxed) != sys::forks() {
        LOOKUPS.store(0, Ordering::Relaxed);
    }
    let begun = LOOKUPS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| {
        (running < MOST_LOOKUPS).then_some(running + 1)
    });
    if begun.is_err() {
        return Ok(None);
    }
    let answer = Answer::default();
    let (theirs, done) = (Arc::clone(&answer), Arc::clone(signal));
    let started = sys::spawn_quietly("wdsocket lookup", move || {
        let found = look_up(&host, port);
        let _inside = sys::enter();
        *theirs.lock() = Some(found);
        LOOKUPS.fetch_sub(1, Ordering::Relaxed);
        done.set();
    });
    started.map_err(|error| {
        LOOKUPS.fetch_sub(1, Ordering::Relaxed);
        Error::because(
            Code::Limit,
            &error,
            format!("the system has no thread left to look up a host name with ({error})"),
        )
    })?;
    Ok(Some(answer))
}

fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let unknown = |reason: &str| {
        Error::new(
            Code::HostNotFound,
            format!(
                "the host name {host} has no address, check its spelling and the name server ({reason})"
            ),
        )
    };
    match sys::look_up(host, port) {
        Ok(found) if found.is_empty() => Err(unknown("the answer was empty")),
        Ok(found) => Ok(found),
        Err(LookUpError::Unknown(reason)) => Err(unknown(&reason)),
        Err(LookUpError::Later(reason)) => Err(Error::new(
            Code::Timeout,
            format!(
                "the name server could not tell the address of {host} at this moment: try again later, and check this machine's network ({reason})"
            ),
        )),
        Err(LookUpError::System(error)) => {
            Err(Error::from_io(&error, format_args!("looking up {host}")))
        }
    }
}

/// The beginning of what a caller gave, for an error text.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 100;
    let mut shown: String = text.escape_debug().take(SHOWN).collect();
    if text.escape_debug().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

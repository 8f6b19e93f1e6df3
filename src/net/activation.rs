//! Sockets that systemd listens on and hands to the programs it starts (sd_listen_fds(3)).

use super::sys::{self, Role, environment};
use crate::error::{Code, Error, Result};
use parking_lot::Mutex;
use socket2::{SockAddr, Socket};

/// What stands before the name of one, or before nothing for the next.
const SCHEME: &str = "systemd:";
/// The first descriptor that is handed over; the others follow it.
const FIRST: i32 = 3;
/// No unit has more sockets.
const MOST: i32 = 4096;

/// The descriptors that were taken: each is there once.
static TAKEN: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Whether an address, as it was typed, is of a socket that was handed over.
pub fn is_handed(address: &str) -> bool {
    address.starts_with(SCHEME)
}

/// A socket that was handed over. Whoever could not use it leaves it for another attempt.
#[derive(Debug)]
pub struct Handed {
    descriptor: i32,
    is_kept: bool,
}

impl Handed {
    /// The socket of that role that `address` names, where it names one, and where it listens: `systemd:` is the first
    /// that nobody has taken yet, `systemd:NAME` the first of that FileDescriptorName.
    /// Errors: NOT_SUPPORTED (on Windows), ADDRESS_NOT_AVAILABLE (there is none).
    pub fn find(address: &str, role: Role) -> Result<Option<(Handed, Socket, SockAddr)>> {
        let Some(name) = address.strip_prefix(SCHEME) else {
            return Ok(None);
        };
        if cfg!(windows) {
            return Err(Error::new(
                Code::NotSupported,
                "systemd starts no programs on Windows: give an address and a port",
            ));
        }
        let names = handed_over()?;
        let wanted = |own: &str| name.is_empty() || name == own;
        let mut taken = TAKEN.lock();
        for (descriptor, own) in (FIRST..).zip(&names) {
            if !wanted(own) || taken.contains(&descriptor) {
                continue;
            }
            let Ok(Some((found, at))) = sys::role_of(descriptor) else {
                continue;
            };
            if found != role {
                continue;
            }
            let socket = sys::copy_of(descriptor, role).map_err(|error| {
                Error::from_io(&error, format_args!("the socket that {address} names"))
            })?;
            taken.push(descriptor);
            let handed = Handed {
                descriptor,
                is_kept: false,
            };
            return Ok(Some((handed, socket, at)));
        }
        let kind = match role {
            Role::Datagrams => "UDP socket (ListenDatagram=)",
            _ => "listening socket (ListenStream=)",
        };
        Err(Error::new(
            Code::AddressNotAvailable,
            match name {
                "" => format!("systemd has handed over no {kind} that is not taken yet"),
                _ => format!(
                    "systemd has handed over no {kind} of the name \"{name}\" that is not taken yet: FileDescriptorName= gives it"
                ),
            },
        ))
    }

    /// It is in use: nobody else gets it.
    pub fn keep(mut self) {
        self.is_kept = true;
        sys::close_descriptor(self.descriptor);
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if !self.is_kept {
            TAKEN.lock().retain(|other| *other != self.descriptor);
        }
    }
}

/// The names of the descriptors that systemd has handed to this very process, in their order.
/// Errors: ADDRESS_NOT_AVAILABLE.
fn handed_over() -> Result<Vec<String>> {
    let number = |name| {
        let text = environment(name)?;
        text.to_str()?.parse::<i32>().ok()
    };
    let is_for_us =
        number("LISTEN_PID").is_some_and(|process| process as u32 == std::process::id());
    let count = match number("LISTEN_FDS") {
        Some(count) if is_for_us => count.clamp(0, MOST),
        _ => 0,
    };
    if count == 0 {
        return Err(Error::new(
            Code::AddressNotAvailable,
            "systemd has handed over no socket to this process: start it by its .socket unit, or by systemd-socket-activate",
        ));
    }
    let told = environment("LISTEN_FDNAMES");
    let told = told.as_deref().and_then(|told| told.to_str());
    let names = told.map(|told| told.split(':').map(str::to_owned).collect());
    let mut names: Vec<String> = names.unwrap_or_default();
    names.resize(count.unsigned_abs() as usize, "unknown".into());
    Ok(names)
}

//! Whole-number options: what each may be, its default, and the system's own for a descriptor.

use crate::constants::*;
use crate::error::{Code, Error, Result};
use crate::net::{self, Endpoint};
use parking_lot::RwLock;
use socket2::Domain;
use std::io;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The number of the first option.
const FIRST: i32 = SocketNagle;
const COUNT: usize = 17;

/// What each option is where nobody says otherwise; 0 for buffers and time to live is the
/// system's own choice.
const BUILT_IN: [i32; COUNT] = [
    0,
    1,
    0,
    0,
    0,
    256 << 20,
    0,
    1024,
    0,
    1,
    10_000,
    0,
    1,
    100,
    0,
    0,
    0,
];

/// The values that sockets made from now on start with.
static DEFAULTS: RwLock<Options> = RwLock::new(Options(BUILT_IN));

/// A value for every whole-number option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options([i32; COUNT]);

impl Options {
    /// The defaults in force, for a socket that is being made.
    pub fn current() -> Self {
        *DEFAULTS.read()
    }

    /// The value of an option.
    pub fn get(&self, option: i32) -> i32 {
        index(option).map_or(0, |index| self.0[index])
    }

    /// Sets an option that `check` has accepted.
    pub fn set(&mut self, option: i32, value: i32) {
        if let Some(index) = index(option) {
            self.0[index] = value;
        }
    }

    /// Sets what the system keeps for a TCP socket, before it connects or listens.
    pub fn apply(&self, socket: &socket2::Socket) -> io::Result<()> {
        socket.set_tcp_nodelay(self.get(SocketNagle) == 0)?;
        self.apply_each(socket, &[SocketKeepAlive, SocketTimeToLive])?;
        self.apply_buffers(socket)
    }

    /// Sets the sizes of the buffers, where the defaults say them.
    pub fn apply_buffers(&self, socket: &socket2::Socket) -> io::Result<()> {
        self.apply_each(socket, &[SocketReceiveBuffer, SocketSendBuffer])
    }

    fn apply_each(&self, socket: &socket2::Socket, options: &[i32]) -> io::Result<()> {
        for &option in options {
            let value = self.get(option);
            if value != 0 {
                write_system(socket, option, value)?;
            }
        }
        Ok(())
    }

    /// Says whether other programs may take the port that is about to be bound.
    pub fn apply_to_listener(&self, socket: &socket2::Socket) -> io::Result<()> {
        net::set_unique_address(socket, self.get(SocketUniqueAddress) != 0)
    }
}

/// Sets the default for sockets made from now on.
pub fn set_default(option: i32, value: i32) -> Result<()> {
    let value = check(option, value, Level::Default)?;
    DEFAULTS.write().set(option, value);
    Ok(())
}

/// The default for sockets made from now on.
pub fn default(option: i32) -> Result<i32> {
    known(option)?;
    Ok(DEFAULTS.read().get(option))
}

/// What an option is being set on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The defaults, where 0 may mean "as the system has it".
    Default,
    /// A socket.
    Socket,
}

/// The value to set: itself, or the built-in one for `WDSOCKET_DEFAULT`.
/// Errors: INVALID_ARGUMENT (no such option, or outside what it takes).
pub fn check(option: i32, value: i32, level: Level) -> Result<i32> {
    let index = known(option)?;
    let range = range(option);
    // Of a socket that is there, the system's own choice cannot be had back.
    if value == WDSOCKET_DEFAULT && (level == Level::Default || range.contains(&BUILT_IN[index])) {
        return Ok(BUILT_IN[index]);
    }
    if range == (0..=1) {
        // Any non-zero number is true.
        return Ok(i32::from(value != 0));
    }
    if range.contains(&value) || (level == Level::Default && value == BUILT_IN[index]) {
        return Ok(value);
    }
    Err(Error::invalid(format!(
        "option {option} takes {} to {}, not {value}",
        range.start(),
        range.end()
    )))
}

/// The option's index. Errors: INVALID_ARGUMENT.
pub fn known(option: i32) -> Result<usize> {
    index(option).ok_or_else(|| {
        Error::invalid(format!(
            "{option} is no whole-number option: give one of the header's constants, such as SocketNagle"
        ))
    })
}

fn index(option: i32) -> Option<usize> {
    usize::try_from(option.checked_sub(FIRST)?)
        .ok()
        .filter(|&index| index < COUNT)
}

fn range(option: i32) -> RangeInclusive<i32> {
    #[allow(non_upper_case_globals)]
    match option {
        SocketNagle | SocketUniqueAddress | SocketMulticastLoop | SSLSystemRoots | SSLStrict
        | SSLNameInSubject => 0..=1,
        SSLVerifyClient => 0..=2,
        SocketKeepAlive => 0..=32_767,
        SocketTimeToLive => 1..=255,
        SSLVerifyDepth => 0..=100,
        SocketWriteTimeout | SocketReadIdle => 0..=i32::MAX,
        SocketMaxMessage | SocketReceiveBuffer | SocketSendBuffer | SocketBacklog
        | SSLHandshakeTimeout => 1..=i32::MAX,
        _ => 0..=i32::MAX,
    }
}

/// Whether the system keeps this option for a TCP socket.
pub fn is_system(option: i32) -> bool {
    [
        SocketNagle,
        SocketKeepAlive,
        SocketReceiveBuffer,
        SocketSendBuffer,
        SocketTimeToLive,
    ]
    .contains(&option)
}

/// Whether the option says how TLS is to be.
pub fn is_tls(option: i32) -> bool {
    (SSLHandshakeTimeout..=SSLStrict).contains(&option) || option == SSLNameInSubject
}

/// Refuses what TCP has and Bluetooth has not. Errors: WRONG_KIND.
pub fn check_kind(option: i32, endpoint: Endpoint) -> Result<()> {
    let is_tcps_own = [SocketNagle, SocketKeepAlive, SocketTimeToLive].contains(&option);
    if is_tcps_own && matches!(endpoint, Endpoint::Bluetooth(..)) {
        return Err(wrong_kind(option));
    }
    Ok(())
}

/// What a socket of another kind says of an option.
pub fn wrong_kind(option: i32) -> Error {
    Error::new(
        Code::WrongKind,
        format!("option {option} has no meaning for this kind of socket"),
    )
}

/// Sets an option that the system keeps for the descriptor.
pub fn write_system(socket: &socket2::Socket, option: i32, value: i32) -> io::Result<()> {
    let size = value.unsigned_abs();
    #[allow(non_upper_case_globals)]
    match option {
        SocketNagle => socket.set_tcp_nodelay(value == 0),
        SocketKeepAlive => net::set_keep_alive(socket, Duration::from_secs(size.into())),
        SocketReceiveBuffer => socket.set_recv_buffer_size(size as usize),
        SocketSendBuffer => socket.set_send_buffer_size(size as usize),
        SocketTimeToLive => {
            if net::family_of(socket)? == Domain::IPV6 {
                socket.set_unicast_hops_v6(size)?;
            }
            // Also for the IPv4 peers of a dual-stack socket.
            socket
                .set_ttl_v4(size)
                .or_else(|error| match net::family_of(socket)? {
                    Domain::IPV6 => Ok(()),
                    _ => Err(error),
                })
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// What the system says of an option that it keeps.
pub fn read_system(socket: &socket2::Socket, option: i32) -> io::Result<i32> {
    let number = |size: usize| i32::try_from(size).unwrap_or(i32::MAX);
    #[allow(non_upper_case_globals)]
    match option {
        SocketNagle => Ok(i32::from(!socket.tcp_nodelay()?)),
        SocketKeepAlive if !socket.keepalive()? => Ok(0),
        SocketKeepAlive => Ok(number(net::keep_alive_time(socket)?.as_secs() as usize)),
        SocketReceiveBuffer => socket.recv_buffer_size().map(number),
        SocketSendBuffer => socket.send_buffer_size().map(number),
        SocketTimeToLive => match net::family_of(socket)? {
            Domain::IPV6 => socket.unicast_hops_v6().map(|hops| number(hops as usize)),
            _ => socket.ttl_v4().map(|hops| number(hops as usize)),
        },
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_value_is_one_that_the_option_takes() {
        for option in FIRST..FIRST + COUNT as i32 {
            let value = check(option, WDSOCKET_DEFAULT, Level::Default).unwrap();
            assert_eq!(check(option, value, Level::Default).unwrap(), value);
        }
    }

    #[test]
    fn each_built_in_value_but_the_systems_own_can_be_put_back_on_a_socket() {
        let systems = [SocketReceiveBuffer, SocketSendBuffer, SocketTimeToLive];
        for option in FIRST..FIRST + COUNT as i32 {
            let checked = check(option, WDSOCKET_DEFAULT, Level::Socket);
            match systems.contains(&option) {
                true => assert_eq!(checked.unwrap_err().code, Code::InvalidArgument),
                false => assert_eq!(checked.unwrap(), BUILT_IN[(option - FIRST) as usize]),
            }
        }
    }

    #[test]
    fn bluetooth_has_no_options_of_tcp() {
        let device = Endpoint::Bluetooth([0; 6], 1);
        for option in [SocketNagle, SocketKeepAlive, SocketTimeToLive] {
            let error = check_kind(option, device).unwrap_err();
            assert_eq!(error.code, Code::WrongKind);
        }
        check_kind(SocketReceiveBuffer, device).unwrap();
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 80));
        check_kind(SocketNagle, Endpoint::from(peer)).unwrap();
    }

    #[test]
    fn numbers_that_are_no_option_are_refused() {
        for option in [
            i32::MIN,
            -1,
            0,
            100,
            FIRST + COUNT as i32,
            SSLCaFile,
            i32::MAX,
        ] {
            assert_eq!(known(option).unwrap_err().code, Code::InvalidArgument);
        }
    }
}

//! Whole-number options: what each may be, its default, and the system's own for a descriptor.

use super::keep_alive;
use crate::constants::*;
use crate::error::{Code, Error, Result};
use crate::net::{self, Endpoint};
use socket2::Domain;
use std::io;

const COUNT: usize = OPTIONS.len();

/// What each option is where nobody says otherwise.
const BUILT_IN: [i32; COUNT] = {
    let mut values = [0; COUNT];
    let mut index = 0;
    while index < COUNT {
        // What `index` relies on.
        assert!(index == 0 || OPTIONS[index - 1].number < OPTIONS[index].number);
        values[index] = OPTIONS[index].built_in;
        index += 1;
    }
    values
};

/// A value for every whole-number option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options([i32; COUNT]);

impl Default for Options {
    /// The built-in ones.
    fn default() -> Self {
        Options(BUILT_IN)
    }
}

impl Options {
    /// The value of an option.
    pub fn get(&self, option: i32) -> i32 {
        index(option).map_or(0, |index| self.0[index])
    }

    /// Whether a signal's handler that runs in a waiting thread ends the wait.
    pub fn signals_end_waits(&self) -> bool {
        self.get(SocketSignalEndsWait) != 0
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
        if [SocketKeepAlive, SocketUserTimeout].map(|option| self.get(option)) != [0, 0] {
            keep_alive::apply(socket, |option| self.get(option))?;
        }
        self.apply_each(socket, &[SocketTimeToLive])?;
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

/// What an option is being set on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The defaults, where 0 may mean "as the system has it".
    Default,
    /// A socket.
    SystemSocket,
}

/// The value to set: itself, or the built-in one for `WDSOCKET_DEFAULT`.
/// Errors: INVALID_ARGUMENT (no such option, or outside what it takes).
pub fn check(option: i32, value: i32, level: Level) -> Result<i32> {
    let option = known(option)?;
    if cfg!(windows)
        && option.number == SocketSignalEndsWait
        && ![0, WDSOCKET_DEFAULT].contains(&value)
    {
        return Err(Error::new(
            Code::NotSupported,
            "on Windows no signal's handler runs in a waiting thread, so none can end its wait: SocketClose from the handler's own thread does",
        ));
    }
    let range = option.lowest..=option.highest;
    // Of a socket that is there, the system's own choice cannot be had back.
    let takes_built_in = level == Level::Default || range.contains(&option.built_in);
    if value == WDSOCKET_DEFAULT && takes_built_in {
        return Ok(option.built_in);
    }
    if option.is_switch() {
        // Any non-zero number is true.
        return Ok(i32::from(value != 0));
    }
    if range.contains(&value) || (level == Level::Default && value == option.built_in) {
        return Ok(value);
    }
    Err(Error::invalid(format!(
        "{} takes {} to {}, not {value}",
        option.name, option.lowest, option.highest
    )))
}

/// The option of this number. Errors: INVALID_ARGUMENT.
pub fn known(option: i32) -> Result<&'static WholeOption> {
    row(option).ok_or_else(|| {
        Error::invalid(format!(
            "{option} is no whole-number option: give one of the header's constants, such as SocketNagle"
        ))
    })
}

fn row(option: i32) -> Option<&'static WholeOption> {
    OPTIONS.get(index(option)?)
}

fn index(option: i32) -> Option<usize> {
    OPTIONS.binary_search_by_key(&option, |row| row.number).ok()
}

/// Whether it is an option of this kind of socket, and this is who keeps it.
fn is_kept(option: i32, keeper: Keeper, kind: SocketKind) -> bool {
    row(option).is_some_and(|option| option.keeper == keeper && option.is_of(kind))
}

/// Whether it is an option of connections, whoever keeps it.
pub fn is_of_streams(option: i32) -> bool {
    row(option).is_some_and(|option| option.is_of(SocketKind::Stream))
}

/// Whether the system keeps this option for a TCP socket.
pub fn is_system(option: i32) -> bool {
    is_kept(option, Keeper::System, SocketKind::Stream)
}

/// Whether the system keeps this option for a UDP socket.
pub fn is_datagram(option: i32) -> bool {
    is_kept(option, Keeper::System, SocketKind::Udp)
}

/// Whether streams keep a value of their own for this option.
pub fn is_streams_own(option: i32) -> bool {
    is_kept(option, Keeper::Socket, SocketKind::Stream)
}

/// Whether the option says what the clients of a server are, beside what each of them keeps itself.
pub fn is_servers_own(option: i32) -> bool {
    [SocketProxyProtocol, WebSocketServer, WebSocketBinary].contains(&option)
}

/// Whether the option says how TLS is to be.
pub fn is_tls(option: i32) -> bool {
    is_kept(option, Keeper::Tls, SocketKind::Stream)
}

/// Whether the option is read when the socket is made, so that it cannot be set afterwards.
pub fn is_fixed(option: i32) -> bool {
    row(option).is_some_and(|option| option.at_creation)
}

/// Refuses what TCP has and Bluetooth and Unix sockets have not. Errors: WRONG_KIND.
pub fn check_kind(option: i32, endpoint: &Endpoint) -> Result<()> {
    let is_streams = is_system(option) || is_streams_own(option);
    let is_tcps_own =
        is_streams && row(option).is_some_and(|option| !option.is_of(SocketKind::Bluetooth));
    let is_refused = match endpoint {
        Endpoint::Ip(_) => false,
        Endpoint::Unix(_) => is_tcps_own,
        Endpoint::Bluetooth(..) => is_tcps_own || option == SocketProxyProtocol,
    };
    if is_refused {
        return Err(wrong_kind(option));
    }
    Ok(())
}

/// What a socket of another kind says of an option.
pub fn wrong_kind(option: i32) -> Error {
    let option = row(option).map_or("the option", |option| option.name);
    Error::new(
        Code::WrongKind,
        format!("{option} has no meaning for this kind of socket"),
    )
}

/// Sets an option that the system keeps for the descriptor.
pub fn write_system(socket: &socket2::Socket, option: i32, value: i32) -> io::Result<()> {
    let size = value.unsigned_abs();
    #[allow(non_upper_case_globals)]
    match option {
        SocketNagle => socket.set_tcp_nodelay(value == 0),
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

/// What the system says of an option that it keeps; what was `set`, where it only takes it.
pub fn read_system(socket: &socket2::Socket, option: i32, set: i32) -> io::Result<i32> {
    let number = |size: usize| i32::try_from(size).unwrap_or(i32::MAX);
    #[allow(non_upper_case_globals)]
    match option {
        SocketNagle => Ok(i32::from(!socket.tcp_nodelay()?)),
        SocketKeepAlive if !socket.keepalive()? => Ok(0),
        SocketKeepAlive => match net::keep_alive_time(socket) {
            Ok(time) => Ok(number(time.as_secs() as usize)),
            Err(_) if set > 0 => Ok(set),
            Err(error) => Err(error),
        },
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
        for option in OPTIONS {
            let value = check(option.number, WDSOCKET_DEFAULT, Level::Default).unwrap();
            assert_eq!(check(option.number, value, Level::Default).unwrap(), value);
        }
    }

    #[test]
    fn each_built_in_value_but_the_systems_own_can_be_put_back_on_a_socket() {
        let systems = [SocketReceiveBuffer, SocketSendBuffer, SocketTimeToLive];
        for option in OPTIONS {
            let checked = check(option.number, WDSOCKET_DEFAULT, Level::SystemSocket);
            match systems.contains(&option.number) {
                true => assert_eq!(checked.unwrap_err().code, Code::InvalidArgument),
                false => assert_eq!(checked.unwrap(), option.built_in),
            }
        }
    }

    #[test]
    fn a_value_that_an_option_does_not_take_is_refused_by_the_options_name() {
        for option in OPTIONS.iter().filter(|option| !option.is_switch()) {
            let below = check(option.number, -3, Level::Default).unwrap_err();
            let text = format!(
                "{} takes {} to {}, not -3",
                option.name, option.lowest, option.highest
            );
            assert_eq!(below.text, text);
            if let Some(above) = option.highest.checked_add(1) {
                check(option.number, above, Level::Default).unwrap_err();
            }
        }
    }

    #[test]
    fn bluetooth_has_no_options_of_tcp() {
        let device = Endpoint::Bluetooth([0; 6], 1);
        for option in [SocketNagle, SocketKeepAlive, SocketUserTimeout] {
            let error = check_kind(option, &device).unwrap_err();
            assert_eq!(error.code, Code::WrongKind);
        }
        check_kind(SocketReceiveBuffer, &device).unwrap();
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 80));
        check_kind(SocketNagle, &Endpoint::from(peer)).unwrap();
    }

    #[test]
    fn numbers_that_are_no_option_are_refused() {
        for option in [
            i32::MIN,
            -1,
            0,
            100,
            OPTIONS[COUNT - 1].number + 1,
            SSLCaFile,
            i32::MAX,
        ] {
            assert_eq!(known(option).unwrap_err().code, Code::InvalidArgument);
        }
    }
}

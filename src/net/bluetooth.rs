//! RFCOMM connections and servers, over the system's Bluetooth sockets.

use super::cancel::Cancel;
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::sys::{self, Signal, SystemSocket};
use crate::error::{Code, Error, Result, is_family_missing};
use std::io;

/// Connects to a channel of a device. The socket comes back in blocking mode.
/// Errors: NOT_SUPPORTED (the system has no Bluetooth sockets), REFUSED, UNREACHABLE, TIMEOUT,
/// CANCELLED.
pub fn connect(
    mac: [u8; 6],
    channel: u8,
    deadline: &Deadline,
    cancel: &Cancel,
    signal: &Signal,
    configure: impl FnOnce(&socket2::Socket) -> io::Result<()>,
) -> Result<(SystemSocket, Endpoint)> {
    let endpoint = Endpoint::Bluetooth(mac, channel);
    let failed = |error: io::Error| failed(&error, &format!("connecting to {endpoint}"));
    let socket = sys::open_bluetooth().map_err(failed)?;
    configure(&socket).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    match socket.connect(&sys::bluetooth_address(mac, channel)) {
        Err(error) if !sys::is_connecting(&error) => return Err(failed(error)),
        _ => {}
    }
    loop {
        cancel.check(deadline)?;
        let doing = format_args!("connecting to {endpoint}");
        let done = cancel.wait_any(&[&socket], signal, deadline.remaining(), doing)?;
        if done == [true] {
            break;
        }
        cancel.check(deadline)?;
        if deadline.has_passed() {
            return Err(Error::new(
                Code::Timeout,
                format!(
                    "{endpoint} did not answer within {} ms: the device is off, out of reach or not paired",
                    deadline.total()
                ),
            ));
        }
    }
    if let Some(error) = socket.take_error().map_err(failed)? {
        return Err(failed(error));
    }
    socket.set_nonblocking(false).map_err(failed)?;
    Ok((SystemSocket::new(socket), endpoint))
}

/// Listens on a channel of this machine's Bluetooth adapters.
/// Errors: NOT_SUPPORTED, ADDRESS_IN_USE, LIMIT.
pub fn listen(
    channel: u8,
    backlog: i32,
    configure: impl FnOnce(&socket2::Socket) -> io::Result<()>,
) -> Result<socket2::Socket> {
    let failed = |error: io::Error| {
        let what = format!("listening on Bluetooth channel {channel}");
        failed(&error, &what)
    };
    let socket = sys::open_bluetooth().map_err(failed)?;
    configure(&socket).map_err(failed)?;
    socket
        .bind(&sys::bluetooth_address([0; 6], channel))
        .map_err(failed)?;
    socket.listen(backlog).map_err(failed)?;
    // Accepting never waits: the wait is a call of its own.
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(socket)
}

fn failed(error: &io::Error, doing: &str) -> Error {
    if is_family_missing(error) {
        return Error::because(
            Code::NotSupported,
            error,
            format!(
                "{doing}: this system has no Bluetooth sockets (RFCOMM), it needs a Bluetooth adapter and its driver ({error})"
            ),
        );
    }
    Error::from_io(error, doing)
}

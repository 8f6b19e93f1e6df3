//! Bluetooth connections, and infrared ones, which no system has any more.

use super::arguments::text;
use super::export::export;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::socket::{self, SocketEntry};
use std::ffi::c_char;

/// How long SocketConnectBluetooth may take by default, in milliseconds.
const CONNECT_TIME: i32 = 5_000;

export! {
    /// Creates a Bluetooth server (WLanguage: SocketCreateBluetooth).
    ///
    /// It listens on an RFCOMM channel of this machine's adapters. From then on it is a server like that
    /// of SocketCreate, standard or simplified, and its clients' messages have the same modes.
    /// SocketLocalInfo and SocketClientInfo tell a Bluetooth address as `SocketAddress` and the channel as
    /// `SocketPort`. No service record is published: clients give the channel, or find it because a
    /// program of the system has published it. SocketShutdown ends a Bluetooth connection in both
    /// directions. Does not wait.
    ///
    /// @param name     the new socket's name, 1 to 255 bytes.
    /// @param service  a channel, "1" to "30"; or "SerialPortServiceClass_UUID" (or its UUID), which is
    ///                 channel 1 by custom. No other UUID can be offered.
    /// @return 1, or 0: NOT_SUPPORTED (this system has no Bluetooth sockets, or another UUID),
    ///         ADDRESS_IN_USE (another program has the channel), NAME_IN_USE, LIMIT, INVALID_ARGUMENT.
    ///
    ///     if (!SocketCreateBluetooth("scanner", "3")) show_error();
    fn SocketCreateBluetooth / SocketCreateBluetoothId(
        name: &[u8],
        service: *const c_char,
    ) -> SocketEntry {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let service = unsafe { text(service, "the service") }?;
        socket::listen_bluetooth(name, &service)
    }
}

export! {
    /// Connects to a service of a Bluetooth device (WLanguage: SocketConnectBluetooth).
    ///
    /// From then on it is a connection like that of SocketConnect. The system pairs the devices where the
    /// service asks for it. Waits until the connection stands; SocketClose from another thread ends the
    /// wait at once.
    ///
    /// @param name     the new socket's name, 1 to 255 bytes.
    /// @param service  a channel, "1" to "30"; or "SerialPortServiceClass_UUID" (or its UUID), which is
    ///                 channel 1 by custom. Other UUIDs are not looked up.
    /// @param mac      the device's address, "AA:BB:CC:DD:EE:FF".
    /// @param timeout  milliseconds; `WDSOCKET_INFINITE` waits as long as the system does,
    ///                 `WDSOCKET_DEFAULT` is 5000.
    /// @return 1, or 0: NOT_SUPPORTED (this system has no Bluetooth sockets, or another UUID), REFUSED
    ///         (the device does not offer the service), UNREACHABLE, TIMEOUT, NAME_IN_USE, CANCELLED,
    ///         LIMIT, INVALID_ARGUMENT.
    ///
    ///     if (!SocketConnectBluetooth("scanner", "3", "00:1A:7D:DA:71:0F", 10000)) show_error();
    fn SocketConnectBluetooth / SocketConnectBluetoothId(
        name: &[u8],
        service: *const c_char,
        mac: *const c_char,
        timeout: i32,
    ) -> SocketEntry {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let service = unsafe { text(service, "the service") }?;
        // SAFETY: as above.
        let mac = unsafe { text(mac, "the device's address") }?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        socket::connect_bluetooth(name, &service, &mac, &deadline)
    }
}

export! {
    /// Always refused: there are no infrared sockets any more (WLanguage: SocketCreateInfrared).
    ///
    /// @param name     a name, 1 to 255 bytes.
    /// @param service  ignored.
    /// @return 0 with NOT_SUPPORTED, or INVALID_ARGUMENT (no name).
    fn SocketCreateInfrared / SocketCreateInfraredId(
        _name: &[u8],
        service: *const c_char,
    ) -> SocketEntry {
        let _ = service;
        no_infrared()
    }
}

export! {
    /// Always refused: there are no infrared sockets any more (WLanguage: SocketConnectInfrared).
    ///
    /// @param name     a name, 1 to 255 bytes.
    /// @param service  ignored.
    /// @param timeout  ignored.
    /// @return 0 with NOT_SUPPORTED, or INVALID_ARGUMENT (no name).
    fn SocketConnectInfrared / SocketConnectInfraredId(
        _name: &[u8],
        service: *const c_char,
        timeout: i32,
    ) -> SocketEntry {
        let _ = (service, timeout);
        no_infrared()
    }
}

fn no_infrared<T>() -> Result<T> {
    Err(Error::new(
        Code::NotSupported,
        "operating systems have no infrared sockets (IrDA) any more: use Bluetooth or the network",
    ))
}

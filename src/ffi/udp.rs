//! UDP: datagrams to and from anybody, broadcasts, multicast groups.

use super::arguments::{bytes, port, port_of, text};
use super::export::export;
use crate::constants::WDSOCKET_DEFAULT;
use crate::error::Result;
use crate::socket::{self, GroupChange, Socket, SocketEntry};
use std::ffi::{c_char, c_void};

export! {
    /// Creates a UDP socket (WLanguage: SocketCreateUDP), to send and to receive.
    ///
    /// SocketWriteTo sends a datagram to anybody, SocketRead takes the next one whoever sent it, and
    /// SocketClientInfo then tells who. Broadcasts are allowed; SocketJoinGroup adds multicast. UDP may
    /// lose, double or reorder datagrams on the way; none is ever cut. It has no transmission modes.
    /// A host name is looked up, which takes at most 20 s; otherwise the call does not wait.
    ///
    /// @param name     the new socket's name, 1 to 255 bytes.
    /// @param port     1 to 65535; 0 takes any free one, which SocketLocalInfo tells: right for a socket
    ///                 that asks first.
    /// @param address  NULL or "" is all interfaces, IPv6 and IPv4 together where the machine has both;
    ///                 else an IPv4 or IPv6 address or a host name of this machine; or with port 0 `systemd:` or
    ///                 `systemd:NAME`, a socket that systemd has handed over.
    /// @return 1, or 0: NAME_IN_USE, ADDRESS_IN_USE (another program has the port; with
    ///         `SocketUniqueAddress` set to 0 in both they share it), ADDRESS_NOT_AVAILABLE,
    ///         ACCESS_DENIED, HOST_NOT_FOUND, LIMIT, INVALID_ARGUMENT.
    ///
    ///     SocketCreateUDP("radio", 5000, NULL);
    ///     SocketWriteTo("radio", "who is there?", -1, "192.0.2.255", 5000);
    fn SocketCreateUDP / SocketCreateUDPId(
        name: &[u8],
        port: i32,
        address: *const c_char,
    ) -> SocketEntry {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let host = unsafe { text(address, "the address") }?;
        socket::open_udp(name, port_of(port, 0, &host)?, &host)
    }
}

export! {
    /// Sends one datagram from a UDP socket (WLanguage: SocketWrite with four parameters).
    ///
    /// 1 says that the system has taken it: UDP does not tell whether anybody receives it, and a peer
    /// that is not there never makes a later call fail. A host name is looked up, at most 20 s; of
    /// several addresses the first that has a route is taken. Waits for room in the send buffer, at most
    /// `SocketWriteTimeout`.
    ///
    /// @param name     a UDP socket.
    /// @param data     the message; it may hold zeros.
    /// @param size     its length in bytes, 0 to 65507; -1 sends the text up to its NUL.
    /// @param address  an IPv4 or IPv6 address, also of a broadcast or a multicast group, or a host name.
    /// @param port     1 to 65535; `WDSOCKET_DEFAULT` is the port of the last datagram sent from this socket.
    /// @return 1, or 0: MESSAGE_TOO_LARGE (nothing was sent), HOST_NOT_FOUND, UNREACHABLE (no route, or
    ///         the socket was created for an address of the other family), TIMEOUT, ACCESS_DENIED,
    ///         CANCELLED, WRONG_KIND (no UDP socket: call SocketWrite), NOT_FOUND, INVALID_ARGUMENT.
    ///
    ///     char who[64], port[8];
    ///     intptr_t size = SocketRead("radio", 0, 1000, message, sizeof message);
    ///     SocketClientInfo("radio", SocketAddress, who, sizeof who);
    ///     SocketClientInfo("radio", SocketPort, port, sizeof port);
    ///     if (size >= 0) SocketWriteTo("radio", "me!", -1, who, atoi(port));
    quick fn SocketWriteTo / SocketWriteToId(
        socket: &Socket,
        data: *const c_void,
        size: i32,
        address: *const c_char,
        port: i32,
    ) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let message = unsafe { bytes(data, size, "the message") }?;
        // SAFETY: as above.
        let host = unsafe { text(address, "the address") }?;
        socket.kind()?.write_to(message, &host, destination_port(port)?, socket.cancel())
    }
}

export! {
    /// Makes a UDP socket receive the datagrams sent to a multicast group.
    ///
    /// It must be bound to the group's port, and to all interfaces (address NULL). Sending to a group
    /// needs no joining. `SocketTimeToLive` says how many routers the datagrams sent may pass (1 unless
    /// it was set), `SocketMulticastLoop` whether this machine gets them too. With an interface given,
    /// what the socket sends to groups of that family leaves through it from then on. Does not wait.
    ///
    /// @param name       a UDP socket.
    /// @param group      an IPv4 address from 224.0.0.0 to 239.255.255.255, or an IPv6 one that begins
    ///                   with ff.
    /// @param network    the network interface: its name, its number or one of its addresses; NULL or ""
    ///                   is the system's choice.
    /// @return 1, or 0: INVALID_ARGUMENT (no group, or not of the socket's family), ADDRESS_IN_USE (joined
    ///         already), ADDRESS_NOT_AVAILABLE (no such interface), LIMIT, WRONG_KIND, NOT_FOUND.
    ///
    ///     SocketCreateUDP("news", 5007, NULL);
    ///     if (!SocketJoinGroup("news", "239.1.2.3", "eth0")) show_error();
    fn SocketJoinGroup / SocketJoinGroupId(
        socket: &Socket,
        group: *const c_char,
        network: *const c_char,
    ) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let group = unsafe { text(group, "the group") }?;
        // SAFETY: as above.
        let network = unsafe { text(network, "the interface") }?;
        socket.kind()?.change_group(GroupChange::Join, &group, &network)
    }
}

export! {
    /// Ends what SocketJoinGroup began. SocketClose does so by itself. Does not wait.
    ///
    /// @param name       a UDP socket.
    /// @param group      the group.
    /// @param network    as it was joined: another name of the same interface is as good.
    /// @return 1, or 0: ADDRESS_NOT_AVAILABLE (not joined there, or no such interface),
    ///         INVALID_ARGUMENT, WRONG_KIND, NOT_FOUND.
    ///
    ///     SocketLeaveGroup("news", "239.1.2.3", "eth0");
    ///     SocketJoinGroup("news", "239.1.2.4", "eth0");
    fn SocketLeaveGroup / SocketLeaveGroupId(
        socket: &Socket,
        group: *const c_char,
        network: *const c_char,
    ) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let group = unsafe { text(group, "the group") }?;
        // SAFETY: as above.
        let network = unsafe { text(network, "the interface") }?;
        socket.kind()?.change_group(GroupChange::Leave, &group, &network)
    }
}

/// `None` for the port of the last datagram.
fn destination_port(port: i32) -> Result<Option<u16>> {
    match port {
        WDSOCKET_DEFAULT => Ok(None),
        port => self::port(port, 1).map(Some),
    }
}

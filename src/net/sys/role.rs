//! What the system says of sockets that others made.

/// What a descriptor is a socket for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Clients arrive on it.
    Listener,
    /// It is one end of a connection.
    #[cfg_attr(
        windows,
        expect(dead_code, reason = "no connection is taken over there")
    )]
    Connection,
    /// Datagrams of UDP.
    Datagrams,
}

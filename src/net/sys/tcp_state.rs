//! What the system knows about a connection.

/// What the system knows about a TCP connection; what it does not tell is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpState {
    /// Milliseconds since bytes came.
    pub silent_for: Option<u64>,
    /// Microseconds to the peer and back.
    pub round_trip: Option<u64>,
    /// What was sent again.
    pub retransmits: Option<u64>,
    /// Written bytes that have not left yet.
    pub unsent: Option<u64>,
}

//! What bounds a datagram, the same on every system.

/// No datagram is larger: the length field of UDP has 16 bits.
pub const LARGEST: usize = 65_536;

/// How many reports about earlier datagrams a call passes over.
pub const MOST_REPORTS: usize = 64;

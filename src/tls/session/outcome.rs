//! How a step of a TLS connection ends.

/// How far a handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Both sides are agreed.
    Done,
    /// Bytes of the peer are needed: receive, [`Session::feed`], and call again.
    NeedInput,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// So many bytes are in the buffer.
    Bytes(usize),
    /// Bytes of the peer are needed: receive, [`Session::feed`], and call again.
    NeedInput,
    /// The peer ended its half in good order.
    CloseNotify,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// So many bytes were taken and encrypted. They are out once [`Session::flush`] says so.
    Bytes(usize),
    /// Nothing was taken, because the handshake (or a new one that the peer asked for) needs bytes of the peer.
    NeedInput,
    /// Nothing was taken, because earlier bytes have not left: wait until the sink takes more, and call again.
    NeedOutput,
    /// Nothing was taken, because what the peer sent before a renegotiation is not read: wait until somebody
    /// has read some of it ([`Session::is_held_up`]), and call again.
    NeedReader,
}

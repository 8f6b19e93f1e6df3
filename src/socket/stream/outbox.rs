//! The sending side of a stream, without its socket.

use super::gathered::Gathered;
use crate::error::Error;
use crate::framing::Framing;

/// The sending side of a stream.
#[derive(Debug)]
pub struct Outbox {
    /// How messages are told apart.
    pub framing: Framing,
    /// Why nothing can be sent any more.
    pub ended: Option<Error>,
    /// That the peer has reset the connection, where a writer met it.
    pub reset: Option<Error>,
    /// What is held for a while, where SocketGather asks for it.
    pub gathered: Option<Box<Gathered>>,
    /// How many messages went out.
    pub messages: u64,
}

impl Outbox {
    /// Nothing was sent yet.
    pub fn new(framing: Framing) -> Self {
        Outbox {
            framing,
            ended: None,
            reset: None,
            gathered: None,
            messages: 0,
        }
    }
}

//! The WebSocket protocol (RFC 6455): bytes to messages and back, and the handshake's texts. No I/O.
//!
//! It is written here because no crate does what the sockets promise. Those that are well kept (tungstenite, soketto,
//! fastwebsockets) own the connection: one value reads and writes, so that a thread that waits for a message holds up
//! one that sends; a deadline in the middle of a message, or of a PONG, leaves them in a state that cannot go on; and
//! their buffers grow by allocations that end the process where there is no memory. Their frame layers by themselves
//! need buffers of their own kind and bring a generator, a digest and an HTTP parser that are here already. What is
//! left of the protocol then are these files.
//!
//! [`frame`] is the header and the mask, [`decoder`] takes what arrives apart, [`handshake`] is the HTTP before it.

pub mod decoder;
pub mod frame;
pub mod handshake;

pub use decoder::{Decoder, Event};
pub use frame::{Kind, Side};

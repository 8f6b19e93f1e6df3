//! wdsocket: the sockets of WLanguage for any program that can call a C function.
//!
//! A call goes down one way: [`ffi`] decodes the arguments and finds the socket in the
//! [`registry`]; [`socket`] does what the function promises with [`framing`] (bytes in, messages
//! out), [`tls`] (ciphertext in, plaintext out) and [`net`] (names to addresses, connecting,
//! waiting). [`error`] and [`constants`] carry
//! the numbers that programs see; of them and of the exports the build makes the headers.

mod backlog;
pub mod constants;
pub mod error;
pub mod ffi;
pub mod framing;
mod moment;
mod net;
mod registry;
pub mod room;
mod socket;
pub mod tls;
mod trace;
mod websocket;

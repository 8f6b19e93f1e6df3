//! The C functions: every `extern`, every raw pointer, and nothing else.
//!
//! An export decodes its arguments, calls one function of [`crate::socket`] and lets
//! `call::guard` turn the result into what C sees. It is declared once, by the macro of `export`,
//! for all the forms that C has of it; each file here that declares some is one family of them.

// The opening page of the header says once for all exports what callers owe them.
#![allow(clippy::missing_safety_doc)]

#[cfg(windows)]
mod ansi;
mod arguments;
mod bluetooth;
mod call;
mod connection;
mod descriptor;
mod errors;
mod export;
mod first_use;
mod identity;
mod last_error;
mod machine;
mod options;
mod panics;
mod process;
mod security;
mod server;
mod traced;
mod transfer;
mod udp;
mod watch;
mod websocket;
#[cfg(windows)]
mod wide;

pub use bluetooth::*;
pub use connection::*;
pub use descriptor::*;
pub use errors::*;
pub use identity::*;
pub use machine::*;
pub use options::*;
pub use process::*;
pub use security::*;
pub use server::*;
pub use transfer::*;
pub use udp::*;
pub use watch::*;
pub use websocket::*;
#[cfg(windows)]
pub use wide::*;

//! The system's own calls: a folder a system, with the same face, which [`shell`] states.

mod datagram_limits;
mod datagrams;
mod keep_alive;
mod receive;
mod role;
mod sending;
mod shell;
mod tcp_state;
mod tracing;
mod traffic;
mod waker;

pub use keep_alive::KeepAlive;

#[cfg(unix)]
pub(super) mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
pub(super) mod windows;
#[cfg(windows)]
pub use windows::*;

pub use role::Role;
pub use tcp_state::TcpState;

//! What goes on inside, written down while it happens: as a capture that Wireshark opens and decrypts, or as text.
//!
//! [`log`] is a file of either kind, [`tap`] what one socket writes into it, [`conversation`] and [`pcapng`] the bytes
//! of a capture, [`calls`] the lines of a text, [`witness`] what TLS tells of its handshake. Nothing here ever fails
//! a call: a file that cannot be written ends, and says so to whoever asks for the socket's last error.

mod calls;
mod conversation;
mod log;
mod pcapng;
mod system;
mod tap;
mod witness;

pub use calls::{become_current, begin_call, current, end_call, is_in_call, note};
pub use log::{Log, forget, is_active, open, open_keys};
pub use tap::Tap;
pub use witness::Witness;

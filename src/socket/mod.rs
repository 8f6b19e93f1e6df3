//! Sockets of every kind, and the table in which programs find them.
//!
//! [`making`] makes them, [`table`] keeps them under their names and ids, [`kind`] says what can be asked of each:
//! [`stream`] (a connection), [`websocket`] (messages over one), [`simplified`] (a server, over its door in [`listener`]), [`udp`] and [`watch`].

mod adopting;
mod bind;
mod bluetooth;
mod connection;
mod credentials;
mod datagram_options;
mod dial;
mod family;
mod freed;
mod gatherer;
mod groups;
mod inbox;
mod keep_alive;
mod kind;
mod kinds;
mod last_read;
mod listener;
mod making;
mod modes;
mod options;
mod outlet;
mod preamble;
mod rest;
mod secure;
mod settings;
mod simplified;
mod statistics;
mod stream;
mod table;
mod told;
mod turns;
mod udp;
mod watch;
mod watched;
mod websocket;
mod welcome;
mod wire;

pub use adopting::from_descriptor;
pub use credentials::Credentials;
pub use dial::Destination;
pub use groups::Change as GroupChange;
pub use making::{
    Made, Tls, connect, connect_bluetooth, connect_tls, connect_websocket, listen,
    listen_bluetooth, open_udp, watch,
};
pub use modes::framing;
pub use settings::{default_option, set_default_option, set_default_text, trace_by_environment};
pub use table::{
    SOCKETS, Socket, SocketEntry, close, close_all, deny, find, note_error, set_text, trace_of,
    watch_also, watch_message, watch_no_more, watch_room,
};
pub use told::{tell, tell_sums};

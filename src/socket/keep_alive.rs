//! The options by which the system finds out that a peer is dead: kept together, since one says what the others mean.

use crate::constants::*;
use crate::net::{self, KeepAlive};
use std::io;

const OWN: [i32; 4] = [
    SocketKeepAlive,
    SocketKeepAliveInterval,
    SocketKeepAliveCount,
    SocketUserTimeout,
];

/// Whether it is one of them.
pub fn is_one(option: i32) -> bool {
    OWN.contains(&option)
}

/// The values with one that is being changed.
pub fn changed(option: i32, value: i32, get: impl Fn(i32) -> i32) -> impl Fn(i32) -> i32 {
    move |other| if other == option { value } else { get(other) }
}

/// Gives them to the system.
pub fn apply(socket: &socket2::Socket, get: impl Fn(i32) -> i32) -> io::Result<()> {
    let [silence, between, questions, patience] = OWN.map(|option| get(option).unsigned_abs());
    let keep_alive = KeepAlive::new(silence, between, questions, patience);
    net::set_keep_alive(socket, &keep_alive)
}

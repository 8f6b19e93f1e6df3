//! The options by which the system finds out that a peer is dead: kept together, since one says what the others mean.

use crate::constants::*;
use crate::net::{self, KeepAlive};
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

const OWN: [i32; 4] = [
    SocketKeepAlive,
    SocketKeepAliveInterval,
    SocketKeepAliveCount,
    SocketUserTimeout,
];

/// A stream's values, as they were set last: not every system tells them.
#[derive(Debug)]
pub struct KeepAliveOptions([AtomicI32; OWN.len()]);

impl KeepAliveOptions {
    /// Those that a new stream starts with; its socket has them.
    pub fn new(get: impl Fn(i32) -> i32) -> Self {
        KeepAliveOptions(OWN.map(|option| AtomicI32::new(get(option))))
    }

    /// The value of one of them; 0 for another option.
    pub fn get(&self, option: i32) -> i32 {
        place(option).map_or(0, |place| self.0[place].load(Ordering::Relaxed))
    }

    /// Sets one of them, for the system too.
    pub fn set(&self, socket: &socket2::Socket, option: i32, value: i32) -> io::Result<()> {
        apply(socket, changed(option, value, |other| self.get(other)))?;
        if let Some(place) = place(option) {
            self.0[place].store(value, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether it is one of them.
pub fn is_one(option: i32) -> bool {
    place(option).is_some()
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

fn place(option: i32) -> Option<usize> {
    OWN.iter().position(|&own| own == option)
}

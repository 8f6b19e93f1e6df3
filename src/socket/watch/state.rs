//! What the threads that use a watch share.

use super::alarms::Alarms;
use super::members::Members;
use super::queue::Queue;

/// Behind the watch's lock.
#[derive(Default)]
pub(super) struct State {
    pub(super) members: Members,
    pub(super) queue: Queue,
    pub(super) alarms: Alarms,
    /// How many waits there were.
    waits: u32,
    /// Whether the thread that has the turn waits for the system.
    pub(super) asleep: bool,
    /// How many threads want the turn though their time is over.
    pub(super) hurried: usize,
    /// Whether a loop of the host is told, by a handle or by messages.
    pub(super) is_handed_out: bool,
    /// Whether a thread of the library's own waits for it.
    pub(super) has_lookout: bool,
    pub(super) closed: bool,
}

impl State {
    /// The number of a wait that begins.
    pub(super) fn next_wait(&mut self) -> u32 {
        self.waits = self.waits.wrapping_add(1);
        self.waits
    }
}

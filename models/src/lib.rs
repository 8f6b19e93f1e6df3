//! The library's condition variable, its turns, the queue of a watch and a slot of the table, each in every order of its threads.
#![cfg(loom)]
#![allow(dead_code)] // what the library uses and no model does

#[path = "../../src/net/sys/unix/condvar.rs"]
mod condvar;

#[path = "../../src/registry/slot.rs"]
mod registry_slot;

/// The system's: it looks at the number and falls asleep in one step.
mod futex {
    use loom::sync::atomic::{AtomicU32, Ordering};
    use loom::sync::{Condvar, Mutex};
    use std::time::Duration;

    loom::lazy_static! {
        static ref KERNEL: Mutex<()> = Mutex::new(());
        static ref WOKEN: Condvar = Condvar::new();
    }

    pub fn sleep_while(number: &AtomicU32, expected: u32, _: Option<Duration>) -> bool {
        let mut kernel = KERNEL.lock().unwrap();
        while number.load(Ordering::SeqCst) == expected {
            kernel = WOKEN.wait(kernel).unwrap();
        }
        false
    }

    pub fn wake(_: &AtomicU32, _: i32) {
        drop(KERNEL.lock().unwrap());
        WOKEN.notify_all();
    }
}

/// A fork counts on the threads that are outside; here nobody forks.
mod fork {
    pub fn outside<R>(wait: impl FnOnce() -> R) -> R {
        wait()
    }
}

/// What the files below expect of the library's network.
mod net {
    pub use crate::condvar::Condvar;
    use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use loom::sync::{Condvar as Condition, Mutex};
    use std::time::Instant;

    /// Never, for a call that began when there had been so many cancels.
    #[derive(Default)]
    pub struct Deadline {
        pub cancels: usize,
    }

    impl Deadline {
        pub fn instant(&self) -> Option<Instant> {
            None
        }

        pub fn stir(&self) {}
    }

    #[derive(Debug, PartialEq, Eq)]
    pub enum Stop {
        TimedOut,
        Cancelled(Ender),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Ender {
        Close,
        Cancel,
        Signal,
    }

    /// A socket that can be closed, and what its network brings.
    #[derive(Default)]
    pub struct SystemSocket {
        cancelled: AtomicBool,
        last_cancel: AtomicUsize,
        packet: Mutex<usize>,
        came: Condition,
    }

    impl SystemSocket {
        pub fn with_packet_of(messages: usize) -> SystemSocket {
            SystemSocket {
                packet: Mutex::new(messages),
                ..SystemSocket::default()
            }
        }

        /// How many messages came; waits for them, until the socket is closed or the call cancelled.
        pub fn receive(&self, deadline: &Deadline) -> Result<usize, Stop> {
            let mut packet = self.packet.lock().unwrap();
            loop {
                self.check(deadline)?;
                if *packet > 0 {
                    return Ok(std::mem::take(&mut *packet));
                }
                packet = self.came.wait(packet).unwrap();
            }
        }

        /// As `receive`, one message alone.
        pub fn receive_one(&self) -> Result<(), Stop> {
            let mut packet = self.packet.lock().unwrap();
            loop {
                if self.is_cancelled() {
                    return Err(Stop::Cancelled(Ender::Close));
                }
                if *packet > 0 {
                    *packet -= 1;
                    return Ok(());
                }
                packet = self.came.wait(packet).unwrap();
            }
        }

        pub fn cancel(&self) {
            self.cancelled.store(true, Ordering::SeqCst);
            drop(self.packet.lock().unwrap());
            self.came.notify_all();
        }

        pub fn end_waits(&self, number: usize) {
            self.last_cancel.store(number, Ordering::SeqCst);
            drop(self.packet.lock().unwrap());
            self.came.notify_all();
        }

        pub fn check(&self, deadline: &Deadline) -> Result<(), Stop> {
            if self.is_cancelled() {
                return Err(Stop::Cancelled(Ender::Close));
            }
            match self.last_cancel.load(Ordering::SeqCst) > deadline.cancels {
                true => Err(Stop::Cancelled(Ender::Cancel)),
                false => Ok(()),
            }
        }

        pub fn signals_end_waits(&self) -> bool {
            false
        }

        pub fn is_cancelled(&self) -> bool {
            self.cancelled.load(Ordering::SeqCst)
        }
    }

    pub fn forks() -> u32 {
        1
    }
}

#[path = "../../src/socket/turns.rs"]
mod turns;

#[cfg(test)]
#[path = "condvar.rs"]
mod of_condvar;
#[cfg(test)]
#[path = "turns.rs"]
mod of_turns;
#[cfg(test)]
#[path = "watch.rs"]
mod of_watch;
#[cfg(test)]
#[path = "slot.rs"]
mod of_slot;

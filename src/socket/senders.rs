//! Which thread read a datagram of whom: a thread that asks for the sender means its own datagram,
//! whatever other threads have read since.

use crate::net::Endpoint;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::{HashMap, TryReserveError};
use std::sync::{Arc, Weak};

/// Below this many sockets a thread's memory of those that are closed is not looked through.
const FEW: usize = 32;

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// What one thread knows, by the address of a socket's `Senders`. That address is not used again
/// while the weak reference exists.
#[derive(Default)]
struct Seen {
    // The standard library's hash asks the system for its seed, where pthread_cancel would be acted on.
    senders: HashMap<usize, (Weak<()>, Endpoint), RandomState>,
    /// How many entries there may be before those of closed sockets are thrown out.
    limit: usize,
}

/// A socket's senders, one for each thread that reads it.
#[derive(Debug, Default)]
pub struct Senders(Arc<()>);

impl Senders {
    /// Has room for one more sender that this thread reads of. Errors: there is no memory.
    pub fn prepare(&self) -> Result<(), TryReserveError> {
        let room = SEEN.try_with(|seen| seen.borrow_mut().senders.try_reserve(1));
        room.unwrap_or(Ok(()))
    }

    /// This thread, which has prepared for it, has read a datagram of `sender`.
    pub fn note(&self, sender: Endpoint) {
        // A thread that is ending has nobody to ask it any more.
        let _ = SEEN.try_with(|seen| seen.borrow_mut().note(&self.0, sender));
    }

    /// Who sent the last datagram that this thread read.
    pub fn of_this_thread(&self) -> Option<Endpoint> {
        let key = Arc::as_ptr(&self.0) as usize;
        SEEN.try_with(|seen| Some(seen.borrow().senders.get(&key)?.1))
            .ok()?
    }
}

impl Seen {
    fn note(&mut self, socket: &Arc<()>, sender: Endpoint) {
        let key = Arc::as_ptr(socket) as usize;
        if let Some((_, known)) = self.senders.get_mut(&key) {
            *known = sender;
            return;
        }
        if self.senders.len() >= self.limit {
            self.senders
                .retain(|_, (socket, _)| socket.strong_count() > 0);
            self.limit = (self.senders.len() * 2).max(FEW);
        }
        self.senders.insert(key, (Arc::downgrade(socket), sender));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn endpoint(port: u16) -> Endpoint {
        SocketAddr::from(([192, 0, 2, 1], port)).into()
    }

    #[test]
    fn each_thread_is_told_its_own_sender() {
        let senders = Senders::default();
        senders.note(endpoint(1));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(senders.of_this_thread(), None);
                senders.note(endpoint(2));
                assert_eq!(senders.of_this_thread(), Some(endpoint(2)));
            });
        });
        assert_eq!(senders.of_this_thread(), Some(endpoint(1)));
    }

    #[test]
    fn a_thread_forgets_sockets_that_are_closed_and_no_others() {
        let open: Vec<_> = (0..100).map(|_| Senders::default()).collect();
        for (port, senders) in (0..).zip(&open) {
            senders.note(endpoint(port));
        }
        for _ in 0..1000 {
            Senders::default().note(endpoint(9));
        }
        for (port, senders) in (0..).zip(&open) {
            assert_eq!(senders.of_this_thread(), Some(endpoint(port)));
        }
        let held = SEEN.with(|seen| seen.borrow().senders.len());
        assert!(held <= 2 * (open.len() + 1), "{held}");
    }
}

//! What each thread read last of a socket: a thread that asks who sent a datagram, or what a message is, means
//! its own, whatever other threads have read since.

use crate::net::Endpoint;
use crate::websocket::Kind;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::{HashMap, TryReserveError};
use std::sync::{Arc, Weak};
use std::thread::LocalKey;

/// Below this many sockets a thread's memory of those that are closed is not looked through.
const FEW: usize = 32;

/// Who sent the datagram.
pub type Senders = LastRead<Endpoint>;

/// What can be remembered, each in a place of its own.
pub trait Remembered: Clone + 'static {
    /// What this thread remembers.
    fn seen() -> &'static LocalKey<RefCell<Seen<Self>>>;
}

impl Remembered for Endpoint {
    fn seen() -> &'static LocalKey<RefCell<Seen<Self>>> {
        thread_local! {
            static SENDERS: RefCell<Seen<Endpoint>> = RefCell::default();
        }
        &SENDERS
    }
}

impl Remembered for Kind {
    fn seen() -> &'static LocalKey<RefCell<Seen<Self>>> {
        thread_local! {
            static KINDS: RefCell<Seen<Kind>> = RefCell::default();
        }
        &KINDS
    }
}

/// What one thread knows, by the address of a socket's `LastRead`. That address is not used again
/// while the weak reference exists.
pub struct Seen<T> {
    // The standard library's hash asks the system for its seed, where pthread_cancel would be acted on.
    known: HashMap<usize, (Weak<()>, T), RandomState>,
    /// How many entries there may be before those of closed sockets are thrown out.
    limit: usize,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Seen {
            known: HashMap::default(),
            limit: 0,
        }
    }
}

/// What was read last of a socket, for each thread that reads it.
#[derive(Debug)]
pub struct LastRead<T>(Arc<()>, std::marker::PhantomData<fn() -> T>);

impl<T> Default for LastRead<T> {
    fn default() -> Self {
        LastRead(Arc::default(), std::marker::PhantomData)
    }
}

impl<T: Remembered> LastRead<T> {
    /// Has room for one more thing that this thread reads. Errors: there is no memory.
    pub fn prepare(&self) -> Result<(), TryReserveError> {
        let room = T::seen().try_with(|seen| seen.borrow_mut().known.try_reserve(1));
        room.unwrap_or(Ok(()))
    }

    /// This thread, which has prepared for it, has read it.
    pub fn note(&self, what: T) {
        // A thread that is ending has nobody to ask it any more.
        let _ = T::seen().try_with(|seen| seen.borrow_mut().note(&self.0, what));
    }

    /// What this thread read last.
    pub fn of_this_thread(&self) -> Option<T> {
        let key = Arc::as_ptr(&self.0) as usize;
        T::seen()
            .try_with(|seen| Some(seen.borrow().known.get(&key)?.1.clone()))
            .ok()?
    }
}

impl<T> Seen<T> {
    fn note(&mut self, socket: &Arc<()>, what: T) {
        let key = Arc::as_ptr(socket) as usize;
        if let Some((_, known)) = self.known.get_mut(&key) {
            *known = what;
            return;
        }
        if self.known.len() >= self.limit {
            self.known
                .retain(|_, (socket, _)| socket.strong_count() > 0);
            self.limit = (self.known.len() * 2).max(FEW);
        }
        self.known.insert(key, (Arc::downgrade(socket), what));
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
        let held = Endpoint::seen().with(|seen| seen.borrow().known.len());
        assert!(held <= 2 * (open.len() + 1), "{held}");
    }
}

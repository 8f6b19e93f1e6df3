//! What a socket tells to those that watch it, and what it shows when they look.

use crate::error::{Code, Error, Result};
use crate::net::SystemSocket;
use parking_lot::Mutex;
use std::cell::Cell;
use std::ptr::addr_eq;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

/// A socket as a watch sees it.
pub trait Watchable: Send + Sync {
    /// Those that watch it.
    fn watched(&self) -> &Watched;

    /// The system's socket, whose descriptor brings news.
    fn socket(&self) -> &SystemSocket;

    /// What there is to see; `news` says that a descriptor, or another call, has something.
    fn sight(&self, news: bool) -> Sight;

    /// What is plain to see from `here`, this thread. It waits for no lock, so that a watch may look with its own held.
    fn glance(&self, _here: u32) -> Glance {
        Glance::Unclear
    }

    /// Makes a simplified server's client known to the server's watches. Errors: LIMIT.
    fn share_client(&self) -> Result<()> {
        Ok(())
    }

    /// Whether there is somebody to write to. Errors: NO_CONNECTION.
    fn may_be_written(&self) -> Result<()> {
        Ok(())
    }
}

/// What a socket says when a watch looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Whether the next read (or accept) would not wait.
    pub ready: bool,
    /// Whether the socket's descriptor is where news will come from.
    pub own: bool,
    /// Whether the descriptor of a simplified server's client is.
    pub client: bool,
    /// When to look again though nothing comes: a peer that is silent in its TLS handshake has to be
    /// dropped, or a server has rested.
    pub look_at: Option<Instant>,
}

/// What is plain to see of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance {
    /// Nothing: it takes a look.
    Unclear,
    /// There is nothing but what its descriptor tells of, which takes a look.
    Empty,
    /// There is nothing but what its descriptor tells of, and whatever that is, the next read takes it from there.
    Direct,
}

/// The number of this thread, never 0.
#[inline]
pub fn this_thread() -> u32 {
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    let number = NUMBER.get();
    if number != 0 {
        return number;
    }
    static LAST: AtomicU32 = AtomicU32::new(0);
    NUMBER.set(LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1));
    NUMBER.get()
}

/// Whoever watches sockets, each under an id.
pub trait Observer: Send + Sync {
    /// A socket is worth a look for a reason that its descriptor does not tell.
    fn poke(&self, id: i32);

    /// A socket is closed, or is watched no more; its descriptors are still open.
    fn forget(&self, id: i32, own: &SystemSocket);

    /// A simplified server has a client, whose descriptor brings news too. Errors: LIMIT.
    fn client_came(&self, id: i32, client: &Arc<SystemSocket>) -> Result<()>;

    /// A simplified server's client has left: the next one may be waiting.
    fn client_left(&self, id: i32, client: &Arc<SystemSocket>);
}

/// Those that watch a socket. For one that was never watched it costs a look at an empty cell.
#[derive(Default)]
pub struct Watched(OnceLock<Arc<Observers>>);

struct Observers {
    /// The id that they know the socket by.
    id: i32,
    all: Mutex<Vec<Weak<dyn Observer>>>,
    /// Whether there were ever several.
    several: AtomicBool,
}

impl Watched {
    /// Whether the socket is, or was, in a watch.
    pub fn is_used(&self) -> bool {
        self.0.get().is_some()
    }

    /// Says to every watch that the next read may have become possible in a way that no
    /// descriptor tells: bytes were received for another call, or the mode changed.
    pub fn poke(&self) {
        if let Some(observers) = self.0.get() {
            observers.poke();
        }
    }

    /// As `poke`, from within a watch that received bytes: the others will not see them.
    pub fn poke_others(&self) {
        if let Some(observers) = self.0.get()
            // Whoever joins at this moment looks for itself afterwards.
            && observers.several.load(Ordering::Relaxed)
        {
            observers.poke();
        }
    }

    /// Enters an observer, once `admit` has let it in; that it is there already changes nothing. What the
    /// socket tells from then on, it hears. Errors: those of `admit`, LIMIT.
    pub fn join(
        &self,
        id: i32,
        observer: &Weak<dyn Observer>,
        admit: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let observers = self.0.get_or_init(|| {
            Arc::new(Observers {
                id,
                all: Mutex::default(),
                several: AtomicBool::new(false),
            })
        });
        let mut all = observers.all.lock();
        if all.iter().any(|other| other.ptr_eq(observer)) {
            return Ok(());
        }
        all.try_reserve(1).map_err(|_| out_of_memory())?;
        admit()?;
        all.push(Weak::clone(observer));
        if all.len() > 1 {
            observers.several.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes an observer out; `false` where it was not there.
    pub fn leave(&self, observer: &impl Observer, own: &SystemSocket) -> bool {
        let Some(observers) = self.0.get() else {
            return false;
        };
        let mut all = observers.all.lock();
        let is_it = |other: &Weak<dyn Observer>| addr_eq(other.as_ptr(), observer);
        let Some(place) = all.iter().position(is_it) else {
            return false;
        };
        all.swap_remove(place);
        observer.forget(observers.id, own);
        true
    }

    /// Lets every observer go: the socket is being closed.
    pub fn leave_all(&self, own: &SystemSocket) {
        let Some(observers) = self.0.get() else {
            return;
        };
        let mut all = observers.all.lock();
        for observer in all.drain(..).filter_map(|observer| observer.upgrade()) {
            observer.forget(observers.id, own);
        }
    }

    /// Makes a simplified server's client known to the server's observers. Errors: LIMIT.
    pub fn client_came(&self, watched: &Watched, client: &Arc<SystemSocket>) -> Result<()> {
        let Some(observers) = self.0.get() else {
            return Ok(());
        };
        // What is set already is the same: a client belongs to one server.
        let _ = watched.0.set(Arc::clone(observers));
        let all = observers.all.lock();
        all.iter()
            .filter_map(Weak::upgrade)
            .try_for_each(|observer| observer.client_came(observers.id, client))
    }

    /// Takes a simplified server's client out of the server's watches, and lets them look for
    /// the next one.
    pub fn client_left(&self, client: &Arc<SystemSocket>) {
        if let Some(observers) = self.0.get() {
            observers.each(|observer| observer.client_left(observers.id, client));
        }
    }
}

impl Observers {
    fn poke(&self) {
        self.each(|observer| observer.poke(self.id));
    }

    fn each(&self, tell: impl Fn(&dyn Observer)) {
        for observer in self.all.lock().iter().filter_map(Weak::upgrade) {
            tell(&*observer);
        }
    }
}

fn out_of_memory() -> Error {
    Error::new(
        Code::Limit,
        "there is no memory for one more watch of this socket",
    )
}

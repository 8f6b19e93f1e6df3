//! The watches that a socket is in, and how they hear of what its descriptor does not tell.

use super::stream::Stream;
use super::watch::Watch;
use super::{SOCKETS, SocketEntry};
use crate::error::{Code, Error, Result};
use crate::net::Socket;
use crate::registry::Target;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

/// The watches of a socket. For one that was never in a watch it costs a look at an empty cell.
#[derive(Debug, Default)]
pub struct Watched(OnceLock<Arc<Watchers>>);

#[derive(Debug)]
struct Watchers {
    /// The id that the watches know the socket by.
    id: i32,
    watches: Mutex<Vec<Weak<Watch>>>,
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

impl Watched {
    /// Whether the socket is, or was, in a watch.
    pub fn is_used(&self) -> bool {
        self.0.get().is_some()
    }

    /// Says to every watch that the next read may have become possible in a way that no
    /// descriptor tells: bytes were received for another call, or the mode changed.
    pub fn poke(&self) {
        if let Some(watchers) = self.0.get() {
            watchers.poke();
        }
    }

    /// As `poke`, from within a watch that received bytes: the others will not see them.
    pub fn poke_others(&self) {
        if let Some(watchers) = self.0.get()
            && watchers.watches.lock().len() > 1
        {
            watchers.poke();
        }
    }

    /// Enters a socket into a watch; that it is there already changes nothing.
    /// Errors: NOT_FOUND (closed meanwhile), CANCELLED (the watch was), LIMIT.
    pub(super) fn join(&self, entry: &SocketEntry, own: &Socket, watch: &Arc<Watch>) -> Result<()> {
        let watchers = self.0.get_or_init(|| {
            Arc::new(Watchers {
                id: entry.id(),
                watches: Mutex::default(),
            })
        });
        {
            let mut watches = watchers.watches.lock();
            if position(&watches, watch).is_some() {
                return Ok(());
            }
            watches.try_reserve(1).map_err(|_| {
                Error::new(
                    Code::Limit,
                    "there is no memory for another watch of the socket",
                )
            })?;
            watch.admit(entry, own)?;
            watches.push(Arc::downgrade(watch));
        }
        // Closing takes a socket out of the table first and out of its watches then.
        SOCKETS
            .find(Target::Id(entry.id()))
            .map(drop)
            .inspect_err(|_| {
                self.leave(watch, own);
            })
    }

    /// Takes the socket out of a watch; `false` where it was not in it.
    pub(super) fn leave(&self, watch: &Arc<Watch>, own: &Socket) -> bool {
        let Some(watchers) = self.0.get() else {
            return false;
        };
        let mut watches = watchers.watches.lock();
        let Some(place) = position(&watches, watch) else {
            return false;
        };
        watches.swap_remove(place);
        watch.expel(watchers.id, own);
        true
    }

    /// Takes the socket, which is being closed, out of every watch.
    pub(super) fn leave_all(&self, own: &Socket) {
        let Some(watchers) = self.0.get() else {
            return;
        };
        let mut watches = watchers.watches.lock();
        for watch in watches.drain(..).filter_map(|watch| watch.upgrade()) {
            watch.expel(watchers.id, own);
        }
    }

    /// Makes a simplified server's client known to the server's watches. Errors: LIMIT.
    pub(super) fn adopt(&self, client: &Arc<Stream>) -> Result<()> {
        let Some(watchers) = self.0.get() else {
            return Ok(());
        };
        // What is set already is the same: a client belongs to one server.
        let _ = client.watched().0.set(Arc::clone(watchers));
        let watches = watchers.watches.lock();
        watches
            .iter()
            .filter_map(Weak::upgrade)
            .try_for_each(|watch| watch.adopt(watchers.id, client))
    }

    /// Takes a simplified server's client out of the server's watches, and lets them look for
    /// the next one.
    pub(super) fn orphan(&self, client: &Arc<Stream>) {
        let Some(watchers) = self.0.get() else {
            return;
        };
        watchers.each(|watch| watch.orphan(watchers.id, client));
    }
}

impl Watchers {
    fn poke(&self) {
        self.each(|watch| watch.poke(self.id));
    }

    fn each(&self, tell: impl Fn(&Watch)) {
        for watch in self.watches.lock().iter().filter_map(Weak::upgrade) {
            tell(&watch);
        }
    }
}

fn position(watches: &[Weak<Watch>], watch: &Arc<Watch>) -> Option<usize> {
    let this = Arc::as_ptr(watch);
    watches.iter().position(|other| other.as_ptr() == this)
}

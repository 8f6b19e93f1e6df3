//! A socket in a watch: where it stands, and which of its descriptors are listened to.

use crate::net::{Poller, SystemSocket};
use crate::socket::watched::{Sight, Watchable};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Set in the keys of the descriptors of simplified servers' clients; ids have 31 bits.
pub(super) const CLIENT: u32 = 1 << 31;

/// A socket in a watch.
pub(super) struct Member {
    /// The id that is told of it.
    pub(super) id: i32,
    pub(super) socket: Arc<dyn Watchable>,
    /// A simplified server's client.
    pub(super) client: Option<Arc<SystemSocket>>,
    pub(super) place: Place,
    /// Which of the queue's places is its own, if it is queued.
    pub(super) ticket: u32,
    /// Whether there may be more than the socket has received: the descriptor says so, or a poke.
    pub(super) news: bool,
    /// Whether it counts among the fresh ones of the queue.
    pub(super) fresh: bool,
    pub(super) own_muted: bool,
    pub(super) client_muted: bool,
    /// When it has to be looked at though no descriptor tells of it.
    pub(super) alarm: Option<Instant>,
}

/// Where a member is, as the queue goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not in the queue: nothing to read, and the descriptor will tell of anything new.
    Out,
    /// In the queue.
    Queued,
    /// A wait is looking at it.
    Looked,
    /// It was poked while a wait was looking.
    LookedAndPoked,
    /// A wait that has not returned yet tells it.
    Told,
}

impl Member {
    /// A quiet socket whose descriptor is listened to.
    pub(super) fn new(id: i32, socket: &Arc<dyn Watchable>) -> Self {
        Member {
            id,
            socket: Arc::clone(socket),
            client: None,
            place: Place::Out,
            ticket: 0,
            news: false,
            fresh: false,
            own_muted: false,
            client_muted: false,
            alarm: None,
        }
    }

    /// Has another poller tell of the descriptors that are listened to.
    pub(super) fn join(&self, poller: &Poller) -> io::Result<()> {
        for (socket, key, muted) in [
            (Some(self.socket.socket()), self.key(false), self.own_muted),
            (self.client.as_deref(), self.key(true), self.client_muted),
        ] {
            if let Some(socket) = socket {
                poller.add(socket, key)?;
                if muted {
                    poller.mute(socket, key)?;
                }
            }
        }
        Ok(())
    }

    /// What the poller tells of one of its descriptors.
    fn key(&self, is_client: bool) -> u32 {
        self.id as u32 | if is_client { CLIENT } else { 0 }
    }

    /// Listens no more to one of its descriptors.
    pub(super) fn mute(&mut self, poller: &Poller, is_client: bool) {
        self.change(is_client, true, |socket, key| poller.mute(socket, key));
    }

    fn unmute(&mut self, poller: &Poller, is_client: bool) {
        self.change(is_client, false, |socket, key| poller.unmute(socket, key));
    }

    fn change(
        &mut self,
        is_client: bool,
        mute: bool,
        tell: impl FnOnce(&SystemSocket, u32) -> io::Result<()>,
    ) {
        let key = self.key(is_client);
        let (socket, muted) = match is_client {
            true => (self.client.as_deref(), &mut self.client_muted),
            false => (Some(self.socket.socket()), &mut self.own_muted),
        };
        if let Some(socket) = socket
            && *muted != mute
        {
            *muted = mute;
            // It fails only for a descriptor that is not there, of which nothing is heard anyway.
            let _ = tell(socket, key);
        }
    }

    /// Listens to the descriptors that will bring news, and to no other.
    pub(super) fn listen(&mut self, poller: &Poller, sight: Sight) {
        for (is_client, wanted) in [(false, sight.own), (true, sight.client)] {
            if wanted {
                self.unmute(poller, is_client);
            } else {
                self.mute(poller, is_client);
            }
        }
    }
}

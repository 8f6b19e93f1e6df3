//! A socket in a watch: where it stands, and which of its descriptors are listened to.

use super::CLIENT;
use crate::net::Poller;
use crate::socket::SocketEntry;
use crate::socket::stream::Stream;
use crate::socket::watched::Sight;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// A socket in a watch.
pub(super) struct Member {
    pub(super) entry: SocketEntry,
    /// A simplified server's client.
    pub(super) client: Option<Arc<Stream>>,
    pub(super) place: Place,
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
    pub(super) fn new(entry: &SocketEntry) -> Self {
        Member {
            entry: Arc::clone(entry),
            client: None,
            place: Place::Out,
            news: false,
            fresh: false,
            own_muted: false,
            client_muted: false,
            alarm: None,
        }
    }

    /// Has another poller tell of the descriptors that are listened to.
    pub(super) fn join(&self, poller: &Poller) -> io::Result<()> {
        let id = self.entry.id() as u32;
        let own = self.entry.watchable().ok().map(|(_, own)| own);
        let client = self.client.as_ref().map(|client| client.wire().socket());
        for (socket, key, muted) in [
            (own, id, self.own_muted),
            (client.map(Arc::as_ref), id | CLIENT, self.client_muted),
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

    pub(super) fn mute(&mut self, poller: &Poller, is_client: bool) {
        let id = self.entry.id() as u32;
        // Muting fails only for a descriptor that is not there, which is mute already.
        if is_client {
            if let Some(client) = &self.client
                && !self.client_muted
            {
                self.client_muted = true;
                let _ = poller.mute(client.wire().socket(), id | CLIENT);
            }
        } else if let Ok((_, own)) = self.entry.watchable()
            && !self.own_muted
        {
            self.own_muted = true;
            let _ = poller.mute(own, id);
        }
    }

    fn unmute(&mut self, poller: &Poller, is_client: bool) {
        let id = self.entry.id() as u32;
        if is_client {
            if let Some(client) = &self.client
                && self.client_muted
            {
                self.client_muted = false;
                let _ = poller.unmute(client.wire().socket(), id | CLIENT);
            }
        } else if let Ok((_, own)) = self.entry.watchable()
            && self.own_muted
        {
            self.own_muted = false;
            let _ = poller.unmute(own, id);
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

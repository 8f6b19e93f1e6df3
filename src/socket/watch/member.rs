//! A socket in a watch: where it stands, and which of its descriptors are listened to.

use crate::net::{Interest, Poller, SystemSocket};
use crate::socket::watched::{Sight, Watchable};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Set in the keys of the descriptors of simplified servers' clients; members' keys have 31 bits.
pub(super) const CLIENT: u32 = 1 << 31;

/// A socket in a watch. Of a thousand that are busy none is in the processor's caches when its turn comes: each has one
/// line of these, and no other.
#[repr(align(64))]
pub(super) struct Member {
    /// Its key among the members.
    pub(super) key: u32,
    /// The id that is told of it.
    pub(super) id: i32,
    pub(super) socket: Arc<dyn Watchable>,
    /// A simplified server's client.
    pub(super) client: Option<Arc<SystemSocket>>,
    pub(super) place: Place,
    /// How many had come into the queue when it came in last, itself included.
    pub(super) ticket: u32,
    /// The last wait that told it.
    pub(super) told_by: u32,
    /// Whether there may be more than the socket has received: the descriptor says so, or a poke.
    pub(super) news: bool,
    pub(super) own_muted: bool,
    pub(super) client_muted: bool,
    /// Whether the caller wants to hear that there is room to write.
    pub(super) room: Room,
    /// When it has to be looked at though no descriptor tells of it.
    pub(super) alarm: Option<Instant>,
}

const _: () = assert!(size_of::<Option<Member>>() == 64);

/// Where a member is, as the queue goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not in the queue: nothing to read, and the descriptor will tell of anything new.
    Out,
    /// In this round of the queue.
    Queued,
    /// In the queue, since it was told and may be ready still.
    Again,
    /// A wait is looking at it.
    Looked,
    /// It was poked while a wait was looking.
    LookedAndPoked,
}

/// Whether the caller wants to hear that there is room to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Not asked for, or told.
    Unasked,
    /// The system is to tell.
    Asked,
    /// The next wait tells it.
    There,
}

impl Place {
    /// Whether one of the queue's places is its own.
    pub(super) fn is_in_queue(self) -> bool {
        matches!(self, Place::Queued | Place::Again)
    }
}

impl Member {
    /// A quiet socket whose descriptor is listened to.
    pub(super) fn new(key: u32, id: i32, socket: &Arc<dyn Watchable>) -> Self {
        Member {
            key,
            id,
            socket: Arc::clone(socket),
            client: None,
            place: Place::Out,
            ticket: 0,
            told_by: 0,
            news: false,
            own_muted: false,
            client_muted: false,
            room: Room::Unasked,
            alarm: None,
        }
    }

    /// Has another poller tell of the descriptors that are listened to.
    pub(super) fn join(&self, poller: &Poller) -> io::Result<()> {
        for is_client in [false, true] {
            if let Some(socket) = self.descriptor(is_client) {
                poller.add(socket, self.told_as(is_client))?;
                self.ask(poller, is_client)?;
            }
        }
        Ok(())
    }

    /// What the poller tells of one of its descriptors.
    fn told_as(&self, is_client: bool) -> u32 {
        self.key | if is_client { CLIENT } else { 0 }
    }

    /// Whether a wait is to tell of room.
    pub(super) fn has_room(&self) -> bool {
        self.room == Room::There
    }

    /// Whether this wait is to tell of room.
    pub(super) fn take_room(&mut self) -> bool {
        let there = self.room == Room::There;
        if there {
            self.room = Room::Unasked;
        }
        there
    }

    fn descriptor(&self, is_client: bool) -> Option<&SystemSocket> {
        match is_client {
            true => self.client.as_deref(),
            false => Some(self.socket.socket()),
        }
    }

    /// Asks the poller for what one of its descriptors is listened to for.
    pub(super) fn ask(&self, poller: &Poller, is_client: bool) -> io::Result<()> {
        let muted = match is_client {
            true => self.client_muted,
            false => self.own_muted,
        };
        // What is written goes to the client, where there is one.
        let for_room = self.room == Room::Asked && is_client == self.client.is_some();
        let interest = match (!muted, for_room) {
            (true, true) => Some(Interest::ReadOrWrite),
            (true, false) => Some(Interest::Read),
            (false, true) => Some(Interest::Write),
            (false, false) => None,
        };
        let socket = self.descriptor(is_client);
        socket.map_or(Ok(()), |socket| {
            poller.change(socket, self.told_as(is_client), interest)
        })
    }

    /// Listens no more to one of its descriptors for bytes.
    pub(super) fn mute(&mut self, poller: &Poller, is_client: bool) {
        self.set_muted(poller, is_client, true);
    }

    fn set_muted(&mut self, poller: &Poller, is_client: bool, mute: bool) {
        let muted = match is_client {
            true if self.client.is_none() => return,
            true => &mut self.client_muted,
            false => &mut self.own_muted,
        };
        if std::mem::replace(muted, mute) != mute {
            // It fails only for a descriptor that is not there, of which nothing is heard anyway.
            let _ = self.ask(poller, is_client);
        }
    }

    /// Listens to its own descriptor.
    #[inline]
    pub(super) fn listen_to_own(&mut self, poller: &Poller) {
        self.set_muted(poller, false, false);
    }

    /// Listens to the descriptors that will bring news, and to no other.
    pub(super) fn listen(&mut self, poller: &Poller, sight: Sight) {
        for (is_client, wanted) in [(false, sight.own), (true, sight.client)] {
            self.set_muted(poller, is_client, !wanted);
        }
    }
}

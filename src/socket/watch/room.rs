//! Room to write: told once for each time that it is asked for (SocketWatchWritable).

use super::Watch;
use super::member::{Member, Place, Room};
use super::queue::Queue;
use crate::error::{Code, Error, Result};
use crate::net::cancelled;
use crate::socket::watched::Watchable;
use std::sync::Arc;

impl Watch {
    /// Tells a socket of this watch once, as soon as the system takes bytes of it.
    /// Errors: NO_CONNECTION (a server without a client), NOT_FOUND (it is not in this watch), CANCELLED, LIMIT.
    pub fn expect_room(&self, id: i32, socket: &Arc<dyn Watchable>) -> Result<()> {
        self.ask_for_room(id)?;
        // From now on a client that leaves is noted; one that had left before is found gone here.
        socket.may_be_written().inspect_err(|_| {
            if let Some(member) = self.state.lock().members.of_id(id) {
                member.room = Room::Unasked;
            }
        })
    }

    fn ask_for_room(&self, id: i32) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(cancelled());
        }
        self.come_home(&mut state)?;
        let member = state.members.of_id(id).ok_or_else(not_here)?;
        if member.room == Room::Unasked {
            member.room = Room::Asked;
            member
                .ask(&self.poller, member.client.is_some())
                .inspect_err(|_| member.room = Room::Unasked)
                .map_err(super::failed)?;
        }
        Ok(())
    }

    /// Notes that there is room where it was asked for: the system says so, or what was written to is gone.
    pub(super) fn note_room(&self, queue: &mut Queue, member: &mut Member) {
        if member.room != Room::Asked {
            return;
        }
        member.room = Room::There;
        // It fails only for a descriptor that is not there, of which nothing is heard anyway.
        let _ = member.ask(&self.poller, member.client.is_some());
        match member.place {
            Place::Out => queue.enter(member),
            Place::Looked => member.place = Place::LookedAndPoked,
            Place::Queued | Place::Again | Place::LookedAndPoked => {}
        }
    }
}

fn not_here() -> Error {
    Error::new(
        Code::NotFound,
        "the socket is not in this watch: SocketWatchAdd puts it there",
    )
}

//! What a watch sees of a stream.

use super::Stream;
use crate::framing::Framing;
use crate::socket::inbox::Inbox;
use crate::socket::turns::Look;
use crate::socket::watched::{Glance, Sight, this_thread};
use std::sync::atomic::Ordering;

/// How often a watch receives at most from one stream before it turns to the next: a peer that
/// sends a large message must not hold up the others.
const MOST_RECEIVED: u32 = 16;

impl Stream {
    /// What a watch sees; `news` says that the descriptor, or another call, has something.
    pub(super) fn look(&self, news: bool) -> Sight {
        let mut inbox = self.inbox.lock();
        if !news && self.is_quiet(&inbox) {
            return Sight {
                own: may_listen(&mut inbox),
                ..Sight::default()
            };
        }
        let most = if news { MOST_RECEIVED } else { 0 };
        let (next, received, idle_end) = self.fill_in_time(&mut inbox, most);
        let own = may_listen(&mut inbox);
        drop(inbox);
        let ready = !matches!(next, Ok(None));
        if ready && received {
            self.watched.poke_others();
        }
        Sight {
            ready,
            own,
            client: false,
            look_at: match (self.wire.overdue_at(), idle_end) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        }
    }

    /// What is plain to see from this thread: without frames whatever comes is a message, which a read takes as it comes.
    #[inline]
    pub(super) fn glance(&self, here: u32) -> Glance {
        match self.inbox.try_lock() {
            Some(inbox) if !inbox.is_taken() && self.is_quiet(&inbox) => match inbox.framing() {
                // Another thread may have taken what the descriptor told of.
                Framing::Raw if [0, here].contains(&inbox.receiver) => Glance::Direct,
                _ => Glance::Empty,
            },
            _ => Glance::Unclear,
        }
    }

    /// This thread has received something.
    #[inline]
    pub(super) fn note_arrival(&self, inbox: &mut Look<'_, Inbox>) {
        inbox.note_arrival();
        if self.watched.is_used() {
            inbox.receiver = this_thread();
        }
    }

    /// Whether there is plainly nothing to see unless a descriptor tells of it, as after most reads.
    #[inline]
    fn is_quiet(&self, inbox: &Inbox) -> bool {
        let is_empty = !inbox.has_bytes() && !inbox.has_ended();
        is_empty && self.wire.is_bare() && !self.any_idle.load(Ordering::Relaxed)
    }
}

/// Whether what comes next is nobody's. Where another thread receives it is that thread's, which says so when it is done.
fn may_listen(inbox: &mut Look<'_, Inbox>) -> bool {
    inbox.is_awaited = inbox.is_taken();
    !inbox.is_awaited
}

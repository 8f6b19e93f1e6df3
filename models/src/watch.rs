//! What becomes ready is told, whoever pokes the watch and whenever it looks.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use member::{Member, Place};
use parking_lot::Mutex;
use queue::Queue;
use std::collections::HashMap;

/// A member as its queue sees it: the library's has descriptors, too.
mod member {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Place {
        Out,
        Queued,
        Looked,
        LookedAndPoked,
        Told,
    }

    pub struct Member {
        pub id: i32,
        pub place: Place,
        pub ticket: u32,
        pub fresh: bool,
    }
}

#[path = "../../src/socket/watch/queue.rs"]
mod queue;

/// A watch of one socket, without the system's part.
struct Watch {
    ready: AtomicBool,
    state: Mutex<(HashMap<i32, Member>, Queue)>,
}

/// The one member, and the queue.
fn only((members, queue): &mut (HashMap<i32, Member>, Queue)) -> (&mut Member, &mut Queue) {
    (members.get_mut(&1).expect("it never leaves"), queue)
}

impl Watch {
    fn new() -> Watch {
        let member = Member {
            id: 1,
            place: Place::Out,
            ticket: 0,
            fresh: false,
        };
        Watch {
            ready: AtomicBool::new(false),
            state: Mutex::new((HashMap::from([(member.id, member)]), Queue::default())),
        }
    }

    /// A socket has something that no descriptor tells of: first it is there, then the watch hears of it.
    fn poke(&self) {
        self.ready.store(true, Ordering::Release);
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        match member.place {
            Place::Looked => member.place = Place::LookedAndPoked,
            Place::Out => queue.enter(member),
            Place::Queued | Place::LookedAndPoked | Place::Told => {}
        }
    }

    /// One look at the queue; whether the socket is told.
    fn look(&self) -> bool {
        {
            let mut state = self.state.lock();
            let (members, queue) = &mut *state;
            let Some(member) = queue.next(members) else {
                return false;
            };
            member.place = Place::Looked;
        }
        let ready = self.ready.load(Ordering::Acquire);
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        let poked = member.place == Place::LookedAndPoked;
        if ready {
            member.place = Place::Told;
            return true;
        }
        member.place = Place::Out;
        if poked {
            queue.enter(member);
        }
        false
    }

    /// The wait is over: what was told may be ready still.
    fn end(&self) {
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        if member.place == Place::Told {
            queue.enter_again(member);
        }
    }
}

#[test]
fn a_socket_that_becomes_ready_during_a_look_is_told_by_the_next_one() {
    loom::model(|| {
        let watch = Arc::new(Watch::new());
        {
            // It is looked at for another reason already.
            let mut state = watch.state.lock();
            let (member, queue) = only(&mut state);
            queue.enter(member);
        }
        let other = Arc::clone(&watch);
        let poker = loom::thread::spawn(move || other.poke());
        let told = watch.look();
        watch.end();
        poker.join().unwrap();
        assert!(told || watch.look(), "it was ready, and nobody was told");
        watch.end();
        let state = watch.state.lock();
        assert_eq!(state.1.fresh, 0);
        assert!(state.1.places.len() == 1, "it is told until it is read");
    });
}

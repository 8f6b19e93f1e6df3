//! What becomes ready is told, whoever pokes the watch and whenever it looks.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use member::{Member, Members, Place};
use parking_lot::Mutex;
use queue::{Part, Queue};

/// A member as its queue sees it: the library's has descriptors, too.
mod member {
    pub type Members = std::collections::HashMap<i32, Member>;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Place {
        Out,
        Queued,
        Again,
        Looked,
        LookedAndPoked,
        Told,
    }

    impl Place {
        pub fn is_in_queue(self) -> bool {
            matches!(self, Place::Queued | Place::Again)
        }
    }

    pub struct Member {
        pub id: i32,
        pub place: Place,
        pub ticket: u32,
    }
}

#[path = "../../src/socket/watch/queue.rs"]
mod queue;

/// A watch of one socket, without the system's part.
struct Watch {
    ready: AtomicBool,
    state: Mutex<(Members, Queue)>,
}

/// The one member, and the queue.
fn only((members, queue): &mut (Members, Queue)) -> (&mut Member, &mut Queue) {
    (members.get_mut(&1).expect("it never leaves"), queue)
}

impl Watch {
    fn new() -> Watch {
        let member = Member {
            id: 1,
            place: Place::Out,
            ticket: 0,
        };
        Watch {
            ready: AtomicBool::new(false),
            state: Mutex::new((Members::from([(member.id, member)]), Queue::default())),
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
            Place::Queued | Place::Again | Place::LookedAndPoked | Place::Told => {}
        }
    }

    /// One wait: a look at who was just told, and one at a round; whether the socket is told.
    fn look(&self) -> bool {
        self.look_at(Part::JustTold);
        {
            let mut state = self.state.lock();
            let (members, queue) = &mut *state;
            let now = queue.now();
            queue.begin_round(now, members);
        }
        self.look_at(Part::Round)
    }

    fn look_at(&self, part: Part) -> bool {
        {
            let mut state = self.state.lock();
            let (members, queue) = &mut *state;
            let mut is_there = false;
            queue.take(part, members, |member| {
                member.place = Place::Looked;
                is_there = true;
                false
            });
            if !is_there {
                return false;
            }
        }
        let ready = self.ready.load(Ordering::Acquire);
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        let poked = member.place == Place::LookedAndPoked;
        if ready && part == Part::JustTold {
            queue.enter_again(member);
            return false;
        }
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
            queue.enter_told(member);
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
        assert!(watch.look(), "it is told until it is read");
    });
}

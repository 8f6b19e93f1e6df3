//! What becomes ready is told, whoever pokes the watch and whenever it looks.

use loom::sync::Arc;
use member::{Member, Place};
use members::Members;
use parking_lot::Mutex;
use queue::{Part, Queue};

/// A member as its queue sees it: the library's has descriptors, too.
mod member {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Place {
        Out,
        Queued,
        Again,
        Looked,
        LookedAndPoked,
    }

    impl Place {
        pub fn is_in_queue(self) -> bool {
            matches!(self, Place::Queued | Place::Again)
        }
    }

    pub struct Member {
        pub key: u32,
        pub place: Place,
        pub ticket: u32,
        /// Whether its descriptor is not listened to.
        pub is_muted: bool,
    }
}

/// The members as their queue sees them: here there is one, whose key is 0.
mod members {
    use crate::of_watch::member::Member;

    pub struct Members(pub Member);

    impl Members {
        pub fn len(&self) -> usize {
            1
        }

        pub fn get(&self, key: u32) -> Option<&Member> {
            (key == 0).then_some(&self.0)
        }

        pub fn get_mut(&mut self, key: u32) -> Option<&mut Member> {
            (key == 0).then_some(&mut self.0)
        }
    }
}

#[path = "../../src/socket/watch/queue.rs"]
mod queue;

/// A stream as a watch sees it.
#[derive(Default)]
struct Inbox {
    /// Messages that were received and not read.
    messages: usize,
    /// Messages that are still with the system, of which the descriptor tells.
    unreceived: usize,
    is_taken: bool,
    is_awaited: bool,
}

/// A watch of one stream, without the system's part.
struct Watch {
    inbox: Mutex<Inbox>,
    state: Mutex<(Members, Queue)>,
}

/// The one member, and the queue.
fn only((members, queue): &mut (Members, Queue)) -> (&mut Member, &mut Queue) {
    (&mut members.0, queue)
}

impl Watch {
    fn new() -> Watch {
        let member = Member {
            key: 0,
            place: Place::Out,
            ticket: 0,
            is_muted: false,
        };
        Watch {
            inbox: Mutex::new(Inbox::default()),
            state: Mutex::new((Members(member), Queue::default())),
        }
    }

    /// It is worth a look.
    fn poke(&self) {
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        match member.place {
            Place::Looked => member.place = Place::LookedAndPoked,
            Place::Out => queue.enter(member),
            Place::Queued | Place::Again | Place::LookedAndPoked => {}
        }
    }

    /// A stream receives for another call: first the message is there, then the watch hears of it.
    fn receive_for_another_call(&self) {
        self.inbox.lock().messages += 1;
        self.poke();
    }

    /// A read that waits takes the turn, and the message that comes; then it gives the turn up.
    fn read(&self) {
        {
            let mut inbox = self.inbox.lock();
            if inbox.messages > 0 {
                inbox.messages -= 1;
                return;
            }
            inbox.is_taken = true;
        }
        let mut inbox = self.inbox.lock();
        inbox.unreceived -= 1;
        inbox.is_taken = false;
        if std::mem::take(&mut inbox.is_awaited) {
            self.poke();
        }
    }

    /// One wait: a look at who was just told, the system's news, and a look at a round; whether the stream is told.
    fn wait(&self) -> bool {
        self.look_at(Part::JustTold);
        {
            let is_readable = self.inbox.lock().unreceived > 0;
            let mut state = self.state.lock();
            let now = state.1.now();
            let (member, queue) = only(&mut state);
            if is_readable && !member.is_muted && member.place == Place::Out {
                queue.enter(member);
            }
            let (members, queue) = &mut *state;
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
                if part == Part::JustTold && self.is_plainly_empty() {
                    member.is_muted = false;
                    member.place = Place::Out;
                    return true;
                }
                member.place = Place::Looked;
                is_there = true;
                false
            });
            if !is_there {
                return false;
            }
        }
        let (ready, own) = self.look();
        let mut state = self.state.lock();
        let (member, queue) = only(&mut state);
        let poked = member.place == Place::LookedAndPoked;
        if !ready {
            member.is_muted = !own;
        }
        match (ready, part) {
            (true, Part::JustTold) => queue.enter_again(member),
            (true, Part::Round) => queue.enter_told(member),
            (false, _) if poked => queue.enter(member),
            (false, _) => member.place = Place::Out,
        }
        ready && part == Part::Round
    }

    /// At a glance, with the watch's lock held.
    fn is_plainly_empty(&self) -> bool {
        let inbox = self.inbox.try_lock();
        inbox.is_some_and(|inbox| !inbox.is_taken && inbox.messages == 0)
    }

    /// Whether a message is there, and whether the descriptor is to be listened to.
    fn look(&self) -> (bool, bool) {
        let mut inbox = self.inbox.lock();
        inbox.is_awaited = inbox.is_taken;
        if !inbox.is_taken {
            inbox.messages += std::mem::take(&mut inbox.unreceived);
        }
        (inbox.messages > 0, !inbox.is_taken)
    }
}

#[test]
fn a_socket_that_becomes_ready_during_a_look_is_told_by_the_next_one() {
    loom::model(|| {
        let watch = Arc::new(Watch::new());
        watch.poke(); // It is looked at for another reason already.
        let other = Arc::clone(&watch);
        let poker = loom::thread::spawn(move || other.receive_for_another_call());
        let told = watch.wait();
        poker.join().unwrap();
        assert!(told || watch.wait(), "it was ready, and nobody was told");
        assert!(watch.wait(), "it is told until it is read");
    });
}

#[test]
fn what_comes_while_the_one_that_was_told_is_glanced_at_is_told() {
    loom::model(|| {
        let watch = Arc::new(Watch::new());
        watch.receive_for_another_call();
        assert!(watch.wait());
        watch.inbox.lock().messages -= 1;
        let other = Arc::clone(&watch);
        let poker = loom::thread::spawn(move || other.receive_for_another_call());
        let told = watch.wait();
        poker.join().unwrap();
        assert!(told || watch.wait(), "it was ready, and nobody was told");
    });
}

#[test]
fn what_comes_behind_the_message_that_another_thread_reads_is_told() {
    loom::model(|| {
        let watch = Arc::new(Watch::new());
        watch.inbox.lock().unreceived = 1;
        let other = Arc::clone(&watch);
        let reader = loom::thread::spawn(move || {
            other.read();
            other.inbox.lock().unreceived += 1;
        });
        watch.wait();
        reader.join().unwrap();
        assert!(watch.wait(), "it was ready, and nobody was told");
    });
}

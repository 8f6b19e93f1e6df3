//! One thread at a time receives for all.

use crate::net::{Deadline, Ender, Stop, SystemSocket};
use crate::turns::Turns;
use loom::sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, Default)]
struct Inbox {
    messages: usize,
}

/// A stream as its readers see it: what was received, and whose turn it is to receive.
struct Stream {
    socket: SystemSocket,
    inbox: Turns<Inbox>,
}

impl Stream {
    fn new(socket: SystemSocket) -> Arc<Stream> {
        Arc::new(Stream {
            socket,
            inbox: Turns::new(Inbox::default()),
        })
    }

    /// As the library's read: a message that is there, or the turn to receive, or a wait for whoever has it.
    fn read(&self) -> Result<(), Stop> {
        self.read_until(&Deadline::default())
    }

    fn read_until(&self, deadline: &Deadline) -> Result<(), Stop> {
        let mut inbox = self.inbox.lock();
        loop {
            if inbox.messages > 0 {
                inbox.messages -= 1;
                return Ok(());
            }
            if inbox.is_taken() {
                inbox.wait(&self.socket, deadline)?;
                continue;
            }
            let came;
            (inbox, came) = inbox.in_turn(|_| {}, || self.socket.receive(deadline));
            inbox.messages += came?;
        }
    }

    /// As the library's read of a datagram: one message a turn, and one thread is told.
    fn read_one(&self) -> Result<(), Stop> {
        let mut inbox = self.inbox.lock();
        while inbox.is_taken() {
            inbox.wait(&self.socket, &Deadline::default())?;
        }
        let (_, came) = inbox.in_turn_of_many(|_| {}, || self.socket.receive_one());
        came
    }

    /// As the library's cancel.
    fn end_waits(&self) {
        self.socket.end_waits(1);
        self.inbox.wake();
    }

    /// As the library's close.
    fn close(&self) {
        self.socket.cancel();
        self.inbox.wake();
    }
}

#[test]
fn two_readers_each_get_a_message_that_came_with_the_other() {
    loom::model(|| {
        let stream = Stream::new(SystemSocket::with_packet_of(2));
        let other = Arc::clone(&stream);
        let reader = loom::thread::spawn(move || other.read());
        assert_eq!(stream.read(), Ok(()));
        assert_eq!(reader.join().unwrap(), Ok(()));
        assert_eq!(stream.inbox.lock().messages, 0);
    });
}

#[test]
fn no_reader_of_datagrams_sleeps_over_the_end_of_a_turn() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let stream = Stream::new(SystemSocket::with_packet_of(3));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let stream = Arc::clone(&stream);
                loom::thread::spawn(move || stream.read_one())
            })
            .collect();
        assert_eq!(stream.read_one(), Ok(()));
        for reader in readers {
            assert_eq!(reader.join().unwrap(), Ok(()));
        }
    });
}

/// One reader receives, the other waits for it: `end` ends both, and they say who did.
fn both_are_ended(bound: usize, end: fn(&Stream), ender: Ender) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(bound);
    model.max_branches = 10_000;
    model.check(move || {
        let stream = Stream::new(SystemSocket::default());
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let stream = Arc::clone(&stream);
                loom::thread::spawn(move || stream.read())
            })
            .collect();
        end(&stream);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), Err(Stop::Cancelled(ender)));
        }
    });
}

#[test]
fn close_ends_the_one_that_receives_and_the_one_that_waits_for_it() {
    both_are_ended(4, Stream::close, Ender::Close);
}

#[test]
fn a_cancel_ends_the_one_that_receives_and_the_one_that_waits_for_it() {
    both_are_ended(3, Stream::end_waits, Ender::Cancel);
}

#[test]
fn a_cancel_beside_an_arrival_loses_nothing_and_ends_no_later_read() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let stream = Stream::new(SystemSocket::with_packet_of(1));
        let other = Arc::clone(&stream);
        let reader = loom::thread::spawn(move || other.read());
        stream.end_waits();
        match reader.join().unwrap() {
            Ok(()) => assert_eq!(stream.inbox.lock().messages, 0),
            Err(stop) => {
                assert_eq!(stop, Stop::Cancelled(Ender::Cancel));
                assert_eq!(stream.read_until(&Deadline { cancels: 1 }), Ok(()));
            }
        }
    });
}

#[test]
fn close_during_a_hand_over_ends_the_thread_that_is_to_take_the_turn() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let stream = Stream::new(SystemSocket::with_packet_of(1));
        let other = Arc::clone(&stream);
        let reader = loom::thread::spawn(move || other.read());
        let third = Arc::clone(&stream);
        let closer = loom::thread::spawn(move || third.close());
        // Whoever comes late finds the socket closed; nobody sleeps on.
        let ended = [stream.read(), reader.join().unwrap()];
        closer.join().unwrap();
        assert!(ended.contains(&Err(Stop::Cancelled(Ender::Close))), "{ended:?}");
    });
}

#[test]
fn a_thread_that_panics_in_its_turn_gives_it_up_and_says_so() {
    loom::model(|| {
        let stream = Stream::new(SystemSocket::with_packet_of(1));
        let other = Arc::clone(&stream);
        let panicking = loom::thread::spawn(move || {
            let inbox = other.inbox.lock();
            if inbox.is_taken() {
                return;
            }
            let left = |inbox: &mut Inbox| inbox.messages += 1;
            let work = || inbox.in_turn(left, || std::panic::resume_unwind(Box::new("stopped")));
            let ended: std::thread::Result<(_, ())> = catch_unwind(AssertUnwindSafe(work));
            assert!(ended.is_err());
        });
        assert_eq!(stream.read(), Ok(()));
        panicking.join().unwrap();
        assert!(!stream.inbox.lock().is_taken());
    });
}

//! One thread at a time receives for all.

use crate::net::{Condvar, Deadline, Socket, Stop};
use crate::turn::{Turn, await_turn};
use loom::sync::Arc;
use parking_lot::Mutex;

#[derive(Default)]
struct Inbox {
    messages: usize,
    receiving: Turn,
}

/// A stream as its readers see it: what was received, and whose turn it is to receive.
#[derive(Default)]
struct Stream {
    socket: Socket,
    inbox: Mutex<Inbox>,
    received: Condvar,
}

impl Stream {
    /// As the library's read: a message that is there, or the turn to receive, or a wait for whoever has it.
    fn read(&self) -> Result<(), Stop> {
        let mut inbox = self.inbox.lock();
        loop {
            if inbox.messages > 0 {
                inbox.messages -= 1;
                return Ok(());
            }
            if inbox.receiving.is_taken() {
                await_turn(&self.socket, &self.received, &mut inbox, &Deadline)?;
                continue;
            }
            inbox.receiving.take();
            drop(inbox);
            let came = self.socket.receive();
            inbox = self.inbox.lock();
            inbox.receiving.give_up();
            self.received.notify_all();
            inbox.messages += came?;
        }
    }

    /// As the library's close.
    fn close(&self) {
        self.socket.cancel();
        drop(self.inbox.lock());
        self.received.notify_all();
    }
}

#[test]
fn two_readers_each_get_a_message_that_came_with_the_other() {
    loom::model(|| {
        let stream = Arc::new(Stream {
            socket: Socket::with_packet_of(2),
            ..Stream::default()
        });
        let other = Arc::clone(&stream);
        let reader = loom::thread::spawn(move || other.read());
        assert_eq!(stream.read(), Ok(()));
        assert_eq!(reader.join().unwrap(), Ok(()));
        assert_eq!(stream.inbox.lock().messages, 0);
    });
}

#[test]
fn close_ends_the_one_that_receives_and_the_one_that_waits_for_it() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(4);
    model.max_branches = 10_000;
    model.check(|| {
        let stream = Arc::new(Stream::default());
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let stream = Arc::clone(&stream);
                loom::thread::spawn(move || stream.read())
            })
            .collect();
        stream.close();
        for reader in readers {
            assert_eq!(reader.join().unwrap(), Err(Stop::Cancelled));
        }
    });
}

#[test]
fn a_notice_that_comes_just_before_the_sleep_wakes_all_the_same() {
    loom::model(|| {
        let both = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&both);
        let waker = loom::thread::spawn(move || {
            *theirs.0.lock() = true;
            theirs.1.notify_one();
        });
        let mut happened = both.0.lock();
        while !*happened {
            both.1.wait(&mut happened);
        }
        drop(happened);
        waker.join().unwrap();
    });
}

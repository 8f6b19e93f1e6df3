//! The library's own thread that sends in time what streams hold together (SocketGather). One for all of them: it is
//! there as long as one of them gathers, and sleeps as long as none of them holds anything.

use crate::net::{SHORTAGE, Signal, SystemSocket, enter, forks, spawn_quietly, wait_any};
use parking_lot::Mutex;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Instant;

/// A stream that holds messages together.
pub trait Gathers: Send + Sync {
    /// Sends what has been held long enough, as far as the system takes it now. `has_room` says that the system has
    /// just told of room.
    fn send_due(&self, has_room: bool) -> Next;

    /// The system's socket.
    fn socket(&self) -> &SystemSocket;
}

/// When a stream has something for the thread to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Not before it says so itself.
    Unasked,
    /// At that moment.
    At(Instant),
    /// Once the system has room for more.
    WithRoom,
}

static GATHERER: Mutex<Gatherer> = Mutex::new(Gatherer {
    made_in: 0,
    streams: 0,
    signal: None,
    wakes_at: None,
    queue: BinaryHeap::new(),
});

struct Gatherer {
    /// The process whose the thread and the queue are.
    made_in: u32,
    /// How many streams gather.
    streams: usize,
    /// What wakes the thread, where there is one.
    signal: Option<Arc<Signal>>,
    /// When it looks at the queue again by itself.
    wakes_at: Option<Instant>,
    /// The streams that hold something, the most urgent one first.
    queue: BinaryHeap<Reverse<Due>>,
}

/// A stream that gathers. Without any there is no thread.
#[derive(Debug)]
pub struct Gathering(());

impl Gathering {
    /// One more of them.
    pub fn begin() -> Self {
        GATHERER.lock().streams += 1;
        Gathering(())
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let mut gatherer = GATHERER.lock();
        gatherer.streams -= 1;
        if gatherer.streams == 0 {
            gatherer.wake();
        }
    }
}

/// Has the thread look at a stream at that moment. Errors: there is no memory, or no thread to be had.
pub fn expect(at: Instant, stream: Weak<dyn Gathers>) -> io::Result<()> {
    let mut gatherer = GATHERER.lock();
    if gatherer.made_in != forks() {
        // The thread is the parent's, and so is what it was to send.
        gatherer.made_in = forks();
        gatherer.signal = None;
        gatherer.queue.clear();
    }
    gatherer.queue.try_reserve(1)?;
    if gatherer.signal.is_none() {
        gatherer.start()?;
    }
    gatherer.queue.push(Reverse(Due { at, stream }));
    if gatherer.wakes_at.is_none_or(|moment| at < moment) {
        gatherer.wakes_at = Some(at);
        gatherer.wake();
    }
    Ok(())
}

/// Has the thread look at once at the streams for which it waits: one of them may have been closed.
pub fn look_again() {
    GATHERER.lock().wake();
}

impl Gatherer {
    fn start(&mut self) -> io::Result<()> {
        let signal = Arc::new(Signal::new()?);
        self.wakes_at = None;
        let own = Arc::clone(&signal);
        spawn_quietly("wdsocket gather", move || work(&own))?;
        self.signal = Some(signal);
        Ok(())
    }

    fn wake(&self) {
        if self.made_in == forks()
            && let Some(signal) = &self.signal
        {
            signal.set();
        }
    }

    /// What the thread does at this moment.
    fn next(&mut self, now: Instant) -> Task {
        if self.streams == 0 {
            self.signal = None;
            self.queue = BinaryHeap::new();
            return Task::End;
        }
        self.wakes_at = self.queue.peek().map(|Reverse(due)| due.at);
        if self.wakes_at.is_some_and(|at| at <= now)
            && let Some(Reverse(due)) = self.queue.pop()
        {
            return Task::Look(due.stream);
        }
        Task::Sleep(self.wakes_at)
    }
}

enum Task {
    Look(Weak<dyn Gathers>),
    /// Until that moment at most.
    Sleep(Option<Instant>),
    End,
}

/// The thread.
fn work(signal: &Signal) {
    let _inside = enter();
    let mut stuck: Vec<Arc<dyn Gathers>> = Vec::new();
    loop {
        signal.clear(); // before the queue is looked at: what comes after ends the sleep
        let wakes_at = loop {
            let task = GATHERER.lock().next(Instant::now());
            match task {
                Task::Look(stream) => {
                    if let Some(stream) = stream.upgrade() {
                        attend(stream, false, &mut stuck);
                    }
                }
                Task::Sleep(until) => break until,
                Task::End => return,
            }
        };
        let left = wakes_at.map(|moment| moment.saturating_duration_since(Instant::now()));
        let sockets: Vec<_> = stuck.iter().map(|stream| stream.socket().inner()).collect();
        let Ok(told) = wait_any(&sockets, Some(signal), left) else {
            std::thread::sleep(SHORTAGE);
            continue;
        };
        for (stream, has_room) in std::mem::take(&mut stuck).into_iter().zip(told) {
            match has_room || stream.socket().is_cancelled() {
                true => attend(stream, true, &mut stuck),
                false => stuck.push(stream),
            }
        }
    }
}

/// Has a stream send, and notes when it is to be looked at again.
fn attend(stream: Arc<dyn Gathers>, has_room: bool, stuck: &mut Vec<Arc<dyn Gathers>>) {
    match stream.send_due(has_room) {
        Next::Unasked => {}
        Next::At(moment) => {
            // Where there is no memory, what comes next for this stream tells of it.
            let _ = expect(moment, Arc::downgrade(&stream));
        }
        Next::WithRoom => {
            if !stuck.iter().any(|other| Arc::ptr_eq(other, &stream)) {
                stuck.push(stream);
            }
        }
    }
}

/// A stream that is to be looked at.
struct Due {
    at: Instant,
    stream: Weak<dyn Gathers>,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Due {}

//! Waiting for many descriptors at once on Linux: epoll, level-triggered.

use super::cancellation as calls;
use super::fork::{forks, outside};
use super::signal::{Descriptor, Signal};
use super::socket::SystemSocket;
use super::timer::Timer;
use super::wait::Interest;
use once_cell::sync::OnceCell;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The most descriptors that one wait tells.
const BATCH: usize = 256;

/// What epoll tells of the signal; descriptors have keys of 32 bits.
const SIGNAL: u64 = u64::MAX;
/// And of the timer.
const TIMER: u64 = SIGNAL - 1;

/// One wait for any number of sockets.
///
/// It belongs to the process that made it: in a child of a fork nothing changes what it tells the parent,
/// and nothing is told, until it is made anew.
#[derive(Debug)]
pub struct Poller {
    epoll: Descriptor,
    signal: Signal,
    /// Made with the handle.
    timer: OnceCell<Timer>,
    made_in: AtomicU32,
}

impl Poller {
    /// Whether a thread has to wait for it, so that its handle is signalled: an epoll is by itself.
    pub const NEEDS_LOOKOUT: bool = false;

    /// A wait for nothing yet.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        let poller = Poller {
            // SAFETY: a descriptor that was just made and that nobody else knows.
            epoll: unsafe { Descriptor::new(fd) },
            signal: Signal::new()?,
            timer: OnceCell::new(),
            made_in: AtomicU32::new(forks()),
        };
        let signal = poller.signal.as_raw_fd();
        poller.control(libc::EPOLL_CTL_ADD, signal, libc::EPOLLIN, SIGNAL)?;
        Ok(poller)
    }

    /// Whether another process made it, from which this one was forked.
    pub fn is_inherited(&self) -> bool {
        self.made_in.load(Ordering::Relaxed) != forks()
    }

    /// Makes it this process's own, with the sockets that `fill` adds. It stays as it was on failure.
    pub fn renew(&self, fill: impl FnOnce(&Poller) -> io::Result<()>) -> io::Result<()> {
        let own = Poller::new()?;
        fill(&own)?;
        // The signal's number changes: it is told under the one that stays.
        own.control(libc::EPOLL_CTL_DEL, own.signal.as_raw_fd(), 0, 0)?;
        self.signal.replace(own.signal)?;
        self.epoll.replace(own.epoll)?;
        self.made_in.store(forks(), Ordering::Relaxed);
        let signal = self.signal.as_raw_fd();
        self.control(libc::EPOLL_CTL_ADD, signal, libc::EPOLLIN, SIGNAL)?;
        if let Some(timer) = self.timer.get() {
            timer.replace(Timer::new()?)?;
            self.control(libc::EPOLL_CTL_ADD, timer.as_raw_fd(), libc::EPOLLIN, TIMER)?;
        }
        Ok(())
    }

    /// What other loops can wait for: readable as long as `wait` would tell something, and after `wake` and the moment
    /// of `wake_after` until the next `wait`.
    pub fn handle(&self) -> io::Result<isize> {
        self.timer.get_or_try_init(|| {
            let timer = Timer::new()?;
            self.control(libc::EPOLL_CTL_ADD, timer.as_raw_fd(), libc::EPOLLIN, TIMER)?;
            Ok::<_, io::Error>(timer)
        })?;
        Ok(self.epoll.as_raw_fd() as isize)
    }

    /// Signals the handle after this time; without one, no more.
    pub fn wake_after(&self, time: Option<Duration>) {
        if let Some(timer) = self.timer.get()
            && !self.is_inherited()
        {
            timer.set(time);
        }
    }

    /// Signals the handle until the next `wait`.
    pub fn ring(&self) -> bool {
        self.wake();
        true
    }

    /// The next `wait` has made the handle quiet by itself.
    pub fn answered(&self, _left: bool) {}

    /// The handle is closed with the poller.
    pub fn silence(&self) {}

    /// There are no windows to post messages to.
    pub fn post_to(&self, _window: i32, _message: i32, _id: i32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Tells `key` from now on whenever the socket has bytes, a client or an end.
    pub fn add(&self, socket: &SystemSocket, key: u32) -> io::Result<()> {
        let fd = socket.inner().as_raw_fd();
        self.control(libc::EPOLL_CTL_ADD, fd, libc::EPOLLIN, key.into())
    }

    /// Tells of the socket what it is asked for from now on, also what is there already; without anything to ask
    /// for nothing, or only once more.
    pub fn change(
        &self,
        socket: &SystemSocket,
        key: u32,
        interest: Option<Interest>,
    ) -> io::Result<()> {
        let events = match interest {
            Some(Interest::Read) => libc::EPOLLIN,
            Some(Interest::Write) => libc::EPOLLOUT | libc::EPOLLONESHOT,
            Some(Interest::ReadOrWrite) => libc::EPOLLIN | libc::EPOLLOUT,
            // Errors are told whatever one asks for, unless they are asked for once only.
            None => libc::EPOLLONESHOT,
        };
        let fd = socket.inner().as_raw_fd();
        self.control(libc::EPOLL_CTL_MOD, fd, events, key.into())
    }

    /// Tells nothing of the socket any more.
    pub fn remove(&self, socket: &SystemSocket) {
        // It fails only where the socket was not added.
        let _ = self.control(libc::EPOLL_CTL_DEL, socket.inner().as_raw_fd(), 0, 0);
    }

    /// Waits until a socket has something, the time is over or `wake` is called, and gives the keys of some of the
    /// sockets with what they have, at most `most`, others at the next wait; whether there may be others. A signal's
    /// handler ends it with `Interrupted`.
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        most: usize,
        mut found: impl FnMut(u32, Interest),
    ) -> io::Result<bool> {
        let mut events = [const { MaybeUninit::uninit() }; BATCH];
        let events = &mut events[..most.clamp(1, BATCH)];
        let limit = timeout.map_or(-1, |left| {
            // Rounded up: a wait never ends before its time.
            i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        let mut ask = || {
            // SAFETY: an epoll that is open as long as `self`.
            unsafe { calls::epoll_wait(self.epoll.as_raw_fd(), events, limit) }
        };
        let count = if limit == 0 { ask() } else { outside(ask) }?;
        for event in &events[..count] {
            // SAFETY: the system has told so many events.
            let event = unsafe { event.assume_init() };
            match event.u64 {
                SIGNAL => self.signal.clear(),
                TIMER => self.timer.get().into_iter().for_each(Timer::clear),
                key => found(key as u32, told(event.events as i32)),
            }
        }
        Ok(count == events.len())
    }

    /// Ends the wait under way, or the next one.
    pub fn wake(&self) {
        if !self.is_inherited() {
            self.signal.set();
        }
    }

    fn control(&self, what: i32, fd: i32, events: i32, key: u64) -> io::Result<()> {
        if self.is_inherited() {
            return Ok(());
        }
        let mut event = libc::epoll_event {
            events: events as u32,
            u64: key,
        };
        // SAFETY: the event lives through the call.
        match unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd, &mut event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// What a socket has; with an error or at its end that is whatever one asks for.
fn told(events: i32) -> Interest {
    match events & (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLERR | libc::EPOLLHUP) {
        libc::EPOLLIN => Interest::Read,
        libc::EPOLLOUT => Interest::Write,
        _ => Interest::ReadOrWrite,
    }
}

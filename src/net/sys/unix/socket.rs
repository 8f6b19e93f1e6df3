//! Sockets on Linux and its kin.
//!
//! Descriptors stay blocking: a read that finds nothing sleeps inside `recv` itself, for a moment that is
//! set on the socket, so that the usual call costs the one system call it cannot do without. `poll` is for what
//! is left of a wait, for listeners and for connecting: only there can another thread wake one that
//! waits, with the socket staying as it is.

use super::cancellation::{self as calls, hold_cancellation};
use super::fork::{MANY, children, forks};
use super::signal::Signal;
use super::wait::{Interest, poll, poll_entry, waiting};
use crate::net::cancels::LastCancel;
use crate::net::deadline::Deadline;
use crate::net::stop::{Ender, Stop};
use crate::net::sys::traffic::Traffic;
use crate::net::sys::waker::Waker;
use crate::trace::Tap;
use std::io::{self, IoSlice};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

/// How long a thread waits in `recv` or `send` at most. It may come some of the system's ticks late, and until then
/// SocketCancel is not seen.
const MOMENT: Duration = Duration::from_millis(40);

/// The shortest time, in milliseconds, of which a moment is never more, however late it comes.
const SHORTEST_LIMIT: i32 = 100;

/// What wakes those that wait in `poll` for any socket, since cancels are rare and descriptors are not: each looks
/// whether it is meant.
static WAKER: Waker<Signal> = Waker::new();

/// A connected or listening socket whose waits another thread can end.
///
/// A process may have it from the one that it was forked from, which goes on using it. Then nothing is
/// done to the socket itself, neither options nor an end: only this process's descriptor is closed.
#[derive(Debug)]
pub struct SystemSocket {
    inner: ManuallyDrop<socket2::Socket>,
    cancelled: AtomicBool,
    last_cancel: LastCancel,
    signals_end_waits: AtomicBool,
    /// Whether `recv` waits for a moment at most, and `send`.
    receives_for_a_moment: AtomicBool,
    sends_for_a_moment: AtomicBool,
    /// The process that made it.
    made_in: u32,
    /// How many children that process had begun by then; [`MANY`] where that does not tell who has it.
    children: AtomicU16,
    traffic: Traffic,
    tap: Tap,
}

impl SystemSocket {
    /// Takes over a socket in blocking mode.
    pub fn new(inner: socket2::Socket) -> Self {
        SystemSocket {
            inner: ManuallyDrop::new(inner),
            cancelled: AtomicBool::new(false),
            last_cancel: LastCancel::default(),
            signals_end_waits: AtomicBool::new(false),
            receives_for_a_moment: AtomicBool::new(false),
            sends_for_a_moment: AtomicBool::new(false),
            made_in: forks(),
            children: AtomicU16::new(children()),
            traffic: Traffic::default(),
            tap: Tap::default(),
        }
    }

    /// Takes over a socket in blocking mode that others may have descriptors of, too: one of another part of the program, or
    /// that it was started with.
    pub fn of_others(inner: socket2::Socket) -> Self {
        let socket = Self::new(inner);
        socket.give_descriptor();
        socket
    }

    /// The descriptor, for somebody who may make others of it.
    pub fn give_descriptor(&self) -> isize {
        self.children.store(MANY, Ordering::Relaxed);
        self.inner.as_raw_fd() as isize
    }

    /// Whether another process made it, from which this one was forked.
    pub fn is_inherited(&self) -> bool {
        self.made_in != forks()
    }

    /// Whether closing the descriptor ends the connection: no child has another one of it. (One between its birth and
    /// its exec, of which the library does not hear, may for that moment.) A trace wants to be told of the end.
    pub fn ends_with_descriptor(&self) -> bool {
        let children = children();
        !self.is_inherited()
            && children == self.children.load(Ordering::Relaxed)
            && children < MANY
            && !self.tap.is_on()
    }

    /// The socket itself, for its options and addresses.
    pub fn inner(&self) -> &socket2::Socket {
        &self.inner
    }

    /// What has gone through it.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What of it goes into a trace.
    pub fn tap(&self) -> &Tap {
        &self.tap
    }

    /// Tells that `cancel` is about to be called: whatever fails from now on fails for that reason.
    pub fn announce_cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Ends every wait on this socket, now and later, and the connection with it: what was
    /// written still goes out, then the peer sees the end of the stream.
    pub fn cancel(&self) {
        self.announce_cancel();
        if self.is_inherited() {
            return self.let_go();
        }
        // A socket that is not connected says so and wakes its waiters all the same.
        let _ = self.end(std::net::Shutdown::Both);
    }

    /// Whether `cancel` was called, or is about to be.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Ends the waits of the calls that began before this cancel; the socket goes on.
    pub fn end_waits(&self, number: u64) {
        self.last_cancel.note(number);
        WAKER.wake(forks(), Signal::set);
    }

    /// Whether a call goes on that may have waited, or is about to.
    pub fn check(&self, deadline: &Deadline) -> Result<(), Stop> {
        if self.is_cancelled() {
            return Err(Stop::Cancelled(Ender::Close));
        }
        match self.last_cancel.ends(deadline.cancels()) {
            true => Err(Stop::Cancelled(Ender::Cancel)),
            false => Ok(()),
        }
    }

    /// Whether a signal's handler that runs in a waiting thread ends the wait, from now on.
    ///
    /// `recv` and `send` with a time limit never begin anew after a handler, whatever SA_RESTART says.
    pub fn end_waits_with_signals(&self, ends: bool) {
        self.signals_end_waits.store(ends, Ordering::SeqCst);
    }

    /// Whether it does.
    pub fn signals_end_waits(&self) -> bool {
        self.signals_end_waits.load(Ordering::SeqCst)
    }

    /// A signal's handler has run: whether to wait on.
    fn interrupted(&self) -> Result<(), Stop> {
        match self.signals_end_waits() {
            true => Err(Stop::Cancelled(Ender::Signal)),
            false => Ok(()),
        }
    }

    /// Sends some of the parts; where the deadline is far enough away the call may wait for room.
    pub fn send_some(&self, parts: &[IoSlice<'_>], deadline: &Deadline) -> io::Result<usize> {
        let may_wait = deadline.total() < 0 && !self.is_inherited();
        if may_wait && !self.sends_for_a_moment.load(Ordering::Relaxed) {
            self.inner.set_write_timeout(Some(MOMENT))?;
            self.sends_for_a_moment.store(true, Ordering::Relaxed);
        }
        let flags = if may_wait { 0 } else { libc::MSG_DONTWAIT };
        self.send_parts_with(parts, flags)
    }

    /// Sends what there is room for without waiting (`WouldBlock` when there is none).
    #[inline(always)]
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the descriptor is open as long as `self`.
        match unsafe { calls::send(self.inner.as_raw_fd(), bytes, flags) } {
            Ok(count) if !self.tap.is_on() => {
                self.traffic.note_sent(count);
                Ok(count)
            }
            sent => self.note_sent(&[IoSlice::new(bytes)], sent),
        }
    }

    /// As `try_send`, of several parts in order.
    pub fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_parts_with(parts, libc::MSG_DONTWAIT)
    }

    /// Waits until the socket is ready, the deadline passes or another thread cancels.
    pub fn wait(&self, interest: Interest, deadline: &Deadline) -> Result<(), Stop> {
        let mut left = deadline.remaining();
        loop {
            let own = poll_entry(self.inner.as_raw_fd(), interest);
            let woken = match left {
                Some(Duration::ZERO) => {
                    self.check(deadline)?;
                    poll_one(own, left)
                }
                _ => self.poll_until_woken(own, deadline, left),
            };
            match woken {
                Ok(true) => return self.check(deadline),
                Ok(false) => self.check(deadline)?,
                Err(Stop::Failed(error)) if error.kind() == io::ErrorKind::Interrupted => {
                    self.interrupted()?;
                }
                Err(stop) => return Err(stop),
            }
            if deadline.has_passed() {
                return Err(Stop::TimedOut);
            }
            left = deadline.remaining();
        }
    }

    /// Whether the socket is ready; returns early where another thread has ended waits.
    fn poll_until_woken(
        &self,
        own: libc::pollfd,
        deadline: &Deadline,
        left: Option<Duration>,
    ) -> Result<bool, Stop> {
        let Ok(signal) = WAKER.signal(forks(), Signal::new) else {
            // Out of descriptors: the end of a wait is seen a moment later.
            self.check(deadline)?;
            return poll_one(own, Some(left.map_or(MOMENT, |left| left.min(MOMENT))));
        };
        self.check(deadline)?;
        let mut entries = [own, poll_entry(signal.as_raw_fd(), Interest::Read)];
        poll(&mut entries, left)?;
        Ok(entries[0].revents != 0)
    }

    /// Waits for the system to have again what it is short of, so long and at most until the deadline. Ends
    /// at once where the connection breaks or another thread cancels.
    pub fn pause(&self, moment: Duration, deadline: &Deadline) -> Result<(), Stop> {
        if deadline.has_passed() {
            return Err(Stop::TimedOut);
        }
        let left = deadline.remaining().unwrap_or(moment).min(moment);
        let mut entry = [libc::pollfd {
            fd: self.inner.as_raw_fd(),
            events: 0,
            revents: 0,
        }];
        // Short of memory itself, it returns at once: then the call that follows tells.
        let _ = poll(&mut entry, Some(left));
        self.check(deadline)
    }

    /// Whether the peer has ended its sending half or the connection is broken, as far as the
    /// system knows now. Takes and sends nothing.
    pub fn is_ended_by_peer(&self) -> bool {
        let mut entry = [libc::pollfd {
            fd: self.inner.as_raw_fd(),
            events: libc::POLLRDHUP,
            revents: 0,
        }];
        let gone = libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR | libc::POLLNVAL;
        poll(&mut entry, Some(Duration::ZERO)).is_ok() && entry[0].revents & gone != 0
    }

    /// What to do about a failed call: nothing (try again) or give up.
    pub fn settle(
        &self,
        error: io::Error,
        interest: Interest,
        deadline: &Deadline,
    ) -> Result<(), Stop> {
        self.check(deadline)?;
        match error.kind() {
            io::ErrorKind::Interrupted => self.interrupted(),
            io::ErrorKind::WouldBlock if deadline.has_passed() => Err(Stop::TimedOut),
            io::ErrorKind::WouldBlock => self.wait(interest, deadline),
            _ => Err(Stop::Failed(error)),
        }
    }

    /// Whether the next receive may wait: for a moment, and the deadline is further away, still by the whole time
    /// given, to the millisecond. Otherwise, and for the rest of a wait, `poll` does, which is precise.
    #[inline(always)]
    pub(super) fn may_wait_a_moment(&self, deadline: &Deadline) -> io::Result<bool> {
        let total = deadline.total();
        let is_short = (0..SHORTEST_LIMIT).contains(&total);
        if is_short || self.is_inherited() || !deadline.begin() {
            return Ok(false);
        }
        if !self.receives_for_a_moment.load(Ordering::Relaxed) {
            self.receive_for_a_moment()?;
        }
        Ok(true)
    }

    #[cold]
    fn receive_for_a_moment(&self) -> io::Result<()> {
        self.inner.set_read_timeout(Some(MOMENT))?;
        self.receives_for_a_moment.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Receives what is there, waiting for it until the deadline; 0 is the end of the stream.
    #[inline(always)] // a read is one function from its lock to the system
    pub fn receive_into(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        let waits = self.may_wait_a_moment(deadline)?;
        match self.receive_once(buffer, waits, deadline) {
            Ok(count @ 1..) if !self.tap.is_on() => {
                self.traffic.note_received(count);
                Ok(count)
            }
            received => self.receive_on(received, waits, buffer, deadline),
        }
    }

    /// What is to be done once a receive has not simply brought something.
    #[cold]
    #[inline(never)]
    fn receive_on(
        &self,
        mut received: io::Result<usize>,
        mut waited: bool,
        buffer: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        loop {
            match self.note_received(buffer, received) {
                Ok(0) if self.is_cancelled() => return Err(Stop::Cancelled(Ender::Close)),
                Ok(count) => return Ok(count),
                Err(error) => {
                    if waited && error.kind() == io::ErrorKind::WouldBlock {
                        deadline.note_first_wait(MOMENT);
                    }
                    self.settle(error, Interest::Read, deadline)?;
                }
            }
            waited = self.may_wait_a_moment(deadline)?;
            received = self.receive_once(buffer, waited, deadline);
        }
    }

    #[inline(always)]
    fn receive_once(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        waits: bool,
        deadline: &Deadline,
    ) -> io::Result<usize> {
        match waits {
            true => deadline.caller().outside(|| self.receive_with(buffer, 0)),
            false => self.receive_with(buffer, libc::MSG_DONTWAIT),
        }
    }

    /// Receives what is there without waiting (`WouldBlock` when there is nothing).
    pub fn receive_now(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        let received = self.receive_with(buffer, libc::MSG_DONTWAIT);
        self.note_received(buffer, received)
    }

    /// As `receive_now`, and what is more into `second`. No trace hears of it.
    pub fn receive_both_now(
        &self,
        first: &mut [MaybeUninit<u8>],
        second: &mut [MaybeUninit<u8>],
    ) -> io::Result<usize> {
        let mut parts = [first, second].map(|part| libc::iovec {
            iov_base: part.as_mut_ptr().cast(),
            iov_len: part.len(),
        });
        // SAFETY: msghdr is a C struct for which all zeros is a valid, empty value.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = parts.as_mut_ptr();
        message.msg_iovlen = parts.len() as _;
        // SAFETY: the descriptor is open as long as `self`; the parts are slices' and outlive the call.
        let count =
            unsafe { calls::recvmsg(self.inner.as_raw_fd(), &mut message, libc::MSG_DONTWAIT) }?;
        self.traffic.note_received(count);
        Ok(count)
    }

    #[inline(always)]
    fn receive_with(&self, buffer: &mut [MaybeUninit<u8>], flags: i32) -> io::Result<usize> {
        // SAFETY: the descriptor is open as long as `self`; the pointer and length are a slice's.
        unsafe {
            calls::recv(
                self.inner.as_raw_fd(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                flags,
            )
        }
    }

    fn note_received(
        &self,
        buffer: &[MaybeUninit<u8>],
        received: io::Result<usize>,
    ) -> io::Result<usize> {
        if let Ok(count) = received {
            self.traffic.note_received(count);
        }
        match self.tap.is_on() {
            true => self.trace_received(buffer, received),
            false => received,
        }
    }

    fn send_parts_with(&self, parts: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
        // SAFETY: msghdr is a C struct for which all zeros is a valid, empty value.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = parts.as_ptr().cast_mut().cast();
        message.msg_iovlen = parts.len() as _;
        let sent = waiting(flags, || {
            // SAFETY: IoSlice is laid out as iovec on Unix (its documentation promises it); sendmsg
            // only reads the parts, which outlive the call.
            unsafe { calls::sendmsg(self.inner.as_raw_fd(), &message, flags | libc::MSG_NOSIGNAL) }
        });
        self.note_sent(parts, sent)
    }

    fn note_sent(&self, parts: &[IoSlice<'_>], sent: io::Result<usize>) -> io::Result<usize> {
        if let Ok(count) = sent {
            self.traffic.note_sent(count);
        }
        match self.tap.is_on() {
            true => self.trace_sent(parts, sent),
            false => sent,
        }
    }

    /// Ends this process's waits on a socket that another one made, and this process's part in it. Threads
    /// of the other one that were using it are not here, so nobody would ever drop what they hold.
    fn let_go(&self) {
        // Out of descriptors the socket stays open here, and nothing else is wrong.
        if let Ok(end) = Signal::new() {
            end.set();
            // SAFETY: two open descriptors; the number stays this socket's, for a wait that finds its end.
            unsafe {
                libc::dup3(end.as_raw_fd(), self.inner.as_raw_fd(), libc::O_CLOEXEC);
            }
        }
        WAKER.wake(forks(), Signal::set);
    }
}

impl Drop for SystemSocket {
    fn drop(&mut self) {
        let _held = hold_cancellation();
        // SAFETY: nobody uses the socket after this.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}

/// Whether this one is ready in time.
fn poll_one(entry: libc::pollfd, timeout: Option<Duration>) -> Result<bool, Stop> {
    Ok(poll(&mut [entry], timeout)? > 0)
}

//! Sockets on Windows.
//!
//! Winsock has no flag for a single call that shall not wait, and a receive that ends by
//! SO_RCVTIMEO leaves the socket in an undefined state. Sockets here never wait by themselves:
//! every wait is a request to the driver (see `afd`), which a time limit or another thread ends.

use super::afd;
use super::descriptor::descriptor_of;
use super::fork::forks;
use super::signal::Signal;
use super::wait::{BROKEN, Interest};
use crate::error::winsock_error;
use crate::net::cancels::LastCancel;
use crate::net::deadline::Deadline;
use crate::net::stop::{Ender, Stop};
use crate::net::sys::traffic::Traffic;
use crate::net::sys::waker::Waker;
use crate::trace::Tap;
use once_cell::sync::OnceCell;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::windows::io::AsRawSocket;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{self, SOCKET, SOCKET_ERROR, WSABUF, WSASend};
use windows_sys::Win32::System::SystemInformation::GetTickCount64;

/// The most bytes handed to the system at once. It would take any number as soon as there is room
/// for one, and keep them all in the kernel's memory.
const MOST_SENT: usize = 256 * 1024;

/// A connected or listening socket whose waits another thread can end.
#[derive(Debug)]
pub struct SystemSocket {
    inner: socket2::Socket,
    cancelled: AtomicBool,
    last_cancel: LastCancel,
    waker: Waker<Signal>,
    base: OnceCell<SOCKET>,
    traffic: Traffic,
    tap: Tap,
    /// When bytes came last, in the system's milliseconds.
    last_arrival: AtomicU64,
}

impl SystemSocket {
    /// Takes over a socket.
    pub fn new(inner: socket2::Socket) -> Self {
        // Only an invalid handle makes this fail, and then every later call tells so.
        let _ = inner.set_nonblocking(true);
        SystemSocket {
            inner,
            cancelled: AtomicBool::new(false),
            last_cancel: LastCancel::default(),
            waker: Waker::new(),
            base: OnceCell::new(),
            traffic: Traffic::default(),
            tap: Tap::default(),
            last_arrival: AtomicU64::new(ticks()),
        }
    }

    /// Takes over a socket that others may have, too.
    pub fn of_others(inner: socket2::Socket) -> Self {
        Self::new(inner)
    }

    /// The handle, for somebody who may use it beside.
    pub fn give_descriptor(&self) -> isize {
        descriptor_of(&self.inner)
    }

    /// Whether closing the handle ends the connection in good order. Nothing is saved by it here.
    pub fn ends_with_descriptor(&self) -> bool {
        false
    }

    /// Whether another process made it: Windows has no forks.
    pub fn is_inherited(&self) -> bool {
        false
    }

    /// The socket itself, for its options and addresses.
    pub fn inner(&self) -> &socket2::Socket {
        &self.inner
    }

    /// What has gone through it.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// For how many milliseconds nothing has come.
    pub fn silent_for(&self) -> u64 {
        ticks().saturating_sub(self.last_arrival.load(Ordering::Relaxed))
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
        // Only the sending half: with the other one ended too, Windows answers bytes that are
        // still on their way by a reset, which destroys what has not gone out yet.
        let _ = self.end(std::net::Shutdown::Write);
        self.waker.wake(forks(), Signal::set);
    }

    /// Ends the waits of the calls that began before this cancel; the socket goes on.
    pub fn end_waits(&self, number: u64) {
        self.last_cancel.note(number);
        self.waker.wake(forks(), Signal::set);
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

    /// Whether `cancel` was called, or is about to be.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// No handler of a signal ever runs in a waiting thread here.
    pub fn end_waits_with_signals(&self, _: bool) {}

    /// Whether one ends the wait.
    pub fn signals_end_waits(&self) -> bool {
        false
    }

    /// Sends some of the parts, as much as there is room for.
    pub fn send_some(&self, parts: &[IoSlice<'_>], _: &Deadline) -> io::Result<usize> {
        self.send_now(parts)
    }

    /// Sends what there is room for without waiting (`WouldBlock` when there is none).
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.send_now(&[IoSlice::new(bytes)])
    }

    /// As `try_send`, of several parts in order.
    pub fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_now(parts)
    }

    /// Waits until the socket is ready, the deadline passes or another thread cancels.
    pub fn wait(&self, interest: Interest, deadline: &Deadline) -> Result<(), Stop> {
        let base = self.base()?;
        loop {
            let wake = self.waker.signal(forks(), Signal::new)?;
            self.check(deadline)?;
            let left = deadline.remaining();
            let happened = self.poll(base, interest.events(), Some(&wake), left)?;
            self.check(deadline)?;
            if happened != 0 {
                return Ok(());
            }
            if deadline.has_passed() {
                return Err(Stop::TimedOut);
            }
        }
    }

    /// Waits for the system to have again what it is short of, so long and at most until the deadline. Ends
    /// at once where another thread cancels.
    pub fn pause(&self, moment: Duration, deadline: &Deadline) -> Result<(), Stop> {
        if deadline.has_passed() {
            return Err(Stop::TimedOut);
        }
        let left = deadline.remaining().unwrap_or(moment).min(moment);
        let wake = self.waker.signal(forks(), Signal::new)?;
        self.check(deadline)?;
        afd::poll(&mut [], Some(&wake), Some(left))?;
        self.check(deadline)
    }

    /// Whether the peer has ended its sending half or the connection is broken, as far as the
    /// system knows now. Takes and sends nothing.
    pub fn is_ended_by_peer(&self) -> bool {
        self.has_happened(afd::DISCONNECT | BROKEN)
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
            io::ErrorKind::WouldBlock if deadline.has_passed() => Err(Stop::TimedOut),
            io::ErrorKind::WouldBlock => self.wait(interest, deadline),
            _ => Err(Stop::Failed(error)),
        }
    }

    fn has_happened(&self, events: u32) -> bool {
        let now = Some(Duration::ZERO);
        self.base()
            .and_then(|base| self.poll(base, events, None, now))
            .is_ok_and(|happened| happened != 0)
    }

    fn poll(
        &self,
        base: SOCKET,
        events: u32,
        wake: Option<&Signal>,
        timeout: Option<Duration>,
    ) -> io::Result<u32> {
        let mut entry = [afd::PollEntry::new(base, events)];
        afd::poll(&mut entry, wake, timeout)?;
        Ok(entry[0].events)
    }

    /// Receives what is there, waiting for it until the deadline; 0 is the end of the stream.
    pub fn receive_into(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        loop {
            match self.receive_now(buffer) {
                Ok(0) if self.is_cancelled() => return Err(Stop::Cancelled(Ender::Close)),
                Ok(count) => return Ok(count),
                Err(error) => self.settle(error, Interest::Read, deadline)?,
            }
        }
    }

    /// Receives what is there without waiting (`WouldBlock` when there is nothing).
    pub fn receive_now(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        let received = self.receive_what_is_there(buffer);
        match self.tap.is_on() {
            true => self.trace_received(buffer, received),
            false => received,
        }
    }

    /// As `receive_now`; into `second` nothing comes.
    pub fn receive_both_now(
        &self,
        first: &mut [MaybeUninit<u8>],
        _second: &mut [MaybeUninit<u8>],
    ) -> io::Result<usize> {
        self.receive_now(first)
    }

    fn receive_what_is_there(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        // SAFETY: the socket is open as long as `self`; the pointer is a slice's and the length
        // at most the slice's.
        let count = unsafe {
            WinSock::recv(
                self.raw(),
                buffer.as_mut_ptr().cast(),
                i32::try_from(buffer.len()).unwrap_or(i32::MAX),
                0,
            )
        };
        if count == 0 && !buffer.is_empty() && self.has_happened(BROKEN) {
            // Wine tells of a reset only once, not always to the one who receives.
            return Err(io::Error::from_raw_os_error(WinSock::WSAECONNRESET));
        }
        let count = usize::try_from(count).map_err(|_| winsock_error())?;
        self.traffic.note_received(count);
        if count > 0 {
            self.last_arrival.store(ticks(), Ordering::Relaxed);
        }
        Ok(count)
    }

    fn send_now(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let sent = self.send_what_fits(parts);
        match self.tap.is_on() {
            true => self.trace_sent(parts, sent),
            false => sent,
        }
    }

    fn send_what_fits(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut buffers = [WSABUF::default(); 4];
        let mut room = MOST_SENT;
        let mut count = 0;
        for (buffer, part) in buffers.iter_mut().zip(parts) {
            let length = part.len().min(room);
            buffer.len = length as u32;
            buffer.buf = part.as_ptr().cast_mut();
            room -= length;
            count += 1;
        }
        let mut sent = 0;
        // SAFETY: the socket is open as long as `self`; the system only reads the parts, whose
        // lengths are at most those of slices that live through the call.
        let outcome = unsafe {
            WSASend(
                self.raw(),
                buffers.as_ptr(),
                count,
                &mut sent,
                0,
                null_mut(),
                None,
            )
        };
        if outcome == SOCKET_ERROR {
            return Err(winsock_error());
        }
        self.traffic.note_sent(sent as usize);
        Ok(sent as usize)
    }

    fn raw(&self) -> SOCKET {
        self.inner.as_raw_socket() as SOCKET
    }

    fn base(&self) -> io::Result<SOCKET> {
        self.base
            .get_or_try_init(|| afd::base(&self.inner))
            .copied()
    }
}

/// The system's clock, in milliseconds: a look at memory that it shares.
fn ticks() -> u64 {
    // SAFETY: it takes nothing.
    unsafe { GetTickCount64() }
}

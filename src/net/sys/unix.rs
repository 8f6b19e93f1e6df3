//! Sockets on Linux and its kin.
//!
//! Descriptors stay blocking: a read that finds nothing sleeps inside `recv` itself, with the
//! time limit set on the socket, so that the usual call costs the one system call it cannot do
//! without. `poll` is for what is left of a wait, for listeners and for connecting.

use super::cancellation_unix as calls;
use super::{QUESTIONS, SHORTAGE, between_questions, forks, hold_cancellation, outside};
use crate::net::{Deadline, Stop, is_shortage};
use std::io::{self, IoSlice};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering, fence};
use std::time::Duration;

/// The shortest time, in milliseconds, of which a quarter is more than what SO_RCVTIMEO may come late.
const SHORTEST_LIMIT: i32 = 100;

/// The stack of a thread of ours, in bytes: what std gives to one, and more than any resolver is known to take.
const STACK: usize = 2 << 20;

/// What a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes, a client or the end of the stream.
    Read,
    /// Room in the send buffer, or the end of a connection attempt.
    Write,
    /// Whichever comes first.
    ReadOrWrite,
}

/// A connected or listening socket whose waits another thread can end.
///
/// A process may have it from the one that it was forked from, which goes on using it. Then nothing is
/// done to the socket itself, neither options nor an end: only this process's descriptor is closed.
#[derive(Debug)]
pub struct Socket {
    inner: ManuallyDrop<socket2::Socket>,
    cancelled: AtomicBool,
    /// The time given that the SO_RCVTIMEO in force is for, in milliseconds; -1 is no limit.
    receive_timeout: AtomicI32,
    /// The process that made it.
    made_in: u32,
    /// What wakes this process's waits on a socket that another one made; made by the first of them.
    wake: OnceLock<Signal>,
}

impl Socket {
    /// Takes over a socket in blocking mode.
    pub fn new(inner: socket2::Socket) -> Self {
        Socket {
            inner: ManuallyDrop::new(inner),
            cancelled: AtomicBool::new(false),
            receive_timeout: AtomicI32::new(-1),
            made_in: forks(),
            wake: OnceLock::new(),
        }
    }

    /// Whether another process made it, from which this one was forked.
    pub fn is_inherited(&self) -> bool {
        self.made_in != forks()
    }

    /// The socket itself, for its options and addresses.
    pub fn inner(&self) -> &socket2::Socket {
        &self.inner
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
        let _ = self.inner.shutdown(std::net::Shutdown::Both);
    }

    /// Whether `cancel` was called, or is about to be.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Sends all the parts in order, waiting for room until the deadline. The rest of a message that has
    /// `begun` waits through a shortage of the system's, too. On failure tells how many bytes the system took.
    pub fn send(
        &self,
        mut parts: &mut [IoSlice<'_>],
        begun: bool,
        deadline: &Deadline,
    ) -> Result<(), (usize, Stop)> {
        let flags = if deadline.total() < 0 && !self.is_inherited() {
            0
        } else {
            libc::MSG_DONTWAIT
        };
        let mut sent = 0;
        IoSlice::advance_slices(&mut parts, 0); // drops empty parts in front
        while !parts.is_empty() {
            match self.send_parts_with(parts, flags) {
                Ok(count) => {
                    sent += count;
                    IoSlice::advance_slices(&mut parts, count);
                    if !parts.is_empty() && deadline.has_run_out() {
                        return Err((sent, Stop::TimedOut));
                    }
                }
                Err(error) => {
                    let settled = match begun || sent > 0 {
                        true if is_shortage(&error) => self.pause(SHORTAGE, deadline),
                        _ => self.settle(error, Interest::Write, deadline),
                    };
                    settled.map_err(|stop| (sent, stop))?;
                }
            }
        }
        Ok(())
    }

    /// Sends what there is room for without waiting (`WouldBlock` when there is none).
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::send(self.inner.as_raw_fd(), bytes, flags) }
    }

    /// As `try_send`, of several parts in order.
    pub fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_parts_with(parts, libc::MSG_DONTWAIT)
    }

    /// Waits until the socket is ready, the deadline passes or another thread cancels.
    pub fn wait(&self, interest: Interest, deadline: &Deadline) -> Result<(), Stop> {
        loop {
            if self.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let own = poll_entry(self.inner.as_raw_fd(), interest);
            let woken = match self.wake()? {
                Some(wake) => poll(
                    &mut [own, poll_entry(wake.as_raw_fd(), Interest::Read)],
                    deadline.remaining(),
                ),
                None => poll(&mut [own], deadline.remaining()),
            };
            match woken {
                Ok(0) if deadline.has_passed() => return Err(Stop::TimedOut),
                Ok(0) => {}
                Ok(_) if self.is_cancelled() => return Err(Stop::Cancelled),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Failed(error)),
            }
        }
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
        match self.is_cancelled() {
            true => Err(Stop::Cancelled),
            false => Ok(()),
        }
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
    pub(super) fn settle(
        &self,
        error: io::Error,
        interest: Interest,
        deadline: &Deadline,
    ) -> Result<(), Stop> {
        if self.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        match error.kind() {
            io::ErrorKind::Interrupted => Ok(()),
            io::ErrorKind::WouldBlock if deadline.has_passed() => Err(Stop::TimedOut),
            io::ErrorKind::WouldBlock => self.wait(interest, deadline),
            _ => Err(Stop::Failed(error)),
        }
    }

    /// Has the system end the next receive before the deadline, where that is still the whole time given,
    /// to the millisecond. Otherwise `false`: the rest of a wait goes through `poll`.
    ///
    /// The system's own limit is coarse: it may come an eighth of its length late, and two of the system's
    /// ticks. So it is set to three quarters, and `poll`, which is precise, waits for the rest.
    pub(super) fn limit_wait(&self, deadline: &Deadline) -> io::Result<bool> {
        let total = deadline.total();
        let is_short = (0..SHORTEST_LIMIT).contains(&total);
        if is_short || self.is_inherited() || !deadline.begin() {
            return Ok(false);
        }
        if self.receive_timeout.load(Ordering::Relaxed) != total {
            let limit = u64::try_from(total).ok();
            self.inner
                .set_read_timeout(limit.map(|total| Duration::from_millis(total / 4 * 3)))?;
            self.receive_timeout.store(total, Ordering::Relaxed);
        }
        Ok(true)
    }

    pub(super) fn receive_into(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        loop {
            let flags = if self.limit_wait(deadline)? {
                0
            } else {
                libc::MSG_DONTWAIT
            };
            match self.receive_with(buffer, flags) {
                Ok(0) if self.is_cancelled() => return Err(Stop::Cancelled),
                Ok(count) => return Ok(count),
                Err(error) => self.settle(error, Interest::Read, deadline)?,
            }
        }
    }

    /// Receives what is there without waiting (`WouldBlock` when there is nothing).
    pub(super) fn receive_now(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        self.receive_with(buffer, libc::MSG_DONTWAIT)
    }

    #[inline]
    fn receive_with(&self, buffer: &mut [MaybeUninit<u8>], flags: i32) -> io::Result<usize> {
        waiting(flags, || {
            // SAFETY: the descriptor is open as long as `self`; the pointer and length are a slice's.
            unsafe {
                calls::recv(
                    self.inner.as_raw_fd(),
                    buffer.as_mut_ptr().cast(),
                    buffer.len(),
                    flags,
                )
            }
        })
    }

    fn send_parts_with(&self, parts: &[IoSlice<'_>], flags: i32) -> io::Result<usize> {
        // SAFETY: msghdr is a C struct for which all zeros is a valid, empty value.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = parts.as_ptr().cast_mut().cast();
        message.msg_iovlen = parts.len() as _;
        waiting(flags, || {
            // SAFETY: IoSlice is laid out as iovec on Unix (its documentation promises it); sendmsg
            // only reads the parts, which outlive the call.
            unsafe { calls::sendmsg(self.inner.as_raw_fd(), &message, flags | libc::MSG_NOSIGNAL) }
        })
    }

    /// Ends this process's waits on a socket that another one made, and this process's part in it. Threads
    /// of the other one that were using it are not here, so nobody would ever drop what they hold.
    fn let_go(&self) {
        // Out of descriptors the socket stays open here, and nothing else is wrong.
        if let Ok(Some(wake)) = self.wake() {
            wake.set();
            // SAFETY: two open descriptors; the number stays this socket's, for a wait that finds its end.
            unsafe {
                libc::dup3(wake.as_raw_fd(), self.inner.as_raw_fd(), libc::O_CLOEXEC);
            }
        }
    }

    /// What ends a wait on a socket that another process made, beside the socket itself.
    fn wake(&self) -> io::Result<Option<&Signal>> {
        if !self.is_inherited() {
            return Ok(None);
        }
        if self.wake.get().is_none() {
            let made = Signal::new()?;
            self.wake.get_or_init(|| made);
        }
        // Either `cancel` sees the signal, or whoever made it sees that it was cancelled.
        fence(Ordering::SeqCst);
        if self.is_cancelled()
            && let Some(wake) = self.wake.get()
        {
            wake.set();
        }
        Ok(self.wake.get())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _held = hold_cancellation();
        // SAFETY: nobody uses the socket after this.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}

/// Makes a system call with these flags, which may wait unless they say otherwise.
#[inline]
pub(super) fn waiting<R>(flags: i32, call: impl FnOnce() -> R) -> R {
    if flags & libc::MSG_DONTWAIT != 0 {
        return call();
    }
    outside(call)
}

/// Wakes a thread that waits in `wait_any`.
#[derive(Debug)]
pub struct Signal(Descriptor);

impl Signal {
    /// A signal that is not set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a descriptor that was just made and that nobody else knows.
        Ok(Signal(unsafe { Descriptor::new(fd) }))
    }

    /// Wakes the waiting thread, now or as soon as it waits.
    pub fn set(&self) {
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::write_event(self.0.as_raw_fd()) };
    }

    /// The descriptor that is readable while the signal is set.
    pub(super) fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Forgets that it was set.
    pub fn clear(&self) {
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::read_event(self.0.as_raw_fd()) };
    }

    /// Becomes another one, in this process alone.
    pub(super) fn replace(&self, other: Self) -> io::Result<()> {
        self.0.replace(other.0)
    }
}

/// A descriptor that is closed without letting anybody cancel the thread meanwhile.
#[derive(Debug)]
pub(super) struct Descriptor(ManuallyDrop<OwnedFd>);

impl Descriptor {
    /// Takes over a descriptor.
    ///
    /// # Safety
    /// It is open and nobody else's.
    pub unsafe fn new(fd: RawFd) -> Self {
        // SAFETY: as this function's.
        Descriptor(ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Its number.
    pub fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Lets the same number stand for what `other` stands for.
    pub fn replace(&self, other: Self) -> io::Result<()> {
        // SAFETY: two open descriptors.
        match unsafe { libc::dup3(other.as_raw_fd(), self.as_raw_fd(), libc::O_CLOEXEC) } {
            0.. => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        let _held = hold_cancellation();
        // SAFETY: nobody uses the descriptor after this.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// A stream socket that connects without waiting.
pub fn connecting_socket(domain: socket2::Domain) -> io::Result<socket2::Socket> {
    socket2::Socket::new(domain, socket2::Type::STREAM.nonblocking(), None)
}

/// Makes it an ordinary blocking socket, in one system call where `fcntl` takes two.
pub fn make_blocking(socket: &socket2::Socket) -> io::Result<()> {
    let off: libc::c_int = 0;
    // SAFETY: FIONBIO reads one int, which lives through the call.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONBIO, &off) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits until one of the sockets, all connecting, is done, the signal is set or the time is over.
/// Tells for each socket whether it is done. An interrupted wait returns early with none.
pub fn wait_any(
    connecting: &[&socket2::Socket],
    signal: Option<&Signal>,
    timeout: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let mut entries: Vec<_> = connecting
        .iter()
        .map(|socket| poll_entry(socket.as_raw_fd(), Interest::Write))
        .collect();
    entries.extend(signal.map(|signal| poll_entry(signal.as_raw_fd(), Interest::Read)));
    match poll(&mut entries, timeout) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
        _ => {}
    }
    entries.truncate(connecting.len());
    Ok(entries.iter().map(|entry| entry.revents != 0).collect())
}

/// Whether a connect that did not end at once is under way.
pub fn is_connecting(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS)
}

/// Whether a connect that was begun has succeeded by now. Errors: how it failed.
///
/// To ask is to call `connect` again: with a peer on this machine the answer is there at once, and one
/// system call tells it where `poll` and SO_ERROR take two.
pub fn is_connected(socket: &socket2::Socket, peer: &socket2::SockAddr) -> io::Result<bool> {
    match socket.connect(peer) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EISCONN) => Ok(true),
            Some(libc::EALREADY | libc::EINPROGRESS | libc::EINTR) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Whether the system says that it has run out of descriptors or memory.
pub fn is_resource_limit(errno: i32) -> bool {
    [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM].contains(&errno)
}

/// Whether the system tells of the network in other words than std knows, where it was asked for a client.
pub fn is_network_report(errno: i32) -> bool {
    [
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        libc::EOPNOTSUPP,
    ]
    .contains(&errno)
}

/// Whether the system lacks the address family altogether, such as IPv6 or Bluetooth.
pub fn is_family_missing(error: &io::Error) -> bool {
    let missing = [libc::EAFNOSUPPORT, libc::EPROTONOSUPPORT];
    error
        .raw_os_error()
        .is_some_and(|errno| missing.contains(&errno))
}

/// Whether a port was refused for another program's sake in other words than EADDRINUSE: never.
pub fn is_port_held(_: &io::Error) -> bool {
    false
}

/// Makes a listening port the socket's own (`unique`), or one that other programs may take too.
/// SO_REUSEADDR here means only that a server can start again at once after it stopped.
pub fn set_unique_address(socket: &socket2::Socket, unique: bool) -> io::Result<()> {
    if socket.r#type()? == socket2::Type::STREAM || !unique {
        socket.set_reuse_address(true)?;
    }
    socket.set_reuse_port(!unique)
}

/// The address family of a socket, bound or not.
pub fn family_of(socket: &socket2::Socket) -> io::Result<socket2::Domain> {
    Ok(socket.local_addr()?.domain())
}

/// Has the system ask a peer that was silent for so long (0: never) whether it lives, and take it for dead
/// when it does not answer; one that owes us an acknowledgement as well, which no question is sent for.
pub fn set_keep_alive(socket: &socket2::Socket, silence: Duration) -> io::Result<()> {
    let between = between_questions(silence);
    if silence.is_zero() {
        socket.set_keepalive(false)?;
    } else {
        let questions = socket2::TcpKeepalive::new().with_time(silence);
        let questions = questions.with_interval(between).with_retries(QUESTIONS);
        socket.set_tcp_keepalive(&questions)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(silence + between * QUESTIONS))?;
    Ok(())
}

/// How long a connection may be silent before the system asks whether the peer lives.
pub fn keep_alive_time(socket: &socket2::Socket) -> io::Result<Duration> {
    socket.tcp_keepalive_time()
}

/// Whether a bound port is the socket's own.
pub fn unique_address(socket: &socket2::Socket) -> io::Result<bool> {
    socket.reuse_port().map(|shared| !shared)
}

/// Starts a thread that takes none of the host's signals: their handlers expect the host's own
/// threads.
pub fn spawn_quietly(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // SAFETY: sigset_t is plain data that sigfillset and pthread_sigmask fill in; both masks
    // live through the calls.
    let before = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    };
    // Without a size std would ask the environment for one.
    let thread = std::thread::Builder::new()
        .name(name.into())
        .stack_size(STACK);
    let started = thread.spawn(work);
    // SAFETY: puts back the mask that was just read.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    started.map(drop)
}

fn poll_entry(fd: RawFd, interest: Interest) -> libc::pollfd {
    let events = match interest {
        Interest::Read => libc::POLLIN,
        Interest::Write => libc::POLLOUT,
        Interest::ReadOrWrite => libc::POLLIN | libc::POLLOUT,
    };
    libc::pollfd {
        fd,
        events,
        revents: 0,
    }
}

fn poll(entries: &mut [libc::pollfd], timeout: Option<Duration>) -> io::Result<usize> {
    let limit = timeout.map(|left| libc::timespec {
        tv_sec: left.as_secs() as _,
        tv_nsec: left.subsec_nanos() as _,
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), |limit| limit);
    let _held = hold_cancellation();
    let flags = match timeout {
        Some(Duration::ZERO) => libc::MSG_DONTWAIT,
        _ => 0,
    };
    waiting(flags, || {
        // SAFETY: the entries are a slice's; the limit is null or lives through the call.
        let ready = unsafe {
            libc::ppoll(
                entries.as_mut_ptr(),
                entries.len() as _,
                limit,
                std::ptr::null(),
            )
        };
        usize::try_from(ready).map_err(|_| io::Error::last_os_error())
    })
}

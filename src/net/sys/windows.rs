//! Sockets on Windows.
//!
//! Winsock has no flag for a single call that shall not wait, and a receive that ends by
//! SO_RCVTIMEO leaves the socket in an undefined state. Sockets here never wait by themselves:
//! every wait is a request to the driver (see `afd_windows`), which a time limit or another thread ends.

use super::afd_windows as afd;
use super::{QUESTIONS, SHORTAGE, between_questions};
use crate::net::{Deadline, Stop, is_shortage};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::windows::io::{AsRawHandle, AsRawSocket, FromRawHandle, OwnedHandle};
use std::ptr::{from_mut, from_ref, null, null_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    self, SO_EXCLUSIVEADDRUSE, SOCKET, SOCKET_ERROR, SOL_SOCKET, WSABUF, WSASend,
};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};
use windows_sys::Win32::System::Threading::{CreateEventW, ResetEvent, SetEvent};

/// The most bytes handed to the system at once. It would take any number as soon as there is room
/// for one, and keep them all in the kernel's memory.
const MOST_SENT: usize = 256 * 1024;

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

impl Interest {
    fn events(self) -> u32 {
        match self {
            Interest::Read => afd::RECEIVE | afd::ACCEPT | afd::DISCONNECT | BROKEN,
            Interest::Write => afd::SEND | BROKEN,
            Interest::ReadOrWrite => Interest::Read.events() | Interest::Write.events(),
        }
    }
}

/// The connection is gone, or was never made. (Wine tells a reset, too, as a connection that could
/// not be made.)
const BROKEN: u32 = afd::ABORT | afd::CONNECT_FAIL;

/// A connected or listening socket whose waits another thread can end.
#[derive(Debug)]
pub struct Socket {
    inner: socket2::Socket,
    cancelled: AtomicBool,
    /// What wakes the waiting threads; made by the first wait, since many sockets never see one.
    wake: OnceLock<Signal>,
    base: OnceLock<SOCKET>,
}

impl Socket {
    /// Takes over a socket.
    pub fn new(inner: socket2::Socket) -> Self {
        // Only an invalid handle makes this fail, and then every later call tells so.
        let _ = inner.set_nonblocking(true);
        Socket {
            inner,
            cancelled: AtomicBool::new(false),
            wake: OnceLock::new(),
            base: OnceLock::new(),
        }
    }

    /// Whether another process made it: Windows has no forks.
    pub fn is_inherited(&self) -> bool {
        false
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
        // Only the sending half: with the other one ended too, Windows answers bytes that are
        // still on their way by a reset, which destroys what has not gone out yet.
        let _ = self.inner.shutdown(std::net::Shutdown::Write);
        fence(Ordering::SeqCst);
        if let Some(wake) = self.wake.get() {
            wake.set();
        }
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
        let mut sent = 0;
        IoSlice::advance_slices(&mut parts, 0); // drops empty parts in front
        while !parts.is_empty() {
            match self.send_now(parts) {
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
        self.send_now(&[IoSlice::new(bytes)])
    }

    /// As `try_send`, of several parts in order.
    pub fn try_send_parts(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_now(parts)
    }

    /// Waits until the socket is ready, the deadline passes or another thread cancels.
    pub fn wait(&self, interest: Interest, deadline: &Deadline) -> Result<(), Stop> {
        let wake = self.wake()?;
        let base = self.base()?;
        loop {
            if self.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let happened = self.poll(base, interest.events(), Some(wake), deadline.remaining())?;
            if self.is_cancelled() {
                return Err(Stop::Cancelled);
            }
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
        afd::poll(&mut [], Some(self.wake()?), Some(left))?;
        match self.is_cancelled() {
            true => Err(Stop::Cancelled),
            false => Ok(()),
        }
    }

    /// Whether the peer has ended its sending half or the connection is broken, as far as the
    /// system knows now. Takes and sends nothing.
    pub fn is_ended_by_peer(&self) -> bool {
        self.has_happened(afd::DISCONNECT | BROKEN)
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
        let mut entry = [afd::Entry::new(base, events)];
        afd::poll(&mut entry, wake, timeout)?;
        Ok(entry[0].events)
    }

    pub(super) fn receive_into(
        &self,
        buffer: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        loop {
            match self.receive_now(buffer) {
                Ok(0) if self.is_cancelled() => return Err(Stop::Cancelled),
                Ok(count) => return Ok(count),
                Err(error) => self.settle(error, Interest::Read, deadline)?,
            }
        }
    }

    /// Receives what is there without waiting (`WouldBlock` when there is nothing).
    pub(super) fn receive_now(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
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
        usize::try_from(count).map_err(|_| winsock_error())
    }

    fn send_now(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
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
        Ok(sent as usize)
    }

    fn raw(&self) -> SOCKET {
        self.inner.as_raw_socket() as SOCKET
    }

    fn base(&self) -> io::Result<SOCKET> {
        match self.base.get() {
            Some(base) => Ok(*base),
            None => {
                let base = afd::base(&self.inner)?;
                Ok(*self.base.get_or_init(|| base))
            }
        }
    }

    fn wake(&self) -> io::Result<&Signal> {
        if let Some(wake) = self.wake.get() {
            return Ok(wake);
        }
        let made = Signal::new()?;
        let wake = self.wake.get_or_init(|| made);
        // Either `cancel` sees the event, or whoever made it sees that it was cancelled.
        fence(Ordering::SeqCst);
        Ok(wake)
    }
}

/// Wakes a thread that waits in `wait_any`.
#[derive(Debug)]
pub struct Signal(pub(super) OwnedHandle);

impl Signal {
    /// A signal that is not set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: NULL means the default attributes, not inheritable, and no name.
        let event = unsafe { CreateEventW(null(), 1, 0, null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a handle that was just made and that nobody else knows.
        Ok(Signal(unsafe { OwnedHandle::from_raw_handle(event) }))
    }

    /// Wakes the waiting thread, now or as soon as it waits.
    pub fn set(&self) {
        // SAFETY: the handle is open as long as `self`.
        unsafe { SetEvent(self.0.as_raw_handle()) };
    }

    /// Forgets that it was set.
    pub fn clear(&self) {
        // SAFETY: the handle is open as long as `self`.
        unsafe { ResetEvent(self.0.as_raw_handle()) };
    }
}

/// A stream socket that connects without waiting.
pub fn connecting_socket(domain: socket2::Domain) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Nothing to do: here sockets never block, their waits are calls of their own.
pub fn make_blocking(_: &socket2::Socket) -> io::Result<()> {
    Ok(())
}

/// Waits until one of the sockets, all connecting, is done, the signal is set or the time is over.
/// Tells for each socket whether it is done.
pub fn wait_any(
    connecting: &[&socket2::Socket],
    signal: Option<&Signal>,
    timeout: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let mut entries = Vec::with_capacity(connecting.len());
    for socket in connecting {
        entries.push(afd::Entry::new(
            afd::base(socket)?,
            Interest::Write.events(),
        ));
    }
    afd::poll(&mut entries, signal, timeout)?;
    Ok(entries.iter().map(|entry| entry.events != 0).collect())
}

/// Whether a connect that was begun has succeeded by now. Errors: how it failed.
pub fn is_connected(socket: &socket2::Socket, _peer: &socket2::SockAddr) -> io::Result<bool> {
    if wait_any(&[socket], None, Some(Duration::ZERO))? != [true] {
        return Ok(false);
    }
    match socket.take_error()? {
        Some(error) => Err(error),
        // The system does not always keep the error.
        None => socket.peer_addr().map(|_| true),
    }
}

/// Whether a connect that did not end at once is under way.
pub fn is_connecting(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// Whether the system says that it has run out of sockets, handles or memory.
pub fn is_resource_limit(code: i32) -> bool {
    use windows_sys::Win32::Foundation::{
        ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY,
        ERROR_TOO_MANY_OPEN_FILES,
    };
    use windows_sys::Win32::Networking::WinSock::{WSAEMFILE, WSAENOBUFS, WSAEPROCLIM};
    [WSAEMFILE, WSAENOBUFS, WSAEPROCLIM].contains(&code)
        || [
            ERROR_NO_SYSTEM_RESOURCES,
            ERROR_NOT_ENOUGH_MEMORY,
            ERROR_OUTOFMEMORY,
            ERROR_TOO_MANY_OPEN_FILES,
        ]
        .contains(&code.unsigned_abs())
}

/// Whether the system tells of the network in other words than std knows, where it was asked for a client: never.
pub fn is_network_report(_: i32) -> bool {
    false
}

/// Whether the system lacks the address family altogether, such as IPv6 or Bluetooth.
pub fn is_family_missing(error: &io::Error) -> bool {
    let missing = [
        WinSock::WSAEAFNOSUPPORT,
        WinSock::WSAEPROTONOSUPPORT,
        WinSock::WSAESOCKTNOSUPPORT,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| missing.contains(&code))
}

/// Whether a port was refused because another program has it for itself (SO_EXCLUSIVEADDRUSE) or the
/// system keeps it. Windows has no ports for privileged users, which this would mean elsewhere.
pub fn is_port_held(error: &io::Error) -> bool {
    error.raw_os_error() == Some(WinSock::WSAEACCES)
}

/// Makes a listening port the socket's own (`unique`), or one that other programs may take too.
/// SO_REUSEADDR here means only the latter; a server can start again at once without it.
pub fn set_unique_address(socket: &socket2::Socket, unique: bool) -> io::Result<()> {
    if !unique {
        return socket.set_reuse_address(true);
    }
    let yes = 1_i32;
    // SAFETY: the socket is open; the value is an int that lives through the call.
    let outcome = unsafe {
        WinSock::setsockopt(
            socket.as_raw_socket() as SOCKET,
            SOL_SOCKET,
            SO_EXCLUSIVEADDRUSE,
            from_ref(&yes).cast(),
            size_of::<i32>() as i32,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(())
}

/// Whether a bound port is the socket's own.
pub fn unique_address(socket: &socket2::Socket) -> io::Result<bool> {
    socket.reuse_address().map(|shared| !shared)
}

/// The address family of a socket, bound or not. (One that is not bound has no address here.)
pub fn family_of(socket: &socket2::Socket) -> io::Result<socket2::Domain> {
    let mut protocol = WinSock::WSAPROTOCOL_INFOW::default();
    let mut size = size_of_val(&protocol) as i32;
    // SAFETY: the socket is open; the description and its size live through the call.
    let outcome = unsafe {
        WinSock::getsockopt(
            socket.as_raw_socket() as SOCKET,
            SOL_SOCKET,
            WinSock::SO_PROTOCOL_INFOW,
            from_mut(&mut protocol).cast(),
            &mut size,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(protocol.iAddressFamily.into())
}

/// Has the system ask a peer that was silent for so long (0: never) whether it lives, and take it for dead
/// when it does not answer; one that owes us an acknowledgement as well, which no question is sent for.
pub fn set_keep_alive(socket: &socket2::Socket, silence: Duration) -> io::Result<()> {
    let between = between_questions(silence);
    if silence.is_zero() {
        socket.set_keepalive(false)?;
    } else {
        let questions = socket2::TcpKeepalive::new().with_time(silence);
        let questions = questions.with_interval(between);
        // Windows before 10 (1703) asks ten times, whatever one would like.
        let counted = questions.clone().with_retries(QUESTIONS);
        let set = socket.set_tcp_keepalive(&counted);
        set.or_else(|_| socket.set_tcp_keepalive(&questions))?;
    }
    // The default is what -1 means here; it is a nicety, which not every Windows has.
    let whole = (silence + between * QUESTIONS).as_secs();
    let seconds = if whole == 0 {
        -1
    } else {
        i32::try_from(whole).unwrap_or(i32::MAX)
    };
    // SAFETY: the socket is open; the value is an int that lives through the call.
    unsafe {
        WinSock::setsockopt(
            socket.as_raw_socket() as SOCKET,
            WinSock::IPPROTO_TCP,
            WinSock::TCP_MAXRT,
            from_ref(&seconds).cast(),
            size_of::<i32>() as i32,
        );
    }
    Ok(())
}

/// How long a connection may be silent before the system asks whether the peer lives.
pub fn keep_alive_time(socket: &socket2::Socket) -> io::Result<Duration> {
    let (mut seconds, mut size) = (0_u32, size_of::<u32>() as i32);
    // SAFETY: the socket is open; the value and its size live through the call.
    let outcome = unsafe {
        WinSock::getsockopt(
            socket.as_raw_socket() as SOCKET,
            WinSock::IPPROTO_TCP,
            WinSock::TCP_KEEPIDLE,
            from_mut(&mut seconds).cast(),
            &mut size,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(Duration::from_secs(seconds.into()))
}

/// Starts a thread. (Windows has no signals that would have to be kept from it.)
pub fn spawn_quietly(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop)
}

/// Keeps this library loaded until the process ends: some hosts free a library after each call,
/// and the sockets would go with it.
pub fn stay_loaded() {
    let mut module = null_mut();
    // SAFETY: the address is one inside this library; the handle goes to a variable of ours.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            stay_loaded as *const u16,
            &mut module,
        );
    }
}

/// What Winsock said. A connection that the system gave up because its peer is silent is a reset
/// one, which is what std knows a word for.
pub(super) fn winsock_error() -> io::Error {
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(WinSock::WSAENETRESET) => io::Error::from_raw_os_error(WinSock::WSAECONNRESET),
        _ => error,
    }
}

//! Waiting for sockets and an event at once.
//!
//! WSAPoll cannot be woken by another thread, and before Windows 10 version 2004 it says nothing
//! of a connection that failed; WSAEventSelect has room for one waiter a socket. The request to
//! the socket driver (AFD) that both are made of has neither limit: every waiter makes its own,
//! it is level-triggered, and it can be withdrawn.

use super::signal::Signal;
use once_cell::sync::OnceCell;
use std::io;
use std::mem::size_of;
use std::os::windows::io::{AsRawHandle, AsRawSocket, FromRawHandle, OwnedHandle};
use std::ptr::{from_mut, null, null_mut};
use std::time::Duration;
use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::Storage::FileSystem::{FILE_OPEN, NtCancelIoFileEx, NtCreateFile};
use windows_sys::Wdk::System::IO::NtDeviceIoControlFile;
use windows_sys::Win32::Foundation::{
    HANDLE, NTSTATUS, RtlNtStatusToDosError, STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS,
    STATUS_TIMEOUT, UNICODE_STRING, WAIT_FAILED, WAIT_OBJECT_0,
};
use windows_sys::Win32::Networking::WinSock::{
    SIO_BASE_HANDLE, SIO_BSP_HANDLE_POLL, SOCKET, SOCKET_ERROR, WSAIoctl,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_SHARE_READ, FILE_SHARE_WRITE, SYNCHRONIZE};
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;
use windows_sys::Win32::System::Threading::{
    INFINITE, WaitForMultipleObjects, WaitForSingleObject,
};

/// Bytes have come.
pub const RECEIVE: u32 = 0x001;
/// There is room to send, or the connection stands.
pub const SEND: u32 = 0x004;
/// The peer has ended its sending half.
pub const DISCONNECT: u32 = 0x008;
/// The connection broke.
pub const ABORT: u32 = 0x010;
/// A client waits.
pub const ACCEPT: u32 = 0x080;
/// The connection could not be made.
pub const CONNECT_FAIL: u32 = 0x100;

/// The request's number (IOCTL_AFD_POLL).
const POLL: u32 = 0x0001_2024;

/// One socket of a request, as the driver has it: what is waited for, and then what happened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PollEntry {
    socket: SOCKET,
    /// What is waited for; after [`poll`] what happened.
    pub events: u32,
    status: NTSTATUS,
}

/// What stands before the entries.
#[repr(C)]
struct PollHeader {
    timeout: i64,
    count: u32,
    exclusive: u32,
}

impl PollEntry {
    /// A socket by what [`base`] tells of it.
    pub fn new(base: SOCKET, events: u32) -> Self {
        PollEntry {
            socket: base,
            events,
            status: STATUS_SUCCESS,
        }
    }
}

/// The socket that the driver knows: programs may have been given one that is wrapped by a
/// "layered service provider" of a virus scanner or the like. Some of those hide it from the first question; then the
/// second leads one layer down, where the first is asked again.
pub fn base(socket: &socket2::Socket) -> io::Result<SOCKET> {
    let mut outer = socket.as_raw_socket() as SOCKET;
    for _ in 0..MOST_LAYERS {
        let failure = match ask_layer(outer, SIO_BASE_HANDLE) {
            Ok(base) => return Ok(base),
            Err(failure) => failure,
        };
        match ask_layer(outer, SIO_BSP_HANDLE_POLL) {
            Ok(inner) if inner != outer => outer = inner,
            _ => return Err(failure),
        }
    }
    Err(io::ErrorKind::Unsupported.into())
}

/// More providers are never on top of one another.
const MOST_LAYERS: usize = 16;

/// What the provider of a socket tells of the one below.
fn ask_layer(socket: SOCKET, question: u32) -> io::Result<SOCKET> {
    let (mut inner, mut length): (SOCKET, u32) = (0, 0);
    // SAFETY: the output is one SOCKET, and both variables live through the call, which is not overlapped.
    let outcome = unsafe {
        WSAIoctl(
            socket,
            question,
            null(),
            0,
            from_mut(&mut inner).cast(),
            size_of::<SOCKET>() as u32,
            &mut length,
            null_mut(),
            None,
        )
    };
    match outcome {
        SOCKET_ERROR => Err(io::Error::last_os_error()),
        _ => Ok(inner),
    }
}

/// Waits until something that an entry waits for has happened, `wake` is set or the time is over,
/// and leaves in every entry what happened to it.
pub fn poll(
    entries: &mut [PollEntry],
    wake: Option<&Signal>,
    timeout: Option<Duration>,
) -> io::Result<()> {
    if entries.is_empty() {
        return match wake {
            Some(wake) => wait_for_event(wake, timeout),
            None => Ok(()),
        };
    }
    // The driver wants one piece of memory, aligned to eight bytes, for question and answer.
    let size = size_of::<PollHeader>() + size_of_val(entries);
    let mut memory = vec![0_u64; size.div_ceil(size_of::<u64>())];
    let header = memory.as_mut_ptr().cast::<PollHeader>();
    // SAFETY: the memory is as long as the header and the entries together; a PollHeader is 16 bytes,
    // so that what follows is aligned for entries.
    let asked = unsafe {
        header.write(PollHeader {
            timeout: intervals(timeout),
            count: entries.len() as u32,
            exclusive: 0,
        });
        let asked = header.add(1).cast::<PollEntry>();
        asked.copy_from_nonoverlapping(entries.as_ptr(), entries.len());
        asked
    };
    // SAFETY: the memory has this size, and `request` does not return before the driver is done.
    let status = unsafe { request(header.cast(), size as u32, wake) }?;
    let told = match status {
        // The answer lists only the sockets to which something happened.
        // SAFETY: the driver has put the number of entries into the header, never more than asked.
        STATUS_SUCCESS => unsafe {
            let count = (*header).count.min(entries.len() as u32);
            std::slice::from_raw_parts(asked, count as usize)
        },
        STATUS_TIMEOUT | STATUS_CANCELLED => &[],
        _ => return Err(error_of(status)),
    };
    for entry in entries {
        let happened = told.iter().find(|told| told.socket == entry.socket);
        entry.events = happened.map_or(0, |told| told.events);
    }
    Ok(())
}

/// Hands a request to the driver, waits for its end and tells its status. When `wake` is set it
/// is withdrawn.
///
/// # Safety
/// `memory` is a request of `size` bytes.
unsafe fn request(
    memory: *mut PollHeader,
    size: u32,
    wake: Option<&Signal>,
) -> io::Result<NTSTATUS> {
    thread_local! {
        /// What the driver sets at the end of this thread's request.
        static DONE: io::Result<Signal> = Signal::new();
    }
    let driver = driver()?.as_raw_handle();
    let waited = DONE.try_with(|done| {
        let done = match done {
            Ok(done) => done.0.as_raw_handle(),
            Err(error) => return Err(io::Error::from(error.kind())),
        };
        let mut outcome = IO_STATUS_BLOCK::default();
        // SAFETY: all pointers live until the driver is done, which the waits below make sure of.
        unsafe {
            let status = NtDeviceIoControlFile(
                driver,
                done,
                None,
                null(),
                &mut outcome,
                POLL,
                memory.cast(),
                size,
                memory.cast(),
                size,
            );
            if status != STATUS_PENDING {
                return Ok(status);
            }
            let events = [done, wake.map_or(done, |wake| wake.0.as_raw_handle())];
            let count = if wake.is_some() { 2 } else { 1 };
            let first = WaitForMultipleObjects(count, events.as_ptr(), 0, INFINITE);
            if first != WAIT_OBJECT_0 {
                let mut withdrawn = IO_STATUS_BLOCK::default();
                NtCancelIoFileEx(driver, &outcome, &mut withdrawn);
                WaitForSingleObject(done, INFINITE);
            }
            Ok(std::ptr::read_volatile(&outcome.Anonymous.Status))
        }
    });
    waited.map_err(|_| io::Error::other("the thread is ending"))?
}

/// Waits for the event alone.
fn wait_for_event(wake: &Signal, timeout: Option<Duration>) -> io::Result<()> {
    let limit = timeout.map_or(INFINITE, |left| {
        let milliseconds = left.as_micros().div_ceil(1000);
        u32::try_from(milliseconds).unwrap_or(INFINITE - 1)
    });
    // SAFETY: the handle is open as long as the signal.
    match unsafe { WaitForSingleObject(wake.0.as_raw_handle(), limit) } {
        WAIT_FAILED => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The way to the driver, opened once and kept.
fn driver() -> io::Result<&'static OwnedHandle> {
    static DRIVER: OnceCell<OwnedHandle> = OnceCell::new();
    DRIVER.get_or_try_init(open_driver)
}

fn open_driver() -> io::Result<OwnedHandle> {
    let name: Vec<u16> = r"\Device\Afd\wdsocket".encode_utf16().collect();
    let length = size_of_val(name.as_slice()) as u16;
    let path = UNICODE_STRING {
        Length: length,
        MaximumLength: length,
        Buffer: name.as_ptr().cast_mut(),
    };
    let attributes = OBJECT_ATTRIBUTES {
        Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
        ObjectName: &path,
        ..OBJECT_ATTRIBUTES::default()
    };
    let mut handle: HANDLE = null_mut();
    let mut outcome = IO_STATUS_BLOCK::default();
    // SAFETY: everything pointed to lives through the call. The handle is not inheritable, since
    // the attributes do not ask for it.
    let status = unsafe {
        NtCreateFile(
            &mut handle,
            SYNCHRONIZE,
            &attributes,
            &mut outcome,
            null(),
            0,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            FILE_OPEN,
            0,
            null(),
            0,
        )
    };
    if status != STATUS_SUCCESS {
        return Err(error_of(status));
    }
    // SAFETY: a handle that was just opened and that nobody else knows.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// A time as the driver wants it: intervals of 100 ns, negative from now on.
fn intervals(timeout: Option<Duration>) -> i64 {
    timeout.map_or(i64::MAX, |left| {
        i64::try_from(left.as_nanos().div_ceil(100)).map_or(i64::MIN, |count| -count)
    })
}

fn error_of(status: NTSTATUS) -> io::Error {
    // SAFETY: takes and gives a number.
    let code = unsafe { RtlNtStatusToDosError(status) };
    io::Error::from_raw_os_error(code as i32)
}

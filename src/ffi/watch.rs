//! Watches: one wait for many sockets.

use super::arguments::{Handle, numbers};
use super::export::export;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::registry::Target;
use crate::socket::{self, SOCKETS, Socket, SocketEntry};
use std::ffi::c_char;

/// How long SocketWatchWait waits by default, in milliseconds.
const WAIT_TIME: i32 = 1000;

export! {
    /// Creates a watch: one thread waits with it for any number of sockets.
    ///
    /// Add sockets with SocketWatchAdd, wait with SocketWatchWait, end it with SocketClose, which
    /// leaves the sockets open. It takes a name or an id as a socket does; SocketExist, SocketId,
    /// SocketName and SocketClose know it, the other functions say WRONG_KIND. Does not wait.
    ///
    /// @param name  the new watch's name, 1 to 255 bytes.
    /// @return 1, or 0: NAME_IN_USE, LIMIT, INVALID_ARGUMENT.
    ///
    ///     int32_t ready[64];
    ///     SocketCreate("server", 5000, NULL);
    ///     SocketWatch("all");
    ///     SocketWatchAdd("all", "server");
    ///     for (;;) {
    ///         intptr_t count = SocketWatchWait("all", WDSOCKET_INFINITE, ready, 64);
    ///         for (intptr_t i = 0; i < count; i++) serve(ready[i]);
    ///     }
    fn SocketWatch / SocketWatchId(name: &[u8]) -> SocketEntry {
        socket::watch(name)
    }
}

export! {
    /// Adds a socket to a watch: a connection, a server, a UDP socket.
    ///
    /// A socket may be in several watches; closing it takes it out of all of them. Adding it twice is
    /// the same as once. A wait that is under way in another thread sees the new socket. Channels do not
    /// join their server's watch by themselves: add each after SocketAccept. Does not wait.
    ///
    /// @param watch  a watch.
    /// @param name   the socket.
    /// @return 1, or 0: NOT_FOUND (the text says which of the two), WRONG_KIND (the first is no watch, or
    ///         the second is one), NO_CONNECTION (still connecting), LIMIT, INVALID_ARGUMENT.
    ///
    ///     if (SocketAccept("server", channel, sizeof channel) > 0)
    ///         SocketWatchAdd("all", channel);
    fn SocketWatchAdd / SocketWatchAddId(watch: &Socket, member: impl Handle) -> () {
        socket::watch_also(watch, &entry_of(member)?)
    }
}

export! {
    /// Takes a socket out of a watch; the socket stays open.
    ///
    /// Not needed before SocketClose. A wait that is under way in another thread tells it no more.
    /// Does not wait.
    ///
    /// @param watch  a watch.
    /// @param name   the socket.
    /// @return 1, or 0: NOT_FOUND (no such watch, no such socket, or it is not in this watch: the text
    ///         says which), WRONG_KIND, INVALID_ARGUMENT.
    fn SocketWatchRemove / SocketWatchRemoveId(watch: &Socket, member: impl Handle) -> () {
        socket::watch_no_more(watch, &entry_of(member)?)
    }
}

export! {
    /// Has a watch tell a socket once, as soon as it can be written to, so that a loop of one thread need not wait for a
    /// peer that reads slowly.
    ///
    /// SocketWatchWait then tells the socket as it tells one that is ready to read: once, when the system has room for more
    /// of its bytes, at once where there is room already, and also when the connection is gone. So write whatever is
    /// waiting for a socket when it is told. Until it is told, asking again changes nothing; each time that it is to be
    /// told takes a call of its own. What is ready to read is told as always.
    ///
    /// For a write that neither waits nor loses anything, set SocketWriteTimeout to 1 and SocketGather to 1 or more: a message of
    /// less than 64 KiB then goes whole or says TIMEOUT, and nothing of it has gone. Keep it, call this, write it again when the
    /// socket is told. Does not wait.
    ///
    /// @param watch  a watch.
    /// @param name   a socket in it: a connection, a UDP socket, a simplified server with a client.
    /// @return 1, or 0: NOT_FOUND (no such watch, no such socket, or it is not in this watch: the text says which), NO_CONNECTION (a
    ///         server without a client), WRONG_KIND, LIMIT, INVALID_ARGUMENT.
    ///
    ///     if (!SocketWrite("viewer", frame, size) && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT)
    ///         SocketWatchWritable("all", "viewer");
    fn SocketWatchWritable / SocketWatchWritableId(watch: &Socket, member: impl Handle) -> () {
        socket::watch_room(watch, &entry_of(member)?)
    }
}

export! {
    /// Waits until sockets of a watch are ready, and tells which.
    ///
    /// Ready is a socket whose next SocketRead would not wait, or would tell of an end or an error: a
    /// whole message is there, or the peer is gone. For a server it means that SocketAccept has a client
    /// to take; for a simplified server with a client, that this client's message is there. A socket of
    /// SocketWatchWritable is told once more when it can be written to.
    ///
    /// The watch receives on behalf of the sockets, as far as the message that comes next: a message of
    /// which only a part has arrived is not told, one that was received or decrypted by an earlier call
    /// is. A connection without frames and without TLS is told as soon as anything has come, and most often the watch
    /// leaves the bytes to the read. What another thread is just receiving in SocketRead belongs to that thread.
    /// A socket is told again at every wait until it is read. If more are ready than `capacity`, the next
    /// wait begins with the others, and who becomes ready meanwhile comes before those told already. The cost of a
    /// wait grows with the sockets that are ready, not with those that are in the watch. An id may be stale when you
    /// get to it, if another thread closes sockets: then the read says NOT_FOUND. Sockets may be added, removed and
    /// closed during a wait, and the wait takes notice; SocketClose of the watch ends it with CANCELLED. Several threads may wait on one
    /// watch, and each is told of every ready socket; to share work out, give each thread its own watch.
    ///
    /// @param watch     a watch.
    /// @param timeout   milliseconds; 0 does not wait, `WDSOCKET_INFINITE` waits without limit,
    ///                  `WDSOCKET_DEFAULT` is 1000.
    /// @param ids       receives the ids of ready sockets, each once, for the Id functions; SocketName
    ///                  tells their names.
    /// @param capacity  how many ids there is room for, at least 1.
    /// @return how many ids were written, 0 when none became ready in time (no error); or CANCELLED,
    ///         NOT_FOUND, WRONG_KIND, LIMIT, INVALID_ARGUMENT, as `-code`.
    ///
    ///     int32_t ready[64];
    ///     intptr_t count = SocketWatchWait("all", 5000, ready, 64);
    ///     for (intptr_t i = 0; i < count; i++)
    ///         SocketReadId(ready[i], 0, 0, buffer, sizeof buffer);
    quick fn SocketWatchWait / SocketWatchWaitId(
        watch: &Socket,
        timeout: i32,
        ids: *mut i32,
        capacity: i32,
    ) -> usize {
        let deadline = Deadline::from_timeout(timeout, WAIT_TIME)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        let ids = unsafe { numbers(ids, capacity) }?;
        watch.kind()?.as_watch()?.wait(ids, &deadline)
    }
}

export! {
    /// Tells what a loop of your own waits for in place of SocketWatchWait: a descriptor for select, poll, epoll, GLib,
    /// libevent, Qt, Python's selectors; on Windows the handle of an event for WaitForMultipleObjects,
    /// MsgWaitForMultipleObjects, GLib, Qt.
    ///
    /// It is readable (the event: signalled) whenever SocketWatchWait with time 0 would tell something; now and then also where it
    /// would not, never the reverse. So wait until it is readable, then call SocketWatchWait with time 0 and serve the
    /// sockets that it tells; what is not read is signalled again (level-triggered). Take nothing from the descriptor itself,
    /// change nothing about it (nor reset the event), and do not close it: SocketClose of the watch does, after your loop
    /// has let it go. It is the same at each call. On Windows a thread of the library's own waits for the sockets from then
    /// on, until the watch is closed. Does not wait.
    ///
    /// @param watch  a watch.
    /// @return the descriptor or handle, 0 or more; or NOT_FOUND, WRONG_KIND, CANCELLED, LIMIT, INVALID_ARGUMENT, as `-code`.
    ///
    ///     struct pollfd all = {(int)SocketWatchHandle("all"), POLLIN, 0};
    ///     while (poll(&all, 1, -1) > 0) {
    ///         intptr_t count = SocketWatchWait("all", 0, ready, 64);
    ///         for (intptr_t i = 0; i < count; i++) serve(ready[i]);
    ///     }
    fn SocketWatchHandle / SocketWatchHandleId(watch: &Socket) -> isize {
        watch.kind()?.as_watch()?.handle()
    }
}

export! {
    /// Has a message posted to a window of this program whenever SocketWatchWait may tell something, for programs whose loop is
    /// that of a window. Windows alone.
    ///
    /// The message comes by PostMessage with the watch's id as wParam and 0 as lParam; nothing of this library calls into your
    /// program. Then call SocketWatchWait with time 0 and serve the sockets that it tells. After a message none comes until
    /// that call has ended; where something is left unread, the next one comes at once. It may come for nothing, never the
    /// reverse. Another window or message takes the place of the one before; a window of 0 ends the messages, as do
    /// SocketClose of the watch and the end of the window. A message that was posted before may still come then. A thread of the
    /// library's own waits for the sockets, until the watch is closed. Does not wait.
    ///
    /// @param name     a watch.
    /// @param window   the window's handle (HWND), of which 32 bits count, or 0.
    /// @param message  the message's number, 1024 (WM_USER) to 65535.
    /// @return 1, or 0: NOT_SUPPORTED (no Windows), NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT (no such window, no such message), CANCELLED,
    ///         LIMIT.
    ///
    ///     SocketWatchMessage("all", (int32_t)(intptr_t)window, WM_APP);
    fn SocketWatchMessage / SocketWatchMessageId(target: Target, window: i32, message: i32) -> () {
        let watch = SOCKETS.get(target).ok_or_else(|| no_watch(target))?;
        socket::watch_message(&watch, window, message)
    }
}

/// The socket that goes in or out. Errors: NOT_FOUND, INVALID_ARGUMENT.
fn entry_of<H: Handle>(handle: H) -> Result<SocketEntry> {
    // SAFETY: an export's caller passes a NUL-terminated name or NULL, as the header asks, and
    // it stays until the call returns.
    let target = unsafe { handle.target() }?;
    SOCKETS.get(target).ok_or_else(|| {
        Error::new(
            Code::NotFound,
            format!("there is no socket {target} to watch: it was never created, or it was closed"),
        )
    })
}

fn no_watch(target: Target<'_>) -> Error {
    Error::new(
        Code::NotFound,
        format!("there is no watch {target}: it was never created, or it was closed"),
    )
}

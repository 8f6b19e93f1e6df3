//! What a socket's calls tell its trace.

use super::{SystemSocket, hold_cancellation};
use socket2::SockAddr;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};

impl SystemSocket {
    /// Ends a half of the connection, or both.
    pub fn end(&self, half: Shutdown) -> io::Result<()> {
        self.inner().shutdown(half)?;
        if self.tap().is_on() {
            let _held = hold_cancellation();
            self.tap().ended();
        }
        Ok(())
    }

    /// What a receive brought, which is handed back: `buffer` as far as the system has written it.
    #[cold]
    pub(super) fn trace_received(
        &self,
        buffer: &[MaybeUninit<u8>],
        received: io::Result<usize>,
    ) -> io::Result<usize> {
        let _held = hold_cancellation();
        match &received {
            // The end that this process has made itself.
            Ok(0) if self.is_cancelled() || buffer.is_empty() => {}
            Ok(count) => self.tap().received(Ok(written(buffer, *count))),
            Err(error) => self.tap().received(Err(error)),
        }
        received
    }

    /// What the system took of these, which is handed back.
    #[cold]
    pub(super) fn trace_sent(
        &self,
        parts: &[IoSlice<'_>],
        sent: io::Result<usize>,
    ) -> io::Result<usize> {
        let _held = hold_cancellation();
        self.tap().sent(parts, &sent);
        sent
    }

    /// A datagram that the system took.
    #[cold]
    pub(super) fn trace_sent_to(&self, bytes: &[u8], to: &SockAddr) {
        let _held = hold_cancellation();
        self.tap().sent_to(to.as_socket(), bytes);
    }

    /// A datagram that came: `out`, and behind it what did not fit.
    #[cold]
    pub(super) fn trace_received_from(
        &self,
        out: &[u8],
        rest: &[MaybeUninit<u8>],
        size: usize,
        sender: SocketAddr,
    ) {
        let _held = hold_cancellation();
        let fits = size.min(out.len());
        let rest = written(rest, size - fits);
        self.tap().received_from(sender, &[&out[..fits], rest]);
    }
}

/// The first bytes of a buffer, which the system has written.
fn written(buffer: &[MaybeUninit<u8>], count: usize) -> &[u8] {
    let bytes = &buffer[..count];
    // SAFETY: the caller has had the system write so many.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

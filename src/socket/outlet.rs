//! Where OpenSSL's records leave.

use crate::net::SystemSocket;
use std::io::{self, IoSlice, Write};
use std::sync::Arc;

/// Where OpenSSL's records go: straight to the system as far as it takes them, without waiting. They
/// queue as long as there is no socket.
#[derive(Default)]
pub struct Outlet(pub Option<Arc<SystemSocket>>);

impl Outlet {
    fn send(&self, send: impl FnOnce(&SystemSocket) -> io::Result<usize>) -> io::Result<usize> {
        match &self.0 {
            Some(socket) => send(socket),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(|socket| socket.try_send(bytes))
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send(|socket| socket.try_send_parts(parts))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

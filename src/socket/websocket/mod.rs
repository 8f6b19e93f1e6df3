//! A WebSocket: messages of RFC 6455 over a stream that carries bytes as they are.
//!
//! The stream does what streams do: deadlines, cancelling, TLS, options. Here are the messages, with turns of their
//! own: one thread at a time receives and takes frames apart for all, one at a time sends. A reader answers a PING
//! as far as the system takes the answer at once, and leaves it to the writer where one is at work.

mod inbox;
mod opening;
mod outbox;
mod reading;
mod request;
mod writing;

use super::bind;
use super::connection::Connection;
use super::kind::{Denied, Kind};
use super::last_read::LastRead;
use super::options::{self, Level, Options};
use super::statistics::{Counts, of_connection};
use super::stream::Stream;
use super::turns::Turns;
use super::watched::{Sight, Watchable, Watched};
use super::wire::Wire;
use crate::constants::WebSocketBinary;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{Deadline, Endpoint, SystemSocket};
use crate::tls::SslInfo;
use crate::trace::Tap;
use crate::websocket::{self, Side};
use inbox::Inbox;
use outbox::Outbox;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

pub use request::Request;

/// A WebSocket, made by WebSocketClientConnect or accepted by a listener with the option WebSocketServer.
///
/// Its inbox's lock is taken before the outbox's, and both before those of the stream.
pub struct WebSocket {
    stream: Arc<Stream>,
    side: Side,
    inbox: Turns<Inbox>,
    outbox: Turns<Outbox>,
    binary: AtomicI32,
    kinds: LastRead<websocket::Kind>,
}

impl WebSocket {
    fn new(stream: Arc<Stream>, side: Side, inbox: Inbox, options: &Options) -> Self {
        WebSocket {
            stream,
            side,
            inbox: Turns::new(inbox),
            outbox: Turns::new(Outbox::new(side)),
            binary: AtomicI32::new(options.get(WebSocketBinary)),
            kinds: LastRead::default(),
        }
    }

    fn counts(&self) -> Counts {
        let (received, sent) = (self.inbox.lock().messages, self.outbox.lock().messages);
        Counts {
            messages_received: received,
            messages_sent: sent,
            ..self.stream.counts()
        }
    }

    fn peer(&self) -> Endpoint {
        self.stream.peer()
    }
}

impl Connection for WebSocket {
    fn wire(&self) -> &Wire {
        self.stream.wire()
    }
}

impl Kind for WebSocket {
    fn refuse(&self, _: &'static str) -> Error {
        Error::new(
            Code::WrongKind,
            "this socket is a WebSocket, the function is for others",
        )
    }

    fn close(&self) {
        self.say_goodbye();
        self.stream.close();
        self.inbox.wake();
        self.outbox.wake();
    }

    fn leave_watches(&self) {
        self.watched().leave_all(Watchable::socket(self));
    }

    fn end_waits(&self, number: u64) {
        self.stream.end_waits(number);
        self.inbox.wake();
        self.outbox.wake();
    }

    fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        WebSocket::read(self, out, deadline)
    }

    fn write(&self, message: &[u8]) -> Result<()> {
        WebSocket::write(self, message)
    }

    fn pending(&self) -> Result<usize> {
        WebSocket::pending(self)
    }

    fn is_connected(&self) -> Result<bool> {
        Ok(!self.inbox.lock().has_ended() && self.stream.is_connected())
    }

    /// Without effect, as WLanguage has it: a WebSocket tells messages apart itself.
    fn set_framing(&self, _: &Framing) -> Result<()> {
        Ok(())
    }

    /// Messages of a WebSocket leave at once.
    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn peer(&self) -> Result<Endpoint> {
        self.stream.client()
    }

    fn descriptor(&self) -> Result<isize> {
        self.stream.descriptor()
    }

    fn credentials(&self) -> Result<(u32, i32)> {
        self.stream.credentials()
    }

    fn message_kind(&self) -> Result<&'static str> {
        let kind = self.kinds.of_this_thread();
        kind.map(websocket::Kind::name).ok_or_else(|| {
            Error::new(
                Code::NoConnection,
                "this thread has read no message of this WebSocket yet",
            )
        })
    }

    fn local(&self) -> Result<Endpoint> {
        bind::local(self.wire().socket().inner())
    }

    fn counts(&self) -> Result<Counts> {
        Ok(WebSocket::counts(self))
    }

    fn tap(&self) -> Option<&Tap> {
        Some(self.socket().tap())
    }

    fn statistic(&self, info: i32) -> Result<String> {
        let handshake = || self.wire().peer_tls()?.handshake_time();
        of_connection(WebSocket::counts(self), self.socket(), handshake, info)
    }

    fn shut_down(&self) -> Result<()> {
        WebSocket::shut_down(self)
    }

    fn option(&self, option: i32) -> Result<i32> {
        match option == WebSocketBinary {
            true => Ok(self.binary.load(Ordering::Relaxed)),
            false => self.stream.option(option),
        }
    }

    fn set_option(self: Arc<Self>, option: i32, value: i32) -> Result<()> {
        if option != WebSocketBinary {
            return Stream::set_option(&self.stream, option, value);
        }
        let value = options::check(option, value, Level::SystemSocket)?;
        self.binary.store(value, Ordering::Relaxed);
        Ok(())
    }

    fn start_tls(&self, _: i32, _: &Deadline, _: &str, _: &str) -> Result<Option<String>> {
        Err(Error::new(
            Code::WrongKind,
            "a WebSocket cannot be put under TLS in mid-stream: WebSocketClientConnectSSL makes one that begins with it",
        ))
    }

    fn tls_info(&self, question: SslInfo) -> Result<String> {
        Kind::tls_info(&*self.stream, question)
    }

    fn deny(&self) -> Result<Denied> {
        Ok(Denied::Itself)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Ok(self)
    }
}

impl Watchable for WebSocket {
    /// The stream's: what it tells is news of the WebSocket too.
    fn watched(&self) -> &Watched {
        self.stream.watched()
    }

    fn socket(&self) -> &SystemSocket {
        self.wire().socket()
    }

    fn sight(&self, news: bool) -> Sight {
        self.look(news)
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        // The stream tells the sums of the process of both when it goes.
        let Counts {
            messages_received,
            messages_sent,
            ..
        } = WebSocket::counts(self);
        self.stream.note_messages(messages_received, messages_sent);
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebSocket({})", self.peer())
    }
}

//! What can be asked of a socket: each kind of socket does what it has, and says WRONG_KIND of the rest.
//! [`kinds`](super::kinds) has them.

use super::freed::Freed;
use super::groups::Change;
use super::statistics::Counts;
use super::watch::Watch;
use super::watched::Watchable;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{Cancel, Deadline, Endpoint};
use crate::tls::SslInfo;
use crate::trace::{Log, Tap};
use std::fmt;
use std::sync::Arc;

/// A kind of socket. What a kind does not do itself ends with WRONG_KIND.
pub trait Kind: fmt::Debug + Send + Sync {
    /// Why a function is not for this kind: WRONG_KIND. `advice` is what users of UDP do instead.
    fn refuse(&self, advice: &'static str) -> Error;

    /// Ends it, and every wait on it.
    fn close(&self);

    /// As `close`, where nobody else uses it and it is about to be dropped.
    fn close_alone(&self) {
        self.close();
    }

    /// Lets every watch go that it is in: it is being closed.
    fn leave_watches(&self);

    /// Ends the waits of the calls that began before this cancel, and goes on.
    fn end_waits(&self, number: u64);

    /// What tells when its port, if it has one, is free again. (The port of a socket that another process made
    /// stays that one's.)
    fn freed(&self) -> Option<&Freed> {
        None
    }

    /// Reads the next message; on a server that of its attached client.
    fn read(&self, _out: &mut [u8], _deadline: &Deadline) -> Result<usize> {
        Err(self.refuse(""))
    }

    /// Sends one message.
    fn write(&self, _message: &[u8]) -> Result<()> {
        Err(self.refuse("call SocketWriteTo, which says to whom the datagram goes"))
    }

    /// Sends one datagram; without a port, to that of the last one sent.
    fn write_to(
        &self,
        _message: &[u8],
        _host: &str,
        _port: Option<u16>,
        _cancel: &Cancel,
    ) -> Result<()> {
        Err(no_udp("call SocketWrite"))
    }

    /// Joins or leaves a multicast group.
    fn change_group(&self, _change: Change, _group: &str, _interface: &str) -> Result<()> {
        Err(no_udp("groups are for sockets of SocketCreateUDP"))
    }

    /// The size of what the next read would return without waiting; 0 for nothing yet.
    fn pending(&self) -> Result<usize> {
        Err(self.refuse(""))
    }

    /// Whether a peer is there.
    fn is_connected(&self) -> Result<bool> {
        Err(self.refuse("SocketClientInfo tells who sent a datagram"))
    }

    /// Goes on in another transmission mode.
    fn set_framing(&self, _framing: &Framing) -> Result<()> {
        Err(self.refuse("each datagram is one message, without any mode"))
    }

    /// Gives the system what is held of what was written.
    fn flush(&self) -> Result<()> {
        Err(self.refuse("each datagram leaves at once"))
    }

    /// The peer's address; for UDP that of the last datagram's sender.
    fn peer(&self) -> Result<Endpoint> {
        Err(self.refuse(""))
    }

    /// What the last message was that this thread read: "text" or "binary" of a WebSocket.
    fn message_kind(&self) -> Result<&'static str> {
        Err(Error::new(
            Code::WrongKind,
            "only messages of a WebSocket are text or binary",
        ))
    }

    /// The user and the process at the other end. Errors: WRONG_KIND (no Unix socket).
    fn credentials(&self) -> Result<(u32, i32)> {
        Err(no_credentials())
    }

    /// The number by which the process knows it.
    fn descriptor(&self) -> Result<isize> {
        Err(self.refuse(""))
    }

    /// This machine's address of the socket.
    fn local(&self) -> Result<Endpoint> {
        Err(self.refuse(""))
    }

    /// What has gone through it. Errors: WRONG_KIND, NO_CONNECTION (no client).
    fn counts(&self) -> Result<Counts> {
        Err(self.refuse("only what carries messages counts them"))
    }

    /// What it tells of an info from SocketBytesReceived to SocketHandshakeTime.
    /// Errors: WRONG_KIND, NO_CONNECTION (no client, or the handshake is not done), NOT_SUPPORTED.
    fn statistic(&self, _info: i32) -> Result<String> {
        Err(self.refuse("only what carries messages counts them"))
    }

    /// What of it goes into a trace, where it carries bytes itself.
    fn tap(&self) -> Option<&Tap> {
        None
    }

    /// The file that its trace goes into.
    fn log(&self) -> Option<Arc<Log>> {
        self.tap()?.log()
    }

    /// Ends the sending half.
    fn shut_down(&self) -> Result<()> {
        Err(self.refuse("there is no connection to end, call SocketClose"))
    }

    /// The value of a whole-number option.
    fn option(&self, _option: i32) -> Result<i32> {
        Err(self.refuse(""))
    }

    /// Sets a whole-number option.
    fn set_option(self: Arc<Self>, _option: i32, _value: i32) -> Result<()> {
        Err(self.refuse(""))
    }

    /// Sets a text option.
    fn set_text(&self, _option: i32, _text: &str) -> Result<()> {
        Err(self.refuse("text options are for TLS, which UDP does not have"))
    }

    /// Puts a connection under TLS in mid-stream, as a client, or with `SSLAsServer` as a server.
    /// `server_name` (the address that was connected to, if empty) is what a server's certificate must carry.
    /// Tells a warning about our own certificate.
    /// Errors: those of SocketStartSSL.
    fn start_tls(
        &self,
        _bits: i32,
        _deadline: &Deadline,
        _server_name: &str,
        _certificate: &str,
    ) -> Result<Option<String>> {
        Err(Error::new(
            Code::WrongKind,
            "only a connection can be put under TLS; a TLS server is made by SocketCreateSSL",
        ))
    }

    /// What is known about a TLS connection.
    /// Errors: WRONG_KIND (in clear), NO_CONNECTION (the handshake is not done).
    fn tls_info(&self, _question: SslInfo) -> Result<String> {
        Err(self.refuse("the function is for connections"))
    }

    /// Waits until a client waits.
    fn wait_for_connection(&self, _deadline: &Deadline) -> Result<()> {
        Err(self.refuse(NO_SERVER))
    }

    /// Takes the waiting client as a connection.
    fn accept(&self) -> Result<Arc<dyn Kind>> {
        Err(self.refuse(NO_SERVER))
    }

    /// Sends a client away.
    fn deny(&self) -> Result<Denied> {
        Err(self.refuse(NO_SERVER))
    }

    /// The watch. Errors: WRONG_KIND.
    fn as_watch(&self) -> Result<&Watch> {
        Err(Error::new(
            Code::WrongKind,
            "this socket is no watch: SocketWatch makes one",
        ))
    }

    /// What a watch needs of it. Errors: WRONG_KIND (a watch).
    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>>;
}

/// Who was sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// A client of the server.
    Client,
    /// The connection itself, which is to be closed.
    Itself,
}

/// What users of UDP do instead of taking clients.
const NO_SERVER: &str = "SocketRead takes datagrams from anybody";

/// What a socket says whose peer may be on another machine.
pub fn no_credentials() -> Error {
    Error::new(
        Code::WrongKind,
        "only the peer of a Unix socket has a user and a process that this machine knows",
    )
}

/// What a socket that is none of UDP says to a function that is for those alone.
fn no_udp(advice: &'static str) -> Error {
    Error::new(
        Code::WrongKind,
        format!("this socket is not a UDP socket: {advice}"),
    )
}

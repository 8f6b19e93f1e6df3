//! What can be asked of a socket: each kind of socket does what it has, and says WRONG_KIND of the rest.
//! [`kinds`](super::kinds) has them.

use super::freed::Freed;
use super::groups::Change;
use super::statistics::Counts;
use super::watch::Watch;
use super::watched::Watchable;
use crate::constants::{SSLAsServer, WDSOCKET_DEFAULT};
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{Cancel, Deadline, Endpoint};
use crate::tls::SslInfo;
use crate::net::{self, Cancel, Deadline, Endpoint};
use crate::tls::{ClientContext, ServerContext, Session, SslInfo};
use crate::trace::{Log, Tap};
use std::fmt;
use std::sync::Arc;

/// A kind of socket. What a kind does not do itself ends with WRONG_KIND.
pub trait Kind: fmt::Debug + Send + Sync {
    /// Why a function is not for this kind: WRONG_KIND. `advice` is what users of UDP do instead.
    fn refuse(&self, advice: &'static str) -> Error;

    /// Ends it, and every wait on it.
    fn close(&self);

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

    /// Puts a connection under TLS in mid-stream, as a client. `server_name` (the address that was
    /// connected to, if empty) is what the certificate must carry. Tells a warning about our own certificate.
    /// Errors: those of SocketStartSSL.
    /// Puts a connection under TLS in mid-stream, as a client, or with `SSLAsServer` as a server.
    /// `server_name` (the address that was connected to, if empty) is what a server's certificate must carry.
    /// Tells a warning about our own certificate.
    /// Errors: those of [`Stream::start_tls`], of [`ClientContext::get`], [`ServerContext::get`] and [`Session::client`].
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

impl Kind for Stream {
    fn refuse(&self, _: &'static str) -> Error {
        Error::new(
            Code::WrongKind,
            "this socket is a connection, the function is for servers",
        )
    }

    fn close(&self) {
        Stream::close(self);
    }

    fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        Stream::read(self, out, deadline)
    }

    fn write(&self, message: &[u8]) -> Result<()> {
        Stream::write(self, message)
    }

    fn pending(&self) -> Result<usize> {
        Ok(Stream::pending(self)?.unwrap_or(0))
    }

    fn is_connected(&self) -> Result<bool> {
        Ok(Stream::is_connected(self))
    }

    fn set_framing(&self, framing: &Framing) -> Result<()> {
        Stream::set_framing(self, framing);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Stream::flush(self)
    }

    fn peer(&self) -> Result<Endpoint> {
        Ok(Stream::peer(self))
    }

    fn local(&self) -> Result<Endpoint> {
        bind::local(self.wire().socket().inner())
    }

    fn counts(&self) -> Result<Counts> {
        Ok(Stream::counts(self))
    }

    fn tap(&self) -> Option<&Tap> {
        Some(self.wire().socket().tap())
    }

    fn statistic(&self, info: i32) -> Result<String> {
        let wire = self.wire();
        let handshake = || wire.tls().ok_or_else(no_tls)?.handshake_time();
        statistics::of_connection(Stream::counts(self), wire.socket(), handshake, info)
    }

    fn shut_down(&self) -> Result<()> {
        Stream::shut_down(self)
    }

    fn option(&self, option: i32) -> Result<i32> {
        Stream::option(self, option)
    }

    fn set_option(self: Arc<Self>, option: i32, value: i32) -> Result<()> {
        Stream::set_option(&self, option, value)
    }

    fn set_text(&self, option: i32, text: &str) -> Result<()> {
        Stream::set_text(self, option, text)
    }

    fn start_tls(
        &self,
        bits: i32,
        deadline: &Deadline,
        server_name: &str,
        certificate: &str,
    ) -> Result<Option<String>> {
        let bits = if bits == WDSOCKET_DEFAULT { 0 } else { bits };
        if bits >= 0 && bits & SSLAsServer != 0 {
            if !server_name.is_empty() {
                return Err(Error::invalid(
                    "with SSLAsServer there is no server's name to give: leave it out",
                ));
            }
            let options = self.settings().tls(bits & !SSLAsServer, certificate, "");
            let context = ServerContext::get(&options)?;
            let session = Session::server(&context, Outlet::default())?;
            Stream::start_tls(self, deadline, session)?;
            return Ok(context.warning());
        }
        let context = ClientContext::get(&self.settings().tls(bits, certificate, ""))?;
        let peer = Stream::peer(self);
        let typed = match server_name {
            "" => peer.address(),
            name => name.to_owned(),
        };
        let session = Session::client(&context, &typed, peer.port(), Outlet::default())?;
        Stream::start_tls(self, deadline, session)?;
        Ok(context.warning())
    }

    fn tls_info(&self, question: SslInfo) -> Result<String> {
        self.wire().tls().ok_or_else(no_tls)?.info(question)
    }

    fn deny(&self) -> Result<Denied> {
        Ok(Denied::Itself)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Ok(self)
    }
}

/// What is for connections goes to the attached client; without one it says NO_CONNECTION.
impl Kind for Server {
    fn refuse(&self, _: &'static str) -> Error {
        Error::new(
            Code::WrongKind,
            "this socket is a server, the function is for others",
        )
    }

    fn close(&self) {
        Server::close(self);
    }

    fn freed(&self) -> Option<&Freed> {
        let inherited = self.door.socket().is_inherited();
        (!inherited).then(|| self.door.freed())
    }

    fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        // It may take a client, and read the files of a certificate for it.
        let _held = net::hold_cancellation();
        Server::read(self, out, deadline)
    }

    fn write(&self, message: &[u8]) -> Result<()> {
        self.client()?.write(message)
    }

    fn pending(&self) -> Result<usize> {
        match self.client() {
            Ok(client) => Ok(client.pending()?.unwrap_or(0)),
            Err(_) => Ok(0),
        }
    }

    fn is_connected(&self) -> Result<bool> {
        Ok(self.client().is_ok_and(|client| client.is_connected()))
    }

    fn set_framing(&self, framing: &Framing) -> Result<()> {
        Server::set_framing(self, framing);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.client()?.flush()
    }

    fn peer(&self) -> Result<Endpoint> {
        Ok(self.client()?.peer())
    }

    fn local(&self) -> Result<Endpoint> {
        Ok(self.door.local())
    }

    fn counts(&self) -> Result<Counts> {
        Ok(Stream::counts(&*self.client()?))
    }

    fn log(&self) -> Option<Arc<Log>> {
        self.door.welcome.log()
    }

    fn statistic(&self, info: i32) -> Result<String> {
        Kind::statistic(&*self.client()?, info)
    }

    fn shut_down(&self) -> Result<()> {
        self.client()?.shut_down()
    }

    fn option(&self, option: i32) -> Result<i32> {
        self.door.option(option)
    }

    fn set_option(self: Arc<Self>, option: i32, value: i32) -> Result<()> {
        Server::set_option(&self, option, value)
    }

    fn set_text(&self, option: i32, text: &str) -> Result<()> {
        self.door.set_text(option, text)
    }

    fn tls_info(&self, question: SslInfo) -> Result<String> {
        if !self.door.welcome.is_tls() {
            return Err(no_tls());
        }
        self.client()?
            .wire()
            .tls()
            .ok_or_else(no_tls)?
            .info(question)
    }

    fn wait_for_connection(&self, deadline: &Deadline) -> Result<()> {
        self.door.wait_for_connection(deadline)
    }

    fn accept(&self) -> Result<Arc<Stream>> {
        self.door.accept()
    }

    fn deny(&self) -> Result<Denied> {
        Server::deny(self)?;
        Ok(Denied::Client)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Ok(self)
    }
}

impl Kind for Udp {
    fn refuse(&self, advice: &'static str) -> Error {
        Error::new(
            Code::WrongKind,
            format!("this socket is a UDP socket: {advice}"),
        )
    }

    fn close(&self) {
        Udp::close(self);
    }

    fn freed(&self) -> Option<&Freed> {
        let inherited = Watchable::socket(self).is_inherited();
        (!inherited).then(|| Udp::freed(self))
    }

    fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        Udp::read(self, out, deadline)
    }

    fn write_to(
        &self,
        message: &[u8],
        host: &str,
        port: Option<u16>,
        cancel: &Cancel,
    ) -> Result<()> {
        Udp::write_to(self, message, host, port, cancel)
    }

    fn change_group(&self, change: Change, group: &str, interface: &str) -> Result<()> {
        Udp::change_group(self, change, group, interface)
    }

    fn pending(&self) -> Result<usize> {
        Ok(Udp::pending(self)?.unwrap_or(0))
    }

    fn peer(&self) -> Result<Endpoint> {
        self.sender()
    }

    fn local(&self) -> Result<Endpoint> {
        Ok(Udp::local(self))
    }

    fn counts(&self) -> Result<Counts> {
        Ok(Udp::counts(self))
    }

    fn tap(&self) -> Option<&Tap> {
        Some(Watchable::socket(self).tap())
    }

    fn set_text(&self, option: i32, text: &str) -> Result<()> {
        Udp::set_text(self, option, text)
    }

    fn statistic(&self, info: i32) -> Result<String> {
        statistics::of_datagrams(Udp::counts(self), self.silent_for(), info)
    }

    fn option(&self, option: i32) -> Result<i32> {
        Udp::option(self, option)
    }

    fn set_option(self: Arc<Self>, option: i32, value: i32) -> Result<()> {
        Udp::set_option(&self, option, value)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Ok(self)
    }
}

impl Kind for Watch {
    fn refuse(&self, _: &'static str) -> Error {
        Error::new(
            Code::WrongKind,
            "this socket is a watch, the function is for connections and servers",
        )
    }

    fn close(&self) {
        Watch::close(self);
    }

    fn log(&self) -> Option<Arc<Log>> {
        Settings::for_new(b"").log()
    }

    fn as_watch(&self) -> Result<&Watch> {
        Ok(self)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Err(Error::new(Code::WrongKind, "a watch cannot be in a watch"))
    }
}

fn no_tls() -> Error {
    Error::new(Code::WrongKind, "this socket is in clear, not under TLS")
}

/// What a socket that is none of UDP says to a function that is for those alone.
fn no_udp(advice: &'static str) -> Error {
    Error::new(
        Code::WrongKind,
        format!("this socket is not a UDP socket: {advice}"),
    )
}

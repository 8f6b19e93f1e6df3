//! What each kind of socket does of what can be asked of one.

use super::bind;
use super::connection::Connection;
use super::freed::Freed;
use super::groups::Change;
use super::kind::{Denied, Kind, no_credentials};
use super::options::{self, Level};
use super::outlet::Outlet;
use super::settings::Settings;
use super::simplified::Server;
use super::statistics::{self, Counts};
use super::stream::Stream;
use super::udp::Udp;
use super::watch::Watch;
use super::watched::Watchable;
use super::wire::{Wire, no_tls};
use crate::constants::{SSLAsServer, SocketSignalEndsWait, WDSOCKET_DEFAULT};
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Cancel, Deadline, Endpoint};
use crate::tls::{ClientContext, ServerContext, Session, SslInfo};
use crate::trace::{Log, Tap};
use std::sync::Arc;

impl Connection for Stream {
    fn wire(&self) -> &Wire {
        Stream::wire(self)
    }
}

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

    fn close_alone(&self) {
        Stream::close_alone(self);
    }

    fn leave_watches(&self) {
        self.watched().leave_all(Watchable::socket(self));
    }

    fn end_waits(&self, number: u64) {
        Stream::end_waits(self, number);
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
        Stream::client(self)
    }

    fn credentials(&self) -> Result<(u32, i32)> {
        match Stream::peer(self) {
            Endpoint::Unix(_) => net::peer_credentials(self.wire().socket().inner())
                .map_err(|error| Error::from_io(&error, "asking who the peer is")),
            _ => Err(no_credentials()),
        }
    }

    fn descriptor(&self) -> Result<isize> {
        Ok(self.wire().socket().give_descriptor())
    }

    fn local(&self) -> Result<Endpoint> {
        bind::local(self.wire().socket().inner())
    }

    fn counts(&self) -> Result<Counts> {
        Ok(Stream::counts(self))
    }

    fn tap(&self) -> Option<&Tap> {
        Some(Stream::wire(self).socket().tap())
    }

    fn statistic(&self, info: i32) -> Result<String> {
        let wire = Stream::wire(self);
        let handshake = || wire.peer_tls()?.handshake_time();
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
        let settings = self.settings();
        let context = ClientContext::get(&settings.tls(bits, certificate, ""))?;
        let peer = Stream::peer(self);
        let typed = match server_name {
            "" => settings
                .host()
                .map_or_else(|| peer.address(), str::to_owned),
            name => name.to_owned(),
        };
        let session = Session::client(
            &context,
            net::name_of(&typed),
            peer.port(),
            Outlet::default(),
        )?;
        Stream::start_tls(self, deadline, session)?;
        Ok(context.warning())
    }

    fn tls_info(&self, question: SslInfo) -> Result<String> {
        Stream::wire(self).peer_tls()?.info(question)
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

    fn leave_watches(&self) {
        self.watched().leave_all(Watchable::socket(self));
    }

    fn end_waits(&self, number: u64) {
        Server::end_waits(self, number);
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
            Ok(client) => client.pending(),
            Err(_) => Ok(0),
        }
    }

    fn is_connected(&self) -> Result<bool> {
        self.client()
            .map_or(Ok(false), |client| client.is_connected())
    }

    fn set_framing(&self, framing: &Framing) -> Result<()> {
        Server::set_framing(self, framing)
    }

    fn flush(&self) -> Result<()> {
        self.client()?.flush()
    }

    fn peer(&self) -> Result<Endpoint> {
        self.client()?.peer()
    }

    fn message_kind(&self) -> Result<&'static str> {
        self.client()?.message_kind()
    }

    fn credentials(&self) -> Result<(u32, i32)> {
        self.client()?.credentials()
    }

    fn descriptor(&self) -> Result<isize> {
        Ok(net::descriptor_of(self.door.socket().inner()))
    }

    fn local(&self) -> Result<Endpoint> {
        Ok(self.door.local().clone())
    }

    fn counts(&self) -> Result<Counts> {
        self.client()?.counts()
    }

    fn log(&self) -> Option<Arc<Log>> {
        self.door.welcome.log()
    }

    fn statistic(&self, info: i32) -> Result<String> {
        self.client()?.statistic(info)
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
        self.client()?.tls_info(question)
    }

    fn wait_for_connection(&self, deadline: &Deadline) -> Result<()> {
        self.door.wait_for_connection(deadline)
    }

    fn accept(&self) -> Result<Arc<dyn Kind>> {
        Ok(self.door.accept()?)
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

    fn leave_watches(&self) {
        self.watched().leave_all(Watchable::socket(self));
    }

    fn end_waits(&self, number: u64) {
        Udp::end_waits(self, number);
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

    fn descriptor(&self) -> Result<isize> {
        Ok(net::descriptor_of(Watchable::socket(self).inner()))
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

    fn leave_watches(&self) {}

    fn end_waits(&self, number: u64) {
        Watch::end_waits(self, number);
    }

    fn log(&self) -> Option<Arc<Log>> {
        Settings::for_new(b"").log()
    }

    fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        match option == SocketSignalEndsWait {
            true => Ok(self.signals_end_waits().into()),
            false => Err(options::wrong_kind(option)),
        }
    }

    fn set_option(self: Arc<Self>, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::SystemSocket)?;
        if option != SocketSignalEndsWait {
            return Err(options::wrong_kind(option));
        }
        self.end_waits_with_signals(value != 0);
        Ok(())
    }

    fn as_watch(&self) -> Result<&Watch> {
        Ok(self)
    }

    fn watchable(self: Arc<Self>) -> Result<Arc<dyn Watchable>> {
        Err(Error::new(Code::WrongKind, "a watch cannot be in a watch"))
    }
}

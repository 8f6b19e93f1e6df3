//! How a TCP connection comes to stand: straight to the host, or by way of a proxy.

use super::outlet::Outlet;
use super::settings::Settings;
use super::wire::Wire;
use crate::constants::{SocketLocalAddress, SocketPortRange, SocketProxyAddress};
use crate::error::{Code, Error, Result};
use crate::net::{
    self, Cancel, Deadline, Endpoint, Origin, OwnEnd, Proxy, Stop, SystemSocket, UnixAddress,
};
use crate::tls::{ClientContext, Session};
use crate::trace::Witness;
use std::sync::Arc;

/// Whom to connect to, and until when.
#[derive(Debug)]
pub struct Destination<'a> {
    /// As the caller typed it; empty is this machine.
    pub host: &'a str,
    /// 1 to 65535.
    pub port: u16,
    /// For everything together.
    pub deadline: Deadline,
}

/// Resolves and connects, from the own address and port that were asked for, and by way of the proxy if there is one; a
/// Unix socket has neither. `is_tls` says what is to be spoken then. The peer is the proxy, where there is one, and the
/// settings then say for whom it is.
/// Errors: those of resolving and connecting, and of [`net::Proxy::connect`].
pub fn dial(
    to: &Destination<'_>,
    settings: &mut Arc<Settings>,
    is_tls: bool,
    cancel: &Cancel,
) -> Result<(Wire, Endpoint)> {
    cancel.end_waits_with_signals(settings.options.signals_end_waits());
    if let Some(address) = UnixAddress::of(to.host)? {
        let buffers = |socket: &socket2::Socket| settings.options.apply_buffers(socket);
        let (socket, peer) = address.connect(&to.deadline, cancel, &buffers)?;
        cancel.disarm();
        return Ok((Wire::plain(Arc::new(socket)), peer));
    }
    let proxy = net::proxy(settings.text(SocketProxyAddress), to.host, is_tls)?;
    if proxy.is_some() {
        Arc::make_mut(settings).set_host(to.host);
    }
    let configure = |socket: &socket2::Socket| settings.options.apply(socket);
    let own = OwnEnd {
        origin: Origin::of(
            settings.text(SocketLocalAddress),
            settings.text(SocketPortRange),
        )?,
        configure: &configure,
    };
    let (wire, peer) = match proxy {
        Some(proxy) => {
            let tls = TlsToProxy::new(&proxy, settings)?;
            let carry = |socket, peer| {
                let witness = settings.witness();
                tls.carry(&proxy, socket, peer, witness, &to.deadline)
            };
            proxy.connect(to.host, to.port, &to.deadline, cancel, &own, &carry)?
        }
        None => {
            let addresses = net::resolve(to.host, to.port, &to.deadline, cancel)?;
            let (socket, peer) = net::connect(&addresses, &to.deadline, cancel, &own)?;
            (Wire::plain(Arc::new(socket)), peer)
        }
    };
    cancel.disarm();
    Ok((wire, peer))
}

/// What TLS to a proxy is made with, where it speaks it.
struct TlsToProxy(Option<Arc<ClientContext>>);

impl TlsToProxy {
    /// Errors: those of [`ClientContext::get`].
    fn new(proxy: &Proxy, settings: &Settings) -> Result<Self> {
        let context = match proxy.tls() {
            Some(_) => Some(ClientContext::get(&settings.tls_to_proxy())?),
            None => None,
        };
        Ok(TlsToProxy(context))
    }

    /// Makes of a connection to the proxy what carries the bytes. Waits for the handshake, of which a `witness` hears.
    /// Errors: those of a handshake.
    fn carry(
        &self,
        proxy: &Proxy,
        socket: Arc<SystemSocket>,
        peer: Endpoint,
        witness: Option<Witness>,
        deadline: &Deadline,
    ) -> Result<Wire> {
        let wire = Wire::plain(socket);
        if let (Some(context), Some((host, port))) = (&self.0, proxy.tls()) {
            let session = Session::client(context, host, port, Outlet::default())?;
            wire.tunnel(session, witness);
        }
        match wire.tls().map(|tls| tls.handshake(deadline)) {
            None | Some(Ok(())) => Ok(wire),
            Some(Err(_)) if wire.socket().is_cancelled() => Err(net::cancelled()),
            Some(Err(stop)) => Err(explain(stop, peer, deadline)),
        }
    }
}

/// Why the handshake with a proxy did not come to its end.
fn explain(stop: Stop, peer: Endpoint, deadline: &Deadline) -> Error {
    match stop {
        Stop::TimedOut => Error::new(
            Code::Timeout,
            format!(
                "{peer} did not finish the TLS handshake within {} ms: perhaps it does not speak TLS, which http:// does without",
                deadline.total()
            ),
        ),
        Stop::Cancelled(ender) => ender.told(),
        Stop::Failed(error) => Error::from_io(&error, format_args!("the connection to {peer}")),
        Stop::Told(error) => error,
    }
}

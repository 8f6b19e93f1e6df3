//! The proxy that connections go through: which one, and how a connection is made by way of it.

mod address;
mod conversation;
mod environment;
mod http;
mod login;
mod socks4;
mod socks5;

pub use conversation::Carrier;

use super::cancel::Cancel;
use super::connect;
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::host::{Host, is_name};
use super::origin::OwnEnd;
use super::resolve;
use super::sys::SystemSocket;
use crate::error::{Code, Error, Result};
use address::{Address, Protocol};
use conversation::{Conversation, Target};
use environment::Environment;
use login::LONGEST;
use parking_lot::RwLock;
use std::sync::Arc;

/// The word for the proxies that the environment names.
const ENVIRONMENT: &str = "environment:";
/// The word for no proxy, where the process has one.
const DIRECT: &str = "direct:";

/// What every TCP connection made from now on goes through.
static IN_FORCE: RwLock<Option<Choice>> = RwLock::new(None);

/// Which proxy.
#[derive(Clone)]
enum Choice {
    /// This one.
    Given(Arc<Address>),
    /// The one that the environment named for a host.
    Environment(Arc<Environment>),
}

/// Sets the proxy of all TCP connections made from now on: `environment:` for those that the environment names
/// now, or an address; `port` 0 is that one's, or its scheme's; an empty login is none. Errors: INVALID_ARGUMENT.
pub fn set_proxy(address: &str, port: i32, login: &str, password: &str) -> Result<()> {
    let choice = if address == ENVIRONMENT {
        if ![login, password].into_iter().all(str::is_empty) {
            return Err(Error::invalid(
                "a login for proxies of the environment stands in its variables: give none",
            ));
        }
        Choice::Environment(Arc::new(Environment::read()?))
    } else {
        Choice::Given(Arc::new(Address::new(address, port, login, password)?))
    };
    *IN_FORCE.write() = Some(choice);
    Ok(())
}

/// TCP connections made from now on go through no proxy.
pub fn end_proxy() {
    *IN_FORCE.write() = None;
}

/// The proxy for a connection to a host: the one that `own` says (a URL, `environment:` or `direct:`), or that of
/// the process. `None` for none. Errors: INVALID_ARGUMENT.
pub fn proxy(own: &str, host: &str, is_tls: bool) -> Result<Option<Proxy>> {
    let address = match own {
        "" => match &*IN_FORCE.read() {
            None => None,
            Some(Choice::Given(address)) => Some(Arc::clone(address)),
            Some(Choice::Environment(environment)) => environment.proxy(host, is_tls),
        },
        DIRECT => None,
        ENVIRONMENT => Environment::read()?.proxy(host, is_tls),
        url => Some(Arc::new(Address::from_url(url)?)),
    };
    Ok(address.map(Proxy))
}

/// A proxy. It has no `Debug`: a password is in it.
pub struct Proxy(Arc<Address>);

impl Proxy {
    /// Whom its certificate has to name, where it speaks TLS: its host as typed, and its port.
    pub fn tls(&self) -> Option<(&str, u16)> {
        let is_tls = self.0.protocol == Protocol::Https;
        is_tls.then_some((self.0.host.as_str(), self.0.port))
    }

    /// Has the proxy connect to a host; `configure` sets options before the first packet leaves, `carry` makes of
    /// the connection to the proxy what carries the bytes. Of several addresses the first that the proxy reaches
    /// is taken, each with a connection to the proxy of its own.
    ///
    /// Waits until the deadline, for everything together. Errors: those that the proxy tells of the host
    /// (REFUSED, UNREACHABLE, ACCESS_DENIED, TIMEOUT), PROXY (it cannot be had or does not speak its protocol),
    /// HOST_NOT_FOUND, TIMEOUT, CANCELLED, LIMIT, INVALID_ARGUMENT.
    pub fn connect<C: Carrier>(
        &self,
        host: &str,
        port: u16,
        deadline: &Deadline,
        cancel: &Cancel,
        own: &OwnEnd<'_>,
        carry: &dyn Fn(Arc<SystemSocket>, Endpoint) -> Result<C>,
    ) -> Result<(C, Endpoint)> {
        let mut failure = None;
        for target in self.targets(host, port, deadline, cancel)? {
            let (socket, peer) = self.reach(&target, deadline, cancel, own)?;
            cancel.attach(&socket);
            let carrier =
                carry(socket, peer.clone()).map_err(|error| self.cannot_be_had(&target, error))?;
            let conversation = Conversation {
                carrier: &carrier,
                peer: peer.clone(),
                protocol: self.0.protocol.name(),
                target: &target,
                deadline,
            };
            match self.ask(&conversation)? {
                Ok(()) => return Ok((carrier, peer)),
                // What was said of this address need not hold for the next.
                Err(error) if is_final(error.code) || deadline.has_run_out() => return Err(error),
                Err(error) => failure.get_or_insert(error),
            };
            cancel.disarm();
        }
        Err(failure.unwrap_or_else(|| {
            Error::new(
                Code::HostNotFound,
                format!("the host name {host} has no address"),
            )
        }))
    }

    /// Asks for the target: what the proxy says of it, or that it does not let us ask.
    fn ask(&self, conversation: &Conversation<'_>) -> Result<Result<()>> {
        let login = self.0.login.as_ref();
        Ok(match self.0.protocol {
            Protocol::Socks5 => {
                socks5::log_in(conversation, login)?;
                socks5::connect(conversation)
            }
            Protocol::Socks4a => socks4::connect(conversation),
            Protocol::Http | Protocol::Https => http::connect(conversation, login),
        })
    }

    fn targets<'a>(
        &self,
        host: &'a str,
        port: u16,
        deadline: &Deadline,
        cancel: &Cancel,
    ) -> Result<Vec<Target<'a>>> {
        if self.0.resolves
            && !resolve::is_this_machine(host)
            && let Host::Name(name) = Host::parse(host)?
        {
            if !is_name(&name, LONGEST) {
                return Err(Error::invalid(
                    "the address is neither an IP address nor a host name of at most 255 bytes without blanks, so the proxy cannot be asked for it",
                ));
            }
            return Ok(vec![Target::Name(name, port)]);
        }
        if let Ok(Host::Address(ip, Some(zone))) = Host::parse(host) {
            return Err(Error::invalid(format!(
                "{ip} has the zone \"{}\", which is one of this machine's networks and says nothing to a proxy: call SocketProxy with \"\" first",
                zone.escape_debug()
            )));
        }
        let addresses = resolve::resolve(host, port, deadline, cancel)?;
        let mut targets = Vec::new();
        targets
            .try_reserve_exact(addresses.len())
            .map_err(|error| Error::from_io(&error.into(), format_args!("connecting to {host}")))?;
        targets.extend(addresses.iter().copied().map(Target::Address));
        Ok(targets)
    }

    /// Connects to the proxy itself.
    fn reach(
        &self,
        target: &Target<'_>,
        deadline: &Deadline,
        cancel: &Cancel,
        own: &OwnEnd<'_>,
    ) -> Result<(Arc<SystemSocket>, Endpoint)> {
        resolve::resolve(&self.0.host, self.0.port, deadline, cancel)
            .and_then(|addresses| connect::connect(&addresses, deadline, cancel, own))
            .map(|(socket, peer)| (Arc::new(socket), peer))
            .map_err(|error| self.cannot_be_had(target, error))
    }

    fn cannot_be_had(&self, target: &Target<'_>, error: Error) -> Error {
        match error.code {
            Code::Cancelled => error,
            code => Error::of_system(
                on_the_way(code),
                error.system,
                format!(
                    "the proxy {} port {} for {target} cannot be had: {}",
                    self.0.host, self.0.port, error.text
                ),
            ),
        }
    }
}

/// Whether a failure says nothing of the one address alone.
fn is_final(code: Code) -> bool {
    matches!(code, Code::AccessDenied | Code::Cancelled | Code::Limit)
}

/// The code of a failure on the way to the proxy itself.
fn on_the_way(code: Code) -> Code {
    match code {
        Code::Timeout | Code::Limit => code,
        // This side's own address and ports (SocketLocalAddress, SocketPortRange).
        Code::AddressInUse | Code::AddressNotAvailable => code,
        _ => Code::Proxy,
    }
}

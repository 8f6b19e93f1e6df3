//! The proxy that connections go through: which one, and how a connection is made by way of it.

use super::cancel::Cancel;
use super::connect;
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::host::Host;
use super::login::{LONGEST, Login};
use super::resolve;
use super::socks;
use super::sys::SystemSocket;
use crate::constants::WDSOCKET_DEFAULT;
use crate::error::{Code, Error, Result};
use parking_lot::RwLock;
use std::io;
use std::sync::Arc;

/// The port of a proxy where none is given.
const USUAL_PORT: u16 = 1080;

/// What every TCP connection made from now on goes through.
static IN_FORCE: RwLock<Option<Arc<Proxy>>> = RwLock::new(None);

/// A SOCKS5 proxy. It has no `Debug`: a password is in it.
pub struct Proxy {
    host: String,
    port: u16,
    /// Whether names go to the proxy as they are.
    resolves: bool,
    login: Option<Login>,
}

/// Sets the proxy of all TCP connections made from now on. The parameters are those of [`Proxy::new`], and so are
/// the errors.
pub fn set_proxy(address: &str, port: i32, login: &str, password: &str) -> Result<()> {
    let proxy = Proxy::new(address, port, login, password)?;
    *IN_FORCE.write() = Some(Arc::new(proxy));
    Ok(())
}

/// TCP connections made from now on go through no proxy.
pub fn end_proxy() {
    *IN_FORCE.write() = None;
}

/// The proxy of all TCP connections made now.
pub fn proxy() -> Option<Arc<Proxy>> {
    IN_FORCE.read().clone()
}

impl Proxy {
    /// `address` is `socks5://host` (names are looked up here) or `socks5h://host` (by the proxy), perhaps with
    /// `:port`; `port` 0 is that one, or 1080; an empty login is none.
    /// Errors: INVALID_ARGUMENT.
    fn new(address: &str, port: i32, login: &str, password: &str) -> Result<Self> {
        let (scheme, rest) = address
            .split_once("://")
            .ok_or_else(|| other_form(address))?;
        let resolves = match scheme.to_ascii_lowercase().as_str() {
            "socks5" => false,
            "socks5h" => true,
            _ => return Err(other_form(address)),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, own_port) = split_port(rest).ok_or_else(|| other_form(address))?;
        let is_host = |byte: u8| byte > b' ' && !b"@/?#[]\x7f".contains(&byte);
        if host.is_empty() || host.len() > LONGEST || !host.bytes().all(is_host) {
            return Err(other_form(address));
        }
        Host::parse(host)?;
        Ok(Proxy {
            host: host.to_owned(),
            port: port_of(port, own_port)?,
            resolves,
            login: Login::new(login, password)?,
        })
    }

    /// Has the proxy connect to a host; `configure` sets options before the first packet leaves. Of several
    /// addresses the first that the proxy reaches is taken, each with a connection to the proxy of its own.
    ///
    /// Waits until the deadline, for everything together. Errors: those that the proxy tells of the host
    /// (REFUSED, UNREACHABLE, ACCESS_DENIED, TIMEOUT), PROXY (it cannot be had or does not speak its protocol),
    /// HOST_NOT_FOUND, TIMEOUT, CANCELLED, LIMIT, INVALID_ARGUMENT.
    pub fn connect(
        &self,
        host: &str,
        port: u16,
        deadline: &Deadline,
        cancel: &Cancel,
        configure: &dyn Fn(&socket2::Socket) -> io::Result<()>,
    ) -> Result<(Arc<SystemSocket>, Endpoint)> {
        let mut failure = None;
        for target in self.targets(host, port, deadline, cancel)? {
            let request = socks::request(&target)?;
            let (socket, peer) = self.reach(&target, deadline, cancel, configure)?;
            cancel.attach(&socket);
            let conversation = socks::Conversation {
                socket: &socket,
                peer,
                target: &target,
                deadline,
            };
            conversation.log_in(self.login.as_ref())?;
            match conversation.connect(&request) {
                Ok(()) => return Ok((socket, peer)),
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

    fn targets<'a>(
        &self,
        host: &'a str,
        port: u16,
        deadline: &Deadline,
        cancel: &Cancel,
    ) -> Result<Vec<socks::Target<'a>>> {
        if self.resolves
            && !resolve::is_this_machine(host)
            && let Host::Name(name) = Host::parse(host)?
        {
            return Ok(vec![socks::Target::Name(name, port)]);
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
        targets.extend(addresses.into_iter().map(socks::Target::Address));
        Ok(targets)
    }

    /// Connects to the proxy itself.
    fn reach(
        &self,
        target: &socks::Target<'_>,
        deadline: &Deadline,
        cancel: &Cancel,
        configure: &dyn Fn(&socket2::Socket) -> io::Result<()>,
    ) -> Result<(Arc<SystemSocket>, Endpoint)> {
        resolve::resolve(&self.host, self.port, deadline, cancel)
            .and_then(|addresses| connect::connect(&addresses, deadline, cancel, configure))
            .map(|(socket, peer)| (Arc::new(socket), peer))
            .map_err(|error| match error.code {
                Code::Cancelled => error,
                code => Error {
                    code: on_the_way(code),
                    system: error.system,
                    text: format!(
                        "the proxy {} port {} for {target} cannot be had: {}",
                        self.host, self.port, error.text
                    )
                    .into(),
                },
            })
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
        _ => Code::Proxy,
    }
}

/// A host and the port behind it, if there is one; IPv6 addresses stand in brackets. `None` for another form.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']')?;
            match behind.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if behind.is_empty() => (host, None),
                None => return None,
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let Some(port) = port else {
        return Some((host, None));
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|&port| digits && port > 0)?;
    Some((host, Some(port)))
}

/// The port of a proxy: as parameter, in its address, or the usual one.
fn port_of(given: i32, in_address: Option<u16>) -> Result<u16> {
    if given == 0 || given == WDSOCKET_DEFAULT {
        return Ok(in_address.unwrap_or(USUAL_PORT));
    }
    let given = u16::try_from(given).map_err(|_| {
        Error::invalid(format!(
            "{given} is no port of a proxy: give 1 to 65535, or 0 for the one in the address or 1080"
        ))
    })?;
    match in_address {
        Some(other) if other != given => Err(Error::invalid(format!(
            "the proxy's address says port {other} and the parameter {given}: give one of them"
        ))),
        _ => Ok(given),
    }
}

fn other_form(address: &str) -> Error {
    // What stands behind the scheme may hold a password.
    let shown = match address.find([':', '@']) {
        Some(end) => format!("{}…", &address[..end]),
        None => address.to_owned(),
    };
    let shown: String = shown.chars().take(80).collect();
    Error::invalid(format!(
        "\"{}\" is no address of a proxy: give socks5://host or socks5h://host, perhaps with :port (a login goes into its own parameter)",
        shown.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str, port: i32) -> Result<(String, u16, bool)> {
        Proxy::new(address, port, "", "").map(|proxy| (proxy.host, proxy.port, proxy.resolves))
    }

    #[test]
    fn an_address_may_hold_a_port() {
        for (address, port, expected) in [
            ("socks5://proxy", 0, ("proxy", 1080, false)),
            ("SOCKS5://proxy/", WDSOCKET_DEFAULT, ("proxy", 1080, false)),
            ("socks5h://proxy:9050", 0, ("proxy", 9050, true)),
            ("socks5h://192.0.2.7", 81, ("192.0.2.7", 81, true)),
            ("socks5://[2001:db8::1]:82", 82, ("2001:db8::1", 82, false)),
            ("socks5://[::1]", 0, ("::1", 1080, false)),
        ] {
            let (host, port, resolves) = place(address, port).unwrap();
            assert_eq!((host.as_str(), port, resolves), expected, "{address}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_with_the_right_form() {
        for address in [
            "proxy",
            "proxy:1080",
            "http://proxy",
            "socks4a://proxy",
            "socks5://",
            "socks5://:1080",
            "socks5://bob:secret@proxy",
            "socks5://bob:secret",
            "bob:secret@proxy",
            "socks5://proxy/path",
            "socks5://pro xy",
            "socks5://proxy:0",
            "socks5://proxy:65536",
            "socks5://proxy:+80",
            "socks5://proxy:",
            "socks5://::1",
            "socks5://[::1",
            "socks5://[::1]80",
            "socks5://pro[xy]",
        ] {
            let error = place(address, 0).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{address}");
            assert!(error.text.contains("give socks5://host"), "{address}");
            assert!(!error.text.contains("secret"), "{}", error.text);
        }
        let long = format!("socks5://{}", "h".repeat(256));
        assert_eq!(place(&long, 0).unwrap_err().code, Code::InvalidArgument);
        let error = place("socks5://ho\u{2028}st", 0).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument);
        for port in [-1, -3, 65_536, i32::MAX, i32::MIN] {
            let error = place("socks5://proxy", port).unwrap_err();
            assert!(error.text.contains("1 to 65535"), "{port}");
        }
        assert!(
            place("socks5://proxy:80", 81)
                .unwrap_err()
                .text
                .contains("one of them")
        );
    }

    #[test]
    fn a_login_that_the_protocol_cannot_carry_is_refused() {
        let long = "x".repeat(256);
        for (login, password) in [
            (long.as_str(), "p"),
            ("bob", long.as_str()),
            ("bo\rb", "p"),
            ("bob", "p\nq"),
            ("", "p"),
        ] {
            let refused = Proxy::new("socks5://proxy", 0, login, password);
            assert_eq!(refused.err().unwrap().code, Code::InvalidArgument);
        }
        let longest = "x".repeat(255);
        Proxy::new("socks5://proxy", 0, &longest, &longest)
            .ok()
            .unwrap();
        Proxy::new("socks5://proxy", 0, "bob", "").ok().unwrap();
    }
}

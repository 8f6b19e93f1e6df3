//! What is said to a SOCKS5 proxy: RFC 1928, with the login of RFC 1929.

use super::cancel::cancelled;
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::host::is_name;
use super::login::{LONGEST, Login};
use super::stop::Stop;
use super::sys::SystemSocket;
use crate::error::{Code, Error, Result};
use std::borrow::Cow;
use std::fmt;
use std::io::IoSlice;
use std::net::{IpAddr, SocketAddr};
use zeroize::Zeroizing;

/// The protocol's version, and that of its login.
const VERSION: u8 = 5;
const LOGIN_VERSION: u8 = 1;
/// Ways to log in (RFC 1928, section 3).
const NO_LOGIN: u8 = 0;
const WITH_LOGIN: u8 = 2;
const NO_WAY: u8 = 0xFF;
/// The command (section 4), and the kinds of addresses (section 5).
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Where a proxy is to connect to.
pub enum Target<'a> {
    /// A host that the proxy looks up, and a port.
    Name(Cow<'a, str>, u16),
    /// An address.
    Address(SocketAddr),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(host, port) => write!(f, "{host} port {port}"),
            Target::Address(address) => Endpoint::from(*address).fmt(f),
        }
    }
}

/// The request to connect (RFC 1928, section 4). Errors: INVALID_ARGUMENT (no name that it can carry).
pub fn request(target: &Target<'_>) -> Result<Vec<u8>> {
    let mut bytes = vec![VERSION, CONNECT, 0];
    let port = match target {
        Target::Address(address) => {
            match address.ip() {
                IpAddr::V4(ip) => {
                    bytes.push(IPV4);
                    bytes.extend_from_slice(&ip.octets());
                }
                IpAddr::V6(ip) => {
                    bytes.push(IPV6);
                    bytes.extend_from_slice(&ip.octets());
                }
            }
            address.port()
        }
        Target::Name(host, port) => {
            if !is_name(host, LONGEST) {
                return Err(Error::invalid(
                    "the address is neither an IP address nor a host name of at most 255 bytes without blanks, so the proxy cannot be asked for it",
                ));
            }
            bytes.extend_from_slice(&[NAME, host.len() as u8]); // at most 255, as just seen
            bytes.extend_from_slice(host.as_bytes());
            *port
        }
    };
    bytes.extend_from_slice(&port.to_be_bytes());
    Ok(bytes)
}

/// RFC 1929, section 2.
fn login_request(login: &Login) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 + 2 * LONGEST));
    bytes.push(LOGIN_VERSION);
    for text in [&login.name, &*login.password] {
        bytes.push(text.len() as u8); // at most 255, as `Login` has seen
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// One conversation with a proxy, over a connection to it that stands.
pub struct Conversation<'a> {
    /// The connection.
    pub socket: &'a SystemSocket,
    /// The proxy's address.
    pub peer: Endpoint,
    /// What the proxy is asked for.
    pub target: &'a Target<'a>,
    /// When the answers have to be there.
    pub deadline: &'a Deadline,
}

impl Conversation<'_> {
    /// Has the proxy connect, once it knows who asks. What the server sends from then on stays unread.
    ///
    /// Waits until the deadline. Errors: ACCESS_DENIED, UNREACHABLE, REFUSED, TIMEOUT as the proxy tells them,
    /// PROXY (it does not speak SOCKS5, or failed), TIMEOUT (no answer), CANCELLED.
    pub fn connect(&self, request: &[u8]) -> Result<()> {
        self.send(request)?;
        let [version, reply, _, kind] = self.receive()?;
        self.check_version(version, VERSION)?;
        if reply != 0 {
            return Err(self.refused(reply));
        }
        // The address that the proxy sends from says nothing to us, but its bytes are not the server's.
        match kind {
            IPV4 => self.receive::<{ 4 + 2 }>().map(drop),
            IPV6 => self.receive::<{ 16 + 2 }>().map(drop),
            NAME => {
                let [length] = self.receive()?;
                let mut rest = [0; LONGEST + 2];
                self.fill(&mut rest[..usize::from(length) + 2])
            }
            _ => Err(self.no_protocol(format!("it answered with an address of kind {kind}"))),
        }
    }

    /// Agrees with the proxy on who asks.
    ///
    /// Waits until the deadline. Errors: ACCESS_DENIED (it demands a login or refused it), PROXY, TIMEOUT,
    /// CANCELLED.
    pub fn log_in(&self, login: Option<&Login>) -> Result<()> {
        match login {
            None => self.send(&[VERSION, 1, NO_LOGIN])?,
            Some(_) => self.send(&[VERSION, 2, NO_LOGIN, WITH_LOGIN])?,
        }
        let [version, way] = self.receive()?;
        self.check_version(version, VERSION)?;
        match (way, login) {
            (NO_LOGIN, _) => return Ok(()),
            (WITH_LOGIN, Some(login)) => self.send(&login_request(login))?,
            (NO_WAY, None) => {
                return Err(self.failed(
                    Code::AccessDenied,
                    "it demands a login: give login and password to SocketProxy",
                ));
            }
            (NO_WAY, Some(_)) => {
                return Err(self.failed(
                    Code::AccessDenied,
                    "it takes neither a login with a password nor none: ask who runs it how to log in",
                ));
            }
            _ => {
                let why = format!("it chose the way {way} to log in, which was not offered");
                return Err(self.failed(Code::Proxy, &why));
            }
        }
        let [version, status] = self.receive()?;
        self.check_version(version, LOGIN_VERSION)?;
        match status {
            0 => Ok(()),
            _ => Err(self.failed(
                Code::AccessDenied,
                "it refused the login: check login and password",
            )),
        }
    }

    /// What the proxy says of a target that it did not connect to (RFC 1928, section 6).
    fn refused(&self, reply: u8) -> Error {
        let (code, why) = match reply {
            1 => (
                Code::Proxy,
                "it failed without a reason: the host may not exist, or the proxy be overloaded",
            ),
            2 => (
                Code::AccessDenied,
                "its rules do not allow that: ask who runs it",
            ),
            3 => (Code::Unreachable, "it has no route to that network"),
            4 => (
                Code::Unreachable,
                "it does not reach that host: check the address",
            ),
            5 => (
                Code::Refused,
                "no program listens there, or a firewall rejects it",
            ),
            6 => (Code::Timeout, "its packets did not arrive in time"),
            7 => (Code::Proxy, "it does not make connections"),
            8 => (Code::Unreachable, "it does not take addresses of that kind"),
            _ => {
                return self.failed(
                    Code::Proxy,
                    &format!("it failed, with the unknown number {reply}"),
                );
            }
        };
        self.failed(code, why)
    }

    fn check_version(&self, found: u8, wanted: u8) -> Result<()> {
        if found == wanted {
            return Ok(());
        }
        Err(self.no_protocol(format!(
            "it answered with 0x{found:02X} instead of 0x{wanted:02X}"
        )))
    }

    fn no_protocol(&self, seen: String) -> Error {
        self.failed(Code::Proxy, &format!("it does not speak SOCKS 5, {seen}"))
    }

    fn send(&self, bytes: &[u8]) -> Result<()> {
        self.socket
            .send(&mut [IoSlice::new(bytes)], false, self.deadline)
            .map_err(|(_, stop)| self.stopped(stop))
    }

    fn receive<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Receives just so many bytes: those behind them are the server's.
    fn fill(&self, mut rest: &mut [u8]) -> Result<()> {
        let whole = rest.len();
        while !rest.is_empty() {
            if self.deadline.has_run_out() {
                return Err(self.stopped(Stop::TimedOut));
            }
            match self.socket.receive(rest, self.deadline) {
                Ok(0) if rest.len() < whole => {
                    let why = "it ended the connection in the middle of its answer";
                    return Err(self.failed(Code::Proxy, why));
                }
                Ok(0) => {
                    return Err(self.failed(
                        Code::Proxy,
                        "it ended the connection without an answer: it may not reach that host, or not speak SOCKS 5",
                    ));
                }
                Ok(count) => rest = &mut rest[count..],
                Err(stop) => return Err(self.stopped(stop)),
            }
        }
        Ok(())
    }

    fn stopped(&self, stop: Stop) -> Error {
        match stop {
            Stop::TimedOut => self.failed(
                Code::Timeout,
                &format!("it did not answer within {} ms", self.deadline.total()),
            ),
            Stop::Cancelled => cancelled(),
            Stop::Failed(_) if self.socket.is_cancelled() => cancelled(),
            Stop::Failed(error) => {
                let told = Error::from_io(&error, "the connection to it broke");
                let code = match told.code {
                    Code::Limit => Code::Limit,
                    _ => Code::Proxy,
                };
                Error {
                    system: told.system,
                    ..self.failed(code, &told.text)
                }
            }
            Stop::Told(error) => error,
        }
    }

    fn failed(&self, code: Code, why: &str) -> Error {
        Error::new(
            code,
            format!(
                "the proxy {} did not connect to {}: {why}",
                self.peer, self.target
            ),
        )
    }
}

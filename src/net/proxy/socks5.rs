//! What is said to a SOCKS5 proxy: RFC 1928, with the login of RFC 1929.

use super::conversation::{Conversation, Target};
use super::login::{LONGEST, Login};
use crate::error::{Code, Error, Result};
use std::net::IpAddr;
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

/// The request to connect (RFC 1928, section 4).
fn request(target: &Target<'_>) -> Vec<u8> {
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
            bytes.extend_from_slice(&[NAME, host.len() as u8]); // at most 255, as `Target` has
            bytes.extend_from_slice(host.as_bytes());
            *port
        }
    };
    bytes.extend_from_slice(&port.to_be_bytes());
    bytes
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

/// Agrees with the proxy on who asks.
///
/// Waits until the deadline. Errors: ACCESS_DENIED (it demands a login or refused it), PROXY, TIMEOUT,
/// CANCELLED.
pub fn log_in(proxy: &Conversation<'_>, login: Option<&Login>) -> Result<()> {
    match login {
        None => proxy.send(&[VERSION, 1, NO_LOGIN])?,
        Some(_) => proxy.send(&[VERSION, 2, NO_LOGIN, WITH_LOGIN])?,
    }
    let [version, way] = proxy.receive()?;
    check_version(proxy, version, VERSION)?;
    match (way, login) {
        (NO_LOGIN, _) => return Ok(()),
        (WITH_LOGIN, Some(login)) => proxy.send(&login_request(login))?,
        (NO_WAY, None) => {
            return Err(proxy.failed(
                Code::AccessDenied,
                "it demands a login: give login and password to SocketProxy",
            ));
        }
        (NO_WAY, Some(_)) => {
            return Err(proxy.failed(
                Code::AccessDenied,
                "it takes neither a login with a password nor none: ask who runs it how to log in",
            ));
        }
        _ => {
            let why = format!("it chose the way {way} to log in, which was not offered");
            return Err(proxy.failed(Code::Proxy, &why));
        }
    }
    let [version, status] = proxy.receive()?;
    check_version(proxy, version, LOGIN_VERSION)?;
    match status {
        0 => Ok(()),
        _ => Err(proxy.failed(
            Code::AccessDenied,
            "it refused the login: check login and password",
        )),
    }
}

/// Has the proxy connect, once it knows who asks. What the server sends from then on stays unread.
///
/// Waits until the deadline. Errors: ACCESS_DENIED, UNREACHABLE, REFUSED, TIMEOUT as the proxy tells them,
/// PROXY (it does not speak SOCKS5, or failed), TIMEOUT (no answer), CANCELLED.
pub fn connect(proxy: &Conversation<'_>) -> Result<()> {
    proxy.send(&request(proxy.target))?;
    let [version, reply, _, kind] = proxy.receive()?;
    check_version(proxy, version, VERSION)?;
    if reply != 0 {
        return Err(refused(proxy, reply));
    }
    // The address that the proxy sends from says nothing to us, but its bytes are not the server's.
    match kind {
        IPV4 => proxy.receive::<{ 4 + 2 }>().map(drop),
        IPV6 => proxy.receive::<{ 16 + 2 }>().map(drop),
        NAME => {
            let [length] = proxy.receive()?;
            let mut rest = [0; LONGEST + 2];
            proxy.fill(&mut rest[..usize::from(length) + 2])
        }
        _ => Err(proxy.no_protocol(&format!("it answered with an address of kind {kind}"))),
    }
}

/// What the proxy says of a target that it did not connect to (RFC 1928, section 6).
fn refused(proxy: &Conversation<'_>, reply: u8) -> Error {
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
            return proxy.failed(
                Code::Proxy,
                &format!("it failed, with the unknown number {reply}"),
            );
        }
    };
    proxy.failed(code, why)
}

fn check_version(proxy: &Conversation<'_>, found: u8, wanted: u8) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(proxy.no_protocol(&format!(
        "it answered with 0x{found:02X} instead of 0x{wanted:02X}"
    )))
}

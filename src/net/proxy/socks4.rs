//! What is said to a SOCKS4a proxy: SOCKS 4 as NEC described it, with the names of 4A. It has no login.

use super::conversation::{Conversation, Target};
use crate::error::{Code, Error, Result};
use std::net::{IpAddr, Ipv4Addr};

/// The protocol's version, and that of its answers.
const VERSION: u8 = 4;
const ANSWER: u8 = 0;
/// The command.
const CONNECT: u8 = 1;
/// The address that stands for "the name is behind the user".
const NAME_FOLLOWS: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);
/// The answer that says yes.
const GRANTED: u8 = 90;

/// Has the proxy connect. What the server sends from then on stays unread.
///
/// Waits until the deadline. Errors: ACCESS_DENIED, UNREACHABLE (IPv6, which the protocol has not), PROXY (it
/// does not speak SOCKS4, or failed), TIMEOUT (no answer), CANCELLED.
pub fn connect(proxy: &Conversation<'_>) -> Result<()> {
    let Some(request) = request(proxy.target) else {
        return Err(proxy.failed(
            Code::Unreachable,
            "SOCKS 4 has no addresses of IPv6, use socks5h where the proxy speaks it",
        ));
    };
    proxy.send(&request)?;
    let [version, reply, _, _, _, _, _, _] = proxy.receive()?;
    if version != ANSWER {
        return Err(proxy.no_protocol(&format!(
            "it answered with 0x{version:02X} instead of 0x{ANSWER:02X}"
        )));
    }
    match reply {
        GRANTED => Ok(()),
        _ => Err(refused(proxy, reply)),
    }
}

/// The request to connect, with no user in it; `None` where the protocol has none for the target.
fn request(target: &Target<'_>) -> Option<Vec<u8>> {
    let (address, port, name) = match target {
        Target::Name(host, port) => (NAME_FOLLOWS, *port, Some(host)),
        Target::Address(address) => match address.ip().to_canonical() {
            IpAddr::V4(ip) => (ip, address.port(), None),
            IpAddr::V6(_) => return None,
        },
    };
    let mut bytes = vec![VERSION, CONNECT];
    bytes.extend_from_slice(&port.to_be_bytes());
    bytes.extend_from_slice(&address.octets());
    bytes.push(0); // no user
    if let Some(name) = name {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
    }
    Some(bytes)
}

fn refused(proxy: &Conversation<'_>, reply: u8) -> Error {
    let (code, why) = match reply {
        91 => (
            Code::Proxy,
            "it refused or failed and SOCKS 4 says no more: the host may not exist, nothing listen there, or its rules forbid it",
        ),
        92 | 93 => (
            Code::AccessDenied,
            "it wants to know this machine's user from an ident service: ask who runs it",
        ),
        _ => {
            let why = format!("it failed, with the unknown number {reply}");
            return proxy.failed(Code::Proxy, &why);
        }
    };
    proxy.failed(code, why)
}

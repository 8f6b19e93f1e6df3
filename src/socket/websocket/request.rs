//! The request of a client, as it leaves.

use crate::error::{Error, Result};
use crate::net::{self, Host};
use crate::websocket::handshake::Wish;
use zeroize::Zeroizing;

/// What a client asks for, ready to be sent.
pub struct Request<'a> {
    /// What the answer is checked against.
    pub wish: &'a Wish<'a>,
    /// The request itself.
    pub text: Zeroizing<String>,
    /// Its key.
    pub key: String,
}

impl<'a> Request<'a> {
    /// The request to a host as the caller typed it, with lines of the caller's. `usual_port` need not be told.
    /// Errors: INVALID_ARGUMENT, SYSTEM.
    pub fn new(
        wish: &'a Wish<'a>,
        host: &str,
        port: u16,
        usual_port: u16,
        lines: &str,
    ) -> Result<Self> {
        let mut told = match Host::parse(net::name_of(host))? {
            Host::Address(ip, _) if ip.is_ipv6() => format!("[{ip}]"),
            Host::Address(ip, _) => ip.to_string(),
            Host::Name(name) if name.is_empty() => "localhost".to_owned(),
            Host::Name(name) => name.into_owned(),
        };
        if !told.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid(format!(
                "\"{}\" is no host name: it holds a character that none can",
                host.escape_debug()
            )));
        }
        if port != usual_port {
            told += &format!(":{port}");
        }
        let (text, key) = wish.request(&told, lines)?;
        Ok(Request { wish, text, key })
    }
}

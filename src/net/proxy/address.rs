//! The address of a proxy, as it is typed: a scheme, a host, perhaps a login and a port.

use super::login::{LONGEST, Login};
use crate::constants::WDSOCKET_DEFAULT;
use crate::error::{Error, Result};
use crate::net::host::Host;
use zeroize::Zeroizing;

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// SOCKS5 (RFC 1928).
    Socks5,
    /// SOCKS4 with names.
    Socks4a,
    /// HTTP's CONNECT, in clear.
    Http,
    /// HTTP's CONNECT, under TLS.
    Https,
}

impl Protocol {
    /// As texts call it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Socks5 => "SOCKS 5",
            Protocol::Socks4a => "SOCKS 4",
            Protocol::Http | Protocol::Https => "HTTP",
        }
    }

    /// The port of such a proxy where none is given.
    fn usual_port(self) -> u16 {
        match self {
            Protocol::Socks5 | Protocol::Socks4a => 1080,
            Protocol::Http => 80,
            Protocol::Https => 443,
        }
    }
}

/// Where a proxy is and who may use it. It has no `Debug`: a password is in it.
pub struct Address {
    /// What it speaks.
    pub protocol: Protocol,
    /// Whether names go to it as they are.
    pub resolves: bool,
    /// A name or an address.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
    /// Who may use it.
    pub login: Option<Login>,
}

impl Address {
    /// `address` is a scheme and a host, perhaps with `:port`; `port` 0 is that one, or the scheme's; an empty
    /// login is none. Errors: INVALID_ARGUMENT.
    pub fn new(address: &str, port: i32, login: &str, password: &str) -> Result<Self> {
        let (scheme, rest) = address
            .split_once("://")
            .ok_or_else(|| other_form(address))?;
        let (protocol, resolves) = match scheme.to_ascii_lowercase().as_str() {
            "socks5" => (Protocol::Socks5, false),
            "socks5h" => (Protocol::Socks5, true),
            "socks4a" => (Protocol::Socks4a, true),
            "http" => (Protocol::Http, true),
            "https" => (Protocol::Https, true),
            _ => return Err(other_form(address)),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, own_port) = split_port(rest).ok_or_else(|| other_form(address))?;
        let is_host = |byte: u8| byte > b' ' && !b"@/?#[]\x7f".contains(&byte);
        if host.is_empty() || host.len() > LONGEST || !host.bytes().all(is_host) {
            return Err(other_form(address));
        }
        Host::parse(host)?;
        let port = port_of(port, own_port, protocol.usual_port())?;
        let login = Login::new(login, password)?;
        match protocol {
            Protocol::Socks4a if login.is_some() => {
                return Err(Error::invalid(
                    "SOCKS 4 has no login: give none, or use socks5h where the proxy speaks it",
                ));
            }
            Protocol::Http | Protocol::Https
                if login.as_ref().is_some_and(|login| login.name.contains(':')) =>
            {
                return Err(Error::invalid(
                    "a login with a colon in it cannot be told to an HTTP proxy (RFC 7617)",
                ));
            }
            _ => {}
        }
        Ok(Address {
            protocol,
            resolves,
            host: host.to_owned(),
            port,
            login,
        })
    }

    /// An address with its login in it: `http://login:password@host:port`, either percent-encoded (RFC 3986,
    /// section 3.2.1). Errors: INVALID_ARGUMENT.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(other_form(url));
        };
        let Some((who, rest)) = rest.rsplit_once('@') else {
            return Self::new(url, 0, "", "");
        };
        let (login, password) = who.split_once(':').unwrap_or((who, ""));
        let decode = |text| decoded(text).ok_or_else(|| other_form(url));
        let (login, password) = (decode(login)?, decode(password)?);
        Self::new(&format!("{scheme}://{rest}"), 0, &login, &password)
    }
}

/// A text without its percent signs; `None` where one has no two digits behind it, or it is no UTF-8.
fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push((high * 16 + low) as u8); // two digits
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    Some(Zeroizing::new(text.to_owned()))
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
fn port_of(given: i32, in_address: Option<u16>, usual: u16) -> Result<u16> {
    if given == 0 || given == WDSOCKET_DEFAULT {
        return Ok(in_address.unwrap_or(usual));
    }
    let given = u16::try_from(given).map_err(|_| {
        Error::invalid(format!(
            "{given} is no port of a proxy: give 1 to 65535, or 0 for the one in the address or the usual one"
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
        "\"{}\" is no address of a proxy: give socks5://host, socks5h://, socks4a://, http:// or https://, perhaps with :port (a login goes into the parameters of SocketProxy, or before an @ in SocketProxyAddress)",
        shown.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn place(address: &str, port: i32) -> Result<(String, u16, bool)> {
        Address::new(address, port, "", "").map(|proxy| (proxy.host, proxy.port, proxy.resolves))
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
            ("socks4a://proxy", 0, ("proxy", 1080, true)),
            ("http://proxy/", 0, ("proxy", 80, true)),
            ("HTTPS://proxy:3129", 0, ("proxy", 3129, true)),
            ("https://proxy", 0, ("proxy", 443, true)),
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
            "ftp://proxy",
            "socks4://proxy",
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
            let refused = Address::new("socks5://proxy", 0, login, password);
            assert_eq!(refused.err().unwrap().code, Code::InvalidArgument);
        }
        let longest = "x".repeat(255);
        Address::new("socks5://proxy", 0, &longest, &longest)
            .ok()
            .unwrap();
        Address::new("socks5://proxy", 0, "bob", "").ok().unwrap();
    }

    #[test]
    fn a_url_may_have_its_login_in_it() {
        let parts = |url: &str| {
            let address = Address::from_url(url)?;
            let login = address.login.as_ref();
            let login = login.map(|login| (login.name.clone(), login.password.to_string()));
            Ok::<_, Error>((address.host, address.port, login))
        };
        let login = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        for (url, host, port, expected) in [
            ("http://proxy:3128", "proxy", 3128, None),
            (
                "http://bob:secret@proxy:3128/",
                "proxy",
                3128,
                login("bob", "secret"),
            ),
            ("socks5h://bob@proxy", "proxy", 1080, login("bob", "")),
            (
                "https://b%40b:p%3A@x@[::1]:1",
                "::1",
                1,
                login("b@b", "p:@x"),
            ),
        ] {
            let (told_host, told_port, told_login) = parts(url).unwrap();
            assert_eq!((told_host.as_str(), told_port), (host, port), "{url}");
            assert_eq!(told_login, expected, "{url}");
        }
        for url in [
            "proxy:3128",
            "http://:secret@proxy",
            "http://bob:secret%2@proxy",
            "http://bob:secret%zz@proxy",
            "http://bob:secret%ff@proxy",
            "http://b%3Ab:secret@proxy",
            "socks4a://bob@proxy",
            "http://bob:secret%0d%0a@proxy",
        ] {
            let error = parts(url).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{url}");
            assert!(!error.text.contains("secret"), "{}", error.text);
        }
    }
}

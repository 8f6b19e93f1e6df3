//! The proxies that the environment names, for programs that ask for them: `https_proxy`, `all_proxy` and `no_proxy`.

use super::address::Address;
use crate::error::{Error, Result};
use crate::net::host::Host;
use crate::net::sys;
use std::net::IpAddr;
use std::sync::Arc;

/// What the environment said at one moment. It has no `Debug`: passwords may be in it.
#[derive(Default)]
pub struct Environment {
    /// For connections under TLS.
    tls: Option<Arc<Address>>,
    /// For all others.
    all: Option<Arc<Address>>,
    /// Hosts that are reached without a proxy.
    direct: Vec<String>,
}

impl Environment {
    /// Reads it; nothing in a program that runs with more rights than its user.
    /// Errors: INVALID_ARGUMENT (a variable holds no address of a proxy).
    pub fn read() -> Result<Self> {
        let all = address(["all_proxy", "ALL_PROXY"])?;
        let tls = address(["https_proxy", "HTTPS_PROXY"])?;
        let direct =
            first(["no_proxy", "NO_PROXY"])?.map_or_else(Vec::new, |(_, text)| hosts(&text));
        Ok(Environment {
            tls: tls.or_else(|| all.clone()),
            all,
            direct,
        })
    }

    /// The proxy for a host.
    pub fn proxy(&self, host: &str, is_tls: bool) -> Option<Arc<Address>> {
        let proxy = if is_tls { &self.tls } else { &self.all };
        proxy.clone().filter(|_| !self.is_direct(host))
    }

    fn is_direct(&self, host: &str) -> bool {
        let typed = Host::parse(host);
        self.direct.iter().any(|entry| match &typed {
            _ if entry == "*" => true,
            Ok(Host::Address(ip, _)) => is_in(*ip, entry),
            Ok(Host::Name(name)) => is_below(name, entry),
            Err(_) => false,
        })
    }
}

/// The first of the variables that is set, and its name. Errors: INVALID_ARGUMENT (no UTF-8).
fn first(names: [&'static str; 2]) -> Result<Option<(&'static str, String)>> {
    let found = names
        .into_iter()
        .find_map(|name| Some((name, sys::environment(name)?)));
    let Some((name, value)) = found else {
        return Ok(None);
    };
    let text = value.into_string().map_err(|_| {
        Error::invalid(format!(
            "the variable {name} of the environment is not UTF-8"
        ))
    })?;
    Ok(Some((name, text)))
}

/// The proxy that one of the variables names; one without a scheme speaks HTTP.
fn address(names: [&'static str; 2]) -> Result<Option<Arc<Address>>> {
    let Some((name, text)) = first(names)? else {
        return Ok(None);
    };
    let url = match text.contains("://") {
        true => text,
        false => format!("http://{text}"),
    };
    let address = Address::from_url(&url).map_err(|error| {
        Error::invalid(format!(
            "the variable {name} of the environment: {}",
            error.text
        ))
    })?;
    Ok(Some(Arc::new(address)))
}

/// Hosts between commas or blanks, in small letters and without the dots around them.
fn hosts(text: &str) -> Vec<String> {
    text.split([',', ' ', '\t'])
        .map(|entry| entry.trim_matches('.').to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// Whether an entry is this address, or a prefix with its length that it begins with.
fn is_in(ip: IpAddr, entry: &str) -> bool {
    let entry = entry.trim_start_matches('[').trim_end_matches(']');
    crate::net::prefix::Prefix::parse(entry).is_some_and(|prefix| prefix.holds(ip))
}

/// Whether a name is the entry's or ends with it behind a dot.
fn is_below(name: &str, entry: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_suffix(entry)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_no_proxy_are_reached_without_one() {
        let address = Address::from_url("http://proxy").ok().map(Arc::new);
        let environment = Environment {
            tls: None,
            all: address.clone(),
            direct: hosts(" .Intern.example, 192.0.2.0/24,[::1] 127.0.0.1,,a.example. "),
        };
        for direct in [
            "intern.example",
            "x.INTERN.example.",
            "192.0.2.77",
            "::1",
            "127.0.0.1",
            "a.example",
        ] {
            assert!(environment.proxy(direct, false).is_none(), "{direct}");
        }
        for other in [
            "xintern.example",
            "example",
            "192.0.3.1",
            "::2",
            "a.example.org",
        ] {
            assert!(environment.proxy(other, false).is_some(), "{other}");
            assert!(environment.proxy(other, true).is_none(), "{other}");
        }
        let none = Environment {
            all: address,
            direct: hosts("*"),
            ..Environment::default()
        };
        assert!(none.proxy("anything", false).is_none());
    }
}

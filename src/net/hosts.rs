//! The list of hosts that every machine has, as a file (hosts(5)): read only where the system's resolver
//! cannot be asked, since it knows more places than this one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// No list is longer, in bytes. Those that keep advertisers away have megabytes.
const LONGEST: u64 = 16 << 20;
/// So much of it is read at once.
const AT_ONCE: usize = 2048;
/// Longer lines are passed over.
const LONGEST_LINE: u64 = 4096;
/// No host has more addresses in it.
const MOST_ADDRESSES: usize = 64;

/// Where the list is.
fn path() -> Option<PathBuf> {
    if !cfg!(windows) {
        return Some(PathBuf::from("/etc/hosts"));
    }
    let system = std::env::var_os("SystemRoot")?;
    Some(PathBuf::from(system).join(r"System32\drivers\etc\hosts"))
}

/// The addresses of a host in the list; `None` where it has none.
pub fn addresses_of(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    let list = File::open(path()?).ok()?;
    let found = find(BufReader::with_capacity(AT_ONCE, list.take(LONGEST)), host)?;
    let found: Vec<_> = found.into_iter().map(|ip| (ip, port).into()).collect();
    (!found.is_empty()).then_some(found)
}

/// `None` where there is no memory.
fn find(mut list: impl BufRead, host: &str) -> Option<Vec<IpAddr>> {
    let mut found = Vec::new();
    let mut line = Vec::new();
    line.try_reserve_exact(LONGEST_LINE as usize).ok()?;
    let mut is_long = false;
    loop {
        line.clear();
        let part = list
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        // A list that cannot be read on ends there.
        if part.unwrap_or(0) == 0 || found.len() == MOST_ADDRESSES {
            return Some(found);
        }
        let goes_on = line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n");
        let is_rest = std::mem::replace(&mut is_long, goes_on);
        if !goes_on && !is_rest {
            found.extend(address_in(&line, host));
        }
    }
}

/// The address on a line that has this name.
fn address_in(line: &[u8], host: &str) -> Option<IpAddr> {
    let told = line.split(|&byte| byte == b'#').next()?;
    let mut words = told
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let address = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    words
        .any(|name| name.eq_ignore_ascii_case(host.as_bytes()))
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_the_resolver_finds_them() {
        let list = b"# 192.0.2.1 till\n127.0.0.1\tlocalhost\n\n\
            192.0.2.7  till.example  TILL # the till\r\n2001:db8::7 till\nnonsense till\n\xff\xfe\n192.0.2.8 tills";
        let found = |host| {
            let found = find(&list[..], host).unwrap();
            found.iter().map(IpAddr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(found("till"), ["192.0.2.7", "2001:db8::7"]);
        assert_eq!(found("Till.Example"), ["192.0.2.7"]);
        assert_eq!(found("tills"), ["192.0.2.8"]);
        let long = format!("192.0.2.1 {} till\n192.0.2.2 till", "x".repeat(9000));
        assert_eq!(find(long.as_bytes(), "till").unwrap().len(), 1);
        for nobody in ["the", "tiller", "192.0.2.7", ""] {
            assert_eq!(found(nobody), [""; 0], "{nobody}");
        }
    }
}

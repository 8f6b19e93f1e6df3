//! One of this machine's network interfaces, as the user typed it.

use super::sys::Interface;
use crate::error::{Code, Error, Result};
use std::net::IpAddr;

/// How many interfaces an error text names.
const SHOWN: usize = 10;

/// The interface of that name, number or address. Errors: ADDRESS_NOT_AVAILABLE.
pub fn find<'a>(all: &'a [Interface], wanted: &str) -> Result<&'a Interface> {
    let address: Option<IpAddr> = wanted.parse().ok();
    let index: Option<u32> = wanted.parse().ok();
    let by_name = all.iter().find(|interface| interface.name == wanted);
    let otherwise = || {
        all.iter().find(|interface| {
            Some(interface.index) == index
                || address.is_some_and(|address| interface.addresses.contains(&address))
        })
    };
    by_name.or_else(otherwise).ok_or_else(|| {
        let names = all.iter().map(|interface| interface.name.as_str());
        let mut names: Vec<_> = names.take(SHOWN).collect();
        if all.len() > SHOWN {
            names.push("others");
        }
        Error::new(
            Code::AddressNotAvailable,
            format!(
                "this machine has no network interface with the name, number or address \"{}\" that is up; it has {}",
                wanted.escape_debug(),
                names.join(", ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, index: u32, address: &str) -> Interface {
        Interface {
            name: name.into(),
            index,
            addresses: vec![address.parse().unwrap()],
        }
    }

    #[test]
    fn an_interface_is_found_by_name_number_and_address() {
        let all = [
            interface("eth0", 2, "192.0.2.7"),
            interface("3", 7, "2001:db8::1"),
            interface("eth1", 3, "192.0.2.8"),
        ];
        let index = |wanted| find(&all, wanted).map(|interface| interface.index);
        assert_eq!(index("eth0").unwrap(), 2);
        assert_eq!(index("2").unwrap(), 2);
        assert_eq!(index("2001:db8::1").unwrap(), 7);
        assert_eq!(index("3").unwrap(), 7, "a name counts before a number");
        for wrong in ["eth", "9", "-1", "192.0.2.9", "::", "0", "eth0 "] {
            let error = index(wrong).unwrap_err();
            assert_eq!(error.code, Code::AddressNotAvailable, "{wrong}");
        }
    }
}

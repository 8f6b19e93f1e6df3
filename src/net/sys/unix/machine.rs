//! This machine's name and network interfaces, on Linux and its kin.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network interface that is up.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The system's name for it.
    pub name: String,
    /// The system's number for it, greater than 0.
    pub index: u32,
    /// Its addresses, in the system's order.
    pub addresses: Vec<IpAddr>,
}

/// The network interfaces that are up.
pub fn interfaces() -> io::Result<Vec<Interface>> {
    let mut first = std::ptr::null_mut();
    // SAFETY: the system stores the head of a list there.
    if unsafe { libc::getifaddrs(&mut first) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found: Vec<Interface> = Vec::new();
    let mut next = first;
    // SAFETY: each entry of the list is valid until freeifaddrs, and the last one's link is null.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        if entry.ifa_flags & libc::IFF_UP as u32 == 0 {
            continue;
        }
        // SAFETY: every entry has a NUL-terminated name, which outlives the call.
        let (name, index) = unsafe {
            (
                CStr::from_ptr(entry.ifa_name).to_string_lossy(),
                libc::if_nametoindex(entry.ifa_name),
            )
        };
        // SAFETY: the address is null or one of the family that it tells.
        let address = unsafe { ip_of(entry.ifa_addr) };
        match found.iter_mut().find(|known| known.index == index) {
            Some(known) => known.addresses.extend(address),
            None if index == 0 => {} // it went away in the meantime
            None => found.push(Interface {
                name: name.into_owned(),
                index,
                addresses: address.into_iter().collect(),
            }),
        }
    }
    // SAFETY: the list that getifaddrs made, which nothing points into any more.
    unsafe { libc::freeifaddrs(first) };
    Ok(found)
}

/// The zone of addresses on an interface, as it stands behind `%`: the interface's name, or its number
/// where it has none any more.
pub fn zone_name(index: u32) -> String {
    let mut name = [0 as libc::c_char; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size that the system asks for, which includes the NUL.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr()) }.is_null() {
        return index.to_string();
    }
    // SAFETY: the system ended the name with a NUL.
    unsafe { CStr::from_ptr(name.as_ptr()) }
        .to_string_lossy()
        .into_owned()
}

/// This machine's name.
pub fn machine_name() -> io::Result<String> {
    let mut name = [0u8; 256];
    // SAFETY: a writable buffer, whose last byte stays a NUL.
    if unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

/// # Safety
/// `address` is null or a whole socket address of the family that it tells.
unsafe fn ip_of(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as this function's.
    let family = unsafe { address.as_ref() }?.sa_family;
    match i32::from(family) {
        libc::AF_INET => {
            // SAFETY: as this function's.
            let address = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as this function's.
            let address = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(address.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_among_them() {
        let all = interfaces().unwrap();
        let is_loopback =
            |interface: &&Interface| interface.addresses.contains(&Ipv4Addr::LOCALHOST.into());
        let loopback = all.iter().find(is_loopback).unwrap();
        assert!(loopback.index > 0);
    }
}

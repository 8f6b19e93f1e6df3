//! This machine's name and network interfaces, on Windows.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr::{null, null_mut};
use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6,
};
use windows_sys::Win32::System::SystemInformation::{ComputerNameDnsHostname, GetComputerNameExW};

/// How much room the list of interfaces gets at first, as the system's documentation advises.
const USUAL_SIZE: u32 = 15 * 1024;

/// A network interface that is up.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The name that the system's settings show.
    pub name: String,
    /// The system's number for it, greater than 0.
    pub index: u32,
    /// Its addresses, in the system's order.
    pub addresses: Vec<IpAddr>,
}

/// The network interfaces that are up.
pub fn interfaces() -> io::Result<Vec<Interface>> {
    let memory = adapters()?;
    let mut found = Vec::new();
    let mut next: *const IP_ADAPTER_ADDRESSES_LH = match memory.is_empty() {
        true => null(),
        false => memory.as_ptr().cast(),
    };
    // SAFETY: the list lies in `memory`, and the last entry's link is null.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.Next;
        if entry.OperStatus != IfOperStatusUp {
            continue;
        }
        // SAFETY: the first member of this union is always there.
        let index = match unsafe { entry.Anonymous1.Anonymous.IfIndex } {
            0 => entry.Ipv6IfIndex,
            index => index,
        };
        let mut addresses = Vec::new();
        let mut unicast = entry.FirstUnicastAddress;
        // SAFETY: as above.
        while let Some(address) = unsafe { unicast.as_ref() } {
            unicast = address.Next;
            // SAFETY: the address is null or one of the family that it tells.
            addresses.extend(unsafe { ip_of(address.Address.lpSockaddr) });
        }
        found.push(Interface {
            // SAFETY: every entry has a NUL-terminated name.
            name: unsafe { text_of(entry.FriendlyName) },
            index,
            addresses,
        });
    }
    Ok(found)
}

/// The system's list of adapters, in memory aligned for it; empty where there is none.
fn adapters() -> io::Result<Vec<u64>> {
    let mut size = USUAL_SIZE;
    loop {
        let mut memory = vec![0_u64; (size as usize).div_ceil(size_of::<u64>())];
        // SAFETY: the memory has at least this size.
        let outcome = unsafe {
            GetAdaptersAddresses(
                AF_UNSPEC.into(),
                GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER,
                null(),
                memory.as_mut_ptr().cast(),
                &mut size,
            )
        };
        match outcome {
            ERROR_SUCCESS => return Ok(memory),
            ERROR_NO_DATA => return Ok(Vec::new()),
            ERROR_BUFFER_OVERFLOW => {} // the list has grown: `size` says to what
            code => return Err(io::Error::from_raw_os_error(code as i32)),
        }
    }
}

/// The zone of addresses on an interface, as it stands behind `%`: on this system its number.
pub fn zone_name(index: u32) -> String {
    index.to_string()
}

/// This machine's name.
pub fn machine_name() -> io::Result<String> {
    let mut size = 0;
    // SAFETY: without a buffer the system only tells the size, with the NUL.
    unsafe { GetComputerNameExW(ComputerNameDnsHostname, null_mut(), &mut size) };
    let mut name = vec![0_u16; size as usize + 1];
    size = name.len() as u32;
    // SAFETY: the buffer has room for `size` units.
    if unsafe { GetComputerNameExW(ComputerNameDnsHostname, name.as_mut_ptr(), &mut size) } == 0 {
        return Err(io::Error::last_os_error());
    }
    name.truncate(size as usize);
    Ok(String::from_utf16_lossy(&name))
}

/// # Safety
/// `text` is null or NUL-terminated.
unsafe fn text_of(text: *const u16) -> String {
    if text.is_null() {
        return String::new();
    }
    let mut length = 0;
    // SAFETY: no unit behind the NUL is read.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: these units were just read.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

/// # Safety
/// `address` is null or a whole socket address of the family that it tells.
unsafe fn ip_of(address: *const SOCKADDR) -> Option<IpAddr> {
    // SAFETY: as this function's.
    match unsafe { address.as_ref() }?.sa_family {
        AF_INET => {
            // SAFETY: as this function's; all readings of the union are valid.
            let number = unsafe {
                let address = address.cast::<SOCKADDR_IN>().read_unaligned();
                address.sin_addr.S_un.S_addr
            };
            Some(Ipv4Addr::from(u32::from_be(number)).into())
        }
        AF_INET6 => {
            // SAFETY: as this function's; all readings of the union are valid.
            let bytes = unsafe {
                let address = address.cast::<SOCKADDR_IN6>().read_unaligned();
                address.sin6_addr.u.Byte
            };
            Some(Ipv6Addr::from(bytes).into())
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

    #[test]
    fn this_machine_has_a_name() {
        assert!(!machine_name().unwrap().is_empty());
    }
}

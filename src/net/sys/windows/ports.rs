//! Who has a TCP port of this machine.

use std::io;
use std::mem::size_of;
use std::net::{IpAddr, SocketAddr};
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP6ROW_OWNER_PID, MIB_TCPROW_OWNER_PID, TCP_TABLE_OWNER_PID_LISTENER,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

/// The process that listens on a port, on this address or on one that means every address; `None` for nobody.
pub fn listening_process(address: &SocketAddr) -> io::Result<Option<u32>> {
    // An address of both families is one of IPv4, too.
    let (four, six) = match address {
        SocketAddr::V4(_) => (true, true),
        SocketAddr::V6(six) => (six.ip().is_unspecified(), true),
    };
    let mut found = Vec::new();
    if four {
        let rows = listeners::<MIB_TCPROW_OWNER_PID>(AF_INET)?;
        found.extend(rows.iter().map(|row| {
            let ip = IpAddr::from(row.dwLocalAddr.to_ne_bytes());
            (ip, row.dwLocalPort, row.dwOwningPid)
        }));
    }
    if six {
        // A machine without IPv6 has no such table.
        let rows = listeners::<MIB_TCP6ROW_OWNER_PID>(AF_INET6).unwrap_or_default();
        found.extend(rows.iter().map(|row| {
            let ip = IpAddr::from(row.ucLocalAddr);
            (ip, row.dwLocalPort, row.dwOwningPid)
        }));
    }
    let wanted = address.ip();
    let is_it = |ip: IpAddr| ip == wanted || ip.is_unspecified() || wanted.is_unspecified();
    Ok(found
        .into_iter()
        .find(|&(ip, port, _)| is_it(ip) && port_of(port) == address.port())
        .map(|(_, _, process)| process))
}

/// The table has ports in the network's order, in the lower half.
fn port_of(port: u32) -> u16 {
    u16::from_be(port as u16)
}

/// The table of one family. `Row` is what the system fills it with.
fn listeners<Row: Copy>(family: u16) -> io::Result<Vec<Row>> {
    let mut size = 0;
    loop {
        let mut memory = vec![0_u64; (size as usize).div_ceil(size_of::<u64>())];
        let table = match memory.is_empty() {
            true => null_mut(),
            false => memory.as_mut_ptr(),
        };
        // SAFETY: the memory has at least this size.
        let outcome = unsafe {
            let (kind, family) = (TCP_TABLE_OWNER_PID_LISTENER, u32::from(family));
            GetExtendedTcpTable(table.cast(), &mut size, 0, family, kind, 0)
        };
        match outcome {
            NO_ERROR if memory.is_empty() => return Ok(Vec::new()),
            NO_ERROR => {}
            ERROR_INSUFFICIENT_BUFFER => continue, // the table has grown: `size` says to what
            code => return Err(io::Error::from_raw_os_error(code as i32)),
        }
        let bytes = memory.len() * size_of::<u64>();
        let most = (bytes - size_of::<u32>()) / size_of::<Row>();
        // SAFETY: the table begins with the number of its rows, of which no more are read than fit the memory; rows
        // consist of bytes and numbers of 32 bits and follow that number at once.
        return Ok(unsafe {
            let count = memory.as_ptr().cast::<u32>();
            let rows = count.add(1).cast::<Row>();
            let all = (count.read() as usize).min(most);
            (0..all)
                .map(|index| rows.add(index).read_unaligned())
                .collect()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_its_listeners_until_that_one_is_gone() {
        for address in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = std::net::TcpListener::bind(address).unwrap();
            let mut asked = listener.local_addr().unwrap();
            let own = std::process::id();
            assert_eq!(listening_process(&asked).unwrap(), Some(own));
            asked.set_ip([127, 0, 0, 1].into());
            assert_eq!(listening_process(&asked).unwrap(), Some(own));
            drop(listener);
            assert_eq!(listening_process(&asked).unwrap(), None);
        }
    }
}

//! The whole-number options that the system keeps for a UDP socket.

use super::options::{self, Options};
use crate::constants::*;
use crate::net;
use socket2::{Domain, Socket};
use std::io;

/// Sets what a new socket starts with, before it is bound.
pub fn apply(options: &Options, socket: &Socket) -> io::Result<()> {
    apply_bound(options, socket)?;
    net::set_unique_address(socket, options.get(SocketUniqueAddress) != 0)
}

/// Sets what may still be set once it is bound.
pub fn apply_bound(options: &Options, socket: &Socket) -> io::Result<()> {
    options.apply_buffers(socket)?;
    if options.get(SocketTimeToLive) != 0 {
        write(socket, SocketTimeToLive, options.get(SocketTimeToLive))?;
    }
    if options.get(SocketMulticastLoop) == 0 {
        write(socket, SocketMulticastLoop, 0)?;
    }
    Ok(())
}

/// Sets an option.
pub fn write(socket: &Socket, option: i32, value: i32) -> io::Result<()> {
    let is_v6 = net::family_of(socket)? == Domain::IPV6;
    #[allow(non_upper_case_globals)]
    match option {
        SocketMulticastLoop if is_v6 => {
            socket.set_multicast_loop_v6(value != 0)?;
            // Also for the IPv4 groups of a dual-stack socket.
            let _ = socket.set_multicast_loop_v4(value != 0);
            Ok(())
        }
        SocketMulticastLoop => socket.set_multicast_loop_v4(value != 0),
        SocketTimeToLive => {
            options::write_system(socket, option, value)?;
            let hops = value.unsigned_abs();
            if is_v6 {
                socket.set_multicast_hops_v6(hops)?;
                let _ = socket.set_multicast_ttl_v4(hops);
                return Ok(());
            }
            socket.set_multicast_ttl_v4(hops)
        }
        _ => options::write_system(socket, option, value),
    }
}

/// What the system says of an option.
pub fn read(socket: &Socket, option: i32) -> io::Result<i32> {
    #[allow(non_upper_case_globals)]
    match option {
        SocketUniqueAddress => net::unique_address(socket).map(i32::from),
        SocketMulticastLoop => match net::family_of(socket)? {
            Domain::IPV6 => socket.multicast_loop_v6().map(i32::from),
            _ => socket.multicast_loop_v4().map(i32::from),
        },
        _ => options::read_system(socket, option, 0),
    }
}

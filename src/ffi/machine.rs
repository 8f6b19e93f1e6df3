//! Names and addresses of machines.

use super::arguments::{put_text, text};
use super::export::export;
use crate::error::{Error, Result};
use crate::net::{self, Deadline};
use std::ffi::c_char;

export! {
    /// Tells an IP address of a machine (WLanguage: NetIPAddress).
    ///
    /// IPv4 addresses come first, which is all that WLanguage tells, then IPv6. Of this machine they are those
    /// of the interfaces that are up, of each family first what other machines can use, then those of one wire
    /// alone (link-local, with their zone), then loopback; of another one what its name leads to, in the system's order. Waits for
    /// the name server at most 20 s (WLanguage page 3056023).
    ///
    /// @param machine   a host name; NULL or "" is this machine.
    /// @param rank      0 is the first address, 1 the next one.
    /// @param buffer    where the address goes; 64 bytes are enough.
    /// @param capacity  its size in bytes.
    /// @return the text's length; 0 and an empty text behind the last address; or HOST_NOT_FOUND,
    ///         TIMEOUT, LIMIT, BUFFER_TOO_SMALL, INVALID_ARGUMENT (a rank below 0), as `-code`.
    ///
    ///     char address[64];
    ///     for (int32_t rank = 0; NetIPAddress(NULL, rank, address, sizeof address) > 0; rank++)
    ///         puts(address);
    fn NetIPAddress(machine: *const c_char, rank: i32, buffer: *mut c_char, capacity: i32) -> usize {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let machine = unsafe { text(machine, "the machine's name") }?;
        let told = address_of_rank(&machine, rank)?;
        // SAFETY: as above.
        unsafe { put_text(buffer, capacity, told) }
    }
}

export! {
    /// Tells the name of this machine (WLanguage: NetMachineName). Does not wait.
    ///
    /// @param buffer    where the name goes; 256 bytes are enough.
    /// @param capacity  its size in bytes.
    /// @return the text's length, or BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
    ///
    ///     char name[256];
    ///     if (NetMachineName(name, sizeof name) > 0) puts(name);
    fn NetMachineName(buffer: *mut c_char, capacity: i32) -> usize {
        let name = net::machine_name()
            .map_err(|error| Error::from_io(&error, "asking for this machine's name"))?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, name) }
    }
}

fn address_of_rank(machine: &str, rank: i32) -> Result<String> {
    let rank = usize::try_from(rank)
        .map_err(|_| Error::invalid(format!("{rank} is no rank: the first address has rank 0")))?;
    let all = net::addresses_of(machine, &Deadline::after(net::LOOKUP_TIME))?;
    Ok(all.get(rank).cloned().unwrap_or_default())
}

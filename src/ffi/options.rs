//! Whole-number options.

use super::call::{free, guard};
use crate::error::Result;
use crate::registry::Target;
use crate::socket::{self, SOCKETS};
use std::ffi::c_char;

/// Sets a whole-number option of a socket, or the default for sockets made later (WLanguage:
/// Socket.Option). Does not wait.
///
/// @param name    a socket; NULL sets the default for sockets made from now on.
/// @param option  one of the header's option constants, such as `SocketNagle`.
/// @param value   what the constant's description says; `WDSOCKET_DEFAULT` puts the built-in one back.
/// @return 1, or 0: INVALID_ARGUMENT (no such option, or a value it does not take), WRONG_KIND (it
///         means nothing for this kind of socket, or is only read when the socket is made),
///         NOT_FOUND, NO_CONNECTION (still connecting).
///
///     SocketSetOption(NULL, SocketKeepAlive, 60);
///     SocketSetOption("till", SocketWriteTimeout, 10000);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSetOption(
    name: *const c_char,
    option: i32,
    value: i32,
) -> isize {
    if name.is_null() {
        return free("SocketSetOption", || {
            socket::set_default_option(option, value)
        });
    }
    guard("SocketSetOption", name, |target| set(target, option, value))
}

/// As `SocketSetOption`, by id.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketSetOptionId(id: i32, option: i32, value: i32) -> isize {
    guard("SocketSetOptionId", id, |target| set(target, option, value))
}

/// Tells a whole-number option of a socket, or the default for sockets made later.
///
/// For what the system keeps (buffers, keep-alive, Nagle, time to live) it asks the system. Does not
/// wait.
///
/// @param name    a socket; NULL tells the default for sockets made from now on.
/// @param option  one of the header's option constants.
/// @return the value, 0 or more; or INVALID_ARGUMENT, WRONG_KIND, NOT_FOUND, NO_CONNECTION, as
///         `-code`.
///
///     if (SocketGetOption("till", SocketNagle) == 1)
///         SocketSetOption("till", SocketNagle, 0);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketGetOption(name: *const c_char, option: i32) -> isize {
    if name.is_null() {
        return free("SocketGetOption", || {
            socket::default_option(option).map(|value| value as isize)
        });
    }
    guard("SocketGetOption", name, |target| get(target, option))
}

/// As `SocketGetOption`, by id.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketGetOptionId(id: i32, option: i32) -> isize {
    guard("SocketGetOptionId", id, |target| get(target, option))
}

fn set(target: Target<'_>, option: i32, value: i32) -> Result<()> {
    SOCKETS.find(target)?.kind()?.set_option(option, value)
}

fn get(target: Target<'_>, option: i32) -> Result<isize> {
    Ok(SOCKETS.find(target)?.kind()?.option(option)? as isize)
}

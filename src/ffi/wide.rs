//! The UTF-16 family, for Windows: each function that takes or gives text, its text converted.
//!
//! The tables below are the family; build.rs makes the header's part of them too.

use super::call::{Answer, free};
use super::*;
use crate::error::{Code, Error, Result};
use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};
use zeroize::Zeroizing;

/// NUL-terminated UTF-16, or NULL.
type Text = *const u16;

/// How much room a text gets at first; nearly every one fits.
const USUAL_SIZE: usize = 1024;

/// A parameter of the UTF-16 family as the other families take it.
trait Narrow {
    /// What has to stay while the call goes on.
    type Held;
    /// The parameter there.
    type Parameter;

    /// Converts it. Errors: INVALID_ARGUMENT (a surrogate without its other half).
    ///
    /// # Safety
    /// Text is NULL or NUL-terminated.
    unsafe fn hold(self) -> Result<Self::Held>;

    /// The parameter, good as long as `held`.
    fn pass(held: &Self::Held) -> Self::Parameter;
}

impl Narrow for Text {
    // One may be a password.
    type Held = Option<Zeroizing<Vec<u8>>>;
    type Parameter = *const c_char;

    unsafe fn hold(self) -> Result<Self::Held> {
        if self.is_null() {
            return Ok(None);
        }
        let mut length = 0;
        // SAFETY: no unit behind the NUL is read.
        while unsafe { *self.add(length) } != 0 {
            length += 1;
        }
        // SAFETY: these units were just read.
        let units = unsafe { std::slice::from_raw_parts(self, length) };
        // Room for all, so that it never moves and leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(3 * units.len() + 1));
        for character in char::decode_utf16(units.iter().copied()) {
            let character = character.map_err(|_| {
                Error::invalid("a text is not UTF-16: it has a surrogate without its other half")
            })?;
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        text.push(0);
        Ok(Some(text))
    }

    fn pass(held: &Self::Held) -> Self::Parameter {
        held.as_ref().map_or(null(), |text| text.as_ptr().cast())
    }
}

macro_rules! pass_as_they_are {
    ($($kind:ty),+) => {$(
        impl Narrow for $kind {
            type Held = $kind;
            type Parameter = $kind;

            unsafe fn hold(self) -> Result<Self::Held> {
                Ok(self)
            }

            fn pass(held: &Self::Held) -> Self::Parameter {
                *held
            }
        }
    )+};
}

pass_as_they_are!(i32, *const c_void, *mut c_void, *mut i32);

/// Sets the last error of a call whose text cannot be converted.
fn refuse<A: Answer>(function: &'static str, error: Error) -> isize {
    free(function, || Err::<A, _>(error))
}

/// Functions that only take text; `$answer` is what they give back.
macro_rules! takes {
    ($answer:ty; $($wide:ident = $narrow:ident($($name:ident: $kind:ty),*);)+) => {$(
        #[doc = concat!("As `", stringify!($narrow), "`, its text in UTF-16.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $wide($($name: $kind),*) -> isize {
            $(
                // SAFETY: the caller keeps the header's promises about its pointers.
                let $name = match unsafe { <$kind>::hold($name) } {
                    Ok(held) => held,
                    Err(error) => return refuse::<$answer>(stringify!($wide), error),
                };
            )*
            // SAFETY: as above; what was converted stays until the call returns.
            unsafe { $narrow($(<$kind>::pass(&$name)),*) }
        }
    )+};
}

/// Functions that give text, with a buffer of UTF-16 units as their last two parameters. `$most` is
/// how many bytes of UTF-8 one unit may stand for.
macro_rules! gives {
    ($most:literal; $($wide:ident = $narrow:ident($($name:ident: $kind:ty),*);)+) => {$(
        #[doc = concat!("As `", stringify!($narrow), "`, its text in UTF-16.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $wide(
            $($name: $kind,)*
            buffer: *mut u16,
            capacity: i32,
        ) -> isize {
            $(
                // SAFETY: the caller keeps the header's promises about its pointers.
                let $name = match unsafe { <$kind>::hold($name) } {
                    Ok(held) => held,
                    Err(error) => return refuse::<usize>(stringify!($wide), error),
                };
            )*
            // SAFETY: as above; what was converted stays until the call returns.
            let narrow = |out, size| unsafe { $narrow($(<$kind>::pass(&$name),)* out, size) };
            // SAFETY: as above.
            match unsafe { put_units(narrow, $most, buffer, capacity) } {
                Ok(result) => result,
                Err(error) => refuse::<usize>(stringify!($wide), error),
            }
        }
    )+};
}

/// Text of the last error of this thread, as `SocketErrorInfo`, in UTF-16. Leaves the last error as
/// it is.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketErrorInfoW(buffer: *mut u16, capacity: i32) -> isize {
    // SAFETY: the caller keeps the header's promises about its pointers.
    unsafe { tell_units(|out, size| SocketErrorInfo(out, size), buffer, capacity) }
}

/// What an error code means, as `SocketErrorText`, in UTF-16. Leaves the last error as it is.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketErrorTextW(
    code: i32,
    buffer: *mut u16,
    capacity: i32,
) -> isize {
    // SAFETY: the caller keeps the header's promises about its pointers.
    unsafe {
        tell_units(
            |out, size| SocketErrorText(code, out, size),
            buffer,
            capacity,
        )
    }
}

/// As `put_units`, for the functions that leave the last error as it is.
///
/// # Safety
/// As [`put_units`].
unsafe fn tell_units(
    narrow: impl Fn(*mut c_char, i32) -> isize,
    buffer: *mut u16,
    capacity: i32,
) -> isize {
    // SAFETY: as this function's.
    match unsafe { put_units(narrow, 3, buffer, capacity) } {
        Ok(result) => result,
        Err(error) => -(error.code as isize),
    }
}

/// Has the text written as UTF-8, and converts it into the caller's buffer. Gives what `narrow` gave
/// for a failure, otherwise the length in units without the NUL. Errors: BUFFER_TOO_SMALL.
///
/// # Safety
/// `units` is NULL or writable for `capacity` units, which nobody else uses meanwhile.
unsafe fn put_units(
    narrow: impl Fn(*mut c_char, i32) -> isize,
    most: usize,
    units: *mut u16,
    capacity: i32,
) -> Result<isize> {
    if units.is_null() || capacity <= 0 {
        return Ok(narrow(null_mut(), capacity));
    }
    // SAFETY: as this function's; C's memory is taken as units of whatever value.
    let out = unsafe { std::slice::from_raw_parts_mut(units, capacity as usize) };
    out[0] = 0;
    let limit = out.len().saturating_mul(most).min(i32::MAX as usize);
    let mut size = limit.min(USUAL_SIZE);
    loop {
        let mut text = vec![0_u8; size];
        let result = narrow(text.as_mut_ptr().cast(), size as i32);
        if result == -(Code::BufferTooSmall as isize) && size < limit {
            size = size.saturating_mul(8).min(limit);
            continue;
        }
        let Ok(length) = usize::try_from(result) else {
            return Ok(result);
        };
        // Names of the other families need not be UTF-8.
        let text = String::from_utf8_lossy(&text[..length]);
        let need = text.encode_utf16().count();
        if need >= out.len() {
            return Err(Error::new(
                Code::BufferTooSmall,
                format!(
                    "the text needs a buffer of {} units, this one has {}",
                    need + 1,
                    out.len()
                ),
            ));
        }
        for (place, unit) in out.iter_mut().zip(text.encode_utf16().chain([0])) {
            *place = unit;
        }
        return Ok(need as isize);
    }
}

// A line a function: rustfmt would break some.
#[rustfmt::skip]
takes! {
    ();
    SocketCreateW = SocketCreate(name: Text, port: i32, address: Text);
    SocketWaitForConnectionW = SocketWaitForConnection(name: Text, timeout: i32);
    SocketDenyW = SocketDeny(name: Text);
    SocketConnectW = SocketConnect(name: Text, port: i32, address: Text, timeout: i32);
    SocketConnectedW = SocketConnected(name: Text);
    SocketShutdownW = SocketShutdown(name: Text);
    SocketExistW = SocketExist(name: Text);
    SocketCloseW = SocketClose(name: Text);
    SocketWriteW = SocketWrite(name: Text, data: *const c_void, size: i32);
    SocketChangeTransmissionModeW = SocketChangeTransmissionMode(name: Text, mode: i32, tag: *const c_void, tag_size: i32);
    SocketCreateSSLW = SocketCreateSSL(name: Text, port: i32, certificate: Text, options: i32, address: Text, store: Text);
    SocketConnectSSLW = SocketConnectSSL(name: Text, port: i32, address: Text, options: i32, timeout: i32, client_certificate: Text);
    SocketStartSSLW = SocketStartSSL(name: Text, options: i32, timeout: i32, server_name: Text, client_certificate: Text);
    SocketStartSSLIdW = SocketStartSSLId(id: i32, options: i32, timeout: i32, server_name: Text, client_certificate: Text);
    SocketSetTextW = SocketSetText(name: Text, option: i32, text: Text);
    SocketSetTextIdW = SocketSetTextId(id: i32, option: i32, text: Text);
    SocketCreateUDPW = SocketCreateUDP(name: Text, port: i32, address: Text);
    SocketWriteToW = SocketWriteTo(name: Text, data: *const c_void, size: i32, address: Text, port: i32);
    SocketWriteToIdW = SocketWriteToId(id: i32, data: *const c_void, size: i32, address: Text, port: i32);
    SocketJoinGroupW = SocketJoinGroup(name: Text, group: Text, network: Text);
    SocketJoinGroupIdW = SocketJoinGroupId(id: i32, group: Text, network: Text);
    SocketLeaveGroupW = SocketLeaveGroup(name: Text, group: Text, network: Text);
    SocketLeaveGroupIdW = SocketLeaveGroupId(id: i32, group: Text, network: Text);
    SocketCreateBluetoothW = SocketCreateBluetooth(name: Text, service: Text);
    SocketConnectBluetoothW = SocketConnectBluetooth(name: Text, service: Text, mac: Text, timeout: i32);
    SocketCreateInfraredW = SocketCreateInfrared(name: Text, service: Text);
    SocketConnectInfraredW = SocketConnectInfrared(name: Text, service: Text, timeout: i32);
    SocketWatchW = SocketWatch(name: Text);
    SocketWatchAddW = SocketWatchAdd(watch: Text, name: Text);
    SocketWatchRemoveW = SocketWatchRemove(watch: Text, name: Text);
    SocketProxyW = SocketProxy(address: Text, port: i32, login: Text, password: Text);
    SocketSetOptionW = SocketSetOption(name: Text, option: i32, value: i32);
}

#[rustfmt::skip]
takes! {
    usize;
    SocketCreateIdW = SocketCreateId(port: i32, address: Text);
    SocketConnectIdW = SocketConnectId(port: i32, address: Text, timeout: i32);
    SocketReadW = SocketRead(name: Text, undefined_wait: i32, timeout: i32, buffer: *mut c_void, capacity: i32);
    SocketPendingW = SocketPending(name: Text);
    SocketCreateSSLIdW = SocketCreateSSLId(port: i32, certificate: Text, options: i32, address: Text, store: Text);
    SocketConnectSSLIdW = SocketConnectSSLId(port: i32, address: Text, options: i32, timeout: i32, client_certificate: Text);
    SocketCreateUDPIdW = SocketCreateUDPId(port: i32, address: Text);
    SocketCreateBluetoothIdW = SocketCreateBluetoothId(service: Text);
    SocketConnectBluetoothIdW = SocketConnectBluetoothId(service: Text, mac: Text, timeout: i32);
    SocketCreateInfraredIdW = SocketCreateInfraredId(service: Text);
    SocketConnectInfraredIdW = SocketConnectInfraredId(service: Text, timeout: i32);
    SocketWatchWaitW = SocketWatchWait(watch: Text, timeout: i32, ids: *mut i32, capacity: i32);
    SocketGetOptionW = SocketGetOption(name: Text, option: i32);
    SocketIdW = SocketId(name: Text);
}

// The name of a channel is ASCII, and a buffer too small for it takes no client.
#[rustfmt::skip]
gives! {
    1;
    SocketAcceptW = SocketAccept(name: Text);
}

#[rustfmt::skip]
gives! {
    3;
    SocketClientInfoW = SocketClientInfo(name: Text, info: i32);
    SocketClientInfoIdW = SocketClientInfoId(id: i32, info: i32);
    SocketLocalInfoW = SocketLocalInfo(name: Text, info: i32);
    SocketLocalInfoIdW = SocketLocalInfoId(id: i32, info: i32);
    SocketSSLInfoW = SocketSSLInfo(name: Text, info: i32);
    SocketSSLInfoIdW = SocketSSLInfoId(id: i32, info: i32);
    SocketNameW = SocketName(id: i32);
    SocketVersionW = SocketVersion();
    NetIPAddressW = NetIPAddress(machine: Text, rank: i32);
    NetMachineNameW = NetMachineName();
}

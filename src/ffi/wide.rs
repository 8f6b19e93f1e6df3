//! The UTF-16 family, for Windows: each function that takes or gives text, its text converted.
//!
//! The build makes a row of each export that has text; the macros here make the functions of the rows.

use super::call::{Answer, Warned, free};
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

/// A function that only takes text.
macro_rules! takes {
    ($wide:ident = $narrow:ident($($name:ident: $kind:ty),*) -> $answer:ty) => {
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
    };
}

/// A function that gives text, with a buffer of UTF-16 units and its capacity as its last two parameters.
macro_rules! gives {
    ($($row:tt)*) => { gives_up_to! { 3; $($row)* } };
}

/// As `gives`, for text of ASCII alone: what fits the buffer's units fits as many bytes.
macro_rules! gives_ascii {
    ($($row:tt)*) => { gives_up_to! { 1; $($row)* } };
}

/// As `gives`; `$most` is how many bytes of UTF-8 one unit may stand for.
macro_rules! gives_up_to {
    ($most:literal; $wide:ident = $narrow:ident($($name:ident: $kind:ty),*) -> $answer:ty) => {
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
                    Err(error) => return refuse::<$answer>(stringify!($wide), error),
                };
            )*
            // SAFETY: as above; what was converted stays until the call returns.
            let narrow = |out, size| unsafe { $narrow($(<$kind>::pass(&$name),)* out, size) };
            // SAFETY: as above.
            match unsafe { put_units(narrow, $most, buffer, capacity) } {
                Ok(result) => result,
                Err(error) => refuse::<$answer>(stringify!($wide), error),
            }
        }
    };
}

/// As `gives`, for the functions that leave the last error as it is.
macro_rules! tells {
    ($wide:ident = $narrow:ident($($name:ident: $kind:ty),*) -> $answer:ty) => {
        #[doc = concat!("As `", stringify!($narrow), "`, its text in UTF-16. Leaves the last error as it is.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "system" fn $wide(
            $($name: $kind,)*
            buffer: *mut u16,
            capacity: i32,
        ) -> isize {
            // SAFETY: the caller keeps the header's promises about its pointers.
            let narrow = |out, size| unsafe { $narrow($($name,)* out, size) };
            // SAFETY: as above.
            match unsafe { put_units(narrow, 3, buffer, capacity) } {
                Ok(result) => result,
                Err(error) => <$answer>::failure(error.code),
            }
        }
    };
}

// A row an export, as the build found them declared.
include!(concat!(env!("OUT_DIR"), "/utf16.rs"));

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

//! C's parameters to Rust's, and text back to C's buffers.

use crate::error::{Code, Error, Result};
use crate::net::{is_handed, is_unix};
use crate::registry::{LONGEST_NAME, Target};
use std::ffi::{CStr, c_char, c_void};
use std::ops::Deref;

/// The first parameter of an export: a name or an id.
pub trait Handle: Copy {
    /// Which socket is meant. Errors: INVALID_ARGUMENT.
    ///
    /// # Safety
    /// A name is NULL or NUL-terminated, and stays as long as the result is used.
    unsafe fn target<'a>(self) -> Result<Target<'a>>;

    /// Whether it names nothing, which means the defaults where there are some.
    fn is_missing(&self) -> bool;
}

impl Handle for *const c_char {
    unsafe fn target<'a>(self) -> Result<Target<'a>> {
        // SAFETY: as this function's.
        let name = unsafe { bytes_up_to_nul(self, LONGEST_NAME) };
        match name {
            Some([]) | None => Err(Error::invalid(
                "the name of the socket is missing: give 1 to 255 bytes and a NUL",
            )),
            Some(name) if name.len() > LONGEST_NAME => Err(Error::invalid(
                "the name of the socket is longer than 255 bytes",
            )),
            Some(name) => Ok(Target::Name(name)),
        }
    }

    fn is_missing(&self) -> bool {
        self.is_null()
    }
}

impl Handle for i32 {
    unsafe fn target<'a>(self) -> Result<Target<'a>> {
        Ok(Target::Id(self))
    }

    fn is_missing(&self) -> bool {
        false
    }
}

/// What a call is about.
pub trait About: Copy {
    /// The socket; none for a call about none.
    fn target<'a>(self) -> Option<Target<'a>>;
}

impl About for () {
    fn target<'a>(self) -> Option<Target<'a>> {
        None
    }
}

impl<H: Handle> About for H {
    fn target<'a>(self) -> Option<Target<'a>> {
        // SAFETY: an export's caller passes a NUL-terminated name or NULL, as the header asks, and it stays
        // until the call returns.
        unsafe { Handle::target(self) }.ok()
    }
}

/// The bytes before the NUL, at most one more than `most`; `None` for NULL.
///
/// # Safety
/// `text` is NULL, NUL-terminated, or readable for `most + 1` bytes, and stays as long as the
/// result is used.
unsafe fn bytes_up_to_nul<'a>(text: *const c_char, most: usize) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    let mut length = 0;
    // SAFETY: no byte behind the NUL or behind `most + 1` is read.
    while length <= most && unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: these bytes were just read.
    Some(unsafe { std::slice::from_raw_parts(text.cast(), length) })
}

/// An optional text; NULL is the empty one. On Windows what is not UTF-8 is taken in the ANSI code page, where it
/// can be that. Errors: INVALID_ARGUMENT (it can be neither).
///
/// # Safety
/// `text` is NULL or NUL-terminated, and stays as long as the result is used.
pub unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<Text<'a>> {
    if text.is_null() {
        return Ok(Text::Given(""));
    }
    // SAFETY: as this function's.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    match str::from_utf8(bytes) {
        Ok(text) => Ok(Text::Given(text)),
        Err(_) => in_code_page(bytes, what),
    }
}

/// A text of a caller's.
pub enum Text<'a> {
    /// As it was given.
    Given(&'a str),
    /// Converted; it may be a password.
    #[cfg(windows)]
    Converted(zeroize::Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Given(text) => text,
            #[cfg(windows)]
            Text::Converted(text) => text,
        }
    }
}

/// A text that is not UTF-8, as VB6, WINDEV and others give it.
#[cfg(windows)]
fn in_code_page<'a>(bytes: &[u8], what: &str) -> Result<Text<'a>> {
    match super::ansi::decode(bytes) {
        Some(text) => Ok(Text::Converted(text)),
        None => Err(Error::invalid(format!(
            "{what} is neither UTF-8 text nor text of this Windows' ANSI code page: give it as UTF-16 to the function of the same name with a W at its end"
        ))),
    }
}

/// A text that is not UTF-8.
#[cfg(not(windows))]
fn in_code_page<'a>(_: &[u8], what: &str) -> Result<Text<'a>> {
    Err(Error::invalid(format!("{what} is not UTF-8 text")))
}

/// Bytes to read from; a size of -1 is up to the NUL.
/// Errors: INVALID_ARGUMENT (NULL with a size, a negative size).
///
/// # Safety
/// `data` is NULL or readable for `size` bytes, or NUL-terminated where `size` is -1, and stays
/// as long as the result is used.
#[inline]
pub unsafe fn bytes<'a>(data: *const c_void, size: i32, what: &str) -> Result<&'a [u8]> {
    match size {
        1.. if !data.is_null() => {
            // SAFETY: as this function's.
            Ok(unsafe { std::slice::from_raw_parts(data.cast(), size as usize) })
        }
        0 => Ok(&[]),
        _ if data.is_null() => Err(missing(what, "size", size)),
        // SAFETY: as this function's.
        -1 => Ok(unsafe { CStr::from_ptr(data.cast()) }.to_bytes()),
        _ => Err(no_size(what, size)),
    }
}

#[cold]
fn missing(what: &str, of: &str, size: i32) -> Error {
    Error::invalid(format!("{what} is NULL, but its {of} is {size}"))
}

#[cold]
fn no_size(what: &str, size: i32) -> Error {
    Error::invalid(format!(
        "the size of {what} is {size}: give 0 or more, or -1 for text up to its NUL"
    ))
}

/// A buffer to write to. Errors: INVALID_ARGUMENT (NULL with a capacity, a negative capacity).
///
/// # Safety
/// `buffer` is NULL or writable for `capacity` bytes, which nobody else uses meanwhile.
#[inline]
pub unsafe fn buffer<'a>(buffer: *mut c_void, capacity: i32) -> Result<&'a mut [u8]> {
    match capacity {
        1.. if !buffer.is_null() => {
            // SAFETY: as this function's; C's memory is taken as bytes of whatever value.
            Ok(unsafe { std::slice::from_raw_parts_mut(buffer.cast(), capacity as usize) })
        }
        0 => Ok(&mut []),
        _ if buffer.is_null() => Err(missing("the buffer", "capacity", capacity)),
        _ => Err(no_capacity(capacity)),
    }
}

#[cold]
fn no_capacity(capacity: i32) -> Error {
    Error::invalid(format!("the capacity {capacity} is negative"))
}

/// Numbers to write to. Errors: INVALID_ARGUMENT (NULL, no room for even one).
///
/// # Safety
/// `numbers` is NULL or writable for `capacity` numbers, which nobody else uses meanwhile.
pub unsafe fn numbers<'a>(numbers: *mut i32, capacity: i32) -> Result<&'a mut [i32]> {
    if numbers.is_null() || capacity <= 0 {
        return Err(Error::invalid(format!(
            "give room for at least one id, not {capacity} at {}",
            if numbers.is_null() {
                "NULL"
            } else {
                "this place"
            }
        )));
    }
    // SAFETY: as this function's; C's memory is taken as numbers of whatever value.
    Ok(unsafe { std::slice::from_raw_parts_mut(numbers, capacity as usize) })
}

/// Writes text and its NUL, and tells the length without it. Errors: INVALID_ARGUMENT,
/// BUFFER_TOO_SMALL (the buffer then holds the empty text).
///
/// # Safety
/// As [`buffer`].
pub unsafe fn put_text(out: *mut c_char, capacity: i32, text: impl AsRef<[u8]>) -> Result<usize> {
    let text = text.as_ref();
    // SAFETY: as this function's.
    let out = unsafe { buffer(out.cast(), capacity) }?;
    let need = text.len() + 1;
    if out.len() < need {
        out.iter_mut().take(1).for_each(|first| *first = 0);
        return Err(Error::new(
            Code::BufferTooSmall,
            format!(
                "the text needs a buffer of {need} bytes, this one has {}",
                out.len()
            ),
        ));
    }
    out[..text.len()].copy_from_slice(text);
    out[text.len()] = 0;
    Ok(text.len())
}

/// The port of a host as it was typed; `lowest` is 0 where 0 means "any free one". A Unix socket has none and a socket that
/// systemd hands over one of its own, which is 0. Errors: INVALID_ARGUMENT.
pub fn port_of(number: i32, lowest: u16, host: &str) -> Result<u16> {
    match (is_unix(host) || is_handed(host), number) {
        (false, _) => port(number, lowest),
        (true, 0) => Ok(0),
        (true, _) => Err(Error::invalid(format!(
            "{host} takes no port beside it: give port 0, not {number}"
        ))),
    }
}

/// A port; `lowest` is 0 where 0 means "any free one". Errors: INVALID_ARGUMENT.
pub fn port(port: i32, lowest: u16) -> Result<u16> {
    u16::try_from(port)
        .ok()
        .filter(|&port| port >= lowest)
        .ok_or_else(|| {
            Error::invalid(format!(
                "{port} is no port: give a number from {lowest} to 65535"
            ))
        })
}

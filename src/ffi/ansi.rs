//! Text of the ANSI code page, in which programs of Windows without Unicode have theirs.

use std::ptr::null_mut;
use windows_sys::Win32::Globalization::{
    CP_ACP, GetACP, MB_ERR_INVALID_CHARS, MultiByteToWideChar,
};
use zeroize::{Zeroize, Zeroizing};

/// UTF-8 as code page: what is asked here is none.
const UTF_8: u32 = 65_001;

/// The text that the bytes are in the code page of this process; `None` where they are none there.
pub fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    // SAFETY: takes nothing and only looks.
    if unsafe { GetACP() } == UTF_8 {
        return None;
    }
    let length = i32::try_from(bytes.len()).ok()?;
    let convert = |units: *mut u16, room: i32| {
        // SAFETY: the bytes are as many as told, and so are the units, of which none is told for NULL.
        unsafe {
            let how = MB_ERR_INVALID_CHARS;
            MultiByteToWideChar(CP_ACP, how, bytes.as_ptr(), length, units, room)
        }
    };
    let count = convert(null_mut(), 0);
    let mut units = Zeroizing::new(vec![0_u16; usize::try_from(count).ok()?]);
    if count == 0 || convert(units.as_mut_ptr(), count) != count {
        return None;
    }
    // Room for all, so that it never moves and leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(3 * units.len()));
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => {
                text.zeroize();
                return None;
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_an_old_program_is_what_that_program_meant() {
        // SAFETY: takes nothing and only looks.
        if unsafe { GetACP() } != 1252 {
            println!("skipped: the code page of this Windows is another one");
            return;
        }
        let path = decode(b"C:\\donn\xe9es").unwrap();
        assert_eq!(path.as_str(), "C:\\donn\u{e9}es");
    }
}

//! Base64 as files have it (RFC 4648, section 4): in lines of any length, however they are indented.

use data_encoding::{BASE64, Encoding};
use memchr::memchr;
use std::borrow::Cow;
use std::collections::TryReserveError;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// With whatever stands between its symbols.
static LINES: LazyLock<Encoding> = LazyLock::new(|| {
    let mut base64 = BASE64.specification();
    base64.ignore = String::from(" \t\r\n\x0c");
    // Some programs leave bits behind the last byte, which mean nothing.
    base64.check_trailing_bits = false;
    base64.encoding().expect("it is base64")
});

/// How far [`Base64::in_front`] looks, in bytes.
const FRONT: usize = 512;

/// Text that may be base64. A dash ends it, and what comes after it is passed over, as by OpenSSL.
pub(super) struct Base64<'a>(Cow<'a, [u8]>);

impl<'a> Base64<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Base64(Cow::Borrowed(text))
    }

    /// The bytes. None where it is not base64.
    pub fn bytes(&self) -> Result<Option<Zeroizing<Vec<u8>>>, TryReserveError> {
        let text = self.0.split(|byte| *byte == b'-').next();
        let text = text.unwrap_or_default();
        let Ok(most) = LINES.decode_len(text.len()) else {
            return Ok(None);
        };
        let mut bytes = Zeroizing::new(Vec::new());
        bytes.try_reserve_exact(most)?;
        bytes.resize(most, 0);
        Ok(match LINES.decode_mut(text, &mut bytes) {
            Ok(length) => {
                bytes.truncate(length);
                Some(bytes)
            }
            Err(_) => None,
        })
    }

    /// What `find` finds in the first of the bytes; it is given those of one more line each time. None as well where the
    /// lines are not as they usually are: of whole bytes, with nothing but base64 in them.
    pub fn in_front<T>(&self, find: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let (mut front, mut filled) = ([0; FRONT], 0);
        let mut rest = &self.0[..];
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            rest = &after[1..];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let length = BASE64.decode_len(line.len()).ok()?;
            let space = front.get_mut(filled..filled + length)?;
            filled += BASE64.decode_mut(line, space).ok()?;
            if let Some(found) = find(&front[..filled]) {
                return Some(found);
            }
        }
        None
    }

    /// What is the same for the same bytes, in whatever lines.
    pub fn symbols(&self) -> impl Iterator<Item = u8> {
        let text = self.0.iter().copied();
        text.filter(|byte| !byte.is_ascii_whitespace())
    }

    /// A copy that can be kept.
    pub fn copy(&self) -> Result<Base64<'static>, TryReserveError> {
        let mut text = Vec::new();
        text.try_reserve_exact(self.0.len())?;
        text.extend_from_slice(&self.0);
        Ok(Base64(Cow::Owned(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_front(text: &str, length: usize) -> Option<Vec<u8>> {
        let found = |bytes: &[u8]| (bytes.len() >= length).then(|| bytes.to_vec());
        Base64::new(text.as_bytes()).in_front(found)
    }

    #[test]
    fn the_front_is_that_of_the_whole() {
        let bytes: Vec<u8> = (0..2000).map(|i| (i * 7 % 251) as u8).collect();
        let base64 = openssl::base64::encode_block(&bytes);
        for width in [1, 3, 4, 60, 63, 64, 65, 76, 4000] {
            for end in ["\n", "\r\n", " \n", "\n\n  ", "\n\x0c"] {
                let lines = base64.as_bytes().chunks(width);
                let lines = lines.map(|line| std::str::from_utf8(line).unwrap().to_owned() + end);
                let text: String = lines.collect();
                assert_eq!(
                    *Base64::new(text.as_bytes()).bytes().unwrap().unwrap(),
                    bytes
                );
                let front = in_front(&text, 100);
                let is_usual =
                    width % 4 == 0 && width < 600 && end.trim_start_matches('\r') == "\n";
                assert_eq!(front.is_some(), is_usual, "{width} {end:?}");
                assert!(front.is_none_or(|front| front.len() >= 100 && bytes.starts_with(&front)));
            }
        }
    }

    #[test]
    fn what_is_not_usual_has_no_front() {
        for text in [
            "",
            "AAEC",
            "AAE\n",
            "A*EC\n",
            "AAEC-\nAAEC",
            "\u{e9}AAEC",
            "AA\n==",
        ] {
            assert_eq!(in_front(text, 1), None, "{text}");
        }
        assert_eq!(in_front("AA==\nAAEC\n", 3), Some(vec![0, 0, 1, 2]));
    }

    #[test]
    fn symbols_are_the_same_in_whatever_lines() {
        let symbols =
            |text: &'static str| Base64::new(text.as_bytes()).symbols().collect::<Vec<u8>>();
        assert_eq!(symbols("AAEC\nAw=="), symbols(" AA\tEC\r\n Aw\x0c==\n"));
        assert_ne!(symbols("AAEC"), symbols("AAED"));
    }
}

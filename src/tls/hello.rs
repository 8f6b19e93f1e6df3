//! What a ClientHello says, while OpenSSL reads it and before it acts on it.

use foreign_types::ForeignTypeRef;
use openssl::ssl::SslRef;
use openssl_sys as ffi;
use std::ptr;

/// RFC 6066, section 3.
const SERVER_NAME: u16 = 0;

/// The contents of an extension of the ClientHello that is being read; None where it has none of that number.
pub(super) fn extension(ssl: &SslRef, number: u16) -> Option<&[u8]> {
    let (mut bytes, mut length) = (ptr::null(), 0);
    // SAFETY: the connection is valid and reads a ClientHello, in which what is found lives.
    unsafe {
        let found =
            ffi::SSL_client_hello_get0_ext(ssl.as_ptr(), number.into(), &mut bytes, &mut length);
        (found == 1 && !bytes.is_null()).then(|| std::slice::from_raw_parts(bytes, length))
    }
}

/// The name that the client asks for, in small letters and without a final dot; None where it asks for none.
/// What is malformed is none: OpenSSL refuses it afterwards.
pub(super) fn server_name(ssl: &SslRef) -> Option<String> {
    parse(extension(ssl, SERVER_NAME)?)
}

fn parse(list: &[u8]) -> Option<String> {
    const HOST_NAME: u8 = 0;
    /// RFC 1035, section 2.3.4.
    const LONGEST: usize = 255;
    // The list's length, and of its only entry the kind and the length.
    let [_, _, HOST_NAME, high, low, rest @ ..] = list else {
        return None;
    };
    let name = rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    let name = std::str::from_utf8(name).ok()?;
    let name = name.strip_suffix('.').unwrap_or(name);
    (!name.is_empty() && name.len() <= LONGEST).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &[u8]) -> Vec<u8> {
        let length = u8::try_from(name.len()).unwrap();
        let mut list = vec![0, length + 3, 0, 0, length];
        list.extend(name);
        list
    }

    #[test]
    fn the_name_is_found_and_whatever_is_cut_is_none() {
        let whole = list(b"Till.Example.");
        assert_eq!(parse(&whole).as_deref(), Some("till.example"));
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), None);
        }
        for bad in [&b""[..], b".", b"\xff\xfe"] {
            assert_eq!(parse(&list(bad)), None);
        }
        assert_eq!(parse(&[0, 4, 1, 0, 1, b'a']), None); // no host name
    }
}

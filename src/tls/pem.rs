//! PEM: base64 between two lines (RFC 7468), any number of blocks in one file.

use super::base64::Base64;
use memchr::memmem;
use std::borrow::Cow;
use std::collections::TryReserveError;
use zeroize::Zeroizing;

/// One block, from its BEGIN line to its END line.
pub(super) struct Block<'a> {
    /// What the BEGIN line says, such as `CERTIFICATE`.
    pub label: &'a str,
    /// The lines `Name: value` in front of the base64 (RFC 1421), each as it stands.
    headers: Vec<&'a str>,
    /// What is inside. That of an encrypted block is still encrypted.
    pub base64: Base64<'a>,
}

impl Block<'_> {
    /// The bytes inside. None where they are not base64.
    pub fn der(&self) -> Result<Option<Zeroizing<Vec<u8>>>, TryReserveError> {
        self.base64.bytes()
    }

    /// Whether it is a certificate, with or without a note of what it is trusted for.
    pub fn is_certificate(&self) -> bool {
        matches!(
            self.label,
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"
        )
    }

    /// Whether a certificate's note of what it is trusted for follows it.
    pub fn has_note(&self) -> bool {
        self.label == "TRUSTED CERTIFICATE"
    }

    /// Whether it is a collection of certificates (RFC 2315).
    pub fn is_collection(&self) -> bool {
        matches!(self.label, "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS")
    }

    /// Whether it is a private key that OpenSSL can read.
    pub fn is_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY") && self.label != "OPENSSH PRIVATE KEY"
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// Whether the block itself is encrypted (RFC 1423), whatever is inside.
    pub fn is_encrypted(&self) -> bool {
        self.header("Proc-Type")
            .is_some_and(|value| value.contains("ENCRYPTED"))
    }
}

/// Whether a parameter is PEM text itself and not the path of a file.
pub(super) fn is_text(parameter: &str) -> bool {
    parameter.trim_start().starts_with("-----BEGIN ")
}

/// A file's bytes, as UTF-8 where Windows' programs wrote UTF-16.
pub(super) fn text(data: &[u8]) -> Result<Cow<'_, [u8]>, TryReserveError> {
    /// The most bytes of UTF-8 for a unit of UTF-16.
    const WIDEST: usize = 3;
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut text = String::new();
        text.try_reserve_exact(WIDEST * units.len())?;
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        Ok(Cow::Owned(text.into_bytes()))
    };
    match data {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(Cow::Borrowed(rest)),
        data => Ok(Cow::Borrowed(data)),
    }
}

/// The blocks of a file, in their order. Anything around them is passed over: a block begins on a line of
/// its own, so that a text which speaks of one is none.
pub(super) fn blocks(data: &[u8]) -> Result<Vec<Block<'_>>, TryReserveError> {
    const DASHES: &[u8] = b"-----";
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memmem::find(&data[at..], BEGIN).map(|i| at + i) {
        at = start + BEGIN.len();
        if !begins_a_line(&data[..start]) {
            continue;
        }
        let Some(length) = memmem::find(&data[at..], DASHES) else {
            break;
        };
        let body_at = at + length + DASHES.len();
        let (Ok(label), Some(length)) = (
            std::str::from_utf8(&data[at..at + length]),
            memmem::find(&data[body_at..], DASHES),
        ) else {
            continue;
        };
        let Ok(body) = std::str::from_utf8(&data[body_at..body_at + length]) else {
            continue;
        };
        // All of it may stand on one line; then nothing else does.
        let rest = &data[body_at + length..];
        let is_whole = rest
            .strip_prefix(END)
            .and_then(|rest| rest.strip_prefix(label.as_bytes()))
            .is_some_and(|rest| rest.starts_with(DASHES));
        let first = body.lines().next().unwrap_or_default().trim();
        let is_alone = first.is_empty() || body.lines().count() == 1 && !first.contains(' ');
        if label.contains(['\n', '\r']) || !is_whole || !is_alone {
            continue;
        }
        at = body_at + length + END.len() + label.len() + DASHES.len();
        found.try_reserve(1)?;
        found.push(block(label, body)?);
    }
    Ok(found)
}

/// Whether the file ends in the middle of a block.
pub(super) fn is_cut(data: &[u8]) -> bool {
    memmem::rfind(data, b"-----BEGIN ").is_some_and(|start| {
        begins_a_line(&data[..start]) && memmem::find(&data[start..], b"-----END ").is_none()
    })
}

/// Whether nothing but blanks stands between what comes next and the line's beginning.
fn begins_a_line(before: &[u8]) -> bool {
    let last = before
        .iter()
        .rev()
        .find(|byte| **byte != b' ' && **byte != b'\t');
    last.is_none_or(|byte| *byte == b'\n' || *byte == b'\r')
}

fn block<'a>(label: &'a str, body: &'a str) -> Result<Block<'a>, TryReserveError> {
    let mut headers = Vec::new();
    let mut rest = body.trim_start();
    while let Some(line) = rest.lines().next()
        && line.contains(':')
    {
        headers.try_reserve(1)?;
        headers.push(line);
        rest = rest[line.len()..].trim_start_matches(['\r', '\n']);
    }
    Ok(Block {
        label,
        headers,
        base64: Base64::new(rest.as_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(file: &str) -> Vec<String> {
        let found = blocks(file.as_bytes()).unwrap();
        found.iter().map(|b| b.label.to_owned()).collect()
    }

    #[test]
    fn blocks_are_found_between_other_text() {
        let file = b"subject=x\n-----BEGIN A-----\nAAEC\n-----END A-----\nnoise\n\
            -----BEGIN CUT-----\nAAEC\n-----BEGIN B-----\r\nAw==\r\n-----END B-----";
        let found = blocks(file).unwrap();
        let labels: Vec<_> = found.iter().map(|b| b.label).collect();
        assert_eq!(labels, ["A", "B"]);
        assert_eq!(*found[0].der().unwrap().unwrap(), [0, 1, 2]);
        assert_eq!(*found[1].der().unwrap().unwrap(), [3]);
    }

    #[test]
    fn a_dash_ends_what_is_inside() {
        let file = b"-----BEGIN A-----\nAAEC\n-\n  -- *drawn* by hand --\n-----END A-----\n";
        assert_eq!(*blocks(file).unwrap()[0].der().unwrap().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn a_text_that_speaks_of_a_block_is_none() {
        let block = "-----BEGIN A-----\nAAEC\n-----END A-----\n";
        for before in [
            "# paste everything from -----BEGIN A----- on\n",
            "# -----BEGIN A-----\n",
            "#-----BEGIN A-----\n#AAEC\n#-----END A-----\n",
            "-----BEGIN A----- is where it begins\n",
            "-----BEGIN A\n",
            "-----BEGIN A-----\n",
            "-----BEGIN -----END A-----\n",
            "see -----BEGIN A-----AAEC-----END A-----\n",
            "-----BEGIN A-----\nAAEC\n-----END B-----\n",
        ] {
            assert_eq!(labels(&format!("{before}{block}")), ["A"], "{before}");
        }
        assert!(labels("-----BEGIN A-----\nAAEC").is_empty());
    }

    #[test]
    fn blocks_may_be_indented_on_one_line_or_behind_headers() {
        for file in [
            "\u{feff}-----BEGIN A-----\nAAEC\n-----END A-----",
            "  -----BEGIN A-----\n  AA\n  EC\n  -----END A-----\n",
            "-----BEGIN A-----AAEC-----END A-----",
            "-----BEGIN A-----  \r\nAAEC\r\n-----END A-----",
            "-----BEGIN A-----\nAAEC-----END A-----",
            "-----BEGIN A-----\nComment: none\nOther: 1,2\n\nAAEC\n-----END A-----",
        ] {
            let data = text(file.as_bytes()).unwrap();
            let found = blocks(&data).unwrap();
            assert_eq!(found.len(), 1, "{file}");
            assert_eq!(*found[0].der().unwrap().unwrap(), [0, 1, 2], "{file}");
            assert!(!found[0].is_encrypted());
        }
        let file = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0102\n\nAAEC\n-----END RSA PRIVATE KEY-----";
        let found = blocks(file.as_bytes()).unwrap();
        assert!(found[0].is_encrypted() && found[0].is_key());
        assert_eq!(found[0].header("DEK-Info"), Some("DES-CBC,0102"));
        assert_eq!(*found[0].der().unwrap().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn utf_16_is_text_too() {
        let file = "-----BEGIN A-----\r\nAAEC\r\n-----END A-----";
        let little = [0xff, 0xfe]
            .into_iter()
            .chain(file.bytes().flat_map(|b| [b, 0]));
        let big = [0xfe, 0xff]
            .into_iter()
            .chain(file.bytes().flat_map(|b| [0, b]));
        for data in [little.collect::<Vec<u8>>(), big.collect()] {
            assert_eq!(
                *blocks(&text(&data).unwrap()).unwrap()[0]
                    .der()
                    .unwrap()
                    .unwrap(),
                [0, 1, 2]
            );
        }
    }
}

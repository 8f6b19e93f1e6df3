//! Names, dates and fingerprints of certificates as people read them.

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::{X509NameRef, X509Ref};
use std::fmt::Write;
use std::net::IpAddr;
use std::path::Path;

/// What an error calls a certificate that was given as text.
pub(super) const GIVEN_AS_TEXT: &str = "the PEM text given as the certificate";

/// A peer chooses what its certificate says; longer texts are cut.
const LONGEST: usize = 300;
/// Longer values of a name are shown as the bytes that they are, in bytes.
const MOST_CONVERTED: usize = 1024;

/// "CN=till.example, O=Shop". Control characters are shown as `?`.
pub(super) fn name(name: &X509NameRef) -> String {
    let mut text = String::new();
    for entry in name.entries() {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let kind = entry.object().nid().short_name().unwrap_or("?");
        let bytes = entry.data().as_slice();
        // A peer may have put a hundred kilobytes there: only what is shown is copied.
        let raw = || String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned();
        let value = match bytes.len() {
            0..=MOST_CONVERTED => entry.data().to_string().unwrap_or_else(|_| raw()),
            _ => raw(),
        };
        let value = printable(&value);
        let _ = write!(text, "{kind}={value}");
        if text.len() > LONGEST {
            break;
        }
    }
    clip(text)
}

/// The last common name of the subject, which is the most specific one.
pub(super) fn common_name(certificate: &X509Ref) -> Option<String> {
    let subject = certificate.subject_name();
    let entry = subject.entries_by_nid(Nid::COMMONNAME).last()?;
    entry.data().to_string().ok()
}

/// The names and addresses in a certificate's subjectAltName: "till.example, 192.0.2.7", the first of them.
pub(super) fn identities(certificate: &X509Ref) -> String {
    let mut found = Vec::new();
    for name in names(certificate) {
        found.push(name);
        if found.len() == 8 {
            found.push("…".into());
            break;
        }
    }
    clip(found.join(", "))
}

/// All of them.
pub(super) fn all_identities(certificate: &X509Ref) -> String {
    names(certificate).collect::<Vec<String>>().join(", ")
}

/// The DNS names and IP addresses of a certificate.
fn names(certificate: &X509Ref) -> impl Iterator<Item = String> {
    let entries = certificate.subject_alt_names().into_iter().flatten();
    entries.filter_map(|entry| match (entry.dnsname(), entry.ipaddress()) {
        (Some(dns), _) => Some(printable(dns)),
        (None, Some(ip)) => {
            let v4 = <[u8; 4]>::try_from(ip).map(IpAddr::from);
            let ip = v4.or_else(|_| <[u8; 16]>::try_from(ip).map(IpAddr::from));
            ip.ok().map(|ip| ip.to_string())
        }
        (None, None) => None,
    })
}

/// The serial number in hexadecimal, "04D2".
pub(super) fn serial(certificate: &X509Ref) -> String {
    let number = certificate.serial_number().to_bn();
    let digits = number.and_then(|number| Ok(number.to_hex_str()?.to_string()));
    clip(digits.unwrap_or_default())
}

/// A date as ISO 8601, "2026-11-22T15:20:05Z".
pub(super) fn date(time: &Asn1TimeRef) -> String {
    // Not by Asn1Time::from_unix: its time_t has 32 bits on 32-bit Windows, that of OpenSSL has 64.
    let epoch = Asn1Time::from_str("19700101000000Z");
    let since_1970 = epoch.and_then(|epoch| epoch.diff(time));
    let Ok(difference) = since_1970 else {
        return printable(&time.to_string());
    };
    let seconds = i64::from(difference.days) * 86_400 + i64::from(difference.secs);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    // Never after the year that is looked for.
    let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
    // Days before 1 January of a year, counted from 1970-01-01.
    let before = |y: i64| {
        let n = y - 1;
        (y - 1970) * 365 + (n.div_euclid(4) - n.div_euclid(100) + n.div_euclid(400)) - 477
    };
    while before(year + 1) <= days {
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut rest = days - before(year);
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

/// The SHA-256 fingerprint, "AB:CD:…", or nothing where OpenSSL cannot make it.
pub(super) fn fingerprint(certificate: &X509Ref) -> String {
    certificate
        .digest(MessageDigest::sha256())
        .map(|digest| hexadecimal(&digest))
        .unwrap_or_default()
}

/// "AB:CD:…".
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|b| format!("{b:02X}")).collect();
    pairs.join(":")
}

/// Hexadecimal digits as bytes; blanks, colons and case do not matter. None where it is anything else.
pub(super) fn thumbprint(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        // Windows' certificate dialog puts an invisible left-to-right mark before what one copies.
        .filter(|c| !c.is_whitespace() && *c != ':' && *c != '\u{200e}')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

/// A path between quotation marks, which show the blanks that hosts of fixed-size texts leave at its end.
pub(super) fn path(path: &Path) -> String {
    if path == Path::new(GIVEN_AS_TEXT) {
        return GIVEN_AS_TEXT.to_owned();
    }
    format!("\"{}\"", printable(&path.to_string_lossy()))
}

/// The text without control characters, which could forge lines in a log, and without those that turn the
/// direction of what follows.
pub(super) fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = |c: char| if is_hidden(c) { '?' } else { c };
    clip(text.chars().take(LONGEST).map(shown).collect())
}

fn clip(mut text: String) -> String {
    if text.len() > LONGEST {
        let mut end = LONGEST;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_iso_8601() {
        for (ascii, iso) in [
            ("20261122152005Z", "2026-11-22T15:20:05Z"),
            ("20240229235959Z", "2024-02-29T23:59:59Z"),
            ("19691231235959Z", "1969-12-31T23:59:59Z"),
            ("20991231000000Z", "2099-12-31T00:00:00Z"),
            ("21000301000000Z", "2100-03-01T00:00:00Z"),
            ("99991231235959Z", "9999-12-31T23:59:59Z"),
            ("19500101000000Z", "1950-01-01T00:00:00Z"),
            ("00010101000000Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(date(&Asn1Time::from_str(ascii).unwrap()), iso);
        }
    }

    #[test]
    fn texts_of_a_peer_are_printable_and_short() {
        assert_eq!(printable("a\nb\0c"), "a?b?c");
        assert_eq!(printable("a\u{2028}b\u{202e}c\u{2069}d"), "a?b?c?d");
        assert!(printable(&"x".repeat(10_000)).len() < 310);
        assert_eq!(path(Path::new("server.pem  ")), "\"server.pem  \"");
    }

    #[test]
    fn thumbprints_ignore_blanks_colons_and_case() {
        assert_eq!(thumbprint("\u{200e}aB:0c 1F"), Some(vec![0xab, 0x0c, 0x1f]));
        assert_eq!(thumbprint("abc"), None);
        assert_eq!(thumbprint("xy"), None);
        assert_eq!(thumbprint(""), None);
    }
}

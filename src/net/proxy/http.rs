//! What is said to an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), with a Basic login (RFC 7617).

use super::conversation::{Conversation, Target};
use super::login::Login;
use crate::error::{Code, Error, Result};
use std::net::IpAddr;
use zeroize::Zeroizing;

/// The largest head of an answer, and of all the interim ones together.
const MOST: usize = 16 * 1024;
/// How every answer begins.
const BEGINNING: &[u8] = b"HTTP/1.";

/// Has the proxy connect. What the server sends from then on stays unread: the head is received byte by byte.
///
/// Waits until the deadline. Errors: ACCESS_DENIED, UNREACHABLE, REFUSED, TIMEOUT as the proxy tells them, PROXY
/// (it does not speak HTTP, or failed), TIMEOUT (no answer), CANCELLED.
pub fn connect(proxy: &Conversation<'_>, login: Option<&Login>) -> Result<()> {
    proxy.send(&request(proxy.target, login))?;
    let mut room = MOST;
    loop {
        let head = receive_head(proxy, &mut room)?;
        let Some(status) = status(&head) else {
            let seen = format!("its answer begins with \"{}\"", shown(&head));
            return Err(proxy.no_protocol(&seen));
        };
        match status {
            // Interim: the answer itself follows (RFC 9110, section 15.2).
            100..200 => {}
            // Whatever lengths it tells (RFC 9110, section 9.3.6).
            200..300 => return Ok(()),
            _ => return Err(refused(proxy, status, &head, login.is_some())),
        }
    }
}

fn request(target: &Target<'_>, login: Option<&Login>) -> Zeroizing<Vec<u8>> {
    let host = match target {
        Target::Name(host, port) => format!("{host}:{port}"),
        Target::Address(address) => match address.ip().to_canonical() {
            IpAddr::V4(ip) => format!("{ip}:{}", address.port()),
            IpAddr::V6(ip) => format!("[{ip}]:{}", address.port()),
        },
    };
    // As large as it gets, so that it never moves and leaves a copy of the login behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2048));
    bytes.extend_from_slice(format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n").as_bytes());
    if let Some(login) = login {
        bytes.extend_from_slice(b"Proxy-Authorization: Basic ");
        let mut plain = Zeroizing::new(Vec::with_capacity(512));
        plain.extend_from_slice(login.name.as_bytes());
        plain.push(b':');
        plain.extend_from_slice(login.password.as_bytes());
        write_base64(&plain, &mut bytes);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// RFC 4648, section 4.
fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let byte = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            out.push(match place <= group.len() {
                true => DIGITS[(bits >> (18 - 6 * place)) as usize & 63],
                false => b'=',
            });
        }
    }
}

/// Receives up to the empty line. `room` is what all the heads may still take.
fn receive_head(proxy: &Conversation<'_>, room: &mut usize) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        let mut byte = [0];
        match proxy.receive_some(&mut byte)? {
            0 if head.is_empty() => return Err(proxy.ended_without_answer()),
            0 => return Err(proxy.ended_in_the_middle()),
            _ => head.push(byte[0]),
        }
        let beginning = &BEGINNING[..BEGINNING.len().min(head.len())];
        if !head.starts_with(beginning) {
            let seen = format!("its answer begins with \"{}\"", shown(&head));
            return Err(proxy.no_protocol(&seen));
        }
        if head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n") {
            return Ok(head);
        }
        *room -= 1;
        if *room == 0 {
            let why = format!("its answer has more than {MOST} bytes of headers");
            return Err(proxy.failed(Code::Proxy, &why));
        }
    }
}

/// The status of an answer: three digits between blanks (RFC 9112, section 4).
fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(BEGINNING)?;
    let [version, b' ', status @ ..] = rest else {
        return None;
    };
    let (digits, behind) = status.split_at_checked(3)?;
    let is_number = version.is_ascii_digit() && digits.iter().all(u8::is_ascii_digit);
    let ends = matches!(behind.first(), Some(b' ' | b'\r' | b'\n'));
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u16::from(digit & 15));
    (is_number && ends && number >= 100).then_some(number)
}

/// The beginning of an answer, for a text.
fn shown(head: &[u8]) -> String {
    let line = head.split(|&byte| byte == b'\r' || byte == b'\n').next();
    let line = line.unwrap_or_default();
    line[..line.len().min(60)].escape_ascii().to_string()
}

/// What the proxy says of a target that it did not connect to (RFC 9110, section 15).
fn refused(proxy: &Conversation<'_>, status: u16, head: &[u8], logged_in: bool) -> Error {
    let (code, why) = match (status, reason(head)) {
        (401 | 407, _) if logged_in => (
            Code::AccessDenied,
            "it refused the login: check login and password",
        ),
        (401 | 407, _) => (
            Code::AccessDenied,
            "it demands a login: give login and password to SocketProxy",
        ),
        (403 | 451, _) => (
            Code::AccessDenied,
            "its rules do not allow that: ask who runs it",
        ),
        (_, Some(code)) => (code, "the host does not let it in"),
        (408 | 504, _) => (Code::Timeout, "the host did not answer it in time"),
        (404 | 410 | 500 | 502 | 503, _) => (
            Code::Unreachable,
            "it does not reach that host: the host may not exist, or nothing listen there",
        ),
        (405 | 501, _) => (Code::Proxy, "it makes no connections for others (CONNECT)"),
        _ => (Code::Proxy, "it failed"),
    };
    proxy.failed(code, &format!("{why} ({})", shown(head)))
}

/// Why the proxy could not connect, where a header tells it: RFC 9209's Proxy-Status, or Squid's own.
fn reason(head: &[u8]) -> Option<Code> {
    const REASONS: [(&str, Code); 8] = [
        ("error=connection_refused", Code::Refused),
        ("error=connection_timeout", Code::Timeout),
        ("error=dns_timeout", Code::Timeout),
        ("error=dns_error", Code::Unreachable),
        ("error=destination_not_found", Code::Unreachable),
        ("err_connect_fail 111", Code::Refused), // Linux's ECONNREFUSED and ETIMEDOUT
        ("err_connect_fail 110", Code::Timeout),
        ("err_dns_fail", Code::Unreachable),
    ];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines()
        .filter(|line| line.starts_with("proxy-status:") || line.starts_with("x-squid-error:"))
        .find_map(|line| REASONS.iter().find(|(text, _)| line.contains(text)))
        .map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ] {
            let mut out = Vec::new();
            write_base64(plain.as_bytes(), &mut out);
            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn a_status_is_three_digits_in_their_place() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for bad in [
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000\r\n\r\n",
            "HTTP/1.x 200 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 +20 OK\r\n\r\n",
            "HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(status(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn a_reason_counts_in_its_header_alone() {
        let head = |line: &str| format!("HTTP/1.1 503 No\r\n{line}\r\n\r\n").into_bytes();
        let squid = head("X-Squid-Error: ERR_CONNECT_FAIL 111");
        assert_eq!(reason(&squid), Some(Code::Refused));
        let standard = head("Proxy-Status: edge; error=connection_timeout");
        assert_eq!(reason(&standard), Some(Code::Timeout));
        assert_eq!(reason(&head("X-Other: error=connection_refused")), None);
    }
}

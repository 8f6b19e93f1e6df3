//! The HTTP before the frames (RFC 6455, section 4): the client's request, the server's answer, and what each
//! checks of the other's.

use crate::error::{Code, Error, Result};
use crate::tls::{random, sha1, to_base64};
use std::fmt::Write;
use zeroize::Zeroizing;

/// The most bytes of a request or an answer, its empty line among them.
pub const LONGEST_HEAD: usize = 16 * 1024;

/// What goes behind the key before its digest is made (section 1.3).
const MARK: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The length of a key: base64 of 16 bytes.
const KEY_LENGTH: usize = 24;
/// The only version of the protocol.
const VERSION: &[u8] = b"13";
/// The longest name of a protocol that a server takes: its answer is short.
const LONGEST_PROTOCOL: usize = 255;
/// How much of a peer's line is shown.
const SHOWN: usize = 80;

/// Where a head ends, behind its empty line. The first `seen` bytes were looked at before.
pub fn end_of_head(bytes: &[u8], seen: usize) -> Option<usize> {
    let from = seen.saturating_sub(3);
    memchr::memmem::find(&bytes[from..], b"\r\n\r\n").map(|at| from + at + 4)
}

/// What a client asks for.
#[derive(Debug)]
pub struct Wish<'a> {
    path: String,
    protocols: Vec<&'a str>,
}

impl<'a> Wish<'a> {
    /// A path, which may lack its first stroke, and protocols separated by commas; both may be empty.
    /// Errors: INVALID_ARGUMENT.
    pub fn new(path: &str, protocols: &'a str) -> Result<Self> {
        if let Some(byte) = path
            .bytes()
            .find(|byte| !byte.is_ascii_graphic() || *byte == b'#')
        {
            return Err(Error::invalid(format!(
                "the path holds \"{}\", which no path of a URL can: write it as %{byte:02X}",
                byte.escape_ascii()
            )));
        }
        let stroke = if path.starts_with('/') { "" } else { "/" };
        let path = format!("{stroke}{path}");
        let mut names = Vec::new();
        if !protocols.trim().is_empty() {
            for name in protocols.split(',').map(str::trim) {
                if !is_token(name.as_bytes()) || names.contains(&name) {
                    return Err(Error::invalid(format!(
                        "\"{}\" is no list of protocols: give different names, separated by commas, such as \"mqtt,soap\"",
                        protocols.escape_debug()
                    )));
                }
                names.push(name);
            }
        }
        Ok(Wish {
            path,
            protocols: names,
        })
    }

    /// The request to a host, as its Host line names it, with lines of the caller's; and its key.
    /// Errors: INVALID_ARGUMENT (a line that is none, or one that the handshake has itself), SYSTEM.
    pub fn request(&self, host: &str, lines: &str) -> Result<(Zeroizing<String>, String)> {
        let mut bytes = [0; 16];
        random(&mut bytes)?;
        let key = to_base64(&bytes);
        // A line may hold a password; it is written to its place once.
        let size = 256 + self.path.len() + host.len() + 2 * lines.len();
        let size = size
            + self
                .protocols
                .iter()
                .map(|name| name.len() + 2)
                .sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(size));
        let _ = write!(
            text,
            "GET {} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
            self.path
        );
        if !self.protocols.is_empty() {
            let _ = write!(
                text,
                "Sec-WebSocket-Protocol: {}\r\n",
                self.protocols.join(", ")
            );
        }
        for line in lines.lines().filter(|line| !line.is_empty()) {
            check_line(line)?;
            let _ = write!(text, "{line}\r\n");
        }
        text.push_str("\r\n");
        Ok((text, key))
    }

    /// Checks the server's answer. Errors: BAD_FRAME (no HTTP, or no WebSocket), ACCESS_DENIED, REFUSED.
    pub fn check_answer(&self, head: &[u8], key: &str) -> Result<()> {
        let first = first_line(head);
        let status = match first {
            [
                b'H',
                b'T',
                b'T',
                b'P',
                b'/',
                b'1',
                b'.',
                b'0' | b'1',
                b' ',
                rest @ ..,
            ] => rest,
            _ => {
                return Err(no_websocket(format!(
                    "it answered \"{}\" where HTTP was expected",
                    shown(first)
                )));
            }
        };
        if !(status.starts_with(b"101") && matches!(status.get(3), None | Some(b' '))) {
            return Err(other_status(status, head));
        }
        check_lines(head)
            .map_err(|line| no_websocket(format!("its answer has the line \"{}\"", shown(line))))?;
        if !has_token(head, "Upgrade", b"websocket") || !has_token(head, "Connection", b"upgrade") {
            return Err(no_websocket(
                "its answer lacks \"Upgrade: websocket\" or \"Connection: Upgrade\"".to_owned(),
            ));
        }
        if only(head, "Sec-WebSocket-Accept") != Some(accept(key.as_bytes()).as_bytes()) {
            return Err(no_websocket(
                "its answer does not belong to the key that was sent: something between here and there may have kept an old one"
                    .to_owned(),
            ));
        }
        if let Some(extensions) = values(head, "Sec-WebSocket-Extensions").next() {
            return Err(no_websocket(format!(
                "it chose the extension \"{}\", though none was offered",
                shown(extensions)
            )));
        }
        let mut chosen = values(head, "Sec-WebSocket-Protocol");
        match (chosen.next(), chosen.next()) {
            (None, _) => Ok(()),
            (Some(name), None) if self.offers(name) => Ok(()),
            (Some(name), _) => Err(no_websocket(format!(
                "it chose the protocol \"{}\", which was not offered",
                shown(name)
            ))),
        }
    }

    fn offers(&self, name: &[u8]) -> bool {
        self.protocols.iter().any(|own| own.as_bytes() == name)
    }
}

/// Why a client is turned away, and what it is told.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP answer.
    pub answer: &'static str,
    /// What this side says: BAD_FRAME.
    pub error: Error,
}

/// The server's answer to a client's request. Of the protocols that the client offers it takes the first: a browser
/// goes no further where none is taken.
pub fn answer(head: &[u8]) -> std::result::Result<String, Refused> {
    let first = first_line(head);
    let is_get = first.starts_with(b"GET ") && first.ends_with(b" HTTP/1.1");
    if !is_get || check_lines(head).is_err() || only(head, "Host").is_none() {
        return Err(refused(BAD_REQUEST, format!("sent \"{}\"", shown(first))));
    }
    if !has_token(head, "Upgrade", b"websocket") || !has_token(head, "Connection", b"upgrade") {
        return Err(refused(
            UPGRADE_REQUIRED,
            format!("asked for a page (\"{}\")", shown(first)),
        ));
    }
    if only(head, "Sec-WebSocket-Version") != Some(VERSION) {
        return Err(refused(
            UPGRADE_REQUIRED,
            "wants another version of the protocol than 13".to_owned(),
        ));
    }
    let key = only(head, "Sec-WebSocket-Key").filter(|key| is_key(key));
    let offered =
        values(head, "Sec-WebSocket-Protocol").flat_map(|value| value.split(|b| *b == b','));
    let protocol = offered.map(<[u8]>::trim_ascii).next();
    let (Some(key), true) = (key, protocol.is_none_or(is_protocol)) else {
        return Err(refused(
            BAD_REQUEST,
            "sent a key or a protocol that is none".to_owned(),
        ));
    };
    let mut text = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n",
        accept(key)
    );
    if let Some(protocol) = protocol {
        let protocol = String::from_utf8_lossy(protocol); // a token is ASCII
        let _ = write!(text, "Sec-WebSocket-Protocol: {protocol}\r\n");
    }
    text.push_str("\r\n");
    Ok(text)
}

/// The answer to a client whose request does not end.
pub fn too_long() -> Refused {
    refused(
        TOO_LONG,
        format!("sent more than {LONGEST_HEAD} bytes without the end of a request"),
    )
}

const BAD_REQUEST: &str =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const UPGRADE_REQUIRED: &str = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade, close\r\nContent-Length: 0\r\n\r\n";
const TOO_LONG: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

fn refused(answer: &'static str, what: String) -> Refused {
    let text = format!("the client does not open a WebSocket: it {what}");
    Refused {
        answer,
        error: Error::new(Code::BadFrame, text),
    }
}

fn no_websocket(what: String) -> Error {
    Error::new(
        Code::BadFrame,
        format!("the server does not speak WebSocket there: {what}"),
    )
}

/// What a server says that does not change over to the protocol.
fn other_status(status: &[u8], head: &[u8]) -> Error {
    let told = shown(status);
    let (code, advice) = match status {
        [b'4', b'0', b'1' | b'3' | b'7', ..] => (
            Code::AccessDenied,
            "WebSocketHeaders may hold the line that lets this program in, such as \"Authorization: …\"".to_owned(),
        ),
        [b'3', ..] => {
            let place = values(head, "Location").next().unwrap_or_default();
            let place = shown(place);
            (
                Code::Refused,
                format!("it has moved to \"{place}\", connect there: redirections are not followed"),
            )
        }
        _ => (Code::Refused, "check the port and the path".to_owned()),
    };
    Error::new(
        code,
        format!("the server answered \"{told}\" and opened no WebSocket: {advice}"),
    )
}

/// The value of Sec-WebSocket-Accept that belongs to a key.
fn accept(key: &[u8]) -> String {
    to_base64(&sha1(&[key, MARK.as_bytes()].concat()))
}

/// Whether it is base64 of 16 bytes.
fn is_key(key: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    key.len() == KEY_LENGTH && key.ends_with(b"==") && key[..KEY_LENGTH - 2].iter().all(is_digit)
}

/// A line of the caller's. Errors: INVALID_ARGUMENT.
fn check_line(line: &str) -> Result<()> {
    let name = line.split_once(':').map(|(name, _)| name);
    let name = name.filter(|name| is_token(name.as_bytes()));
    // What stands behind the name may be a password.
    let Some(name) = name else {
        return Err(Error::invalid(
            "a line of WebSocketHeaders is none: give lines such as \"Origin: https://www.example.com\", one below the other",
        ));
    };
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::invalid(format!(
            "the line {name} of WebSocketHeaders holds a character that no line can"
        )));
    }
    let own = [
        "host",
        "upgrade",
        "connection",
        "content-length",
        "transfer-encoding",
    ];
    let lower = name.to_ascii_lowercase();
    if own.contains(&lower.as_str()) || lower.starts_with("sec-websocket-") {
        return Err(Error::invalid(format!(
            "the line {name} of WebSocketHeaders is one that the handshake writes itself: leave it out"
        )));
    }
    Ok(())
}

fn is_token(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_part)
}

/// Whether a server takes a protocol of that name.
fn is_protocol(name: &[u8]) -> bool {
    name.len() <= LONGEST_PROTOCOL && is_token(name)
}

fn first_line(head: &[u8]) -> &[u8] {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The lines behind the first, up to the empty one.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

/// A line that is no name with its value, if there is one.
fn check_lines(head: &[u8]) -> std::result::Result<(), &[u8]> {
    let is_field = |line: &[u8]| split(line).is_some_and(|(name, _)| is_token(name));
    lines(head).find(|line| !is_field(line)).map_or(Ok(()), Err)
}

fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b':', line)?;
    Some((&line[..at], line[at + 1..].trim_ascii()))
}

/// The values that stand behind a name.
fn values<'a>(head: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let fields = lines(head).filter_map(split);
    fields
        .filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value)
}

/// The one value behind a name; `None` for several as for none.
fn only<'a>(head: &'a [u8], name: &'a str) -> Option<&'a [u8]> {
    let mut values = values(head, name);
    values.next().filter(|_| values.next().is_none())
}

fn has_token(head: &[u8], name: &str, token: &[u8]) -> bool {
    values(head, name)
        .flat_map(|value| value.split(|byte| *byte == b','))
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

/// What a peer sent, as far as an error text shows it.
fn shown(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and its mark of RFC 6455, section 1.3.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    fn head(status: &str, lines: &[&str]) -> Vec<u8> {
        let mut text = format!("{status}\r\n");
        lines.iter().for_each(|line| text += &format!("{line}\r\n"));
        (text + "\r\n").into_bytes()
    }

    fn check(status: &str, lines: &[&str]) -> Result<()> {
        let wish = Wish::new("/", "mqtt, soap").unwrap();
        wish.check_answer(&head(status, lines), KEY)
    }

    const OK: &str = "HTTP/1.1 101 Switching Protocols";
    const GOOD: [&str; 3] = [
        "Upgrade: WebSocket",
        "connection: keep-alive, Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ];

    #[test]
    fn the_mark_is_that_of_the_standard() {
        assert_eq!(accept(KEY.as_bytes()), ACCEPT);
    }

    #[test]
    fn an_answer_that_fits_is_taken_and_any_other_is_not() {
        check(OK, &GOOD).unwrap();
        check("HTTP/1.1 101", &GOOD).unwrap();
        check(OK, &[&GOOD[..], &["Sec-WebSocket-Protocol: soap"]].concat()).unwrap();
        for (more, words) in [
            (
                "Sec-WebSocket-Protocol: chat",
                "\"chat\", which was not offered",
            ),
            (
                "Sec-WebSocket-Protocol: mqtt, soap",
                "which was not offered",
            ),
            (
                "Sec-WebSocket-Extensions: permessage-deflate",
                "none was offered",
            ),
            ("Sec-WebSocket-Accept: x", "does not belong"),
            (" folded", "the line \" folded\""),
            ("Na me: x", "the line \"Na me: x\""),
        ] {
            let error = check(OK, &[&GOOD[..], &[more]].concat()).unwrap_err();
            assert_eq!(error.code, Code::BadFrame);
            assert!(error.text.contains(words), "{}", error.text);
        }
        for left_out in 0..GOOD.len() {
            let mut lines = GOOD.to_vec();
            lines.remove(left_out);
            assert_eq!(check(OK, &lines).unwrap_err().code, Code::BadFrame);
        }
        for (status, code) in [
            ("SSH-2.0-OpenSSH", Code::BadFrame),
            ("HTTP/2 101", Code::BadFrame),
            ("HTTP/1.1 1010", Code::Refused),
            ("HTTP/1.1 200 OK", Code::Refused),
            ("HTTP/1.1 404 Not Found", Code::Refused),
            ("HTTP/1.1 401 Unauthorized", Code::AccessDenied),
            ("HTTP/1.0 403 Forbidden", Code::AccessDenied),
        ] {
            assert_eq!(check(status, &GOOD).unwrap_err().code, code, "{status}");
        }
        let moved = check("HTTP/1.1 302 Found", &["Location: ws://there/"]).unwrap_err();
        assert!(moved.text.contains("\"ws://there/\""), "{}", moved.text);
    }

    #[test]
    fn what_a_caller_gives_goes_into_the_request_as_it_is_or_not_at_all() {
        let wish = Wish::new("chat?x=1", "mqtt,soap").unwrap();
        let lines = "Origin: https://till.example\nX-Till: 7\r\n";
        let (text, key) = wish.request("till.example", lines).unwrap();
        assert!(is_key(key.as_bytes()));
        assert!(text.starts_with("GET /chat?x=1 HTTP/1.1\r\nHost: till.example\r\n"));
        assert!(text.contains("\r\nSec-WebSocket-Protocol: mqtt, soap\r\n"));
        assert!(text.ends_with("\r\nOrigin: https://till.example\r\nX-Till: 7\r\n\r\n"));
        for lines in [
            "x",
            "a b: c",
            ": x",
            "X: \u{1}",
            "X: \r y",
            "Host: x",
            "sec-websocket-key: x",
        ] {
            let error = wish.request("till.example", lines).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{lines}");
        }
        for path in ["/a b", "/\r\nX: y", "/é", "/#part"] {
            assert_eq!(Wish::new(path, "").unwrap_err().code, Code::InvalidArgument);
        }
        for protocols in [",", "a,,b", "a b", "a,a", "a\r\nb", "é"] {
            assert_eq!(
                Wish::new("/", protocols).unwrap_err().code,
                Code::InvalidArgument
            );
        }
    }

    #[test]
    fn a_request_that_fits_is_answered_with_its_first_protocol() {
        let key = format!("Sec-WebSocket-Key: {KEY}");
        let good = [
            "Host: till.example",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            key.as_str(),
        ];
        let with = |more: &[&str]| answer(&head("GET / HTTP/1.1", &[&good[..], more].concat()));
        let plain = with(&[]).unwrap();
        assert!(plain.contains(ACCEPT) && !plain.contains("Protocol:"));
        let chosen = with(&["Sec-WebSocket-Protocol: mqtt, soap"]).unwrap();
        assert!(chosen.contains("\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"));
        for left_out in 0..good.len() {
            let mut lines = good.to_vec();
            lines.remove(left_out);
            let refused = answer(&head("GET / HTTP/1.1", &lines)).unwrap_err();
            assert_eq!(refused.error.code, Code::BadFrame);
            let expected = if [0, 4].contains(&left_out) {
                "400"
            } else {
                "426"
            };
            assert!(
                refused.answer.contains(expected),
                "{left_out}: {}",
                refused.answer
            );
        }
        for (first, more) in [
            ("POST / HTTP/1.1", ""),
            ("GET / HTTP/1.0", ""),
            ("", ""),
            ("GET / HTTP/1.1", "Host: again"),
            ("GET / HTTP/1.1", "no line"),
            ("GET / HTTP/1.1", "Sec-WebSocket-Protocol: a b"),
            ("GET / HTTP/1.1", "Sec-WebSocket-Protocol:"),
        ] {
            let mut lines = good.to_vec();
            lines.extend(Some(more).filter(|more| !more.is_empty()));
            assert!(answer(&head(first, &lines)).is_err(), "{first} {more}");
        }
    }

    #[test]
    fn a_head_ends_at_its_empty_line_wherever_it_was_cut() {
        let bytes = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
        for seen in 0..22 {
            assert_eq!(end_of_head(&bytes[..seen], 0), None);
            assert_eq!(end_of_head(bytes, seen), Some(24));
        }
    }
}

//! The modes, byte by byte.

use super::*;

const LIMIT: usize = 1000;

fn size(bytes: &[u8]) -> Result<Front> {
    Framing::Size.look(bytes, 0, 0, LIMIT)
}

fn message(skip: usize, length: usize, tail: usize) -> Front {
    Front::Message { skip, length, tail }
}

#[test]
fn a_length_header_may_stop_anywhere() {
    for part in ["", "1", "12", "12\r"] {
        let front = size(part.as_bytes()).unwrap();
        assert_eq!(front, Front::Unknown { seen: 0 }, "{part:?}");
    }
    let body = Front::Body {
        skip: 4,
        length: 12,
    };
    assert_eq!(size(b"12\r\n").unwrap(), body);
    assert_eq!(size(b"12\r\nhello worl").unwrap(), body);
    assert_eq!(size(b"12\r\nhello world!5").unwrap(), message(4, 12, 0));
    assert_eq!(size(b"0\r\n").unwrap(), message(3, 0, 0));
    assert_eq!(size(b"0000000003\r\nabc").unwrap(), message(12, 3, 0));
}

#[test]
fn anything_but_a_length_is_a_bad_frame() {
    for bad in [
        "abc\r\n",
        "-1\r\n",
        "+1\r\n",
        " 1\r\n",
        "\r\n",
        "1\n",
        "1\rx",
        "1 \r\n",
        "1x",
        "99999999999\r\n",
        "00000000001\r\n",
        "12345678901",
    ] {
        assert_eq!(
            size(bad.as_bytes()).unwrap_err().code,
            Code::BadFrame,
            "{bad:?}"
        );
    }
}

#[test]
fn a_message_over_the_limit_is_refused_from_its_header() {
    assert!(size(b"1000\r\n").is_ok());
    for large in ["1001\r\n", "9999999999\r\n"] {
        let error = size(large.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::MessageTooLarge, "{large:?}");
    }
}

#[test]
fn a_tag_is_found_however_it_is_split() {
    let tag: &[u8] = b"<END>";
    let framing = Framing::new(SocketEndTag, Some(tag)).unwrap();
    let bytes = b"a<EN<END>b";
    let mut seen = 0;
    for length in 0..9 {
        match framing.look(&bytes[..length], seen, 0, LIMIT).unwrap() {
            Front::Unknown { seen: now } => seen = now,
            other => panic!("{other:?} after {length} bytes"),
        }
    }
    assert_eq!(
        framing.look(bytes, seen, 0, LIMIT).unwrap(),
        message(0, 4, 5)
    );
}

#[test]
fn a_beginning_of_the_tag_belongs_to_the_message() {
    for mode in [SocketEndTag, SocketEndTagBuffer] {
        let framing = Framing::new(mode, None).unwrap();
        for text in ["", "a<EO", "<", "<EOF", "<<EOF", "b<EO>c", "<E<EO<EOF"] {
            let wire = format!("{text}<EOF>rest");
            let mut seen = 0;
            let end = text.len() + 5;
            for length in 0..end {
                match framing
                    .look(&wire.as_bytes()[..length], seen, 0, LIMIT)
                    .unwrap()
                {
                    Front::Unknown { seen: now } => seen = now,
                    other => panic!("{other:?} after {length} bytes of {wire}"),
                }
            }
            let front = framing.look(wire.as_bytes(), seen, 0, LIMIT).unwrap();
            assert_eq!(front, message(0, text.len(), 5), "{wire}");
        }
    }
}

#[test]
fn a_message_that_never_ends_is_too_large() {
    let framing = Framing::new(SocketEndTagBuffer, None).unwrap();
    assert_eq!(
        framing.look(b"abc<EOF>", 0, 0, 3).unwrap(),
        message(0, 3, 5)
    );
    for bytes in [&b"abcd<EOF"[..], b"abcd<EOF>"] {
        let error = framing.look(bytes, 0, 0, 3).unwrap_err();
        assert_eq!(error.code, Code::MessageTooLarge);
    }
}

#[test]
fn frames_are_the_bytes_of_the_contract() {
    let framed = |framing: Framing, message: &str| {
        let mut room = Header::default();
        let parts = framing.frame(message.as_bytes(), &mut room).unwrap();
        String::from_utf8(parts.concat()).unwrap()
    };
    assert_eq!(framed(Framing::Size, ""), "0\r\n");
    assert_eq!(framed(Framing::Size, "hello world"), "11\r\nhello world");
    let tag = Framing::new(SocketEndTag, None).unwrap();
    assert_eq!(framed(tag, "hello"), "hello<EOF>");
    assert_eq!(framed(Framing::Raw, "hello"), "hello");
    assert_eq!(framed(Framing::Line, "hello"), "hello\r\n");
    assert_eq!(framed(Framing::Fixed(5), "hello"), "hello");
    assert_eq!(framed(Framing::Exact, "hello"), "hello");
    assert_eq!(Header::default().write(1234567890), b"1234567890\r\n");
}

#[test]
fn modes_and_tags_outside_the_contract_are_refused() {
    for (mode, tag) in [
        (4, None),
        (5, None),
        (8, None),
        (-1, None),
        (0, Some(&b""[..])),
        (2, Some(&[7; 256])),
    ] {
        let error = Framing::new(mode, tag).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument);
    }
    for size in [0, -1, i32::MIN] {
        assert_eq!(
            Framing::fixed(size).unwrap_err().code,
            Code::InvalidArgument
        );
    }
}

/// A layout whose length has two bytes and stands first.
const PLAIN: Layout = Layout {
    bytes: 2,
    little_endian: false,
    offset: 0,
    adjust: 0,
    uncounted: 0,
    header: false,
};

/// Every layout that differs in what may go wrong.
fn layouts() -> Vec<Layout> {
    let mut all = Vec::new();
    for bytes in 1..=4 {
        for offset in [0, 1, 255] {
            for (adjust, uncounted) in [(0, 0), (bytes + 2, 0), (255, 0), (0, 3), (9, 255)] {
                for (little_endian, header) in [(false, false), (true, true)] {
                    all.push(Layout {
                        bytes,
                        little_endian,
                        offset,
                        adjust,
                        uncounted,
                        header,
                    });
                }
            }
        }
    }
    all
}

#[test]
fn a_binary_length_may_stop_anywhere_and_comes_back_in_every_layout() {
    for layout in layouts() {
        let framing = Framing::Binary(layout);
        let size = if layout.bytes == 1 { 250 } else { 700 };
        let sent: Vec<u8> = (0..size).map(|place| place as u8).collect();
        let mut room = Header::default();
        let Ok(parts) = framing.frame(&sent, &mut room) else {
            assert!(layout.bytes == 1 || layout.header, "{layout:?}");
            continue;
        };
        let wire = [&parts.concat()[..], b"more"].concat();
        let head = usize::from(layout.offset) + usize::from(layout.bytes);
        let (skip, length) = match layout.header {
            true => (0, sent.len()),
            false => (head, sent.len()),
        };
        for cut in 0..skip + length {
            let front = framing.look(&wire[..cut], 0, 0, LIMIT).unwrap();
            let expected = match cut < head {
                true => Front::Unknown { seen: 0 },
                false => Front::Body { skip, length },
            };
            assert_eq!(front, expected, "{cut} bytes of {layout:?}");
        }
        let front = framing.look(&wire, 0, 0, LIMIT).unwrap();
        assert_eq!(front, message(skip, length, 0), "{layout:?}");
        if !layout.header {
            assert_eq!(&wire[skip..skip + length], &sent[..]);
        }
    }
}

#[test]
fn a_binary_length_counts_what_its_layout_says() {
    let wire = |layout: Layout, message: &[u8]| {
        let mut room = Header::default();
        let framing = Framing::Binary(layout);
        framing.frame(message, &mut room).unwrap().concat()
    };
    assert_eq!(wire(PLAIN, b"abc"), b"\0\x03abc");
    let little = Layout {
        bytes: 3,
        little_endian: true,
        ..PLAIN
    };
    assert_eq!(wire(little, b"abc"), b"\x03\0\0abc");
    // TPKT (RFC 1006): version, reserved, the length of all.
    let tpkt = Layout {
        offset: 2,
        adjust: 4,
        header: true,
        ..PLAIN
    };
    assert_eq!(wire(tpkt, b"\x03\0??xyz"), b"\x03\0\0\x07xyz");
    // A frame of AMQP: type, channel, size, payload, an end that is not counted.
    let amqp = Layout {
        bytes: 4,
        offset: 3,
        uncounted: 1,
        header: true,
        ..PLAIN
    };
    assert_eq!(
        wire(amqp, b"\x01\0\0????pay\xce"),
        b"\x01\0\0\0\0\0\x03pay\xce"
    );
}

#[test]
fn a_length_that_lies_is_a_bad_frame_or_too_large() {
    let code = |layout: Layout, bytes: &[u8]| {
        let looked = Framing::Binary(layout).look(bytes, 0, 0, LIMIT);
        looked.map_err(|error| error.code)
    };
    let itself = Layout { adjust: 4, ..PLAIN };
    for lie in [b"\0\0", b"\0\x03"] {
        assert_eq!(code(itself, lie), Err(Code::BadFrame));
    }
    assert_eq!(code(itself, b"\0\x04"), Ok(message(2, 0, 0)));
    assert_eq!(code(PLAIN, b"\x03\xe9"), Err(Code::MessageTooLarge));
    let body = Front::Body {
        skip: 2,
        length: 1000,
    };
    assert_eq!(code(PLAIN, b"\x03\xe8"), Ok(body));
    let four = Layout { bytes: 4, ..PLAIN };
    assert_eq!(code(four, b"\xff\xff\xff\xff"), Err(Code::MessageTooLarge));
    let whole = Layout {
        bytes: 4,
        uncounted: 255,
        header: true,
        ..PLAIN
    };
    assert_eq!(code(whole, b"\xff\xff\xff\xff"), Err(Code::MessageTooLarge));
}

#[test]
fn a_message_that_cannot_be_framed_is_refused() {
    let code = |framing: Framing, size: usize| {
        let mut room = Header::default();
        let message = vec![7; size];
        let framed = framing.frame(&message, &mut room).map(drop);
        framed.map_err(|error| error.code)
    };
    let one = Layout { bytes: 1, ..PLAIN };
    assert_eq!(code(Framing::Binary(one), 255), Ok(()));
    assert_eq!(code(Framing::Binary(one), 256), Err(Code::MessageTooLarge));
    let itself = Layout { adjust: 1, ..one };
    assert_eq!(
        code(Framing::Binary(itself), 255),
        Err(Code::MessageTooLarge)
    );
    assert_eq!(code(Framing::Binary(PLAIN), 65_535), Ok(()));
    assert_eq!(
        code(Framing::Binary(PLAIN), 65_536),
        Err(Code::MessageTooLarge)
    );
    let checked = Layout {
        uncounted: 2,
        ..PLAIN
    };
    assert_eq!(code(Framing::Binary(checked), 2), Ok(()));
    assert_eq!(
        code(Framing::Binary(checked), 1),
        Err(Code::InvalidArgument)
    );
    let whole = Layout {
        offset: 2,
        header: true,
        ..PLAIN
    };
    assert_eq!(code(Framing::Binary(whole), 4), Ok(()));
    for short in 0..4 {
        assert_eq!(
            code(Framing::Binary(whole), short),
            Err(Code::InvalidArgument)
        );
    }
    for other in [0, 4, 6] {
        assert_eq!(code(Framing::Fixed(5), other), Err(Code::InvalidArgument));
    }
}

#[test]
fn a_line_ends_at_lf_and_a_cr_before_it_goes_too() {
    for (wire, length, tail) in [
        ("hello\r\nmore", 5, 2),
        ("hello\nmore", 5, 1),
        ("\n", 0, 1),
        ("\r\n", 0, 2),
        ("a\rb\r\r\n", 4, 2),
    ] {
        let mut seen = 0;
        let end = length + tail;
        for cut in 0..end {
            let front = Framing::Line.look(&wire.as_bytes()[..cut], seen, 0, LIMIT);
            match front.unwrap() {
                Front::Unknown { seen: now } => seen = now,
                other => panic!("{other:?} after {cut} bytes of {wire:?}"),
            }
        }
        let front = Framing::Line.look(wire.as_bytes(), seen, 0, LIMIT);
        assert_eq!(front.unwrap(), message(0, length, tail), "{wire:?}");
    }
    for (wire, fits) in [
        ("abc", true),
        ("abc\r", true),
        ("abc\r\n", true),
        ("abcd", false),
    ] {
        let front = Framing::Line.look(wire.as_bytes(), 0, 0, 3);
        assert_eq!(front.is_ok(), fits, "{wire:?}");
    }
}

#[test]
fn sizes_that_are_fixed_or_asked_for_are_waited_for() {
    let fixed = Framing::Fixed(3);
    let body = Front::Body { skip: 0, length: 3 };
    assert_eq!(fixed.look(b"ab", 0, 0, LIMIT).unwrap(), body);
    assert_eq!(fixed.look(b"abcd", 0, 0, LIMIT).unwrap(), message(0, 3, 0));
    let error = Framing::Fixed(LIMIT + 1).look(b"a", 0, 0, LIMIT);
    assert_eq!(error.unwrap_err().code, Code::MessageTooLarge);
    assert_eq!(Framing::Exact.look(b"ab", 0, 3, LIMIT).unwrap(), body);
    let all = Framing::Exact.look(b"abcd", 0, 3, LIMIT).unwrap();
    assert_eq!(all, message(0, 4, 0), "as much as is there");
    let any = Framing::Exact.look(b"ab", 0, 0, LIMIT).unwrap();
    assert_eq!(any, message(0, 2, 0));
}

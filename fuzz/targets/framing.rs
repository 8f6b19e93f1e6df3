//! Messages cut at random, in every mode: however the bytes come, the same messages come out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wdsocket::framing::{Framing, Front, Layout};

const LIMIT: usize = 1 << 20;

/// The messages in a stream of which ever more is there; `None` behind one that is no message.
fn messages(framing: &Framing, bytes: &[u8], cuts: &[u8]) -> Vec<Option<Vec<u8>>> {
    let (mut found, mut start, mut seen, mut there) = (Vec::new(), 0, 0, 0);
    let mut cuts = cuts.iter().cycle();
    loop {
        match framing.look(&bytes[start..there], seen, 0, LIMIT) {
            Ok(Front::Message { skip, length, tail }) => {
                let whole = skip + length + tail;
                assert!(whole <= there - start, "more than is there");
                found.push(Some(bytes[start + skip..start + skip + length].to_vec()));
                start += whole;
                seen = 0;
                if whole == 0 {
                    return found;
                }
                continue;
            }
            Ok(Front::Body { skip, length }) => {
                assert!(skip + length > there - start && length <= LIMIT);
                seen = 0;
            }
            Ok(Front::Unknown { seen: more }) => {
                assert!(more <= there - start);
                seen = more;
            }
            Err(_) => {
                found.push(None);
                return found;
            }
        }
        if there == bytes.len() {
            return found;
        }
        let step = 1 + usize::from(*cuts.next().unwrap_or(&255));
        there = bytes.len().min(there + step);
    }
}

/// A mode of which the messages can be told whoever reads them.
fn framing(mode: u8, tag: &[u8]) -> Option<Framing> {
    let given = |place: usize| tag.get(place).copied().unwrap_or(0);
    match mode % 8 {
        4 => Some(Framing::Binary(Layout {
            bytes: 1 + given(0) % 4,
            little_endian: given(1) & 1 != 0,
            offset: given(2),
            adjust: given(3),
            uncounted: given(4),
            header: given(5) & 1 != 0,
        })),
        5 => Framing::fixed(given(0).into()).ok(),
        mode => Framing::new(mode.into(), (!tag.is_empty()).then_some(tag)).ok(),
    }
    .filter(|framing| !framing.has_no_frames())
}

fuzz_target!(|data: &[u8]| {
    let [mode, tag_size, cut_count, rest @ ..] = data else {
        return;
    };
    let (tag, rest) = rest.split_at(rest.len().min(usize::from(tag_size % 8)));
    let (cuts, bytes) = rest.split_at(rest.len().min(usize::from(cut_count % 16)));
    let Some(framing) = framing(*mode, tag) else {
        return;
    };
    let whole = messages(&framing, bytes, &[255]);
    assert_eq!(messages(&framing, bytes, cuts), whole);
    assert_eq!(messages(&framing, bytes, &[0]), whole);
    // What is framed comes out again, where it does not hold the tag itself.
    let mut room = Default::default();
    let Ok(parts) = framing.frame(bytes, &mut room) else {
        return; // no message of this size can be
    };
    let framed = parts.concat();
    let back = messages(&framing, &framed, cuts);
    match framing {
        Framing::Size | Framing::Fixed(_) | Framing::Binary(Layout { header: false, .. }) => {
            assert_eq!(back, [Some(bytes.to_vec())]);
        }
        // The length stands within it.
        Framing::Binary(_) => assert_eq!(back, [Some(framed)]),
        _ => assert!(back.iter().all(Option::is_some) && !back.is_empty()),
    }
});

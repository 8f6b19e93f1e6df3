//! Messages cut at random, in every mode: however the bytes come, the same messages come out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wdsocket::framing::{Framing, Front};

const LIMIT: usize = 1 << 20;

/// The messages in a stream of which ever more is there; `None` behind one that is no message.
fn messages(framing: &Framing, bytes: &[u8], cuts: &[u8]) -> Vec<Option<Vec<u8>>> {
    let (mut found, mut start, mut seen, mut there) = (Vec::new(), 0, 0, 0);
    let mut cuts = cuts.iter().cycle();
    loop {
        match framing.look(&bytes[start..there], seen, LIMIT) {
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

fuzz_target!(|data: &[u8]| {
    let [mode, tag_size, cut_count, rest @ ..] = data else {
        return;
    };
    let (tag, rest) = rest.split_at(rest.len().min(usize::from(tag_size % 8)));
    let (cuts, bytes) = rest.split_at(rest.len().min(usize::from(cut_count % 16)));
    let tag = (!tag.is_empty()).then_some(tag);
    let Ok(framing) = Framing::new(i32::from(mode % 5), tag) else {
        return;
    };
    if framing == Framing::Raw {
        return;
    }
    let whole = messages(&framing, bytes, &[255]);
    assert_eq!(messages(&framing, bytes, cuts), whole);
    assert_eq!(messages(&framing, bytes, &[0]), whole);
    // What is framed comes out again, where it does not hold the tag itself.
    let mut room = Default::default();
    let (before, behind) = framing.frame(bytes.len(), &mut room);
    let framed = [before, bytes, behind].concat();
    let back = messages(&framing, &framed, cuts);
    if !before.is_empty() {
        assert_eq!(back, [Some(bytes.to_vec())]);
    } else {
        assert!(back.iter().all(Option::is_some) && !back.is_empty());
    }
});

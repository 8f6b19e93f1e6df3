//! As much of a certificate as tells whose it is, seen without a parser.

/// A number that is the same for names which are the same, in whatever case, blanks and encoding they are written: it counts
/// their letters and digits of ASCII. None where the name is not written as RFC 5280 has it.
pub(super) fn mark(name: &[u8]) -> Option<u64> {
    const BMP_STRING: u8 = 0x1e;
    const UNIVERSAL_STRING: u8 = 0x1c;
    const BIT_STRING: u8 = 0x03; // whose last bits may count for nothing
    const CONSTRUCTED: u8 = 0x20;
    let mut mark = 0_u64;
    for set in Elements(Element::first(name)?.content) {
        // Those of one set may stand in any order.
        for attribute in Elements(set?.content) {
            let mut parts = Elements(attribute?.content);
            let [_kind, value] = [parts.next()??, parts.next()??];
            let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a
            let mut count = |byte: u8| {
                if byte.is_ascii_alphanumeric() {
                    hash = (hash ^ u64::from(byte.to_ascii_lowercase())) //
                        .wrapping_mul(0x100_0000_01b3);
                }
            };
            match value.tag {
                BMP_STRING => value.content.chunks(2).for_each(|unit| {
                    if let [0, byte] = unit {
                        count(*byte);
                    }
                }),
                UNIVERSAL_STRING => value.content.chunks(4).for_each(|unit| {
                    if let [0, 0, 0, byte] = unit {
                        count(*byte);
                    }
                }),
                BIT_STRING => return None,
                tag if tag & CONSTRUCTED != 0 => return None,
                _ => value.content.iter().for_each(|byte| count(*byte)),
            }
            mark = mark.wrapping_add(hash);
        }
    }
    Some(mark)
}

/// The subject in a certificate's DER (RFC 5280 section 4.1), or in the front of it. None where that takes more than a look.
pub(super) fn subject(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (certificate, _, inside) = head(der)?;
    let (to_be_signed, _, inside) = head(inside)?;
    let mut fields = Elements(inside);
    if fields.next()??.tag == VERSION {
        fields.next()??; // serialNumber
    }
    // Behind signature, issuer and validity.
    let subject = fields.nth(3)??;
    let tags = [certificate, to_be_signed, subject.tag];
    (tags == [SEQUENCE; 3]).then_some(subject.whole)
}

/// The tag of an element of DER (X.690 section 8.1), which takes one byte, its length, and what follows these two.
fn head(der: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    match length {
        0..=0x7f => Some((tag, usize::from(length), rest)),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
            Some((tag, bytes.iter().fold(0, add), rest))
        }
        _ => None,
    }
}

/// An element of DER that is there as a whole.
struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    content: &'a [u8],
}

impl Element<'_> {
    fn first(der: &[u8]) -> Option<Element<'_>> {
        let (tag, length, rest) = head(der)?;
        Some(Element {
            tag,
            content: rest.get(..length)?,
            whole: &der[..der.len() - rest.len() + length],
        })
    }
}

/// One element after the other; None for what is not one, the last then.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Option<Element<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let element = Element::first(self.0);
        let length = element.as_ref().map_or(self.0.len(), |e| e.whole.len());
        self.0 = &self.0[length..];
        Some(element)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pem;
    use super::*;
    use openssl::x509::{X509, X509Name};

    /// A name of one attribute for each, in that type of string.
    fn name(values: &[(u8, &[u8])]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        let one = |(tag, value): &(u8, &[u8])| {
            let parts = [element(6, &[0x55, 4, 3]), element(*tag, value)].concat();
            element(0x31, &element(0x30, &parts))
        };
        element(0x30, &values.iter().map(one).collect::<Vec<_>>().concat())
    }

    #[test]
    fn names_that_openssl_holds_for_the_same_have_one_mark() {
        let wide = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_be_bytes)
                .collect::<Vec<u8>>()
        };
        let wider = |text: &str| {
            text.chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect::<Vec<u8>>()
        };
        let usual = name(&[(0x0c, "Größte 丁 CA 1".as_bytes()), (0x13, b"DE")]);
        for other in [
            name(&[(0x0c, "  gRößte   丁 ca 1 ".as_bytes()), (0x16, b"de")]),
            name(&[(0x1e, &wide("Größte 丁 CA 1")), (0x16, b"De ")]),
            name(&[(0x1c, &wider("Größte 丁 CA 1")), (0x0c, b" DE")]),
        ] {
            let parse = |name: &[u8]| X509Name::from_der(name).unwrap();
            assert!(parse(&usual).try_cmp(&parse(&other)).unwrap().is_eq());
            assert_eq!(mark(&usual), mark(&other));
        }
        assert_ne!(
            mark(&usual),
            mark(&name(&[(0x0c, b"Other"), (0x13, b"DE")]))
        );
        assert_eq!(mark(&name(&[(0x2c, b"")])), None);
        // Bits that are none.
        assert_eq!(mark(&name(&[(0x03, b"\x05\x61")])), None);
        let latin = |text: &[u8]| mark(&name(&[(0x14, text)]));
        assert_eq!(
            latin(b"Gr\xf6\xdfte"),
            mark(&name(&[(0x0c, "größte".as_bytes())]))
        );
    }

    #[test]
    fn the_subject_is_the_one_that_openssl_finds() {
        let pem = include_bytes!("../../tests/tls/legacy.pem");
        let mut seen = 0;
        for block in pem::blocks(pem)
            .unwrap()
            .iter()
            .filter(|b| b.is_certificate())
        {
            let der = block.der().unwrap().unwrap();
            let name = X509::from_der(&der)
                .unwrap()
                .subject_name()
                .to_der()
                .unwrap();
            assert_eq!(subject(&der), Some(&name[..]));
            // The front is enough, once it is there.
            let whole = subject(&der).unwrap().as_ptr_range().end as usize - der.as_ptr() as usize;
            for end in 0..der.len() {
                let found = subject(&der[..end]);
                assert_eq!(found, (end >= whole).then_some(&name[..]));
            }
            seen += 1;
        }
        assert!(seen > 0);
    }
}

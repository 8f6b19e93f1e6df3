//! Trusted roots that are parsed when a chain asks for their name: of a system's many, a connection needs one.

use super::{memory, reader};
use foreign_types::ForeignTypeRef;
use once_cell::sync::OnceCell;
use openssl::x509::{X509, X509NameRef};
use openssl_sys::X509_NAME;
use std::cmp::Ordering;
use std::collections::TryReserveError;
use std::{ptr, slice};
use zeroize::Zeroizing;

unsafe extern "C" {
    fn ERR_set_mark() -> i32;
    fn ERR_pop_to_mark() -> i32;
    fn X509_NAME_get0_der(name: *const X509_NAME, bytes: *mut *const u8, length: *mut usize)
    -> i32;
}

/// A root as its file has it.
pub(super) struct Root {
    der: Zeroizing<Vec<u8>>,
    /// Whether a note of what it is trusted for follows the certificate.
    has_note: bool,
    /// Of its subject. None where that takes a parser.
    mark: Option<u64>,
    /// Once it was asked for.
    parsed: OnceCell<X509>,
    /// Its place in its file and among the files.
    place: usize,
}

impl Root {
    /// The root in a block's bytes; None where they are no certificate.
    pub fn of(der: Zeroizing<Vec<u8>>, has_note: bool) -> Option<Root> {
        let Some(subject) = subject(&der) else {
            // Not written as RFC 5280 has it: OpenSSL may know what it is.
            return reader::decode(&der, has_note).map(Root::from);
        };
        Some(Root {
            mark: mark(subject),
            der,
            has_note,
            parsed: OnceCell::new(),
            place: 0,
        })
    }

    /// The certificate as it was written; nothing for one that came parsed.
    #[cfg(windows)]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// None where it cannot be read, or there was no memory for it: it is tried again then.
    fn certificate(&self) -> Option<&X509> {
        let parse = || {
            let read = memory::enough(|| {
                let certificate = reader::decode(&self.der, self.has_note)?;
                reader::settle(&certificate);
                Some(certificate)
            });
            read.flatten().ok_or(())
        };
        // What OpenSSL notes about a broken root is nobody's error.
        // SAFETY: a mark may be set at any time.
        unsafe { ERR_set_mark() };
        let parsed = self.parsed.get_or_try_init(parse).ok();
        // SAFETY: the mark has been set.
        unsafe { ERR_pop_to_mark() };
        parsed
    }
}

impl From<X509> for Root {
    /// A root that is parsed already.
    fn from(certificate: X509) -> Root {
        Root {
            der: Zeroizing::default(),
            has_note: false,
            mark: der(certificate.subject_name()).and_then(mark),
            parsed: OnceCell::with_value(certificate),
            place: 0,
        }
    }
}

/// Roots by their subjects.
#[derive(Default)]
pub(super) struct Roots(Vec<Root>);

impl Roots {
    /// Adds roots behind those that are here. Not found before they are [`sorted`](Self::sorted).
    pub fn append(&mut self, more: Vec<Root>) -> Result<(), TryReserveError> {
        self.0.try_reserve(more.len())?;
        for mut root in more {
            root.place = self.0.len();
            self.0.push(root);
        }
        Ok(())
    }

    /// Each is kept once, however many of the files hold it.
    pub fn sorted(mut self) -> Self {
        let as_written = |root: &Root, other: &Root| {
            (root.mark, &root.der[..], root.has_note).cmp(&(
                other.mark,
                &other.der[..],
                other.has_note,
            ))
        };
        self.0.sort_unstable_by(|root, other| {
            as_written(root, other).then(root.place.cmp(&other.place))
        });
        self.0
            .dedup_by(|root, earlier| !root.der.is_empty() && as_written(root, earlier).is_eq());
        self.0.sort_unstable_by_key(|root| (root.mark, root.place));
        self
    }

    /// Whether any can be read.
    pub fn has_any(&self) -> bool {
        self.0.iter().any(|root| root.certificate().is_some())
    }

    /// Those that can be read and may share their name with another one: all of them, where a name takes a parser.
    pub fn sharing(&self) -> impl Iterator<Item = &X509> {
        let is_unmarked = self.0.first().is_some_and(|root| root.mark.is_none());
        self.0
            .chunk_by(move |root, next| is_unmarked || root.mark == next.mark)
            .filter(|alike| alike.len() > 1)
            .flatten()
            .filter_map(Root::certificate)
    }

    /// Those of that name that can be read.
    pub fn named(&self, name: &X509NameRef) -> impl Iterator<Item = &X509> {
        let wanted = der(name).and_then(mark);
        let with = |mark: Option<u64>| {
            let first = self.0.partition_point(|root| root.mark < mark);
            let behind = self.0.partition_point(|root| root.mark <= mark);
            &self.0[first..behind]
        };
        let (unmarked, marked) = match wanted {
            Some(_) => (with(None), with(wanted)),
            None => (&self.0[..], &[][..]),
        };
        let named_so = |root: &X509| root.subject_name().try_cmp(name).is_ok_and(Ordering::is_eq);
        let all = unmarked.iter().chain(marked);
        all.filter_map(Root::certificate)
            .filter(move |root| named_so(root))
    }
}

/// A name's DER, where it is: a peer's may be large, and there may be no memory for another one.
fn der(name: &X509NameRef) -> Option<&[u8]> {
    let (mut bytes, mut length) = (ptr::null(), 0);
    // SAFETY: the name is valid, and what is found lives as long as it stays as it is.
    unsafe {
        let found = X509_NAME_get0_der(name.as_ptr(), &mut bytes, &mut length);
        (found == 1 && !bytes.is_null()).then(|| slice::from_raw_parts(bytes, length))
    }
}

/// A number that is the same for names which are the same, in whatever case, blanks and encoding they are written: it counts
/// their letters and digits of ASCII. None where the name is not written as RFC 5280 has it.
fn mark(name: &[u8]) -> Option<u64> {
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

/// The subject in a certificate's DER (RFC 5280 section 4.1). None where that takes more than a look.
fn subject(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let certificate = Element::first(der)?;
    let to_be_signed = Element::first(certificate.content)?;
    let mut fields = Elements(to_be_signed.content);
    if fields.next()??.tag == VERSION {
        fields.next()??; // serialNumber
    }
    // Behind signature, issuer and validity.
    let subject = fields.nth(3)??;
    let tags = [certificate.tag, to_be_signed.tag, subject.tag];
    (tags == [SEQUENCE; 3]).then_some(subject.whole)
}

/// An element of DER (X.690 section 8.1), whose tag takes one byte.
struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    content: &'a [u8],
}

impl Element<'_> {
    fn first(der: &[u8]) -> Option<Element<'_>> {
        let (&tag, rest) = der.split_first()?;
        let (&length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
                let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
                (bytes.iter().fold(0, add), rest)
            }
            _ => return None,
        };
        let content = rest.get(..length)?;
        let whole = &der[..der.len() - rest.len() + length];
        Some(Element {
            tag,
            whole,
            content,
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

    fn any() -> X509 {
        let pem = include_bytes!("../../tests/tls/legacy.pem");
        reader::read(pem, "").ok().unwrap().certificates.remove(0)
    }

    fn root(der: &[u8]) -> Option<Root> {
        Root::of(Zeroizing::new(der.to_vec()), false)
    }

    #[test]
    fn a_root_is_parsed_when_its_name_is_asked_for() {
        let certificate = any();
        let der = certificate.to_der().unwrap();
        let mut roots = Roots::default();
        roots.append(vec![root(&der).unwrap()]).unwrap();
        let roots = roots.sorted();
        assert_eq!(roots.0.len(), 1);
        let other = openssl::x509::X509Name::builder().unwrap().build();
        assert_eq!(roots.named(&other).count(), 0);
        assert!(roots.0[0].parsed.get().is_none());
        let found: Vec<&X509> = roots.named(certificate.subject_name()).collect();
        assert_eq!(found, [&certificate]);
    }

    #[test]
    fn roots_that_share_a_name_are_told_and_each_is_kept_once() {
        let certificate = any();
        let der = certificate.to_der().unwrap();
        let mut again = der.clone();
        again.push(0); // passed over
        let of = |files: &[&[u8]]| {
            let mut roots = Roots::default();
            for file in files {
                roots.append(vec![root(file).unwrap()]).unwrap();
            }
            let roots = roots.sorted();
            (roots.0.len(), roots.sharing().count())
        };
        assert_eq!(of(&[&der]), (1, 0));
        assert_eq!(of(&[&der, &der]), (1, 0));
        assert_eq!(of(&[&der, &again, &der]), (2, 2));
    }

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
            let parse = |name: &[u8]| openssl::x509::X509Name::from_der(name).unwrap();
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
    fn what_is_broken_behind_its_name_is_passed_over() {
        let certificate = any();
        let der = certificate.to_der().unwrap();
        let mut broken = der.clone();
        let last = subject(&der).unwrap().as_ptr_range().end as usize - der.as_ptr() as usize;
        broken[last] ^= 0x11; // the tag of the public key
        let mut roots = Roots::default();
        let both = vec![root(&broken).unwrap(), root(&der).unwrap()];
        roots.append(both).unwrap();
        let roots = roots.sorted();
        for _ in 0..2 {
            assert_eq!(roots.named(certificate.subject_name()).count(), 1);
        }
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
            for end in 0..der.len() {
                assert_eq!(subject(&der[..end]), None);
            }
            seen += 1;
        }
        assert!(seen > 0);
        assert!(root(b"").is_none() && root(&[0x30, 0x80, 0, 0]).is_none());
    }
}

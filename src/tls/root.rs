//! Trusted roots that are decoded and parsed when a chain asks for their name: of a system's many, a connection needs one.

use super::base64::Base64;
use super::outline::{mark, subject};
use super::pem::Block;
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

/// A certificate as it was found.
enum Written {
    Base64(Base64<'static>),
    Der(Zeroizing<Vec<u8>>),
}

impl Written {
    fn compare(&self, other: &Written) -> Ordering {
        match (self, other) {
            (Written::Base64(text), Written::Base64(other)) => text.symbols().cmp(other.symbols()),
            (Written::Der(der), Written::Der(other)) => der.cmp(other),
            (Written::Base64(_), Written::Der(_)) => Ordering::Less,
            (Written::Der(_), Written::Base64(_)) => Ordering::Greater,
        }
    }
}

/// A root as its file has it.
pub(super) struct Root {
    written: Written,
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
    /// The root in a block; None where it holds no certificate.
    pub fn of(block: &Block<'_>) -> Result<Option<Root>, TryReserveError> {
        let has_note = block.has_note();
        let mark = block.base64.in_front(|front| subject(front).map(mark));
        Ok(match mark {
            Some(mark) => {
                let written = Written::Base64(block.base64.copy()?);
                Some(Root::unparsed(written, mark, has_note))
            }
            None => block.der()?.and_then(|der| Root::of_der(der, has_note)),
        })
    }

    /// The root in a certificate's bytes; None where they are none.
    pub fn of_der(der: Zeroizing<Vec<u8>>, has_note: bool) -> Option<Root> {
        match subject(&der).map(mark) {
            Some(mark) => Some(Root::unparsed(Written::Der(der), mark, has_note)),
            // Not written as RFC 5280 has it: OpenSSL may know what it is.
            None => reader::decode(&der, has_note).map(Root::from),
        }
    }

    fn unparsed(written: Written, mark: Option<u64>, has_note: bool) -> Root {
        Root {
            written,
            has_note,
            mark,
            parsed: OnceCell::new(),
            place: 0,
        }
    }

    /// None where it cannot be read, or there was no memory for it: it is tried again then.
    fn certificate(&self) -> Option<&X509> {
        let parse = || {
            let read = memory::enough(|| {
                let certificate = match &self.written {
                    Written::Base64(text) => reader::decode(&text.bytes().ok()??, self.has_note)?,
                    Written::Der(der) => reader::decode(der, self.has_note)?,
                };
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
            written: Written::Der(Zeroizing::default()),
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
            (root.mark, root.has_note)
                .cmp(&(other.mark, other.has_note))
                .then_with(|| root.written.compare(&other.written))
        };
        self.0.sort_unstable_by(|root, other| {
            as_written(root, other).then(root.place.cmp(&other.place))
        });
        self.0.dedup_by(|root, earlier| {
            root.parsed.get().is_none() && as_written(root, earlier).is_eq()
        });
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

#[cfg(test)]
mod tests {
    use super::super::pem;
    use super::*;

    fn any() -> X509 {
        let pem = include_bytes!("../../tests/tls/legacy.pem");
        reader::read(pem, "").ok().unwrap().certificates.remove(0)
    }

    fn root(der: &[u8]) -> Option<Root> {
        Root::of_der(Zeroizing::new(der.to_vec()), false)
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
        let text = String::from_utf8(certificate.to_pem().unwrap()).unwrap();
        let other = text.replace('\n', "\r\n");
        let trusted = text.replace("CERTIFICATE", "TRUSTED CERTIFICATE");
        let of = |files: &[&str]| {
            let mut roots = Roots::default();
            for file in files {
                let blocks = pem::blocks(file.as_bytes()).unwrap();
                let root = Root::of(&blocks[0]).unwrap();
                roots.append(root.into_iter().collect()).unwrap();
            }
            let roots = roots.sorted();
            (roots.0.len(), roots.sharing().count())
        };
        assert_eq!(of(&[&text, &other, &text]), (1, 0));
        assert_eq!(of(&[&text, &trusted]), (2, 2));
    }

    #[test]
    fn however_a_root_is_written_it_is_found() {
        let certificate = any();
        let pem = String::from_utf8(certificate.to_pem().unwrap()).unwrap();
        let lines: Vec<&str> = pem.lines().collect();
        let base64 = lines[1..lines.len() - 1].concat();
        let in_lines = |width: usize, end: &str| {
            let lines = base64.as_bytes().chunks(width);
            let lines = lines.map(|line| std::str::from_utf8(line).unwrap());
            lines.map(|line| format!("{line}{end}")).collect::<String>()
        };
        let middle = base64.len() / 2;
        let with = |damage: char| {
            let mut base64 = in_lines(64, "\n");
            base64.replace_range(middle..=middle, &damage.to_string());
            base64
        };
        let cut = |length: usize| in_lines(64, "\n")[..length].to_owned() + "\n";
        for (text, is_late, is_one) in [
            (in_lines(64, "\n"), true, true),
            (in_lines(64, "\r\n"), true, true),
            (in_lines(76, "\n"), true, true),
            (in_lines(64, "\n").replace('\n', "\n\n"), true, true),
            (in_lines(64, "\n") + "-- \nnoise\n", true, true),
            (in_lines(65, "\n"), false, true),
            (in_lines(64, " \n \t"), false, true),
            (in_lines(10_000, "\n"), true, true),
            (with('*'), true, false),
            (with('='), true, false),
            (cut(65 * 5), true, false),
            (cut(65 * 5 + 1), true, false),
            (cut(65), false, false),
            (String::from("AAAA\n"), false, false),
        ] {
            let file = format!("-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n");
            let blocks = pem::blocks(file.as_bytes()).unwrap();
            let root = Root::of(&blocks[0]).unwrap();
            let base64 = |root: &Root| matches!(root.written, Written::Base64(_));
            assert_eq!(root.as_ref().is_some_and(base64), is_late, "{file}");
            let mut roots = Roots::default();
            roots.append(root.into_iter().collect()).unwrap();
            let roots = roots.sorted();
            let found: Vec<&X509> = roots.named(certificate.subject_name()).collect();
            assert_eq!(found, vec![&certificate; usize::from(is_one)], "{file}");
            assert_eq!(roots.has_any(), is_one);
        }
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
        assert!(root(b"").is_none() && root(&[0x30, 0x80, 0, 0]).is_none());
        let roots = roots.sorted();
        for _ in 0..2 {
            assert_eq!(roots.named(certificate.subject_name()).count(), 1);
        }
    }
}

//! Whom a certificate must be for: the name or address that the user typed (RFC 9525).

use super::reader::settle;
use super::text;
use crate::error::{Error, Result};
use crate::net::Host;
use foreign_types::ForeignType;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509, X509Builder, X509Ref, X509VerifyResult};
use openssl_sys as ffi;
use std::ffi::{c_int, c_void};
use std::net::IpAddr;
use std::ptr;

/// openssl/x509v3.h
enum NameConstraints {}

unsafe extern "C" {
    fn NAME_CONSTRAINTS_check(certificate: *mut ffi::X509, limits: *mut NameConstraints) -> c_int;
    fn NAME_CONSTRAINTS_free(limits: *mut NameConstraints);
}

/// Whom a server's certificate must be for.
pub(super) struct Expected {
    /// As the user typed it, for error texts.
    pub typed: String,
    name: Name,
}

/// What a certificate must carry.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// In its ASCII form, without a final dot.
    Dns(String),
    Address(IpAddr),
}

/// Why a certificate is not for the one that is expected.
pub(super) enum Mismatch {
    /// The name is not in it.
    NotThere,
    /// This authority of the chain may not certify the name.
    NotAllowed(usize),
}

impl Expected {
    /// What the user typed; nothing is this machine.
    /// Errors: INVALID_ARGUMENT for what no certificate could carry.
    pub fn new(typed: &str) -> Result<Expected> {
        let typed = match typed.trim() {
            "" => "localhost",
            typed => typed,
        };
        let name = match Host::parse(typed)? {
            // ::ffff:192.0.2.7 is 192.0.2.7, as for the system.
            Host::Address(ip, _) => Name::Address(ip.to_canonical()),
            // "example.com." is the same host; certificates and SNI have no final dot.
            Host::Name(name) => Name::Dns(name.strip_suffix('.').unwrap_or(&name).to_owned()),
        };
        if let Name::Dns(name) = &name
            && (name.is_empty() || name.len() > 255 || name.contains('\0'))
        {
            return Err(Error::invalid(format!(
                "\"{}\" is no host name",
                text::printable(typed)
            )));
        }
        Ok(Expected {
            typed: typed.to_owned(),
            name,
        })
    }

    /// The same for all spellings of one host, and another for an address than for a name that looks like one.
    pub fn key(&self) -> Name {
        match &self.name {
            Name::Dns(name) => Name::Dns(name.to_ascii_lowercase()),
            Name::Address(ip) => Name::Address(*ip),
        }
    }

    /// What is sent to the server as its name (RFC 6066, section 3); None for what is no DNS name.
    pub fn to_send(&self) -> Option<&str> {
        let Name::Dns(name) = &self.name else {
            return None;
        };
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(fits)
        };
        name.split('.').all(is_label).then_some(name)
    }

    /// Whether the certificate at the bottom of a verified chain is for this one, and its authorities may
    /// say so. `in_subject` also takes the subject's common name, where there is no alternative one.
    pub fn check(&self, chain: &[&X509Ref], in_subject: bool) -> std::result::Result<(), Mismatch> {
        let is_in = chain
            .first()
            .is_some_and(|leaf| self.is_in(leaf, in_subject));
        if !is_in {
            return Err(Mismatch::NotThere);
        }
        // OpenSSL holds the certificate's names against what its authorities may certify. A wildcard is
        // none of the names that it stands for, and not every common name looks like a DNS name to it.
        let excluder = match &self.name {
            Name::Dns(name) => (1..chain.len()).find(|&i| !may_certify(chain[i], name)),
            Name::Address(_) => None,
        };
        excluder.map_or(Ok(()), |i| Err(Mismatch::NotAllowed(i)))
    }

    /// Whether the certificate carries the name.
    pub fn is_in(&self, certificate: &X509Ref, in_subject: bool) -> bool {
        let mut flags = X509CheckFlags::NO_PARTIAL_WILDCARDS;
        if !in_subject {
            flags |= X509CheckFlags::NEVER_CHECK_SUBJECT;
        }
        let certificate = raw(certificate);
        // SAFETY: all are valid for the call, which keeps none of them.
        let found = unsafe {
            match &self.name {
                // For OpenSSL a leading dot stands for every name below.
                Name::Dns(name) if name.starts_with('.') => 0,
                Name::Dns(name) => ffi::X509_check_host(
                    certificate,
                    name.as_ptr().cast(),
                    name.len(),
                    flags.bits(),
                    ptr::null_mut(),
                ),
                Name::Address(IpAddr::V4(ip)) => {
                    ffi::X509_check_ip(certificate, ip.octets().as_ptr(), 4, 0)
                }
                Name::Address(IpAddr::V6(ip)) => {
                    ffi::X509_check_ip(certificate, ip.octets().as_ptr(), 16, 0)
                }
            }
        };
        found == 1
    }

    /// Whether it is an address that the certificate carries as if it were a DNS name.
    pub fn is_there_as_dns_name(&self, certificate: &X509Ref) -> bool {
        let Name::Address(ip) = &self.name else {
            return false;
        };
        let as_text = Expected {
            typed: String::new(),
            name: Name::Dns(ip.to_string()),
        };
        as_text.is_in(certificate, true)
    }
}

/// Whether an authority's name constraints (RFC 5280, section 4.2.1.10) let it certify a DNS name.
fn may_certify(authority: &X509Ref, name: &str) -> bool {
    // SAFETY: the certificate is valid, and what is returned is the caller's; null is no constraints.
    let limits: *mut NameConstraints = unsafe {
        ffi::X509_get_ext_d2i(
            raw(authority),
            Nid::NAME_CONSTRAINTS.as_raw(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
        .cast::<c_void>()
        .cast()
    };
    if limits.is_null() {
        return true;
    }
    let verdict = carrying(name).map(|certificate| {
        // SAFETY: both are valid for the call.
        unsafe { NAME_CONSTRAINTS_check(certificate.as_ptr(), limits) }
    });
    // SAFETY: it was made above, and nothing refers to it any more.
    unsafe { NAME_CONSTRAINTS_free(limits) };
    verdict.is_ok_and(|verdict| verdict == X509VerifyResult::OK.as_raw())
}

/// A certificate, never signed nor shown, with one DNS name: OpenSSL checks constraints for certificates only.
fn carrying(name: &str) -> std::result::Result<X509, ErrorStack> {
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    let names = SubjectAlternativeName::new()
        .dns(name)
        .build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    let certificate = builder.build();
    settle(&certificate);
    drop(ErrorStack::get());
    Ok(certificate)
}

fn raw(certificate: &X509Ref) -> *mut ffi::X509 {
    use foreign_types::ForeignTypeRef;
    certificate.as_ptr()
}

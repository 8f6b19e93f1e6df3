//! Checking a peer's certificate: its path to a trusted one, and whom it is for.

use super::names::Expected;
use super::options::TlsOptions;
use super::peer::Peer;
use super::pins::{self, Pins};
use super::resume::ServerKey;
use super::root::Roots;
use super::{failure, memory, paths, text};
use crate::trace::Witness;
use foreign_types::{ForeignType, ForeignTypeRef};
use once_cell::sync::OnceCell;
use openssl::asn1::Asn1Object;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::hash::MessageDigest;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use openssl::x509::verify::{X509CheckFlags, X509VerifyParamRef};
use openssl::x509::{X509Ref, X509StoreContext, X509StoreContextRef, X509VerifyResult};
use openssl_sys as ffi;
use parking_lot::Mutex;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, OnceLock};

/// How the peers of one context are checked.
pub(super) struct Rules {
    pub peer: Peer,
    /// SHA-256 of the only certificate that is accepted. It stands in for chain, dates and name.
    pub pin: Option<[u8; 32]>,
    /// `SSLPublicKeyPins`: what the chain must hold beside being in order.
    pub pins: Pins,
    /// `SSLNoVerify`.
    pub accept_any: bool,
    pub strict: bool,
    /// `SSLNameInSubject`.
    pub name_in_subject: bool,
    /// Whether a peer without a certificate is refused.
    pub required: bool,
    /// The security level of connections that end on TLS 1.2 or newer.
    pub level: u32,
    /// Whether the user gave any authority.
    pub has_own_authorities: bool,
    /// The system's, where they are trusted as well.
    pub roots: Option<Arc<Roots>>,
    /// Authorities that were given and could not be read, each with its reason.
    pub unread: Vec<String>,
}

/// What belongs to one connection, found from inside OpenSSL's callbacks.
pub(super) struct Attachment {
    /// Whom a client talks to, for the sessions it keeps.
    pub server: Option<ServerKey>,
    /// Whom the certificate must be for; a client may be anybody.
    pub expected: Option<Expected>,
    pub rules: Arc<Rules>,
    /// Why the certificate was refused.
    pub refusal: Mutex<Option<String>>,
    /// Who hears of secrets and alerts.
    pub witness: OnceLock<Arc<Witness>>,
}

/// The place of [`Attachment`] in a connection. None only while OpenSSL is out of memory.
pub(super) fn attached_index() -> Option<Index<Ssl, Attachment>> {
    static INDEX: OnceCell<Index<Ssl, Attachment>> = OnceCell::new();
    INDEX.get_or_try_init(Ssl::new_ex_index).ok().copied()
}

/// What [`Attachment`] holds for a connection.
pub(super) fn attached(ssl: &SslRef) -> Option<&Attachment> {
    ssl.ex_data(attached_index()?)
}

unsafe extern "C" {
    fn X509_VERIFY_PARAM_add0_policy(
        param: *mut ffi::X509_VERIFY_PARAM,
        policy: *mut ffi::ASN1_OBJECT,
    ) -> c_int;
    fn SSL_CTX_set_cert_verify_callback(
        context: *mut ffi::SSL_CTX,
        callback: Option<extern "C" fn(*mut ffi::X509_STORE_CTX, *mut c_void) -> c_int>,
        argument: *mut c_void,
    );
}

/// Has OpenSSL ask this file about peers' certificates.
pub(super) fn install(builder: &mut SslContextBuilder, rules: &Rules) {
    // SAFETY: the context is valid, and the function needs no argument.
    unsafe {
        SSL_CTX_set_cert_verify_callback(builder.as_ptr(), Some(on_certificate), ptr::null_mut());
    }
    if !rules.name_in_subject {
        // Nor does a name in the subject count against what the authorities may certify.
        builder
            .verify_param_mut()
            .set_hostflags(X509CheckFlags::NEVER_CHECK_SUBJECT);
    }
}

/// Called by OpenSSL with a peer's certificates; 1 where they are accepted.
extern "C" fn on_certificate(context: *mut ffi::X509_STORE_CTX, _: *mut c_void) -> c_int {
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: OpenSSL hands over a valid context, which nobody else uses meanwhile.
        let context = unsafe { X509StoreContextRef::from_ptr_mut(context) };
        let index = X509StoreContext::ssl_idx().ok()?;
        let ssl: *const SslRef = context.ex_data(index)?;
        // SAFETY: the connection outlives the callback, and what is attached to it stays where it is.
        let attached = attached(unsafe { &*ssl })?;
        Some(attached.rules.check(context, attached))
    }));
    c_int::from(matches!(verdict, Ok(Some(true))))
}

/// Demands no certificate policy (RFC 5280 section 6.1.1), so that only what the authorities demand counts.
/// Where they demand one, OpenSSL would otherwise find none that is asked for, and refuse every chain.
pub(super) fn accept_any_policy(param: &mut X509VerifyParamRef) -> Result<(), ErrorStack> {
    const ANY_POLICY: &str = "2.5.29.32.0";
    let any = Asn1Object::from_str(ANY_POLICY)?;
    // SAFETY: both are valid; when it succeeds, the object belongs to the parameters.
    if unsafe { X509_VERIFY_PARAM_add0_policy(param.as_ptr(), any.as_ptr()) } != 1 {
        return Err(ErrorStack::get());
    }
    std::mem::forget(any);
    Ok(())
}

impl Rules {
    /// The rules of these options, without any authority.
    pub fn new(peer: Peer, options: &TlsOptions, level: u32) -> crate::error::Result<Rules> {
        let pins = Pins::parse(&options.public_key_pins)?;
        let is_pinned = options.pin()?.is_some() || !pins.is_empty();
        Ok(Rules {
            peer,
            pin: options.pin()?,
            pins,
            accept_any: options.no_verify(),
            strict: options.strict,
            name_in_subject: options.name_in_subject,
            required: match peer {
                Peer::Server => !options.no_verify() || is_pinned,
                Peer::Client => options.verify_client == 2,
            },
            level,
            has_own_authorities: false,
            roots: None,
            unread: Vec::new(),
        })
    }

    /// Whether the peer's certificate is accepted.
    fn check(&self, context: &mut X509StoreContextRef, attached: &Attachment) -> bool {
        let refuse = |context: &mut X509StoreContextRef, refusal: String| {
            context.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
            attached.refusal.lock().get_or_insert(refusal);
            false
        };
        // Without a verified chain only the peer's own key proves anything.
        if self.pin.is_some() || self.accept_any {
            let refusal = match paths::leaf(context) {
                Some(leaf) => self
                    .against_pin(leaf)
                    .or_else(|| self.against_pins(&[leaf])),
                None => Some(format!("the {} showed no certificate", self.peer.name())),
            };
            return match refusal {
                None => true,
                Some(refusal) => refuse(context, refusal),
            };
        }
        let mut passed = false;
        let verify = || passed = context.verify_cert().unwrap_or(false) || paths::another(context);
        let had_memory = memory::enough(verify).is_some();
        if !passed {
            if !had_memory {
                failure::put_shortage();
                // SAFETY: the context is valid, and the reason is one of OpenSSL's.
                unsafe {
                    ffi::X509_STORE_CTX_set_error(context.as_ptr(), ffi::X509_V_ERR_OUT_OF_MEM);
                }
            }
            return false;
        }
        *attached.refusal.lock() = None; // that of a path which was not taken
        let chain: Vec<&X509Ref> = context.chain().into_iter().flatten().collect();
        let named = attached.expected.as_ref().and_then(|expected| {
            let mismatch = expected.check(&chain, self.name_in_subject).err()?;
            Some(self.wrong_name(expected, &chain, &mismatch))
        });
        match named.or_else(|| self.against_pins(&chain)) {
            None => true,
            Some(refusal) => refuse(context, refusal),
        }
    }

    /// The verdict on one certificate of a chain, called by OpenSSL in the middle of its own checks.
    pub fn judge(&self, passed: bool, context: &mut X509StoreContextRef) -> bool {
        if passed {
            return true;
        }
        // A list was given for the peer's own issuer; those above it need none unless asked to the letter.
        let error = context.error().as_raw();
        if error == ffi::X509_V_ERR_UNABLE_TO_GET_CRL && context.error_depth() > 0 && !self.strict {
            context.set_error(X509VerifyResult::OK);
            return true;
        }
        let attached = X509StoreContext::ssl_idx()
            .ok()
            .and_then(|index| context.ex_data(index))
            .and_then(attached);
        if let Some(attached) = attached {
            let mut refusal = attached.refusal.lock();
            // The first path's refusal is told.
            if refusal.is_none() {
                *refusal = Some(self.sentence(context));
            }
        }
        false
    }

    /// Why the chain holds no key that is pinned. None where it does, or none is.
    fn against_pins(&self, chain: &[&X509Ref]) -> Option<String> {
        if self.pins.is_empty() || chain.iter().any(|certificate| self.pins.hold(certificate)) {
            return None;
        }
        let leaf = chain.first()?;
        Some(format!(
            "the {}'s certificate was refused: neither its public key, which is sha256//{}, nor another one of its chain is in SSLPublicKeyPins \
             (subject \"{}\", issuer \"{}\"); if the key was changed on purpose, put the new one there",
            self.peer.name(),
            pins::written(leaf),
            text::name(leaf.subject_name()),
            text::name(leaf.issuer_name()),
        ))
    }

    /// Whether the peer goes unchecked.
    pub fn is_idle(&self) -> bool {
        self.accept_any && self.pin.is_none() && self.pins.is_empty()
    }

    /// Why the certificate does not match the pin. None where it does, or there is no pin.
    pub fn against_pin(&self, certificate: &X509Ref) -> Option<String> {
        let pin = self.pin.as_ref()?;
        let actual = certificate.digest(MessageDigest::sha256()).ok();
        if actual.as_deref() == Some(pin.as_slice()) {
            return None;
        }
        Some(format!(
            "the {}'s certificate was refused: its SHA-256 fingerprint is {}, not the one in SSLPeerFingerprintPin \
             (subject \"{}\", valid until {}); if the certificate was renewed on purpose, put the new fingerprint there",
            self.peer.name(),
            actual.as_deref().map(text::hexadecimal).unwrap_or_default(),
            text::name(certificate.subject_name()),
            text::date(certificate.not_after()),
        ))
    }
}

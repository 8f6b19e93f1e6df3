//! Checking a peer's certificate, and the sentence that says why it was refused.

use std::ffi::c_int;
use std::net::IpAddr;
use std::sync::OnceLock;

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::asn1::Asn1Object;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::hash::MessageDigest;
use openssl::ssl::{Ssl, SslRef};
use openssl::x509::verify::{X509CheckFlags, X509VerifyParamRef};
use openssl::x509::{X509Ref, X509StoreContext, X509StoreContextRef, X509VerifyResult};
use openssl_sys as ffi;
use parking_lot::Mutex;

use super::resume::Server;
use super::text;

/// What the other end of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Server,
    Client,
}

impl Peer {
    /// "server" or "client".
    pub fn name(self) -> &'static str {
        match self {
            Peer::Server => "server",
            Peer::Client => "client",
        }
    }
}

/// How the peers of one context are checked.
pub(super) struct Rules {
    pub peer: Peer,
    /// SHA-256 of the only certificate that is accepted. It stands in for chain, dates and name.
    pub pin: Option<[u8; 32]>,
    /// `SSLNoVerify`.
    pub accept_any: bool,
    pub strict: bool,
    /// How many authorities are trusted.
    pub authorities: usize,
}

/// What belongs to one connection, found from inside OpenSSL's callbacks.
pub(super) struct Attached {
    /// Whom a client talks to, for the sessions it keeps.
    pub server: Option<Server>,
    /// The name or address that the certificate must carry.
    pub expected: String,
    /// Why the certificate was refused.
    pub refusal: Mutex<Option<String>>,
}

/// The place of [`Attached`] in a connection. None only when OpenSSL is out of memory.
pub(super) fn attached_index() -> Option<Index<Ssl, Attached>> {
    static INDEX: OnceLock<Option<Index<Ssl, Attached>>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().ok())
}

/// What [`Attached`] holds for a connection.
pub(super) fn attached(ssl: &SslRef) -> Option<&Attached> {
    ssl.ex_data(attached_index()?)
}

/// Tells OpenSSL which name or address the server's certificate must carry.
pub(super) fn expect(
    param: &mut X509VerifyParamRef,
    host: &str,
    address: Option<IpAddr>,
    strict: bool,
) -> Result<(), ErrorStack> {
    let mut flags = X509CheckFlags::NO_PARTIAL_WILDCARDS;
    if strict {
        flags |= X509CheckFlags::NEVER_CHECK_SUBJECT;
    }
    param.set_hostflags(flags);
    match address {
        Some(ip) => param.set_ip(ip),
        None => param.set_host(host),
    }
}

unsafe extern "C" {
    fn X509_VERIFY_PARAM_add0_policy(
        param: *mut ffi::X509_VERIFY_PARAM,
        policy: *mut ffi::ASN1_OBJECT,
    ) -> c_int;
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
    /// The verdict on one certificate of a chain, called by OpenSSL in the middle of its own checks.
    pub fn judge(&self, passed: bool, context: &mut X509StoreContextRef) -> bool {
        if self.accept_any && self.pin.is_none() {
            context.set_error(X509VerifyResult::OK);
            return true;
        }
        if self.pin.is_some() {
            let leaf = context.chain().and_then(|chain| chain.get(0));
            let refusal = match leaf {
                Some(leaf) => self.against_pin(leaf),
                None => Some(format!("the {} showed no certificate", self.peer.name())),
            };
            let Some(refusal) = refusal else {
                context.set_error(X509VerifyResult::OK);
                return true;
            };
            context.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
            note(context, refusal);
            return false;
        }
        if passed {
            return true;
        }
        // A list was given for the peer's own issuer; those above it need none unless asked to the letter.
        let error = context.error().as_raw();
        if error == ffi::X509_V_ERR_UNABLE_TO_GET_CRL && context.error_depth() > 0 && !self.strict {
            context.set_error(X509VerifyResult::OK);
            return true;
        }
        let sentence = self.sentence(context);
        note(context, sentence);
        false
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

    fn sentence(&self, context: &X509StoreContextRef) -> String {
        let depth = context.error_depth();
        let error = context.error();
        let leaf = context.chain().and_then(|chain| chain.get(0));
        let expected = X509StoreContext::ssl_idx()
            .ok()
            .and_then(|index| context.ex_data(index))
            .and_then(attached)
            .map_or("", |attached| attached.expected.as_str());
        let (what, advice) = self.explain(error, context, leaf, expected);
        let whose = match (self.peer, depth) {
            (Peer::Server, 0) => "the server's certificate was refused",
            (Peer::Client, 0) => "the client's certificate was refused",
            (Peer::Server, _) => "the server's certificate chain was refused",
            (Peer::Client, _) => "the client's certificate chain was refused",
        };
        let shown = context
            .current_cert()
            .or(leaf)
            .map_or_else(String::new, |c| {
                format!(
                    ", subject \"{}\", issuer \"{}\", valid from {} until {}",
                    text::name(c.subject_name()),
                    text::name(c.issuer_name()),
                    text::date(c.not_before()),
                    text::date(c.not_after()),
                )
            });
        format!(
            "{whose}: {what} (depth {depth}{shown}); {advice} (OpenSSL: {})",
            error.error_string()
        )
    }

    /// What is wrong, and what to do about it.
    fn explain(
        &self,
        error: X509VerifyResult,
        context: &X509StoreContextRef,
        leaf: Option<&X509Ref>,
        expected: &str,
    ) -> (String, String) {
        let peer = self.peer.name();
        let certificate = context.current_cert();
        let until = certificate
            .map(|c| text::date(c.not_after()))
            .unwrap_or_default();
        let from = certificate
            .map(|c| text::date(c.not_before()))
            .unwrap_or_default();
        let issuer = certificate
            .map(|c| text::name(c.issuer_name()))
            .unwrap_or_default();
        match error.as_raw() {
            ffi::X509_V_ERR_CERT_HAS_EXPIRED => (
                format!("it expired on {until}"),
                format!("renew it on the {peer}, or check this machine's clock"),
            ),
            ffi::X509_V_ERR_CERT_NOT_YET_VALID => (
                format!("it is valid only from {from}"),
                format!("check the clock of this machine and of the {peer}"),
            ),
            ffi::X509_V_ERR_HOSTNAME_MISMATCH | ffi::X509_V_ERR_IP_ADDRESS_MISMATCH => (
                format!(
                    "it is not for \"{}\" but for \"{}\"",
                    text::printable(expected),
                    leaf.map(text::identities).unwrap_or_default()
                ),
                "connect by a name that is in the certificate, or give that name in SSLServerName"
                    .into(),
            ),
            ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT => (
                "it is self-signed and not among the trusted ones".into(),
                "give this certificate in SSLCaFile, or its fingerprint in SSLPeerFingerprintPin"
                    .into(),
            ),
            ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN => (
                "it leads to a root that is not trusted here".into(),
                "give that root's certificate in SSLCaFile if it is to be trusted".into(),
            ),
            ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
            | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
            | ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE => (
                format!(
                    "the certificate of its issuer \"{issuer}\" was neither sent nor is it trusted here"
                ),
                if self.authorities == 0 {
                    "no trusted root was found on this machine: install its package ca-certificates, or give the roots in SSLCaFile".into()
                } else {
                    format!(
                        "make the {peer} send its intermediate certificates, or give the issuer's certificate in SSLCaFile"
                    )
                },
            ),
            ffi::X509_V_ERR_CERT_REVOKED => (
                "its issuer revoked it".into(),
                format!("do not trust this {peer} until it has a new certificate"),
            ),
            ffi::X509_V_ERR_UNABLE_TO_GET_CRL => (
                format!("SSLCrlFile holds no revocation list of its issuer \"{issuer}\""),
                "add that issuer's list to the file".into(),
            ),
            ffi::X509_V_ERR_CRL_HAS_EXPIRED | ffi::X509_V_ERR_CRL_NOT_YET_VALID => (
                "the revocation list of its issuer is out of date".into(),
                "fetch the newest list for SSLCrlFile, or check this machine's clock".into(),
            ),
            ffi::X509_V_ERR_CERT_CHAIN_TOO_LONG => (
                "its chain is longer than SSLVerifyDepth allows".into(),
                "raise SSLVerifyDepth if the chain is to be trusted".into(),
            ),
            ffi::X509_V_ERR_INVALID_PURPOSE => (
                format!("it was not issued for a {peer}"),
                format!("have a certificate issued for a {peer} (extended key usage)"),
            ),
            ffi::X509_V_ERR_INVALID_CA | ffi::X509_V_ERR_PATH_LENGTH_EXCEEDED => (
                "a certificate in its chain may not issue others".into(),
                "have it issued by a real certificate authority".into(),
            ),
            ffi::X509_V_ERR_NO_EXPLICIT_POLICY => (
                "an authority in its chain demands a certificate policy, and none holds for the whole chain"
                    .into(),
                "have it issued under a policy that all of its authorities allow".into(),
            ),
            ffi::X509_V_ERR_PERMITTED_VIOLATION | ffi::X509_V_ERR_EXCLUDED_VIOLATION => (
                "it carries a name that its issuer is not allowed to certify".into(),
                "have it issued by an authority that may".into(),
            ),
            EE_KEY_TOO_SMALL | CA_KEY_TOO_SMALL => (
                "its key is too short to be safe".into(),
                format!("the {peer} needs a new certificate, with RSA of 2048 bits or more"),
            ),
            CA_MD_TOO_WEAK => (
                "it is signed with an algorithm that is no longer safe, such as SHA-1".into(),
                format!("the {peer} needs a new certificate, signed with SHA-256 or better"),
            ),
            ffi::X509_V_ERR_CERT_SIGNATURE_FAILURE => (
                "its signature is wrong".into(),
                "it was damaged or forged; do not trust it".into(),
            ),
            _ => (
                error.error_string().to_owned(),
                format!("the {peer} needs another certificate"),
            ),
        }
    }
}

/// openssl/x509_vfy.h; the crate `openssl-sys` names none of the three on every version.
const EE_KEY_TOO_SMALL: i32 = 66;
const CA_KEY_TOO_SMALL: i32 = 67;
const CA_MD_TOO_WEAK: i32 = 68;

/// Keeps the first refusal of a connection.
fn note(context: &X509StoreContextRef, sentence: String) {
    let attached = X509StoreContext::ssl_idx()
        .ok()
        .and_then(|index| context.ex_data(index))
        .and_then(attached);
    if let Some(attached) = attached {
        attached.refusal.lock().get_or_insert(sentence);
    }
}

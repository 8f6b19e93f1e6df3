//! Why a peer's certificate was refused, in words.

use super::names::{Expected, Mismatch};
use super::peer::Peer;
use super::text;
use super::verify::Rules;
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult};
use openssl_sys as ffi;

/// How a sentence about a certificate at that depth of the chain begins.
fn opening(peer: Peer, depth: u32) -> &'static str {
    match (peer, depth) {
        (Peer::Server, 0) => "the server's certificate was refused",
        (Peer::Client, 0) => "the client's certificate was refused",
        (Peer::Server, _) => "the server's certificate chain was refused",
        (Peer::Client, _) => "the client's certificate chain was refused",
    }
}

/// A certificate as the sentences show it.
fn shown(certificate: &X509Ref) -> String {
    format!(
        ", subject \"{}\", issuer \"{}\", valid from {} until {}",
        text::name(certificate.subject_name()),
        text::name(certificate.issuer_name()),
        text::date(certificate.not_before()),
        text::date(certificate.not_after()),
    )
}

impl Rules {
    /// What OpenSSL has found wrong.
    pub fn sentence(&self, context: &X509StoreContextRef) -> String {
        let depth = context.error_depth();
        let error = context.error();
        let leaf = context.chain().and_then(|chain| chain.get(0));
        let (what, advice) = self.explain(error, context);
        let shown = context
            .current_cert()
            .or(leaf)
            .map_or_else(String::new, shown);
        format!(
            "{}: {what} (depth {depth}{shown}); {advice} (OpenSSL: {})",
            opening(self.peer, depth),
            error.error_string()
        )
    }

    /// Why a chain that is in order is not that of the server which is expected.
    pub fn wrong_name(
        &self,
        expected: &Expected,
        chain: &[&X509Ref],
        mismatch: &Mismatch,
    ) -> String {
        let Some(leaf) = chain.first() else {
            return opening(self.peer, 0).into();
        };
        let typed = text::printable(&expected.typed);
        let (what, advice) = match mismatch {
            Mismatch::NotAllowed(authority) => (
                format!(
                    "its authority \"{}\" may not certify \"{typed}\"",
                    chain
                        .get(*authority)
                        .map(|c| text::name(c.subject_name()))
                        .unwrap_or_default()
                ),
                "have it issued by an authority that may",
            ),
            Mismatch::NotThere if expected.is_there_as_dns_name(leaf) => (
                format!("it carries \"{typed}\" as a DNS name only, not as an IP address"),
                "have it issued with the address as IP address in its subjectAltName, or give its fingerprint in SSLPeerFingerprintPin",
            ),
            Mismatch::NotThere if !self.name_in_subject && expected.is_in(leaf, true) => (
                format!(
                    "it carries \"{typed}\" in its subject only, which counts no more (RFC 9525)"
                ),
                "have it issued with the name in its subjectAltName, or set SSLNameInSubject to 1 for a device that cannot",
            ),
            Mismatch::NotThere => (
                match text::identities(leaf).as_str() {
                    "" => {
                        format!("it is not for \"{typed}\": there is no name in its subjectAltName")
                    }
                    others => format!("it is not for \"{typed}\" but for \"{others}\""),
                },
                "connect by a name that is in the certificate, or give that name in SSLServerName",
            ),
        };
        format!(
            "{}: {what} (depth 0{}); {advice}",
            opening(self.peer, 0),
            shown(leaf)
        )
    }

    /// Whether any authority is trusted. The system's may not be parsed yet.
    fn has_authorities(&self) -> bool {
        self.has_own_authorities || self.roots.as_ref().is_some_and(|roots| roots.has_any())
    }

    /// What else may be the reason why an authority is not trusted.
    fn passed_over(&self) -> String {
        match self.unread.as_slice() {
            [] => String::new(),
            [one] => format!("; {one} and was passed over"),
            [one, rest @ ..] => {
                format!("; {one} and was passed over, as were {} more", rest.len())
            }
        }
    }

    /// What is wrong, and what to do about it.
    fn explain(&self, error: X509VerifyResult, context: &X509StoreContextRef) -> (String, String) {
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
            ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT => (
                "it is self-signed and not among the trusted ones".into(),
                "give this certificate in SSLCaFile, or its fingerprint in SSLPeerFingerprintPin"
                    .into(),
            ),
            ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN => (
                "it leads to a root that is not trusted here".into(),
                "give that root's certificate in SSLCaFile if it is to be trusted".to_owned()
                    + &self.passed_over(),
            ),
            ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
            | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
            | ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE => (
                format!(
                    "the certificate of its issuer \"{issuer}\" was neither sent nor is it trusted here"
                ),
                if !self.has_authorities() {
                    "no trusted root was found on this machine: install its package ca-certificates, or give the roots in SSLCaFile".into()
                } else {
                    format!(
                        "make the {peer} send its intermediate certificates, or give the issuer's certificate in SSLCaFile"
                    )
                } + &self.passed_over(),
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
                format!("none of the certificates of \"{issuer}\" that were sent or are trusted here has signed it"),
                "if that authority was made anew, give its new certificate in SSLCaFile; else it was damaged or forged, do not trust it".into(),
            ),
            ffi::X509_V_ERR_CERT_REJECTED | ffi::X509_V_ERR_CERT_UNTRUSTED => (
                format!("the file that holds it says that it is not to be trusted for a {peer}"),
                "make it a plain CERTIFICATE, or add the use with `openssl x509 -addtrust`, if it is to be trusted".into(),
            ),
            ffi::X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION => (
                "it carries a critical extension that OpenSSL does not know".into(),
                format!("the {peer} needs a certificate without it"),
            ),
            STRICT_FIRST..=STRICT_LAST if self.strict => (
                format!("it breaks a rule of RFC 5280: {}", error.error_string()),
                format!("the {peer} needs another certificate; without SSLStrict this one would pass"),
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
/// The same header: what is looked at with X509_V_FLAG_X509_STRICT alone.
const STRICT_FIRST: i32 = 79;
const STRICT_LAST: i32 = 94;

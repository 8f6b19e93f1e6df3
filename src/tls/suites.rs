//! The cipher suites, key exchanges and signatures that a connection may use.

use super::failure::in_brackets;
use super::text;
use crate::error::{Error, Result};
use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl_sys as ffi;
use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn SSL_group_to_name(ssl: *mut ffi::SSL, group: c_int) -> *const c_char;
}

/// TLS 1.3's suites that authenticate and do not encrypt (RFC 9150).
const CLEAR: [&str; 2] = ["TLS_SHA256_SHA256", "TLS_SHA384_SHA384"];

/// Sets the suites of `SSLCipherList`. OpenSSL keeps TLS 1.3's apart from the others; a user need not.
/// Where peers are verified, none is allowed that knows no certificate or does not encrypt.
/// Errors: INVALID_ARGUMENT for a list that leaves nothing.
pub(super) fn set_ciphers(
    builder: &mut SslContextBuilder,
    list: &str,
    no_verify: bool,
) -> Result<()> {
    let is_1_3 = |name: &&str| name.starts_with("TLS_") && !name.contains("_WITH_");
    let names = names(list);
    let (new, mut old): (Vec<&str>, Vec<&str>) = names.partition(is_1_3);
    let refused = |why: &str| {
        Error::invalid(format!(
            "SSLCipherList names no cipher suite that OpenSSL knows and that is allowed: \"{}\"; \
             give names like ECDHE-RSA-AES256-GCM-SHA384 or TLS_AES_256_GCM_SHA384, with colons between them{}{why}",
            text::printable(list),
            if no_verify {
                ""
            } else {
                "; those without a certificate or without encryption need SSLNoVerify"
            }
        ))
    };
    // OpenSSL would go on with keys for groups that Suite B does not have, and hold peers to it that do not
    // know of it.
    if old.iter().any(|name| name.starts_with("SUITEB")) {
        return Err(Error::invalid(
            "SSLCipherList does not take OpenSSL's names for Suite B (RFC 6460): give its parts, such as ECDHE-ECDSA-AES128-GCM-SHA256 in SSLCipherList, P-256 in SSLGroups and ecdsa_secp256r1_sha256 in SSLSignatures",
        ));
    }
    let unknown = |e: ErrorStack| refused(&in_brackets(&e));
    if new.is_empty() && old.is_empty() && !list.trim().is_empty() {
        return Err(refused(""));
    }
    if !no_verify && new.iter().any(|name| CLEAR.contains(name)) {
        return Err(refused(""));
    }
    if !old.is_empty() {
        if !no_verify {
            old.extend(["!aNULL", "!eNULL"]);
        }
        builder.set_cipher_list(&old.join(":")).map_err(unknown)?;
    }
    if !new.is_empty() {
        builder.set_ciphersuites(&new.join(":")).map_err(unknown)?;
    }
    Ok(())
}

/// Sets the groups of `SSLGroups`; without it OpenSSL's own stay, the post-quantum X25519MLKEM768 first.
/// Errors: INVALID_ARGUMENT for a list that OpenSSL does not know.
pub(super) fn set_groups(builder: &mut SslContextBuilder, list: &str) -> Result<()> {
    let unknown = "SSLGroups names a group that OpenSSL does not know";
    let examples = "X25519MLKEM768, X25519 or P-256";
    set_list(list, unknown, examples, |names| {
        builder.set_groups_list(names)
    })
}

/// Sets what peers may sign with, `SSLSignatures`; without it OpenSSL's own stay.
/// Errors: INVALID_ARGUMENT for a list that OpenSSL does not know.
pub(super) fn set_signatures(builder: &mut SslContextBuilder, list: &str) -> Result<()> {
    let unknown = "SSLSignatures names a signature that OpenSSL does not know";
    let examples = "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256 or RSA+SHA256";
    set_list(list, unknown, examples, |names| {
        builder.set_sigalgs_list(names)
    })
}

/// The names in a list.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split([':', ',', ' ']).filter(|name| !name.is_empty())
}

/// Sets a list of names, unless it is empty. `unknown` and `examples` are for the error's text.
/// Errors: INVALID_ARGUMENT for one that OpenSSL does not know.
fn set_list(
    list: &str,
    unknown: &str,
    examples: &str,
    set: impl FnOnce(&str) -> std::result::Result<(), ErrorStack>,
) -> Result<()> {
    let names: Vec<&str> = names(list).collect();
    if names.is_empty() {
        return Ok(());
    }
    set(&names.join(":")).map_err(|e| {
        Error::invalid(format!(
            "{unknown}: \"{}\"; give names like {examples}, with colons between them{}",
            text::printable(list),
            in_brackets(&e)
        ))
    })
}

/// The group in which a connection's keys were exchanged, as `SSLGroups` names it; None for an exchange
/// without one (RSA, or a finite field of the server's own).
pub(super) fn group(ssl: &SslRef) -> Option<String> {
    /// openssl/ssl.h
    const SSL_CTRL_GET_NEGOTIATED_GROUP: c_int = 134;
    // SAFETY: the connection is valid; the name, where there is one, lives as long as OpenSSL.
    let name = unsafe {
        let group = ffi::SSL_ctrl(
            ssl.as_ptr(),
            SSL_CTRL_GET_NEGOTIATED_GROUP,
            0,
            std::ptr::null_mut(),
        );
        let group = c_int::try_from(group).ok().filter(|group| *group > 0)?;
        let name = SSL_group_to_name(ssl.as_ptr(), group);
        (!name.is_null()).then(|| CStr::from_ptr(name))
    };
    Some(name?.to_string_lossy().into_owned())
}

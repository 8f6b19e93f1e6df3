//! Why a file is of no use, in a sentence about that file.

use super::text;
use crate::error::{Code, Error};
use std::collections::TryReserveError;
use std::path::Path;

/// Why a file's bytes, or a part of them, are of no use.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// Nothing in it is known.
    Unknown,
    /// It is something else than what is wanted: "a public key".
    Other(&'static str),
    /// It is of a kind that has to be converted first: what it is, and how.
    Foreign(&'static str, &'static str),
    /// It is what is wanted, and cannot be read: "the certificate number 2".
    Damaged(String),
    /// It is under a password, which is wrong or missing.
    Password,
    /// It needs an algorithm that there is not.
    Algorithm(String),
    /// There is no memory to look at it.
    Memory,
}

impl From<TryReserveError> for Problem {
    fn from(_: TryReserveError) -> Self {
        Problem::Memory
    }
}

impl Problem {
    /// The sentence about that file, for whoever wants `wanted` of it ("a certificate or key").
    pub fn about(&self, path: &Path, wanted: &str, password: &str) -> Error {
        let path = text::path(path);
        let code = match self {
            Problem::Memory => Code::Limit,
            _ => Code::Certificate,
        };
        Error::new(
            code,
            match self {
                Problem::Unknown => {
                    format!("{path} is not {wanted}: it is neither PEM nor DER nor PKCS#12")
                }
                Problem::Other(what) => format!("{path} is not {wanted}: it holds {what}"),
                Problem::Foreign(what, way) => {
                    format!("{path} is {what}, which TLS cannot use: convert it with {way}")
                }
                Problem::Damaged(what) => {
                    format!("{path} is damaged: {what} in it cannot be read; copy the file anew")
                }
                Problem::Password if password.is_empty() => {
                    format!(
                        "{path} does not open: it is protected by a password, give it in SSLPassword"
                    )
                }
                Problem::Password => {
                    format!("{path} does not open: the password in SSLPassword is wrong")
                }
                Problem::Algorithm(reason) => format!(
                    "{path} needs an algorithm that this OpenSSL does not have ({reason}): make it anew with common ones, such as RSA or P-256 for the key and AES for its password"
                ),
                Problem::Memory => format!(
                    "there is no memory to read {path}: close sockets that are not needed and try again"
                ),
            },
        )
    }
}

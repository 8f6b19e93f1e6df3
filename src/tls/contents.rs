//! What a file of certificates and keys holds.

use super::locked::{self, Lock};
use super::problem::Problem;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use zeroize::Zeroizing;

/// What one file holds.
pub(super) struct Contents {
    /// In the file's order, those that can be read.
    pub certificates: Vec<X509>,
    /// The first certificate that cannot be read; where there is none at all, the end that is missing.
    pub damaged: Option<Problem>,
    /// In the file's order, opened when they are needed.
    pub keys: Vec<Key>,
}

/// A private key in a file.
pub(super) enum Key {
    /// It came out of its file open.
    Open(PKey<Private>),
    /// As DER, without a password.
    Der(Zeroizing<Vec<u8>>),
    /// Under a password.
    Locked(Zeroizing<Vec<u8>>, Lock),
    /// What it is cannot be told.
    Useless(Problem),
}

impl Key {
    /// The key itself.
    pub fn open(&self, password: &str) -> Result<PKey<Private>, Problem> {
        match self {
            Key::Open(key) => Ok(key.clone()),
            Key::Der(der) => parse(der),
            Key::Locked(der, lock) => locked::open(der, lock, password),
            Key::Useless(problem) => Err(problem.clone()),
        }
    }
}

/// A key without a password.
fn parse(der: &[u8]) -> Result<PKey<Private>, Problem> {
    let key = PKey::private_key_from_der(der);
    drop(ErrorStack::get());
    key.map_err(|errors| useless(&errors))
}

/// Why a key that is under no password cannot be read.
pub(super) fn useless(errors: &ErrorStack) -> Problem {
    locked::kind_of(errors).unwrap_or(Problem::Damaged("the private key".into()))
}

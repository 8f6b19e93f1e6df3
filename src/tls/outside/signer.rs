//! Who signs.

use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use std::ffi::CStr;
use std::io;

/// How a signature is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    Pkcs1,
    /// RSASSA-PSS with a salt as long as the hash (RFC 8446, section 4.2.3).
    Pss,
    /// ECDSA.
    Ecdsa,
}

/// Who has a private key and signs with it.
pub trait Signer: Send + Sync {
    /// The signature over a hash of that kind; of ECDSA its two numbers, each as long as the curve's order, one after
    /// the other.
    fn sign(&self, scheme: Scheme, kind: MessageDigest, hash: &[u8]) -> io::Result<Vec<u8>>;
}

/// A key of which only the public half is here.
pub struct OutsideKey {
    /// What everybody may know.
    pub public: PKey<Public>,
    /// Who has the other half.
    pub signer: Box<dyn Signer>,
}

/// The parameter by which a key is handed to the provider: a pointer to an [`OutsideKey`].
pub const HANDED: &CStr = c"wdsocket-key";

//! A private key of Windows that signs where it lies (CNG): one that may not be exported, one in a chip.

use super::outside::{Scheme, Signer};
use super::windows_store::StoredCertificate;
use openssl::hash::MessageDigest;
use std::ffi::c_void;
use std::io;
use std::ptr::{from_mut, from_ref, null};
use windows_sys::Win32::Security::Cryptography::{
    BCRYPT_PAD_PKCS1, BCRYPT_PAD_PSS, BCRYPT_PKCS1_PADDING_INFO, BCRYPT_PSS_PADDING_INFO,
    CERT_NCRYPT_KEY_SPEC, CRYPT_ACQUIRE_ONLY_NCRYPT_KEY_FLAG, CRYPT_ACQUIRE_SILENT_FLAG,
    CryptAcquireCertificatePrivateKey, CryptReleaseContext, NCRYPT_FLAGS, NCRYPT_HANDLE,
    NCRYPT_SILENT_FLAG, NCryptFreeObject, NCryptGetProperty, NCryptSignHash,
};

/// "Export Policy" (ncrypt.h) and two of its bits: the key may leave, under a password or bare.
const EXPORT_POLICY: &str = "Export Policy";
const MAY_LEAVE: u32 = 1 | 2;
/// "UI Policy" (ncrypt.h): its second number says whether Windows asks the user at each use.
const UI_POLICY: &str = "UI Policy";

/// A key by its handle. Its owner never asks the user for anything: it fails instead.
pub struct StoredKey(NCRYPT_HANDLE);

impl Drop for StoredKey {
    fn drop(&mut self) {
        // SAFETY: the handle is this value's own.
        unsafe { NCryptFreeObject(self.0) };
    }
}

impl StoredKey {
    /// The key of a certificate; `None` where it has none that CNG can use without a word to the user.
    pub fn of(certificate: &StoredCertificate) -> Option<Self> {
        let (mut handle, mut kind, mut ours) = (0, 0, 0);
        // SAFETY: the certificate is open, and the answers go to variables of ours.
        let found = unsafe {
            CryptAcquireCertificatePrivateKey(
                certificate.context(),
                CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_ONLY_NCRYPT_KEY_FLAG,
                null(),
                &mut handle,
                &mut kind,
                &mut ours,
            )
        };
        if found == 0 {
            return None;
        }
        // A handle that is not ours is the certificate's, which may be closed before this.
        match (kind, ours) {
            (CERT_NCRYPT_KEY_SPEC, 0) => None,
            (CERT_NCRYPT_KEY_SPEC, _) => Some(StoredKey(handle)),
            // One of the time before CNG, where the system does not know of the other kind.
            (_, ours) => {
                if ours != 0 {
                    // SAFETY: the handle is of the kind that was told, and ours.
                    unsafe { CryptReleaseContext(handle, 0) };
                }
                None
            }
        }
    }

    /// Whether it signs where it lies: it may not leave, or Windows would ask the user when it did.
    pub fn stays(&self) -> bool {
        let may_leave = self
            .number(EXPORT_POLICY, 0)
            .is_none_or(|policy| policy & MAY_LEAVE != 0);
        let asks = self.number(UI_POLICY, 1).is_some_and(|flags| flags != 0);
        !may_leave || asks
    }

    /// The number at a place of a property; `None` where the owner does not tell it.
    fn number(&self, property: &str, place: usize) -> Option<u32> {
        let name: Vec<u16> = property.encode_utf16().chain([0]).collect();
        // Some properties have pointers behind their numbers, to what follows them.
        let mut answer = [0_u64; 64];
        let mut size = 0;
        let how = NCRYPT_SILENT_FLAG;
        // SAFETY: the handle is open, the name is NUL-terminated, and the answer has the room that is told.
        let status = unsafe {
            let room = size_of_val(&answer) as u32;
            let answer = from_mut(&mut answer).cast();
            NCryptGetProperty(self.0, name.as_ptr(), answer, room, &mut size, how)
        };
        let end = (place + 1) * size_of::<u32>();
        if status != 0 || (size as usize) < end {
            return None;
        }
        let bytes: Vec<u8> = answer.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let number = bytes[end - size_of::<u32>()..end].try_into().ok()?;
        Some(u32::from_ne_bytes(number))
    }
}

impl Signer for StoredKey {
    fn sign(&self, scheme: Scheme, kind: MessageDigest, hash: &[u8]) -> io::Result<Vec<u8>> {
        let name: Vec<u16> = name_of(kind)?.encode_utf16().chain([0]).collect();
        let pkcs1 = BCRYPT_PKCS1_PADDING_INFO {
            pszAlgId: name.as_ptr(),
        };
        let pss = BCRYPT_PSS_PADDING_INFO {
            pszAlgId: name.as_ptr(),
            cbSalt: hash.len() as u32,
        };
        let (padding, flag): (*const c_void, NCRYPT_FLAGS) = match scheme {
            Scheme::Pkcs1 => (from_ref(&pkcs1).cast(), BCRYPT_PAD_PKCS1),
            Scheme::Pss => (from_ref(&pss).cast(), BCRYPT_PAD_PSS),
            Scheme::Ecdsa => (null(), 0),
        };
        // Room for any at once: not every owner tells the size beforehand, and a chip would compute twice.
        let mut signature = vec![0; LONGEST_SIGNATURE];
        let mut size = 0;
        // SAFETY: the handle is open; hash, padding and its name live through the call, and the signature has the room
        // that is told.
        let status = unsafe {
            NCryptSignHash(
                self.0,
                padding,
                hash.as_ptr(),
                hash.len() as u32,
                signature.as_mut_ptr(),
                signature.len() as u32,
                &mut size,
                flag | NCRYPT_SILENT_FLAG,
            )
        };
        if status != 0 {
            return Err(io::Error::from_raw_os_error(status));
        }
        signature.truncate(size as usize);
        Ok(signature)
    }
}

/// That of an RSA key of 16,384 bits.
const LONGEST_SIGNATURE: usize = 2048;

/// A hash by CNG's name.
fn name_of(kind: MessageDigest) -> io::Result<&'static str> {
    Ok(match kind.size() {
        20 => "SHA1",
        32 => "SHA256",
        48 => "SHA384",
        64 => "SHA512",
        _ => return Err(io::ErrorKind::Unsupported.into()),
    })
}

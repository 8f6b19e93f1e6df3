//! The certificate stores of Windows.

use crate::error::is_shortage;
use std::io;
use std::ptr::{null, null_mut};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use windows_sys::Win32::Foundation::NTE_BAD_KEY_STATE;
use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID, CERT_DISALLOWED_FILETIME_PROP_ID,
    CERT_ENHKEY_USAGE_PROP_ID, CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID,
    CERT_NOT_BEFORE_FILETIME_PROP_ID, CERT_OPEN_STORE_FLAGS, CERT_STORE_ADD_ALWAYS,
    CERT_STORE_OPEN_EXISTING_FLAG, CERT_STORE_PROV_MEMORY, CERT_STORE_PROV_SYSTEM_W,
    CERT_STORE_READONLY_FLAG, CERT_SYSTEM_STORE_CURRENT_USER, CERT_SYSTEM_STORE_LOCAL_MACHINE,
    CRYPT_INTEGER_BLOB, CertAddCertificateContextToStore, CertCloseStore,
    CertDuplicateCertificateContext, CertEnumCertificatesInStore, CertFreeCertificateContext,
    CertGetCertificateContextProperty, CertOpenStore, EXPORT_PRIVATE_KEYS, HCERTSTORE,
    PFXExportCertStoreEx, REPORT_NO_PRIVATE_KEY, REPORT_NOT_ABLE_TO_EXPORT_PRIVATE_KEY,
};

/// What protects a key on its way from the store to OpenSSL, both in this process.
pub const EXPORT_PASSWORD: &str = "wdsocket";

/// An open store.
struct Store(HCERTSTORE);

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the store is open, and certificates taken from it have references of their own.
        unsafe { CertCloseStore(self.0, 0) };
    }
}

/// A certificate of a store.
#[derive(Debug)]
pub struct StoredCertificate(*const CERT_CONTEXT);

impl Drop for StoredCertificate {
    fn drop(&mut self) {
        // SAFETY: the reference is this value's own.
        unsafe { CertFreeCertificateContext(self.0) };
    }
}

impl StoredCertificate {
    /// The certificate as DER.
    pub fn der(&self) -> &[u8] {
        // SAFETY: a certificate's context points to its bytes, which live as long as it.
        unsafe {
            let context = &*self.0;
            std::slice::from_raw_parts(context.pbCertEncoded, context.cbCertEncoded as usize)
        }
    }

    /// The certificate as Windows has it, open as long as this.
    pub fn context(&self) -> *const CERT_CONTEXT {
        self.0
    }

    /// Whether the store lets it certify servers: Windows' programme of roots restricts some to other uses,
    /// and takes the trust from others on a day that it names.
    pub fn is_for_servers(&self) -> bool {
        let is_named = |oids: &[u8]| {
            oids.windows(SERVER_AUTH.len())
                .any(|oid| oid == SERVER_AUTH)
        };
        if self
            .property(CERT_ENHKEY_USAGE_PROP_ID)
            .is_some_and(|uses| !is_named(&uses))
        {
            return false;
        }
        // A day without uses counts for all of them; uses without a day count at once.
        [
            (
                CERT_DISALLOWED_FILETIME_PROP_ID,
                CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID,
            ),
            (
                CERT_NOT_BEFORE_FILETIME_PROP_ID,
                CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID,
            ),
        ]
        .into_iter()
        .all(|(day, uses)| {
            let (day, uses) = (self.property(day), self.property(uses));
            let is_about_servers = uses.as_deref().is_none_or(is_named);
            let has_come = match &day {
                Some(day) => has_passed(day),
                None => uses.is_some(),
            };
            !(is_about_servers && has_come)
        })
    }

    /// What the store keeps beside the certificate; `None` where there is nothing.
    fn property(&self, which: u32) -> Option<Vec<u8>> {
        let mut size = 0;
        // SAFETY: without a buffer the call only tells the size; the second has a buffer of that size.
        unsafe {
            if CertGetCertificateContextProperty(self.0, which, null_mut(), &mut size) == 0 {
                return None;
            }
            let mut bytes = vec![0; size as usize];
            let data = bytes.as_mut_ptr().cast();
            if CertGetCertificateContextProperty(self.0, which, data, &mut size) == 0 {
                return None;
            }
            bytes.truncate(size as usize);
            Some(bytes)
        }
    }

    /// The certificate and its private key as PKCS#12 with [`EXPORT_PASSWORD`]; `None` where it has
    /// no key here, or one that may not leave the store.
    pub fn with_key(&self) -> io::Result<Option<Vec<u8>>> {
        // SAFETY: a store in memory takes no parameters.
        let memory = unsafe { CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, null()) };
        if memory.is_null() {
            return Err(io::Error::last_os_error());
        }
        let memory = Store(memory);
        let password: Vec<u16> = EXPORT_PASSWORD.encode_utf16().chain([0]).collect();
        let flags =
            EXPORT_PRIVATE_KEYS | REPORT_NO_PRIVATE_KEY | REPORT_NOT_ABLE_TO_EXPORT_PRIVATE_KEY;
        let mut blob = CRYPT_INTEGER_BLOB::default();
        // SAFETY: the store, the certificate and the password live through the calls; the first
        // export only tells the size, the second has a buffer of that size.
        unsafe {
            let added = CertAddCertificateContextToStore(
                memory.0,
                self.0,
                CERT_STORE_ADD_ALWAYS,
                null_mut(),
            );
            if added == 0 {
                return Err(io::Error::last_os_error());
            }
            let export = |blob: &mut CRYPT_INTEGER_BLOB| {
                PFXExportCertStoreEx(memory.0, blob, password.as_ptr(), null(), flags)
            };
            if export(&mut blob) == 0 {
                return key_stays(io::Error::last_os_error());
            }
            let mut bytes = vec![0; blob.cbData as usize];
            blob.pbData = bytes.as_mut_ptr();
            if export(&mut blob) == 0 {
                return key_stays(io::Error::last_os_error());
            }
            bytes.truncate(blob.cbData as usize);
            Ok(Some(bytes))
        }
    }
}

/// The use "server authentication" (1.3.6.1.5.5.7.3.1) as it stands in an encoded list of uses.
const SERVER_AUTH: [u8; 10] = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// Whether a time as the store keeps it, in units of 100 ns since 1601, has passed.
fn has_passed(day: &[u8]) -> bool {
    /// From 1601 to 1970.
    const EPOCH: Duration = Duration::from_secs(11_644_473_600);
    let Some(day) = day.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)) else {
        return true;
    };
    let day = Duration::from_secs(day / 10_000_000);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now + EPOCH >= day
}

/// Tells "there is no key that may be had" from other failures.
fn key_stays(error: io::Error) -> io::Result<Option<Vec<u8>>> {
    use windows_sys::Win32::Foundation::{
        CRYPT_E_NO_KEY_PROPERTY, CRYPT_E_NOT_FOUND, NTE_BAD_TYPE, NTE_NO_KEY, NTE_NOT_SUPPORTED,
        NTE_PERM,
    };
    let stays = [
        NTE_BAD_KEY_STATE,
        NTE_BAD_TYPE,
        NTE_NO_KEY,
        NTE_NOT_SUPPORTED,
        NTE_PERM,
        CRYPT_E_NOT_FOUND,
        CRYPT_E_NO_KEY_PROPERTY,
    ];
    match error.raw_os_error() {
        Some(code) if stays.contains(&code) => Ok(None),
        _ => Err(error),
    }
}

/// The certificates of the system's store of that name, the current user's before the machine's.
/// A store that does not exist is empty. Errors: memory or handles are short.
pub fn stored_certificates(store: &str) -> io::Result<Vec<StoredCertificate>> {
    let name: Vec<u16> = store.encode_utf16().chain([0]).collect();
    let mut found = Vec::new();
    for place in [
        CERT_SYSTEM_STORE_CURRENT_USER,
        CERT_SYSTEM_STORE_LOCAL_MACHINE,
    ] {
        let flags: CERT_OPEN_STORE_FLAGS =
            place | CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG;
        // SAFETY: the name is NUL-terminated and lives through the call.
        let open =
            unsafe { CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) };
        if open.is_null() {
            let error = io::Error::last_os_error();
            if is_shortage(&error) {
                return Err(error);
            }
            continue;
        }
        let open = Store(open);
        let mut next: *const CERT_CONTEXT = null();
        loop {
            // SAFETY: the store is open; the call frees the context before, of which a reference was
            // taken.
            next = unsafe { CertEnumCertificatesInStore(open.0, next) };
            if next.is_null() {
                break;
            }
            // SAFETY: the context is valid until the next round.
            found.push(StoredCertificate(unsafe {
                CertDuplicateCertificateContext(next)
            }));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use windows_sys::Win32::Security::Cryptography::{
        CERT_STORE_ADD_REPLACE_EXISTING, CertDeleteCertificateFromStore,
    };

    #[test]
    fn a_store_that_does_not_exist_is_empty() {
        assert!(
            stored_certificates("no such store of wdsocket")
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_certificate_put_into_a_store_is_found_there() {
        let name: Vec<u16> = "wdsocket test".encode_utf16().chain([0]).collect();
        let Some(root) = stored_certificates("ROOT").unwrap().into_iter().next() else {
            println!("skipped: this system trusts no root, so there is no certificate to try with");
            return;
        };
        let open = || {
            // SAFETY: the name is NUL-terminated and lives through the call.
            let store = unsafe {
                CertOpenStore(
                    CERT_STORE_PROV_SYSTEM_W,
                    0,
                    0,
                    CERT_SYSTEM_STORE_CURRENT_USER,
                    name.as_ptr().cast(),
                )
            };
            assert!(!store.is_null());
            Store(store)
        };
        let store = open();
        let how = CERT_STORE_ADD_REPLACE_EXISTING;
        // SAFETY: the store and the certificate live through the call.
        let added = unsafe { CertAddCertificateContextToStore(store.0, root.0, how, null_mut()) };
        assert_ne!(added, 0);
        drop(store); // writes it
        let found = stored_certificates("wdsocket test").unwrap();
        assert!(found.iter().any(|other| other.der() == root.der()));
        let store = open();
        // SAFETY: the store is open; deleting gives the context up.
        unsafe {
            let first = CertEnumCertificatesInStore(store.0, null());
            assert_ne!(CertDeleteCertificateFromStore(first), 0);
        }
    }
}

//! The keys that a server seals its session tickets with (RFC 5077, RFC 8446 section 4.6.1).
//!
//! Whoever has a key can take up every session that was sealed with it, and reads those of TLS 1.2. So a
//! key seals for an hour, opens for another one, and is gone. Where several servers share keys, in `SSLTicketKeyFile`,
//! it is for whoever writes that file to change them.

use super::files::WatchedFiles;
use super::text;
use crate::error::{Error, Result};
use foreign_types::ForeignTypeRef;
use once_cell::sync::OnceCell;
use openssl::base64;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslRef, SslVersion};
use openssl_sys as ffi;
use parking_lot::Mutex;
use std::ffi::{c_int, c_uchar};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long a key seals.
const SEALS: Duration = Duration::from_secs(3600);
/// How long it opens, from the same moment on.
const OPENS: Duration = Duration::from_secs(2 * 3600);

const NAME: usize = 16;
const KEY: usize = 32;
/// A key of a file.
const WHOLE: usize = NAME + 2 * KEY;
/// Keys of a file.
const MOST_SHARED: usize = 32;
/// AES-256-CBC's.
const IV: usize = 16;

/// openssl/evp.h
enum EvpMacCtx {}

/// openssl/core.h
#[repr(C)]
struct Parameter {
    key: *const std::ffi::c_char,
    kind: std::ffi::c_uint,
    data: *mut std::ffi::c_void,
    size: usize,
    returned: usize,
}

type TicketCallback = unsafe extern "C" fn(
    *mut ffi::SSL,
    *mut c_uchar,
    *mut c_uchar,
    *mut ffi::EVP_CIPHER_CTX,
    *mut EvpMacCtx,
    c_int,
) -> c_int;

unsafe extern "C" {
    fn SSL_CTX_set_tlsext_ticket_key_evp_cb(
        context: *mut ffi::SSL_CTX,
        callback: Option<TicketCallback>,
    ) -> c_int;
    fn EVP_MAC_CTX_set_params(context: *mut EvpMacCtx, parameters: *const Parameter) -> c_int;
    fn OPENSSL_cleanse(memory: *mut std::ffi::c_void, length: usize);
}

/// One key: its name in the ticket, what encrypts and what authenticates.
pub(super) struct TicketKey {
    name: [u8; NAME],
    cipher: [u8; KEY],
    mac: [u8; KEY],
    made: Instant,
}

impl TicketKey {
    fn new(now: Instant) -> std::result::Result<TicketKey, ErrorStack> {
        let mut key = TicketKey {
            name: [0; NAME],
            cipher: [0; KEY],
            mac: [0; KEY],
            made: now,
        };
        openssl::rand::rand_bytes(&mut key.name)?;
        openssl::rand::rand_priv_bytes(&mut key.cipher)?;
        openssl::rand::rand_priv_bytes(&mut key.mac)?;
        Ok(key)
    }

    /// The key of a file: its name, what authenticates, what encrypts. `None` for another size.
    fn from_bytes(bytes: &[u8]) -> Option<TicketKey> {
        if bytes.len() != WHOLE {
            return None;
        }
        let (name, rest) = bytes.split_first_chunk()?;
        let (mac, rest) = rest.split_first_chunk()?;
        Some(TicketKey {
            name: *name,
            cipher: *rest.first_chunk()?,
            mac: *mac,
            made: Instant::now(),
        })
    }

    fn is_younger_than(&self, age: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.made) < age
    }
}

impl Drop for TicketKey {
    fn drop(&mut self) {
        for secret in [&mut self.cipher, &mut self.mac] {
            // SAFETY: the array is ours, and has this length.
            unsafe { OPENSSL_cleanse(secret.as_mut_ptr().cast(), KEY) };
        }
    }
}

/// A server's keys.
pub(super) enum Keys {
    /// Its own, each for its time, the one that seals last.
    Own(OwnKeys),
    /// Those of a file, the one that seals first.
    Shared(Vec<TicketKey>),
}

impl Keys {
    /// The key that seals now.
    fn sealing(&mut self, now: Instant) -> std::result::Result<&TicketKey, ErrorStack> {
        match self {
            Keys::Own(keys) => keys.sealing(now),
            Keys::Shared(keys) => keys.first().ok_or_else(ErrorStack::get),
        }
    }

    /// The key of that name, as long as it opens, and whether its tickets are to be renewed.
    fn opening(&self, name: &[u8], now: Instant) -> Option<(&TicketKey, bool)> {
        match self {
            Keys::Own(keys) => keys.opening(name, now),
            Keys::Shared(keys) => {
                let place = keys.iter().position(|key| key.name == name)?;
                Some((&keys[place], place > 0))
            }
        }
    }
}

/// The keys of a file, or where none is named a server's own. Errors: CERTIFICATE (it cannot be read),
/// INVALID_ARGUMENT (it holds something else), LIMIT.
pub(super) fn keys(file: &str, watched: &mut WatchedFiles) -> Result<Keys> {
    const ROLE: &str = "SSLTicketKeyFile";
    if file.trim().is_empty() {
        return Ok(Keys::Own(OwnKeys::default()));
    }
    let path = Path::new(file);
    let data = watched.read(path, ROLE)?;
    let found = shared(&data).map_err(|problem| {
        let path = text::path(path);
        Error::invalid(format!("{ROLE}: {path} {problem}; a key is one line, as `openssl rand 80 | base64 -w 0` writes it"))
    })?;
    Ok(Keys::Shared(found))
}

/// The keys in the bytes of a file, or what is wrong with these.
fn shared(data: &[u8]) -> std::result::Result<Vec<TicketKey>, String> {
    let is_text = data
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
    if !is_text {
        return Err("is no text".into());
    }
    let mut keys: Vec<TicketKey> = Vec::new();
    for (number, line) in data.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let number = number + 1;
        let line = std::str::from_utf8(line).unwrap_or_default();
        let bytes = base64::decode_block(line).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| format!("holds no base64 in line {number}"))?;
        let Some(key) = TicketKey::from_bytes(&bytes) else {
            let size = bytes.len();
            return Err(format!("holds {size} bytes in line {number}, not {WHOLE}"));
        };
        if keys.iter().any(|other| other.name == key.name) {
            return Err(format!("holds the key of line {number} twice"));
        }
        if keys.len() == MOST_SHARED {
            return Err(format!("holds more than {MOST_SHARED} keys"));
        }
        keys.push(key);
    }
    match keys.is_empty() {
        true => Err("holds no key".into()),
        false => Ok(keys),
    }
}

/// A server's own keys.
#[derive(Default)]
pub(super) struct OwnKeys(Vec<TicketKey>);

impl OwnKeys {
    fn sealing(&mut self, now: Instant) -> std::result::Result<&TicketKey, ErrorStack> {
        self.0.retain(|key| key.is_younger_than(OPENS, now));
        if !self
            .0
            .last()
            .is_some_and(|key| key.is_younger_than(SEALS, now))
        {
            self.0.push(TicketKey::new(now)?);
        }
        self.0.last().ok_or_else(ErrorStack::get)
    }

    fn opening(&self, name: &[u8], now: Instant) -> Option<(&TicketKey, bool)> {
        let key = self.0.iter().find(|key| key.name == name)?;
        key.is_younger_than(OPENS, now)
            .then(|| (key, !key.is_younger_than(SEALS, now)))
    }
}

/// The place of a context's keys. None only when OpenSSL is out of memory.
fn index() -> Option<Index<SslContext, Mutex<Keys>>> {
    static INDEX: OnceCell<Index<SslContext, Mutex<Keys>>> = OnceCell::new();
    INDEX
        .get_or_try_init(SslContext::new_ex_index)
        .ok()
        .copied()
}

/// Has a server's tickets sealed with these keys.
pub(super) fn seal(
    builder: &mut SslContextBuilder,
    keys: Keys,
) -> std::result::Result<(), ErrorStack> {
    let index = index().ok_or_else(ErrorStack::get)?;
    builder.set_ex_data(index, Mutex::new(keys));
    // SAFETY: the context is valid, and the callback keeps OpenSSL's promises.
    match unsafe { SSL_CTX_set_tlsext_ticket_key_evp_cb(builder.as_ptr(), Some(on_ticket)) } {
        0 => Err(ErrorStack::get()),
        _ => Ok(()),
    }
}

/// Called by OpenSSL for each ticket that it seals (1 is done, below 0 an error) or opens (1 is done, 2 the
/// same and the client gets a new one, 0 the ticket is none of ours).
unsafe extern "C" fn on_ticket(
    ssl: *mut ffi::SSL,
    name: *mut c_uchar,
    iv: *mut c_uchar,
    cipher: *mut ffi::EVP_CIPHER_CTX,
    mac: *mut EvpMacCtx,
    seal: c_int,
) -> c_int {
    const FAILED: c_int = -1;
    let work = AssertUnwindSafe(|| {
        // SAFETY: OpenSSL hands over a valid connection, room for a name and for an IV.
        let (ssl, name, iv) = unsafe {
            (
                SslRef::from_ptr(ssl),
                std::slice::from_raw_parts_mut(name, NAME),
                std::slice::from_raw_parts_mut(iv, IV),
            )
        };
        let keys = ssl.ssl_context().ex_data(index()?)?;
        let (mut keys, now) = (keys.lock(), Instant::now());
        if seal == 0 {
            let Some((key, renew)) = keys.opening(name, now) else {
                return Some(0);
            };
            // In TLS 1.3 a ticket is used once (RFC 8446, appendix C.4), so that the next one is needed.
            let renew = renew || ssl.version2() == Some(SslVersion::TLS1_3);
            // SAFETY: as below.
            return unsafe { key.start(iv, cipher, mac, false) }.then_some(1 + c_int::from(renew));
        }
        let key = keys.sealing(now).ok()?;
        name.copy_from_slice(&key.name);
        openssl::rand::rand_bytes(iv).ok()?;
        // SAFETY: OpenSSL hands over both contexts to be made ready.
        unsafe { key.start(iv, cipher, mac, true) }.then_some(1)
    });
    catch_unwind(work).ok().flatten().unwrap_or(FAILED)
}

impl TicketKey {
    /// Makes OpenSSL's contexts ready for this key.
    ///
    /// # Safety
    /// Both are valid.
    unsafe fn start(
        &self,
        iv: &[u8],
        cipher: *mut ffi::EVP_CIPHER_CTX,
        mac: *mut EvpMacCtx,
        seal: bool,
    ) -> bool {
        /// openssl/core.h
        const UTF8_STRING: std::ffi::c_uint = 4;
        const OCTET_STRING: std::ffi::c_uint = 5;
        const UNMODIFIED: usize = usize::MAX;
        let parameter = |key: *const std::ffi::c_char, kind, data: *const u8, size| Parameter {
            key,
            kind,
            data: data.cast_mut().cast(),
            size,
            returned: UNMODIFIED,
        };
        let digest = c"SHA256";
        let parameters = [
            parameter(c"key".as_ptr(), OCTET_STRING, self.mac.as_ptr(), KEY),
            parameter(c"digest".as_ptr(), UTF8_STRING, digest.as_ptr().cast(), 0),
            parameter(ptr::null(), 0, ptr::null(), 0),
        ];
        // SAFETY: the key and the IV have the cipher's lengths, and the parameters end with an empty one;
        // OpenSSL copies what it needs and changes nothing.
        unsafe {
            ffi::EVP_CipherInit_ex(
                cipher,
                ffi::EVP_aes_256_cbc(),
                ptr::null_mut(),
                self.cipher.as_ptr(),
                iv.as_ptr(),
                c_int::from(seal),
            ) == 1
                && EVP_MAC_CTX_set_params(mac, parameters.as_ptr()) == 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_seals_for_an_hour_and_opens_for_two() {
        let start = Instant::now();
        let minutes = |n: u64| start + Duration::from_secs(60 * n);
        let mut keys = OwnKeys::default();
        let first = keys.sealing(start).unwrap().name;
        assert_eq!(keys.sealing(minutes(59)).unwrap().name, first);
        assert!(
            keys.opening(&first, minutes(59))
                .is_some_and(|found| !found.1)
        );
        let second = keys.sealing(minutes(61)).unwrap().name;
        assert_ne!(first, second);
        assert!(
            keys.opening(&first, minutes(119))
                .is_some_and(|found| found.1)
        );
        assert!(keys.opening(&first, minutes(121)).is_none());
        assert!(keys.opening(&second, minutes(121)).is_some());
        keys.sealing(minutes(1000)).unwrap();
        assert_eq!(keys.0.len(), 1);
        assert!(keys.opening(&[0; NAME], minutes(1000)).is_none());
    }

    #[test]
    fn of_shared_keys_the_first_seals_and_all_open() {
        let line = |byte| base64::encode_block(&[byte; WHOLE]) + "\r\n";
        let now = Instant::now();
        let mut keys =
            Keys::Shared(shared((line(2) + "\n # older\n" + &line(1)).as_bytes()).unwrap());
        assert_eq!(keys.sealing(now).unwrap().name, [2; NAME]);
        assert!(keys.opening(&[2; NAME], now).is_some_and(|found| !found.1));
        assert!(keys.opening(&[1; NAME], now).is_some_and(|found| found.1));
        assert!(keys.opening(&[3; NAME], now).is_none());
    }
}

//! TLS sessions that can be taken up again (RFC 8446 section 2.2, RFC 5077): which ones a client keeps, and
//! what a server's belong to.
//!
//! Each context has its own, so a session is never taken up under other rules than those under
//! which its peer was checked.

use super::names::Name;
use super::options::TlsOptions;
use super::trust::Authorities;
use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::sha::Sha256;
use openssl::ssl::{SslRef, SslSession, SslVersion};
use openssl_sys as ffi;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::ffi::{c_int, c_uint};
use std::time::{Duration, Instant};

unsafe extern "C" {
    fn SSL_set_session_id_context(ssl: *mut ffi::SSL, context: *const u8, length: c_uint) -> c_int;
}

/// Binds a server's session to the name that the client asked for: it is taken up for no other one, as
/// RFC 6066 (section 3) demands; under no other certificate than it was made under, where `certificate` tells which was
/// chosen for the name; and under no other `rules` for clients, since other servers may have the same keys. Without any
/// binding, one with a client's certificate would not be taken up at all.
pub(super) fn bind(
    ssl: &mut SslRef,
    rules: &Digest,
    name: Option<&str>,
    certificate: Option<Digest>,
) -> Result<(), ErrorStack> {
    let mut hash = Sha256::new();
    hash.update(b"wdsocket\0");
    hash.update(rules);
    hash.update(name.unwrap_or_default().as_bytes());
    if let Some(certificate) = certificate {
        hash.update(b"\0");
        hash.update(&certificate);
    }
    let mark = hash.finish();
    // SAFETY: the connection is valid, and the mark, which is copied, has the length that OpenSSL allows.
    match unsafe { SSL_set_session_id_context(ssl.as_ptr(), mark.as_ptr(), mark.len() as c_uint) } {
        1 => Ok(()),
        _ => Err(ErrorStack::get()),
    }
}

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// What the rules are under which a server checks its clients: equal where they are, on other machines too.
pub(super) fn rules(options: &TlsOptions, authorities: &Authorities) -> Result<Digest, ErrorStack> {
    let mut hash = Sha256::new();
    if options.verify_client > 0 {
        let rules = (
            (
                options.verify_client,
                options.no_verify(),
                options.verify_depth,
                options.strict,
            ),
            (
                options.fingerprint_pin.trim(),
                options.public_key_pins.trim(),
            ),
        );
        hash.update(format!("{rules:?}").as_bytes());
        for digest in authorities.digests()? {
            hash.update(&digest);
        }
    }
    Ok(hash.finish())
}

/// Servers that sessions are kept for.
const MOST_SERVERS: usize = 256;
/// TLS 1.3 sessions are used once each (RFC 8446 appendix C.4), so several are kept for connections at once.
const MOST_PER_SERVER: usize = 4;
/// The certificate is not looked at again when a session is taken up, so none is taken up for long.
const LONGEST: Duration = Duration::from_secs(3600);

/// Host as verified, and port.
pub(super) type ServerKey = (Name, u16);

#[derive(Default)]
struct Kept {
    sessions: HashMap<ServerKey, VecDeque<(Instant, SslSession)>>,
    /// The servers, the one met first in front.
    order: VecDeque<ServerKey>,
}

/// A bounded store of sessions.
#[derive(Default)]
pub(super) struct Sessions(Mutex<Kept>);

impl Sessions {
    /// Keeps a session that the server has just given.
    pub fn put(&self, server: &ServerKey, session: SslSession) {
        let mut kept = self.0.lock();
        let kept = &mut *kept;
        if !kept.sessions.contains_key(server) {
            if kept.order.len() == MOST_SERVERS
                && let Some(oldest) = kept.order.pop_front()
            {
                kept.sessions.remove(&oldest);
            }
            kept.order.push_back(server.clone());
        }
        let list = kept.sessions.entry(server.clone()).or_default();
        if session.protocol_version() != SslVersion::TLS1_3 {
            list.clear();
        }
        if list.len() == MOST_PER_SERVER {
            list.pop_front();
        }
        list.push_back((Instant::now(), session));
    }

    /// The newest session with that server that is not too old.
    pub fn take(&self, server: &ServerKey) -> Option<SslSession> {
        let mut kept = self.0.lock();
        let list = kept.sessions.get_mut(server)?;
        let (since, session) = list.pop_back()?;
        if since.elapsed() > LONGEST {
            list.clear();
            return None;
        }
        if session.protocol_version() != SslVersion::TLS1_3 {
            list.push_back((since, session.clone()));
        }
        Some(session)
    }
}

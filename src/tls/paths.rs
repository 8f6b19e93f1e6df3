//! Other paths from a peer's certificate to a trusted one, where OpenSSL's first is no good.
//!
//! OpenSSL follows one path and does not turn back. A certificate may have several issuers of the same
//! name (cross-signed, renewed, with a new key), of which one is expired, untrusted or not allowed to say
//! what the peer shows, and another is in order (RFC 4158). The paths are tried one after the other, each
//! by OpenSSL's own rules; what one has shown of a certificate keeps the others from trying it again.

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::stack::{Stack, StackRef};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509Ref, X509StoreContext, X509StoreContextRef, X509VerifyResult};
use openssl_sys as ffi;
use std::collections::HashSet;
use std::ffi::{c_int, c_void};
use std::ptr;

/// How many certificates may be looked at as issuers: a peer chooses how many it sends.
const MOST_STEPS: u32 = 1000;
/// How many certificates may be verified in all paths together: each costs a signature.
const MOST_VERIFIED: usize = 300;
/// How many certificates a path may have.
const LONGEST: usize = 16;

type VerifyCallback = extern "C" fn(c_int, *mut ffi::X509_STORE_CTX) -> c_int;

unsafe extern "C" {
    fn X509_STORE_CTX_get0_cert(context: *mut ffi::X509_STORE_CTX) -> *mut ffi::X509;
    fn X509_STORE_CTX_get0_untrusted(context: *mut ffi::X509_STORE_CTX) -> *mut ffi::stack_st_X509;
    fn X509_STORE_CTX_get0_store(context: *mut ffi::X509_STORE_CTX) -> *mut ffi::X509_STORE;
    fn X509_STORE_CTX_get0_param(context: *mut ffi::X509_STORE_CTX) -> *mut ffi::X509_VERIFY_PARAM;
    fn X509_STORE_CTX_get1_certs(
        context: *mut ffi::X509_STORE_CTX,
        name: *const ffi::X509_NAME,
    ) -> *mut ffi::stack_st_X509;
    fn X509_STORE_CTX_get1_chain(context: *mut ffi::X509_STORE_CTX) -> *mut ffi::stack_st_X509;
    fn X509_STORE_CTX_get_verify_cb(context: *mut ffi::X509_STORE_CTX) -> Option<VerifyCallback>;
    fn X509_STORE_CTX_set_verify_cb(
        context: *mut ffi::X509_STORE_CTX,
        callback: Option<VerifyCallback>,
    );
    fn X509_STORE_CTX_set_ex_data(
        context: *mut ffi::X509_STORE_CTX,
        index: c_int,
        data: *mut c_void,
    ) -> c_int;
    fn X509_STORE_CTX_set0_trusted_stack(
        context: *mut ffi::X509_STORE_CTX,
        trusted: *mut ffi::stack_st_X509,
    );
    fn X509_STORE_CTX_set0_verified_chain(
        context: *mut ffi::X509_STORE_CTX,
        chain: *mut ffi::stack_st_X509,
    );
    fn X509_VERIFY_PARAM_set1(
        to: *mut ffi::X509_VERIFY_PARAM,
        from: *const ffi::X509_VERIFY_PARAM,
    ) -> c_int;
}

/// The certificate that a context is about.
pub(super) fn leaf(context: &X509StoreContextRef) -> Option<&X509Ref> {
    // SAFETY: the context is valid, and its certificate lives as long as it.
    unsafe {
        let leaf = X509_STORE_CTX_get0_cert(context.as_ptr());
        (!leaf.is_null()).then(|| X509Ref::from_ptr(leaf))
    }
}

/// Looks for another path after OpenSSL's own has failed in `context`; true when one is in order, which
/// the context then holds as its chain.
pub(super) fn another(context: &mut X509StoreContextRef) -> bool {
    let found = Search::new(context).is_some_and(|mut search| search.run());
    drop(ErrorStack::get());
    found
}

/// A certificate among those of the search.
type Index = usize;

struct Search<'a> {
    context: &'a mut X509StoreContextRef,
    /// The peer's own first, then what it sent, then what is trusted, as it is met.
    known: Vec<X509>,
    /// Of each, the first one with the same subject and key: the same authority, certified by another.
    same: Vec<Index>,
    sent: usize,
    /// Certificates that no path may hold.
    bad: HashSet<Index>,
    /// A certificate, and an issuer whose key did not sign it.
    unsigned: HashSet<(Index, Index)>,
    steps: u32,
    verified: usize,
}

impl<'a> Search<'a> {
    /// None where no path could mend what OpenSSL has found, or there is no memory to look for one.
    fn new(context: &'a mut X509StoreContextRef) -> Option<Self> {
        let mut all = vec![leaf(context)?.to_owned()];
        // SAFETY: the context is valid, and what the peer sent lives as long as it.
        unsafe {
            let sent = X509_STORE_CTX_get0_untrusted(context.as_ptr());
            if !sent.is_null() {
                let sent = StackRef::<X509>::from_ptr(sent);
                all.try_reserve(sent.len()).ok()?;
                all.extend(sent.iter().map(ToOwned::to_owned));
            }
        }
        let mut search = Search {
            context,
            known: Vec::new(),
            same: Vec::new(),
            sent: 0,
            bad: HashSet::new(),
            unsigned: HashSet::new(),
            steps: 0,
            verified: 0,
        };
        for certificate in all {
            search.index_of(certificate)?;
        }
        search.sent = search.known.len();
        let first: Vec<Index> = search
            .context
            .chain()
            .into_iter()
            .flatten()
            .map(|certificate| certificate.to_owned())
            .collect::<Vec<X509>>()
            .into_iter()
            .map(|certificate| search.index_of(certificate))
            .collect::<Option<_>>()?;
        search.learn(
            &first,
            search.context.error(),
            search.context.error_depth() as usize,
        );
        (!search.bad.contains(&0)).then_some(search)
    }

    fn run(&mut self) -> bool {
        let mut path = vec![0];
        self.extend(&mut path)
    }

    /// Tries every way to go on from the last certificate of `path`: first to a trusted issuer, then over
    /// those that were sent.
    fn extend(&mut self, path: &mut Vec<Index>) -> bool {
        let last = path[path.len() - 1];
        for anchor in self.trusted_issuers(last) {
            if self.may_issue(anchor, last) && !self.is_met(anchor, path) {
                path.push(anchor);
                let found = self.is_in_order(path);
                path.pop();
                if found {
                    return true;
                }
                if self.is_spoilt(path) {
                    return false;
                }
            }
        }
        if path.len() >= LONGEST {
            return false;
        }
        for issuer in 1..self.sent {
            if self.is_met(issuer, path) || !self.may_issue(issuer, last) {
                continue;
            }
            path.push(issuer);
            let found = self.extend(path);
            path.pop();
            if found {
                return true;
            }
            if self.is_spoilt(path) {
                return false;
            }
        }
        false
    }

    /// Whether the path has been at this authority already: it would go round in a circle.
    fn is_met(&self, authority: Index, path: &[Index]) -> bool {
        let same = self.same[authority];
        path.iter().any(|&index| self.same[index] == same)
    }

    /// Whether nothing is to be gained by going on from this path.
    fn is_spoilt(&self, path: &[Index]) -> bool {
        self.is_exhausted()
            || path.iter().any(|index| self.bad.contains(index))
            || path
                .windows(2)
                .any(|pair| self.unsigned.contains(&(pair[0], pair[1])))
    }

    fn is_exhausted(&self) -> bool {
        self.steps >= MOST_STEPS || self.verified >= MOST_VERIFIED
    }

    /// Whether the one may be the other's issuer, as far as it can be seen without its signature.
    fn may_issue(&mut self, issuer: Index, subject: Index) -> bool {
        self.steps += 1;
        if self.is_exhausted()
            || self.bad.contains(&issuer)
            || self.unsigned.contains(&(subject, issuer))
        {
            return false;
        }
        self.known[issuer].issued(&self.known[subject]) == X509VerifyResult::OK
    }

    /// The trusted certificates with the name of this one's issuer.
    fn trusted_issuers(&mut self, of: Index) -> Vec<Index> {
        // SAFETY: the context and the name are valid for the call; the stack is ours, with references of
        // its own. Null is none.
        let found = unsafe {
            let name = self.known[of].issuer_name().as_ptr();
            let found = X509_STORE_CTX_get1_certs(self.context.as_ptr(), name);
            (!found.is_null()).then(|| Stack::<X509>::from_ptr(found))
        };
        let found: Vec<X509> = found.into_iter().flatten().collect();
        found
            .into_iter()
            .take(MOST_STEPS as usize)
            .map_while(|certificate| self.index_of(certificate))
            .collect()
    }

    /// None where there is no memory: nothing will be found then.
    fn index_of(&mut self, certificate: X509) -> Option<Index> {
        let known = self.known.iter().position(|other| *other == certificate);
        known.or_else(|| {
            if self.same.try_reserve(1).is_err() || self.known.try_reserve(1).is_err() {
                self.give_up();
                return None;
            }
            let same = self
                .known
                .iter()
                .position(|other| is_same(other, &certificate));
            self.same.push(same.unwrap_or(self.known.len()));
            self.known.push(certificate);
            Some(self.known.len() - 1)
        })
    }

    fn give_up(&mut self) {
        self.verified = MOST_VERIFIED;
    }

    /// Has OpenSSL verify one path, whose last certificate is the only one that it may trust.
    fn is_in_order(&mut self, path: &[Index]) -> bool {
        if self.verified + path.len() > MOST_VERIFIED {
            self.give_up();
            return false;
        }
        self.verified += path.len();
        match self.verify(path) {
            Ok(None) => true,
            Ok(Some((error, depth, chain))) => {
                let chain: Vec<Index> = chain
                    .into_iter()
                    .map_while(|certificate| self.index_of(certificate))
                    .collect();
                self.learn(&chain, error, depth);
                false
            }
            Err(_) => {
                // Without memory nothing will be found.
                self.give_up();
                false
            }
        }
    }

    /// None where the path is in order, else what is wrong with which certificate of which chain.
    fn verify(
        &mut self,
        path: &[Index],
    ) -> Result<Option<(X509VerifyResult, usize, Vec<X509>)>, ErrorStack> {
        let stack = |indices: &[Index]| {
            let mut stack = Stack::new()?;
            for &index in indices {
                stack.push(self.known[index].clone())?;
            }
            Ok::<Stack<X509>, ErrorStack>(stack)
        };
        let (&anchor, between) = path[1..].split_last().unwrap_or((&0, &[]));
        let (trusted, between) = (stack(&[anchor])?, stack(between)?);
        let ours = self.context.as_ptr();
        // SAFETY: as long as OpenSSL makes no other, the store of a context is valid.
        let store = unsafe {
            openssl::x509::store::X509StoreRef::from_ptr(X509_STORE_CTX_get0_store(ours))
        };
        let ssl = X509StoreContext::ssl_idx()?;
        let mut theirs = X509StoreContext::new()?;
        theirs.init(store, &self.known[path[0]], &between, |context| {
            let theirs = context.as_ptr();
            // SAFETY: both contexts are valid, and the stacks outlive this one. Parameters are copied; the
            // connection's pointer is only looked at, by the callback that both have.
            unsafe {
                X509_STORE_CTX_set0_trusted_stack(theirs, trusted.as_ptr());
                let parameters = X509_STORE_CTX_get0_param(theirs);
                if X509_VERIFY_PARAM_set1(parameters, X509_STORE_CTX_get0_param(ours)) != 1 {
                    return Err(ErrorStack::get());
                }
                // The path is given; what is trusted is its end and no short cut.
                let flags = X509VerifyFlags::TRUSTED_FIRST.bits();
                ffi::X509_VERIFY_PARAM_clear_flags(parameters, flags as _);
                let connection = ffi::X509_STORE_CTX_get_ex_data(ours, ssl.as_raw());
                if X509_STORE_CTX_set_ex_data(theirs, ssl.as_raw(), connection) != 1 {
                    return Err(ErrorStack::get());
                }
                X509_STORE_CTX_set_verify_cb(theirs, X509_STORE_CTX_get_verify_cb(ours));
            }
            if context.verify_cert()? {
                // SAFETY: the copy of the chain goes over to our context.
                unsafe {
                    let chain = X509_STORE_CTX_get1_chain(theirs);
                    if chain.is_null() {
                        return Err(ErrorStack::get());
                    }
                    X509_STORE_CTX_set0_verified_chain(ours, chain);
                    ffi::X509_STORE_CTX_set_current_cert(ours, ptr::null_mut());
                    ffi::X509_STORE_CTX_set_error(ours, ffi::X509_V_OK);
                }
                return Ok(None);
            }
            let chain = context.chain().into_iter().flatten();
            let chain = chain.map(|certificate| certificate.to_owned()).collect();
            Ok(Some((
                context.error(),
                context.error_depth() as usize,
                chain,
            )))
        })
    }

    /// Keeps what a failure says of a certificate itself, whatever path it stands in.
    fn learn(&mut self, chain: &[Index], error: X509VerifyResult, depth: usize) {
        let Some(&blamed) = chain.get(depth) else {
            return;
        };
        if self.unsigned.try_reserve(1).is_err() || self.bad.try_reserve(1).is_err() {
            self.give_up();
        } else if error.as_raw() == ffi::X509_V_ERR_CERT_SIGNATURE_FAILURE {
            let issuer = chain.get(depth + 1).copied();
            self.unsigned.insert((blamed, issuer.unwrap_or(blamed)));
        } else if is_of_the_certificate(error.as_raw()) {
            self.bad.insert(blamed);
        }
    }
}

/// Whether both certify the same authority.
fn is_same(one: &X509Ref, other: &X509Ref) -> bool {
    let is_named_so = one.subject_name().try_cmp(other.subject_name());
    is_named_so.is_ok_and(|order| order.is_eq())
        && matches!(
            (one.public_key(), other.public_key()),
            (Ok(one), Ok(other)) if one.public_eq(&other)
        )
}

/// Whether the reason lies in the certificate that is blamed, and not in what stands above or below it.
fn is_of_the_certificate(error: c_int) -> bool {
    // openssl/x509_vfy.h; the crate `openssl-sys` names none of the three on every version.
    const EE_KEY_TOO_SMALL: c_int = 66;
    const CA_KEY_TOO_SMALL: c_int = 67;
    const CA_MD_TOO_WEAK: c_int = 68;
    [
        ffi::X509_V_ERR_CERT_HAS_EXPIRED,
        ffi::X509_V_ERR_CERT_NOT_YET_VALID,
        ffi::X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD,
        ffi::X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD,
        ffi::X509_V_ERR_INVALID_CA,
        ffi::X509_V_ERR_INVALID_PURPOSE,
        ffi::X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
        EE_KEY_TOO_SMALL,
        CA_KEY_TOO_SMALL,
        CA_MD_TOO_WEAK,
    ]
    .contains(&error)
}

//! TLS without sockets: ciphertext in, ciphertext out, and the certificates of both ends.
//!
//! [`options`] says what a connection wants; [`context`] turns it into OpenSSL's context, kept in a
//! [`cache`] until one of its [`files`] changes; [`session`] is one connection, with a [`pipe`] where
//! OpenSSL expects a socket and a [`direct`] way in for a fast peer's records. [`protocols`], [`level`], [`suites`] and
//! [`tickets`] hold what is agreed on. Our own certificate comes from [`source`] and [`store`], which [`reader`]
//! and [`identity`] serve, or, for the name that a client asks for, from a [`directory`] by [`sni`], the roots from
//! [`trust`] and [`roots`], each [`root`] decoded and parsed once OpenSSL asks for its name by [`lookup`]; until then its
//! [`outline`] is enough, from the front of its [`base64`]. [`verify`] judges the peer's, over [`paths`], [`names`] and [`pins`]; [`refusal`] and
//! [`failure`] say why in sentences. [`hello`] is what a server does once a client has said whom it wants.
//! `outside` has keys that stay with Windows, [`primitives`] what other protocols need of OpenSSL.

mod base64;
mod cache;
mod contents;
pub mod context;
mod direct;
mod directory;
mod failure;
mod files;
mod hello;
mod identity;
pub mod info;
mod level;
mod library;
mod locked;
mod lookup;
mod memory;
mod names;
pub mod observing;
mod options;
mod outline;
#[cfg(any(windows, test))]
mod outside;
mod paths;
mod peer;
mod pem;
mod pins;
mod pipe;
mod pkcs12;
mod primitives;
mod problem;
mod protocols;
mod reader;
mod refusal;
mod renegotiation;
mod resume;
mod root;
mod roots;
pub mod session;
mod shares;
mod slots;
mod sni;
mod source;
mod store;
mod suites;
mod text;
mod tickets;
mod trust;
mod verify;
#[cfg(windows)]
mod windows_key;
#[cfg(windows)]
mod windows_store;

pub use context::{ClientContext, ServerContext};
pub use info::SslInfo;
pub use library::version;
pub use options::TlsOptions;
pub use primitives::{random, sha1, to_base64};
pub use session::{ReadOutcome, Session, Step, WriteOutcome};

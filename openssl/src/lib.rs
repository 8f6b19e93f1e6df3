//! OpenSSL 4 for openssl-sys, whose own dependency stops at OpenSSL 3: the same functions, from the
//! crate's newer line.

pub use newest::{Artifacts, Build, version};

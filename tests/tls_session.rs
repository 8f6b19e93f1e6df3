//! TLS in memory: a client and a server of this library talk to each other without any socket.

#[path = "tls/pair.rs"]
mod pair;
#[path = "tls/pki.rs"]
mod pki;
#[path = "tls/plain.rs"]
mod plain;
#[path = "tls/workshop.rs"]
mod workshop;

#[path = "tls/by_need.rs"]
mod by_need;
#[path = "tls/choices.rs"]
mod choices;
#[path = "tls/data.rs"]
mod data;
#[path = "tls/direct.rs"]
mod direct;
#[path = "tls/files.rs"]
mod files;
#[path = "tls/formats_gnutls.rs"]
mod formats_gnutls;
#[path = "tls/formats_openssl.rs"]
mod formats_openssl;
#[path = "tls/formats_openssl_keys.rs"]
mod formats_openssl_keys;
#[path = "tls/formats_python.rs"]
mod formats_python;
#[path = "tls/hostile.rs"]
mod hostile;
#[path = "tls/names.rs"]
mod names;
#[path = "tls/paths.rs"]
mod paths;
#[path = "tls/pkits.rs"]
mod pkits;
#[path = "tls/rekey.rs"]
mod rekey;
#[path = "tls/sni.rs"]
mod sni;
#[path = "tls/sources.rs"]
mod sources;
#[path = "tls/stores.rs"]
mod stores;
#[path = "tls/versions.rs"]
mod versions;
#[path = "tls/zoo.rs"]
mod zoo;

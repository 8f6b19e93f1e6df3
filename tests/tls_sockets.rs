//! TLS over real sockets and through the C functions, against programs and peers that are not this library.
#![cfg(target_os = "linux")]

mod common;

#[allow(dead_code)] // the tests in memory use the rest
#[path = "tls/pki.rs"]
mod pki;

#[path = "tls_sockets/world.rs"]
mod world;

#[path = "tls_sockets/agreement.rs"]
mod agreement;
#[path = "tls_sockets/balancer.rs"]
mod balancer;
#[path = "tls_sockets/certificates.rs"]
mod certificates;
#[path = "tls_sockets/clients.rs"]
mod clients;
#[path = "tls_sockets/duplex.rs"]
mod duplex;
#[path = "tls_sockets/ends.rs"]
mod ends;
#[path = "tls_sockets/flood.rs"]
mod flood;
#[path = "tls_sockets/host.rs"]
mod host;
#[path = "tls_sockets/hostile.rs"]
mod hostile;
#[path = "tls_sockets/interop.rs"]
mod interop;
#[path = "tls_sockets/mail.rs"]
mod mail;
#[path = "tls_sockets/old.rs"]
mod old;
#[path = "tls_sockets/peer.rs"]
mod peer;
#[path = "tls_sockets/profiles.rs"]
mod profiles;
#[path = "tls_sockets/programs.rs"]
mod programs;
#[path = "tls_sockets/promises.rs"]
mod promises;
#[path = "tls_sockets/rekey.rs"]
mod rekey;
#[path = "tls_sockets/rights.rs"]
mod rights;
#[path = "tls_sockets/secrets.rs"]
mod secrets;
#[path = "tls_sockets/shared_tickets.rs"]
mod shared_tickets;
#[path = "tls_sockets/sni.rs"]
mod sni;
#[path = "tls_sockets/sources.rs"]
mod sources;
#[path = "tls_sockets/starttls.rs"]
mod starttls;
#[path = "tls_sockets/tools.rs"]
mod tools;
#[path = "tls_sockets/trust.rs"]
mod trust;

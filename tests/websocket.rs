//! WebSockets: made-up peers that do what none may, and real ones from the packages.
#![cfg(target_os = "linux")]

#[path = "websocket/browser.rs"]
mod browser;
mod common;
#[path = "websocket/hostile.rs"]
mod hostile;
#[path = "websocket/ours.rs"]
mod ours;
#[path = "websocket/peers.rs"]
mod peers;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;

promises! {
    both_families;
    websocket: "websocket.c", 17;
}

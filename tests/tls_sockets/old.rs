//! Old machines: admitted when asked for, refused with a text that says what to do otherwise.

use crate::common::process::{Process, installed};
use crate::common::secure::Secure;
use crate::interop::openssl;
use crate::world::{World, words};
use std::process::Stdio;
use wdsocket::constants::*;

/// A server that knows one version only.
fn old_server(world: &World, version: &str) -> Process {
    let mut command = openssl(&["s_server", "-quiet", version, "-accept", "127.0.0.1:0"]);
    command.args(["-cert", &world.server, "-cipher", "DEFAULT@SECLEVEL=0"]);
    Process::start(command.stderr(Stdio::null()))
}

#[test]
fn a_server_of_tls_1_0_is_refused_unless_asked_for() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    for (version, name, option) in [
        ("-tls1", "TLS 1.0", "ProtocolTLS1"),
        ("-tls1_1", "TLS 1.1", "ProtocolTLS1_1"),
    ] {
        let mut server = old_server(&world, version);
        let port = server.port().to_string();
        let connect = |bits: &str| {
            let target = [
                "connect",
                &port,
                "localhost",
                bits,
                "",
                "info",
                "SSLProtocol",
            ];
            Secure::run(&words(&[&world.trust(), &target]))
        };
        let text = connect("0").failed(WDSOCKET_ERR_TLS_PROTOCOL, &["TLS 1.2", option]);
        assert!(text.starts_with("SocketConnectSSL(\"client\")"), "{text}");
        // Among newer ones it is admitted as well.
        let all = ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_2 | ProtocolTLS1_3;
        let said = connect(&all.to_string()).went_well();
        assert_eq!(
            said.one("info"),
            name.replace("TLS ", "TLSv").replace("1.0", "1")
        );
    }
}

#[test]
fn a_client_of_tls_1_0_is_refused_unless_asked_for() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let talk = |bits: i32| {
        let bits = bits.to_string();
        let server = Secure::serve(&words(&[
            &["listen", &bits, &world.server, "", "accept", "mode", "none"],
            &["take", "5", "info", "SSLProtocol"],
        ]));
        let port = server.port.to_string();
        let mut command = openssl(&["s_client", "-quiet", "-tls1", "-connect"]);
        command.args([
            &format!("127.0.0.1:{port}"),
            "-cipher",
            "DEFAULT@SECLEVEL=0",
        ]);
        let mut client = Process::start(command.stderr(Stdio::null()));
        client.give(b"hello");
        server.said()
    };
    talk(0).failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["the client offers only TLS 1.0", "ProtocolTLS1 among"],
    );
    let said = talk(ProtocolTLS1 | ProtocolTLS1_2).went_well();
    assert_eq!(said.one("info"), "TLSv1");
    // SSL 3 beside others is passed over.
    let said = talk(ProtocolSSL3 | ProtocolTLS1).went_well();
    assert_eq!(said.one("info"), "TLSv1");
}

#[test]
fn versions_with_a_gap_are_what_they_say_from_the_start_and_in_mid_stream() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    for (version, bit) in [
        ("-tls1", ProtocolTLS1),
        ("-tls1_1", ProtocolTLS1_1),
        ("-tls1_2", ProtocolTLS1_2),
        ("-tls1_3", ProtocolTLS1_3),
    ] {
        let mut server = old_server(&world, version);
        let port = server.port().to_string();
        for bits in [
            ProtocolTLS1 | ProtocolTLS1_2,
            ProtocolTLS1 | ProtocolTLS1_3,
            ProtocolTLS1_1 | ProtocolTLS1_3,
            ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_3,
            ProtocolTLS1 | ProtocolTLS1_2 | ProtocolTLS1_3,
        ] {
            let asked = bits.to_string();
            for target in [
                &["connect", &port, "localhost", &asked, ""][..],
                &["plain", &port, "start", &asked, "localhost", ""],
            ] {
                let said = Secure::run(&words(&[&world.trust(), target]));
                if bits & bit == 0 {
                    said.failed(WDSOCKET_ERR_TLS_PROTOCOL, &["TLS"]);
                } else {
                    said.went_well();
                }
            }
        }
    }
}

#[test]
fn ssl_2_and_3_alone_are_not_supported() {
    let world = World::new();
    for bits in [ProtocolSSL2, ProtocolSSL3, ProtocolSSL2 | ProtocolSSL3] {
        let bits = bits.to_string();
        Secure::run(&["listen", &bits, &world.server, ""])
            .failed(WDSOCKET_ERR_NOT_SUPPORTED, &["SSL 3", "ProtocolTLS1"]);
        Secure::run(&["connect", "9", "localhost", &bits, ""])
            .failed(WDSOCKET_ERR_NOT_SUPPORTED, &["SSL 3", "ProtocolTLS1"]);
    }
}

//! What two sides agree on, with programs that are not ours: application protocols and cipher suites.

use crate::common::process::{LIMIT, Process, installed};
use crate::common::run;
use crate::common::secure::{Said, Secure};
use crate::interop::openssl;
use crate::world::{World, words};
use std::process::{Command, Stdio};
use wdsocket::constants::*;

/// A Python client or server that says what was agreed: "none" or the protocol, and the suite.
const PYTHON: &str = "
import socket, ssl, sys
role, port, ca, certificate, alpn, version, suites = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if role == 'connect' else ssl.PROTOCOL_TLS_SERVER)
if alpn:
    context.set_alpn_protocols(alpn.split(','))
if version:
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
if suites:
    context.set_ciphers(suites)
if role == 'connect':
    context.load_verify_locations(ca)
    s = context.wrap_socket(socket.create_connection(('127.0.0.1', int(port))), server_hostname='localhost')
else:
    context.load_cert_chain(certificate)
    s = context.wrap_socket(socket.create_server(('127.0.0.1', 0)).accept()[0], server_side=True)
print('agreed', s.selected_alpn_protocol() or 'none', s.cipher()[0])
sys.stdout.flush()
s.settimeout(50)
s.unwrap()
";

/// The programs whose part of a conversation is watched.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    OpenSsl,
    GnuTls,
    Python,
}

use Program::{GnuTls, OpenSsl, Python};

/// What a program is to offer; an empty text leaves it to the program.
#[derive(Clone, Copy, Default)]
struct Offer<'a> {
    alpn: &'a str,
    /// "TLSv1.2" or "TLSv1.3".
    version: &'a str,
    /// The suites, as OpenSSL writes them. GnuTLS does not know them: see `agreement_of`.
    suites: &'a str,
}

impl Program {
    fn is_installed(self) -> bool {
        match self {
            OpenSsl => installed("openssl"),
            GnuTls => installed("gnutls-cli") && installed("gnutls-serv"),
            Python => installed("python3"),
        }
    }

    /// The arguments that stand for an offer, the same for both roles.
    fn offers(self, command: &mut Command, offer: &Offer) {
        match self {
            OpenSsl => {
                if !offer.alpn.is_empty() {
                    command.args(["-alpn", offer.alpn]);
                }
                match offer.version {
                    "TLSv1.2" => drop(command.arg("-tls1_2")),
                    "TLSv1.3" => drop(command.arg("-tls1_3")),
                    _ => {}
                }
                if !offer.suites.is_empty() {
                    let new = offer.suites.starts_with("TLS_");
                    let option = if new { "-ciphersuites" } else { "-cipher" };
                    command.args([option, offer.suites]);
                }
            }
            GnuTls => {
                for name in offer.alpn.split(',').filter(|name| !name.is_empty()) {
                    command.arg(format!("--alpn={name}"));
                }
                if !offer.version.is_empty() {
                    let version = offer.version.replace("TLSv", "TLS");
                    command.args(["--priority", &format!("NORMAL:-VERS-ALL:+VERS-{version}")]);
                }
            }
            Python => {
                let version = offer.version.replace('.', "_");
                command.args([offer.alpn, &version, offer.suites]);
            }
        }
    }

    /// Connects to our server, and leaves once both are agreed. What it said.
    fn connects(self, port: u16, world: &World, offer: &Offer) -> String {
        let port = port.to_string();
        let mut command = match self {
            OpenSsl => openssl(&["s_client", "-CAfile", &world.ca, "-verify_return_error"]),
            GnuTls => Command::new("gnutls-cli"),
            Python => Command::new("python3"),
        };
        match self {
            OpenSsl => drop(command.args(["-connect", &format!("127.0.0.1:{port}")])),
            GnuTls => drop(command.args(["--x509cafile", &world.ca, "--port", &port])),
            Python => drop(command.args(["-c", PYTHON, "connect", &port, &world.ca, ""])),
        }
        self.offers(&mut command, offer);
        if self == GnuTls {
            command.arg("localhost");
        }
        let outcome = run(&mut command, LIMIT);
        assert!(outcome.status.is_some(), "{}", outcome.report());
        format!("{}\n{}", outcome.out, outcome.err)
    }

    /// A server for one client of ours.
    fn listens(self, world: &World, offer: &Offer) -> Process {
        let mut command = match self {
            OpenSsl => openssl(&["s_server", "-naccept", "1", "-accept", "127.0.0.1:0"]),
            GnuTls => Command::new("gnutls-serv"),
            Python => Command::new("python3"),
        };
        match self {
            OpenSsl => drop(command.args(["-cert", &world.server])),
            GnuTls => drop(command.args([
                "--echo",
                "--port",
                "0",
                "--x509certfile",
                &world.server,
                "--x509keyfile",
                &world.server,
            ])),
            Python => drop(command.args(["-c", PYTHON, "listen", "0", "", &world.server])),
        }
        self.offers(&mut command, offer);
        if self == GnuTls && !offer.alpn.is_empty() {
            command.arg("--alpn-fatal");
        }
        Process::start(command.stderr(Stdio::null()))
    }

    /// How the program says that a protocol was chosen, or none.
    fn says_alpn(self, name: &str) -> String {
        match (self, name) {
            (OpenSsl, "") => "No ALPN negotiated".into(),
            (OpenSsl, name) => format!("ALPN protocol: {name}\n"),
            (GnuTls, name) => format!("- Application protocol: {name}\n"),
            (Python, "") => "agreed none ".into(),
            (Python, name) => format!("agreed {name} "),
        }
    }
}

/// Our server, with these words before, and a client of another program.
fn served(
    world: &World,
    before: &[&str],
    bits: i32,
    client: Program,
    offer: &Offer,
) -> (Said, String) {
    let bits = bits.to_string();
    let server = Secure::serve(&words(&[
        before,
        &["listen", &bits, &world.server, "", "accept", "mode", "none"],
        &["rest", "info", "SSLAlpn", "info", "SSLCipher"],
    ]));
    let told = client.connects(server.port, world, offer);
    (server.said(), told)
}

/// Our client, with these words before, and a server of another program.
fn visited(world: &World, before: &[&str], bits: i32, server: Program, offer: &Offer) -> Said {
    let mut server = server.listens(world, offer);
    let (port, bits) = (server.port().to_string(), bits.to_string());
    Secure::run(&words(&[
        &world.trust(),
        before,
        &["connect", &port, "localhost", &bits, ""],
        &["info", "SSLAlpn", "info", "SSLCipher", "close"],
    ]))
}

#[test]
fn our_server_chooses_its_first_application_protocol_that_the_client_offers() {
    let world = World::new();
    let ours = ["text", "SSLAlpn", "imap, h2,http/1.1"];
    for program in [OpenSsl, GnuTls, Python] {
        if !program.is_installed() {
            continue;
        }
        for version in ["TLSv1.2", "TLSv1.3"] {
            for (alpn, agreed) in [("http/1.1,h2", "h2"), ("http/1.1", "http/1.1"), ("", "")] {
                let offer = Offer {
                    alpn,
                    version,
                    ..Offer::default()
                };
                let (said, told) = served(&world, &ours, 0, program, &offer);
                assert_eq!(said.went_well().all("info")[0], agreed, "{told}");
                // GnuTLS says nothing where nothing was agreed.
                if program != GnuTls || !agreed.is_empty() {
                    assert!(told.contains(&program.says_alpn(agreed)), "{told}");
                }
            }
        }
        // A server that was told of no protocol passes the offer over.
        let offer = Offer {
            alpn: "h2",
            ..Offer::default()
        };
        let (said, _) = served(&world, &[], 0, program, &offer);
        assert_eq!(said.went_well().all("info")[0], "");
    }
}

#[test]
fn our_server_ends_the_handshake_without_an_application_protocol_in_common() {
    let world = World::new();
    let ours = ["text", "SSLAlpn", "imap"];
    for program in [OpenSsl, GnuTls, Python] {
        if !program.is_installed() {
            continue;
        }
        for version in ["TLSv1.2", "TLSv1.3"] {
            let offer = Offer {
                alpn: "h2,http/1.1",
                version,
                ..Offer::default()
            };
            let (said, told) = served(&world, &ours, 0, program, &offer);
            let none = "the client offered none of the application protocols in SSLAlpn";
            said.failed(WDSOCKET_ERR_TLS_PROTOCOL, &[none]);
            // RFC 7301 section 3.2: the client hears why.
            let told = told.to_lowercase();
            let heard = [
                "no application protocol",
                "no_application_protocol",
                "no supported application protocol",
            ];
            assert!(heard.iter().any(|alert| told.contains(alert)), "{told}");
        }
    }
}

#[test]
fn our_client_is_told_the_application_protocol_that_the_server_chose() {
    let world = World::new();
    let ours = ["text", "SSLAlpn", "h2,http/1.1"];
    for program in [OpenSsl, GnuTls, Python] {
        if !program.is_installed() {
            continue;
        }
        for version in ["TLSv1.2", "TLSv1.3"] {
            for (alpn, agreed) in [("imap,http/1.1", "http/1.1"), ("h2", "h2"), ("", "")] {
                let offer = Offer {
                    alpn,
                    version,
                    ..Offer::default()
                };
                let said = visited(&world, &ours, 0, program, &offer).went_well();
                assert_eq!(said.all("info")[0], agreed);
                let said = visited(&world, &[], 0, program, &offer).went_well();
                assert_eq!(said.all("info")[0], "");
            }
            let offer = Offer {
                alpn: "imap,pop3",
                version,
                ..Offer::default()
            };
            let said = visited(&world, &ours, 0, program, &offer);
            if program == Python {
                // It goes on without one, and the caller finds that none was chosen.
                assert_eq!(said.went_well().all("info")[0], "");
            } else {
                let none = "supports none of the application protocols (SSLAlpn)";
                said.failed(WDSOCKET_ERR_TLS_PROTOCOL, &[none]);
            }
        }
    }
}

/// Suites by the names of OpenSSL, of the standards, and of GnuTLS.
const SUITES: [(&str, &str, &str); 5] = [
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "(TLS1.2-X.509)-(ECDHE-X25519)-(RSA-PSS-RSAE-SHA256)-(AES-128-GCM)",
    ),
    (
        "ECDHE-RSA-CHACHA20-POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "(TLS1.2-X.509)-(ECDHE-X25519)-(RSA-PSS-RSAE-SHA256)-(CHACHA20-POLY1305)",
    ),
    (
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "(AES-128-GCM)",
    ),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        "(CHACHA20-POLY1305)",
    ),
    (
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_256_GCM_SHA384",
        "(AES-256-GCM)",
    ),
];

fn bit_of(suite: &str) -> (i32, &'static str) {
    if suite.starts_with("TLS_") {
        (ProtocolTLS1_3, "TLSv1.3")
    } else {
        (ProtocolTLS1_2, "TLSv1.2")
    }
}

#[test]
fn a_cipher_list_leaves_its_suites_alone_on_our_server() {
    let world = World::new();
    for program in [OpenSsl, GnuTls, Python] {
        if !program.is_installed() {
            continue;
        }
        for (suite, standard, by_gnutls) in SUITES {
            let ours = ["text", "SSLCipherList", suite];
            let (bit, _) = bit_of(suite);
            let (said, told) = served(&world, &ours, bit, program, &Offer::default());
            assert_eq!(said.went_well().all("info")[1], standard);
            let name = match program {
                OpenSsl => format!("Cipher is {suite}\n"),
                GnuTls => by_gnutls.into(),
                Python => format!(" {suite}\n"),
            };
            assert!(told.contains(&name), "{name}: {told}");
        }
    }
}

#[test]
fn a_cipher_list_leaves_its_suites_alone_on_our_client() {
    let world = World::new();
    for program in [OpenSsl, GnuTls, Python] {
        if !program.is_installed() {
            continue;
        }
        for (suite, standard, _) in SUITES {
            let ours = ["text", "SSLCipherList", suite];
            let (bit, _) = bit_of(suite);
            let said = visited(&world, &ours, bit, program, &Offer::default()).went_well();
            assert_eq!(said.all("info")[1], standard);
        }
    }
}

#[test]
fn a_cipher_list_of_one_version_leaves_the_other_as_it_is() {
    if !OpenSsl.is_installed() {
        return;
    }
    let world = World::new();
    let both = "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256";
    for (list, version, suite) in [
        // The default's first suites, where the list says nothing about the version.
        (SUITES[0].0, "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        (
            SUITES[2].0,
            "TLSv1.2",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        (both, "TLSv1.3", SUITES[2].1),
        (both, "TLSv1.2", SUITES[0].1),
        // Blanks and commas part as well as colons; the names of the standards do as well.
        (
            "ECDHE-RSA-CHACHA20-POLY1305, ECDHE-RSA-AES128-GCM-SHA256",
            "TLSv1.2",
            SUITES[1].1,
        ),
        (SUITES[0].1, "TLSv1.2", SUITES[0].1),
    ] {
        let ours = ["text", "SSLCipherList", list];
        let offer = Offer {
            version,
            ..Offer::default()
        };
        let (said, told) = served(&world, &ours, 0, OpenSsl, &offer);
        assert_eq!(said.went_well().all("info")[1], suite, "{list}: {told}");
    }
}

#[test]
fn sides_without_a_cipher_suite_in_common_say_so() {
    let world = World::new();
    let pairs = [
        (SUITES[0].0, "ECDHE-RSA-AES256-GCM-SHA384"),
        (SUITES[4].0, SUITES[3].0),
    ];
    for (list, suites) in pairs {
        let ours = ["text", "SSLCipherList", list];
        let (bit, version) = bit_of(list);
        let offer = Offer {
            version,
            suites,
            ..Offer::default()
        };
        // Python cannot restrict the suites of TLS 1.3.
        let programs = [OpenSsl, Python];
        for program in &programs[..if bit == ProtocolTLS1_3 { 1 } else { 2 }] {
            if !program.is_installed() {
                continue;
            }
            let (said, told) = served(&world, &ours, bit, *program, &offer);
            said.failed(
                WDSOCKET_ERR_TLS_PROTOCOL,
                &["the client offered no cipher suite that is allowed here"],
            );
            let told = told.to_lowercase().replace('_', " ");
            assert!(told.contains("handshake failure"), "{told}");
            visited(&world, &ours, bit, *program, &offer).failed(
                WDSOCKET_ERR_TLS_PROTOCOL,
                &["cipher suite or key exchange that both allow"],
            );
        }
    }
}

#[test]
fn a_cipher_list_of_nonsense_is_an_invalid_argument() {
    let world = World::new();
    let mixed = format!("{}:TLS_NO_SUCH_SUITE", SUITES[0].0);
    for list in ["NO-SUCH-SUITE", "TLS_NO_SUCH_SUITE", &mixed, ":", "\u{e9}"] {
        let ours = ["text", "SSLCipherList", list];
        for target in [
            &["listen", "0", &world.server, ""][..],
            &["connect", "9", "localhost", "0", ""],
        ] {
            Secure::run(&words(&[&ours, target])).failed(
                WDSOCKET_ERR_INVALID_ARGUMENT,
                &["SSLCipherList", list, "ECDHE-RSA-AES256-GCM-SHA384"],
            );
        }
    }
    // Known to OpenSSL, but none that may be used: that shows in the handshake.
    if OpenSsl.is_installed() {
        let ours = ["text", "SSLCipherList", "PSK-AES128-GCM-SHA256"];
        visited(&world, &ours, ProtocolTLS1_2, OpenSsl, &Offer::default()).failed(
            WDSOCKET_ERR_TLS_PROTOCOL,
            &["SSLCipherList leaves no cipher suite"],
        );
    }
}

#[test]
fn a_connection_tells_of_the_peers_certificate_what_openssl_tells() {
    if !OpenSsl.is_installed() {
        return;
    }
    let world = World::new();
    let mut command = openssl(&["x509", "-noout", "-in", &world.server, "-fingerprint"]);
    command.args(["-sha256", "-enddate", "-dateopt", "iso_8601"]);
    let told = run(command.args(["-subject", "-issuer"]), LIMIT);
    assert!(told.success(), "{}", told.report());
    let of = |label: &str| {
        let line = told.out.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case(label).then_some(value)
        });
        line.unwrap_or_else(|| panic!("no {label}: {}", told.out))
            .trim()
            .replace(" = ", "=")
    };
    let mut server = OpenSsl.listens(&world, &Offer::default());
    let port = server.port().to_string();
    let said = Secure::run(&words(&[
        &world.trust(),
        &["connect", &port, "localhost", "0", ""],
        &["info", "SSLPeerFingerprint", "info", "SSLPeerNotAfter"],
        &["info", "SSLPeerSubject", "info", "SSLPeerIssuer", "close"],
    ]))
    .went_well();
    let end = of("notAfter").replace(' ', "T");
    assert_eq!(
        said.all("info"),
        [of("sha256 Fingerprint"), end, of("subject"), of("issuer")]
    );
}

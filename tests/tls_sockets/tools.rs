//! Programs that people use every day: curl, a web server, and stunnel in front and behind.

use crate::common::process::{LIMIT, Process, from_hex, installed};
use crate::common::run;
use crate::common::secure::Secure;
use crate::interop::openssl;
use crate::world::{TLS1_2, TLS1_3, VERSIONS, World, words};
use std::process::{Command, Stdio};

#[test]
fn curl_fetches_a_page_from_our_server_in_every_version() {
    if !installed("curl") {
        return;
    }
    let world = World::new();
    for version in VERSIONS {
        let bit = version.word();
        let server = Secure::serve(&words(&[
            &["listen", &bit, &world.server, "", "accept", "mode", "none"],
            &["http", "Bonjour", "info", "SSLProtocol", "close"],
        ]));
        let digits = version.name.trim_start_matches("TLSv");
        let digits = if digits == "1" { "1.0" } else { digits };
        let page = run(
            Command::new("curl")
                .env("OPENSSL_CONF", "/dev/null")
                .args([
                    "--silent",
                    "--show-error",
                    "--max-time",
                    "30",
                    "--noproxy",
                    "*",
                ])
                .args(["--ciphers", "DEFAULT@SECLEVEL=0", "--cacert", &world.ca])
                .args([&format!("--tlsv{digits}"), "--tls-max", digits])
                .arg(format!("https://localhost:{}/", server.port)),
            LIMIT,
        );
        assert!(page.success(), "{}: {}", version.name, page.report());
        assert_eq!(page.out, "Bonjour");
        assert_eq!(server.said().went_well().one("info"), version.name);
    }
}

#[test]
fn our_client_fetches_a_page_from_openssls_web_server_in_every_version() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let mut command = openssl(&["s_server", "-www", "-accept", "127.0.0.1:0", "-cert"]);
    command.args([&world.server, "-cipher", "DEFAULT@SECLEVEL=0"]);
    let mut server = Process::start_silent(&mut command);
    let port = server.port().to_string();
    for version in VERSIONS {
        let bit = version.word();
        let said = Secure::run(&words(&[
            &world.trust(),
            &["connect", &port, "localhost", &bit, "", "mode", "none"],
            &["say", "GET / HTTP/1.0\r\n\r\n", "rest"],
        ]));
        let page = said.went_well().bytes("rest");
        assert!(page.starts_with("HTTP/1.0 200 ok\r\n"), "{page}");
        let protocol = format!("Protocol  : {}\n", version.name);
        assert!(page.contains(&protocol), "{page}");
        assert!(page.trim_end().ends_with("</HTML>"), "{page}");
    }
}

#[test]
fn a_second_connection_takes_up_the_session_of_the_first() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let mut command = openssl(&["s_server", "-www", "-accept", "127.0.0.1:0", "-cert"]);
    let mut server = Process::start_silent(command.arg(&world.server));
    let port = server.port().to_string();
    for version in [TLS1_2, TLS1_3] {
        let bit = version.word();
        let fetch = [
            "connect",
            &port,
            "localhost",
            &bit,
            "",
            "mode",
            "none",
            "say",
            "GET / HTTP/1.0\r\n\r\n",
            "rest",
            "close",
        ];
        let said = Secure::run(&words(&[&world.trust(), &fetch, &fetch])).went_well();
        let pages: Vec<String> = said
            .all("rest")
            .iter()
            .map(|page| String::from_utf8_lossy(&from_hex(page)).into_owned())
            .collect();
        assert!(pages[0].contains("\nNew, TLSv1"), "{}", pages[0]);
        assert!(pages[1].contains("\nReused, TLSv1"), "{}", pages[1]);
    }
}

/// Starts stunnel with one service; its port is found by asking the system.
fn stunnel(world: &World, service: &str) -> Process {
    let settings = world.folder.file(
        "stunnel.conf",
        format!("foreground = yes\npid =\n[service]\naccept = 127.0.0.1:0\n{service}\n"),
    );
    let mut command = Command::new("stunnel");
    command.env("OPENSSL_CONF", "/dev/null").arg(settings);
    Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

#[test]
fn stunnel_takes_a_clear_client_to_our_server() {
    if !installed("stunnel") {
        return;
    }
    let world = World::new();
    let server = Secure::serve(&words(&[
        &[
            "listen",
            "0",
            &world.server,
            "",
            "accept",
            "read",
            "say",
            "from the server",
        ],
        &["info", "SSLProtocol"],
    ]));
    let service = format!(
        "client = yes\nconnect = 127.0.0.1:{}\nCAfile = {}\nverifyChain = yes\ncheckHost = localhost",
        server.port, world.ca
    );
    let mut tunnel = stunnel(&world, &service);
    let port = tunnel.port().to_string();
    let client = Secure::run(&["plain", &port, "say", "from the client", "read"]).went_well();
    assert_eq!(client.bytes("read"), "from the server");
    let server = server.said().went_well();
    assert_eq!(server.bytes("read"), "from the client");
    assert_eq!(server.one("info"), "TLSv1.3");
}

#[test]
fn stunnel_takes_our_client_to_a_clear_server() {
    if !installed("stunnel") {
        return;
    }
    let world = World::new();
    let server = Secure::serve(&["clear", "accept", "read", "say", "from the server"]);
    let service = format!(
        "connect = 127.0.0.1:{}\ncert = {}",
        server.port, world.server
    );
    let mut tunnel = stunnel(&world, &service);
    let port = tunnel.port().to_string();
    let client = Secure::run(&words(&[
        &world.trust(),
        &[
            "connect",
            &port,
            "localhost",
            "0",
            "",
            "say",
            "from the client",
            "read",
        ],
        &["info", "SSLPeerSubject", "info", "SSLProtocol"],
    ]));
    let client = client.went_well();
    assert_eq!(client.bytes("read"), "from the server");
    assert_eq!(client.all("info"), ["CN=localhost", "TLSv1.3"]);
    assert_eq!(server.said().went_well().bytes("read"), "from the client");
}

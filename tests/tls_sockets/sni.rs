//! Clients that are not ours ask one server for several names, and verify what they are shown.

use crate::common::process::{LIMIT, installed};
use crate::common::run;
use crate::common::secure::Secure;
use crate::interop::openssl;
use crate::pki::{self, Wish};
use crate::world::{World, localhost, words};
use std::process::Command;

/// A certificate for one name, whose subject says so, too.
fn of(name: &str) -> Wish {
    Wish {
        common_name: name.into(),
        alternative_names: Some(format!("DNS:{name}")),
        key: pki::ec,
        ..localhost()
    }
}

/// A world with a folder of certificates, and its path.
fn world() -> (World, String) {
    let world = World::new();
    let folder = world.folder.path().join("names");
    std::fs::create_dir(&folder).expect("a folder");
    world.issue("names/a.pem", &of("a.example"));
    world.issue("names/b.pem", &of("*.b.example"));
    let folder = folder.to_str().expect("a path").to_owned();
    (world, folder)
}

/// Our server for so many clients: with each it does `what` and says whom it asked for.
fn serve(world: &World, folder: &str, what: &str, clients: usize) -> Secure {
    let each = words(&[
        &["accept", "mode", "none", what, "Bonjour"],
        &["info", "SSLServerName", "close", "server"],
    ]);
    let listen = ["listen", "0", &world.server, ""];
    let directory = ["text", "SSLCertificateDirectory", folder];
    Secure::serve(&words(&[&directory, &listen, &each.repeat(clients)]))
}

#[test]
fn curl_finds_each_name_with_its_certificate() {
    if !installed("curl") {
        return;
    }
    let (world, folder) = world();
    let names = ["a.example", "any.b.example", "localhost"];
    let server = serve(&world, &folder, "http", 2 * names.len());
    for version in ["1.2", "1.3"] {
        for name in names {
            let page = run(
                Command::new("curl")
                    .args(["--silent", "--show-error", "--max-time", "30"])
                    .args(["--noproxy", "*", "--cacert", &world.ca])
                    .args([&format!("--tlsv{version}"), "--tls-max", version])
                    .args(["--resolve", &format!("{name}:{}:127.0.0.1", server.port)])
                    .arg(format!("https://{name}:{}/", server.port)),
                LIMIT,
            );
            assert!(page.success(), "{name}: {}", page.report());
            assert_eq!(page.out, "Bonjour");
        }
    }
    assert_eq!(server.said().went_well().all("info"), names.repeat(2));
}

#[test]
fn openssl_is_shown_the_certificate_of_the_name_however_it_is_spelled() {
    if !installed("openssl") {
        return;
    }
    let (world, folder) = world();
    let longest = format!("{}.example", "a".repeat(240));
    let cases = [
        ("a.example", "a.example"),
        ("A.EXAMPLE", "a.example"),
        ("a.example.", "a.example"),
        ("till.b.example", "*.b.example"),
        ("two.labels.b.example", "localhost"),
        ("b.example", "localhost"),
        ("bücher.example", "localhost"),
        (longest.as_str(), "localhost"),
        ("", "localhost"),
    ];
    let server = serve(&world, &folder, "say", 2 * cases.len());
    let address = format!("127.0.0.1:{}", server.port);
    for version in ["-tls1_2", "-tls1_3"] {
        for (asked, shown) in cases {
            let mut command = openssl(&["s_client", "-verify_return_error", "-ign_eof"]);
            command.args([version, "-connect", &address, "-CAfile", &world.ca]);
            match asked {
                "" => command.arg("-noservername"),
                name => command.args(["-servername", name]),
            };
            let told = run(&mut command, LIMIT);
            assert!(told.success(), "{asked}: {}", told.report());
            let subject = format!("CN = {shown}");
            let of_this = |line: &str| line.trim().replace("CN=", "CN = ").ends_with(&subject);
            let mut subjects = told.out.lines().filter(|line| line.contains("subject="));
            assert!(subjects.any(of_this), "{asked}: {}", told.report());
            assert!(told.out.contains("Verify return code: 0"), "{asked}");
            assert!(told.out.contains("Bonjour"), "{asked}: {}", told.report());
        }
    }
    server.said().went_well();
}

//! SocketProxy: made-up proxies in C, and real ones from the packages, microsocks and dante.
#![cfg(target_os = "linux")]

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;

use common::process::{Process, unpacked};
use common::secure::{Said, Secure};
use pki::{Folder, Wish};
use std::fs;
use std::process::Command;
use wdsocket::constants::*;

promises! {
    both_families;
    proxy: "proxy.c", 12;
}

/// A name that no name server knows, only the proxies started here.
const KNOWN_TO_THE_PROXY: &str = "till.test";

/// A proxy that runs, for the words of the C program.
struct Proxy {
    process: Process,
    port: String,
    // Its files.
    _folder: Folder,
}

impl Proxy {
    fn new(mut command: Command, folder: Folder) -> Proxy {
        let mut process = Process::start_silent(&mut command);
        let port = process.port().to_string();
        Proxy {
            process,
            port,
            _folder: folder,
        }
    }

    /// The words that have the library use it.
    fn words<'a>(&'a self, scheme: &'a str, login: &'a str, password: &'a str) -> Vec<&'a str> {
        let address = match scheme {
            "socks5" => "socks5://127.0.0.1",
            _ => "socks5h://localhost",
        };
        vec!["proxy", address, &self.port, login, password]
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Has a program see these files in the place of the system's own; `None` and said where that is not allowed.
fn with_files(command: Command, files: &[(&str, &str)], folder: &Folder) -> Option<Command> {
    let mut script = String::new();
    for (place, text) in files {
        let file = folder.file(&place.replace('/', "_"), text);
        script += &format!("mount --bind '{file}' {place} && ");
    }
    script += "exec \"$@\"";
    let apart = ["--mount", "--map-root-user"];
    let may = common::run(
        Command::new("unshare").args(apart).arg("true"),
        common::process::LIMIT,
    );
    if !may.success() {
        common::skip("this user may not give a program files of its own (unshare)");
        return None;
    }
    let mut inside = Command::new("unshare");
    inside.args(apart).args(["sh", "-c", &script, "sh"]);
    inside.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        inside.env(name, value.unwrap_or_default());
    }
    Some(inside)
}

fn microsocks(login: &[&str]) -> Option<Proxy> {
    let folder = Folder::new();
    let port = free_port().to_string();
    let mut command = unpacked("microsocks", "usr/bin/microsocks")?;
    command.args(["-i", "127.0.0.1", "-p", &port]).args(login);
    let hosts = format!("127.0.0.1 localhost {KNOWN_TO_THE_PROXY}\n");
    let command = with_files(command, &[("/etc/hosts", &hosts)], &folder)?;
    Some(Proxy::new(command, folder))
}

fn danted(method: &str) -> Option<Proxy> {
    let folder = Folder::new();
    let configuration = format!(
        "logoutput: /dev/null\ninternal: 127.0.0.1 port = {}\nexternal: lo\nclientmethod: none\nsocksmethod: {method}\n\
         user.privileged: root\nuser.unprivileged: root\n\
         client pass {{ from: 0/0 to: 0/0 }}\nsocks block {{ from: 0/0 to: 127.0.0.9/32 }}\nsocks pass {{ from: 0/0 to: 0/0 }}\n",
        free_port()
    );
    let configuration = folder.file("danted.conf", configuration);
    let pid = format!("{configuration}.pid");
    let mut command = unpacked("dante-server", "usr/sbin/danted")?;
    command.args(["-f", &configuration, "-N", "1", "-p", &pid]);
    // Its logins are the system's users: here one more, with the password "secret".
    let crypted = common::run(
        Command::new("openssl").args(["passwd", "-6", "-salt", "salt", "secret"]),
        common::process::LIMIT,
    );
    let users = fs::read_to_string("/etc/passwd").unwrap() + "bob:x:4242:4242::/:/bin/false\n";
    let shadow = format!(
        "root:*:19000::::::\nbob:{}:19000::::::\n",
        crypted.out.trim()
    );
    let hosts = format!("127.0.0.1 localhost {KNOWN_TO_THE_PROXY}\n");
    let files = [
        ("/etc/passwd", users.as_str()),
        ("/etc/shadow", shadow.as_str()),
        ("/etc/hosts", hosts.as_str()),
    ];
    let command = with_files(command, &files, &folder)?;
    Some(Proxy::new(command, folder))
}

fn words<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}

/// One message to a server of ours and back, in clear, by way of the proxy that `use_it` says.
fn talk(use_it: &[&str], host: &str) -> Said {
    let server = Secure::serve(&["clear", "accept", "echo"]);
    let port = server.port.to_string();
    let said = Secure::run(&words(&[
        use_it,
        &["dial", &port, host, "say", "hello", "read", "peer"],
    ]));
    if said.error.is_none() {
        server.said().went_well();
    }
    said
}

fn went_through(said: Said, proxy: &Proxy) {
    let said = said.went_well();
    assert_eq!(said.bytes("read"), "hello");
    assert_eq!(said.one("peer"), format!("127.0.0.1 {}", proxy.port));
}

/// What every proxy has to show, with or without a login.
fn serves(proxy: &mut Proxy, login: &str, password: &str) {
    for (scheme, host) in [
        ("socks5", "127.0.0.1"),
        ("socks5", "localhost"),
        ("socks5h", "127.0.0.1"),
        ("socks5h", KNOWN_TO_THE_PROXY),
    ] {
        let use_it = proxy.words(scheme, login, password);
        went_through(talk(&use_it, host), proxy);
    }
    let closed = free_port().to_string();
    let use_it = proxy.words("socks5", login, password);
    let refused = Secure::run(&words(&[&use_it, &["dial", &closed, "127.0.0.1"]]));
    let text = refused.failed(WDSOCKET_ERR_REFUSED, &["the proxy 127.0.0.1 port "]);
    assert!(text.contains(&format!("127.0.0.1 port {closed}")), "{text}");
    // The name is looked up here, where nobody knows it.
    let unknown = Secure::run(&words(&[&use_it, &["dial", &closed, KNOWN_TO_THE_PROXY]]));
    unknown.failed(WDSOCKET_ERR_HOST_NOT_FOUND, &[KNOWN_TO_THE_PROXY]);
    over_tls(&proxy.words("socks5h", login, password));
    assert!(proxy.process.0.try_wait().unwrap().is_none());
}

/// The certificate is checked against the name as typed, which this machine cannot look up.
fn over_tls(use_it: &[&str]) {
    let folder = Folder::new();
    let root = pki::authority("Shop Root").issue(None);
    let ca = folder.file("root.pem", root.pem());
    let wish = Wish {
        common_name: KNOWN_TO_THE_PROXY.into(),
        alternative_names: Some(format!("DNS:{KNOWN_TO_THE_PROXY}")),
        ..pki::server()
    };
    let certificate = folder.file("server.pem", wish.issue(Some(&root)).with_chain(&[]));
    let trust = ["option", "SSLSystemRoots", "0", "text", "SSLCaFile", &ca];
    for (host, accepted) in [(KNOWN_TO_THE_PROXY, true), ("localhost", false)] {
        let server = Secure::serve(&["listen", "0", &certificate, "", "accept", "echo"]);
        let port = server.port.to_string();
        let connect = ["connect", &port, host, "0", "", "say", "hello", "read"];
        let said = Secure::run(&words(&[&trust, use_it, &connect]));
        if accepted {
            assert_eq!(said.went_well().bytes("read"), "hello");
            server.said().went_well();
        } else {
            said.failed(
                WDSOCKET_ERR_TLS_CERTIFICATE,
                &["it is not for \"localhost\""],
            );
        }
    }
}

#[test]
fn microsocks_without_a_password() {
    let Some(mut proxy) = microsocks(&[]) else {
        return;
    };
    serves(&mut proxy, "", "");
    // A login that nobody asks for does no harm.
    went_through(
        talk(&proxy.words("socks5", "bob", "secret"), "127.0.0.1"),
        &proxy,
    );
    let unknown = talk(&proxy.words("socks5h", "", ""), "no-such-host.invalid");
    // It does not say more of a name that it cannot look up.
    unknown.failed(
        WDSOCKET_ERR_PROXY,
        &["no-such-host.invalid", "may not exist"],
    );
}

#[test]
fn microsocks_with_a_password() {
    let Some(mut proxy) = microsocks(&["-u", "bob", "-P", "secret"]) else {
        return;
    };
    serves(&mut proxy, "bob", "secret");
    let wrong = talk(&proxy.words("socks5", "bob", "guess"), "127.0.0.1");
    wrong.failed(WDSOCKET_ERR_ACCESS_DENIED, &["refused the login"]);
    let none = talk(&proxy.words("socks5", "", ""), "127.0.0.1");
    none.failed(WDSOCKET_ERR_ACCESS_DENIED, &["demands a login"]);
}

#[test]
fn dante_without_a_password() {
    let Some(mut proxy) = danted("none") else {
        return;
    };
    serves(&mut proxy, "", "");
    let forbidden = talk(&proxy.words("socks5", "", ""), "127.0.0.9");
    forbidden.failed(WDSOCKET_ERR_ACCESS_DENIED, &["rules", "127.0.0.9"]);
}

#[test]
fn dante_with_a_password() {
    let Some(mut proxy) = danted("username") else {
        return;
    };
    serves(&mut proxy, "bob", "secret");
    let wrong = talk(&proxy.words("socks5", "bob", "guess"), "127.0.0.1");
    wrong.failed(WDSOCKET_ERR_ACCESS_DENIED, &["refused the login"]);
    let none = talk(&proxy.words("socks5", "", ""), "127.0.0.1");
    none.failed(WDSOCKET_ERR_ACCESS_DENIED, &["demands a login"]);
}

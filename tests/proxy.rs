//! SocketProxy: made-up proxies in C, and real ones from the packages: microsocks, dante, tinyproxy, squid, ssh.
#![cfg(target_os = "linux")]

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;

use common::process::{Process, closed_port, free_port, installed, unpacked};
use common::secure::{Said, Secure};
use common::skip;
use pki::{Folder, Wish};
use std::fs;
use std::process::Command;
use wdsocket::constants::*;

promises! {
    both_families;
    proxy: "proxy.c", 17;
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
            "socks5h" => "socks5h://localhost",
            "socks4a" => "socks4a://127.0.0.1",
            "http" => "http://localhost",
            "https" => "https://localhost",
            _ => panic!("{scheme}"),
        };
        vec!["proxy", address, &self.port, login, password]
    }
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

/// Has a program run as a user without rights, for those that want no others or want to drop theirs themselves;
/// `None` and said where that is not allowed.
fn as_nobody(command: Command) -> Option<Command> {
    let apart = ["--user", "--map-user=65534"];
    let may = common::run(
        Command::new("unshare").args(apart).arg("true"),
        common::process::LIMIT,
    );
    if !may.success() {
        common::skip("this user may not run a program as nobody (unshare)");
        return None;
    }
    let mut inside = Command::new("unshare");
    inside.args(apart).arg(command.get_program());
    inside.args(command.get_args());
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
    let (_closed, port) = closed_port();
    let closed = port.to_string();
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
    let hosts = [(KNOWN_TO_THE_PROXY, true), ("localhost", false)];
    for ((host, accepted), at_once) in hosts
        .into_iter()
        .flat_map(|case| [(case, true), (case, false)])
    {
        let server = Secure::serve(&["listen", "0", &certificate, "", "accept", "echo"]);
        let port = server.port.to_string();
        let connect = match at_once {
            true => vec!["connect", &port, host, "0", ""],
            false => vec!["dial", &port, host, "start", "0", "", ""], // SocketStartSSL, which is told no name
        };
        let said = Secure::run(&words(&[
            &trust,
            use_it,
            &connect,
            &["say", "hello", "read"],
        ]));
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

/// A wrong login, and none, are refused, each with its reason.
fn knows_its_users(proxy: &Proxy, protocol: &str) {
    let wrong = talk(&proxy.words(protocol, "bob", "guess"), "127.0.0.1");
    wrong.failed(WDSOCKET_ERR_ACCESS_DENIED, &["refused the login"]);
    let none = talk(&proxy.words(protocol, "", ""), "127.0.0.1");
    none.failed(WDSOCKET_ERR_ACCESS_DENIED, &["demands a login"]);
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
    knows_its_users(&proxy, "socks5");
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
    knows_its_users(&proxy, "socks5");
}

/// A proxy that makes connections alone: HTTP's CONNECT.
fn serves_http(proxy: &mut Proxy, login: &str, password: &str) {
    for host in ["127.0.0.1", "localhost", KNOWN_TO_THE_PROXY] {
        went_through(talk(&proxy.words("http", login, password), host), proxy);
    }
    over_tls(&proxy.words("http", login, password));
    assert!(proxy.process.0.try_wait().unwrap().is_none());
}

fn tinyproxy(more: &str) -> Option<Proxy> {
    let folder = Folder::new();
    let port = free_port();
    let configuration =
        format!("Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n{more}");
    let configuration = folder.file("tinyproxy.conf", configuration);
    let mut command = unpacked("tinyproxy-bin", "usr/bin/tinyproxy")?;
    command.args(["-d", "-c", &configuration]);
    let hosts = format!("127.0.0.1 localhost {KNOWN_TO_THE_PROXY}\n");
    let command = with_files(command, &[("/etc/hosts", &hosts)], &folder)?;
    Some(Proxy::new(command, folder))
}

#[test]
fn tinyproxy_without_a_password() {
    let Some(mut proxy) = tinyproxy("") else {
        return;
    };
    serves_http(&mut proxy, "", "");
    let (_closed, port) = closed_port();
    let closed = port.to_string();
    let use_it = proxy.words("http", "", "");
    let refused = Secure::run(&words(&[&use_it, &["dial", &closed, "127.0.0.1"]]));
    refused.failed(WDSOCKET_ERR_UNREACHABLE, &["the proxy ", &closed, "500"]);
    let unknown = talk(&use_it, "no-such-host.invalid");
    unknown.failed(WDSOCKET_ERR_UNREACHABLE, &["no-such-host.invalid"]);
    let Some(strict) = tinyproxy("ConnectPort 1\n") else {
        return;
    };
    let forbidden = talk(&strict.words("http", "", ""), "127.0.0.1");
    forbidden.failed(WDSOCKET_ERR_ACCESS_DENIED, &["rules"]);
}

#[test]
fn tinyproxy_with_a_password() {
    let Some(mut proxy) = tinyproxy("BasicAuth bob secret\n") else {
        return;
    };
    serves_http(&mut proxy, "bob", "secret");
    knows_its_users(&proxy, "http");
    // The same for one connection alone.
    let url = format!("http://bob:secret@127.0.0.1:{}", proxy.port);
    went_through(
        talk(&["text", "SocketProxyAddress", &url], "127.0.0.1"),
        &proxy,
    );
}

#[test]
fn the_environment_counts_when_it_is_asked_for() {
    let Some(proxy) = tinyproxy("") else {
        return;
    };
    let url = format!("127.0.0.1:{}", proxy.port);
    let server = |accepts: usize| {
        let mut says = vec!["clear"];
        says.extend(["accept", "echo"].repeat(accepts));
        Secure::serve(&says)
    };
    let talk = |environment: &[(&str, &str)], ask: &[&str]| {
        let server = server(1);
        let port = server.port.to_string();
        let dial = ["dial", &port, "127.0.0.1", "say", "hello", "read", "peer"];
        let said = Secure::start_with(&words(&[ask, &dial]), environment).said();
        server.said();
        let peer = said.went_well().one("peer").to_owned();
        peer == format!("127.0.0.1 {}", proxy.port)
    };
    let asks: [&[&str]; 2] = [
        &["proxy", "environment:", "0", "", ""],
        &["text", "SocketProxyAddress", "environment:"],
    ];
    for ask in asks {
        assert!(talk(&[("ALL_PROXY", &url)], ask));
        assert!(talk(&[("all_proxy", &url), ("no_proxy", "x.test")], ask));
        assert!(!talk(
            &[("all_proxy", &url), ("no_proxy", "x,127.0.0.0/8")],
            ask
        ));
        // It is for connections under TLS.
        assert!(!talk(&[("https_proxy", &url)], ask));
        assert!(!talk(&[], ask));
        let bad = Secure::start_with(
            &words(&[ask, &["dial", "1", "127.0.0.1"]]),
            &[("all_proxy", "ftp://bob:secret@x")],
        );
        let text = bad
            .said()
            .failed(WDSOCKET_ERR_INVALID_ARGUMENT, &["all_proxy"]);
        assert!(!text.contains("secret"), "{text}");
    }
    assert!(!talk(&[("all_proxy", &url)], &[]));
}

/// Squid with a port in clear and one under TLS, whose certificate is for `localhost`. The login is bob's.
struct Squid {
    clear: Proxy,
    tls: String,
    certificate: String,
    ca: String,
}

fn squid() -> Option<Squid> {
    let folder = Folder::new();
    let root = pki::authority("Proxy Root").issue(None);
    let ca = folder.file("root.pem", root.pem());
    let wish = Wish {
        common_name: "localhost".into(),
        alternative_names: Some("DNS:localhost".into()),
        ..pki::server()
    };
    let certificate = folder.file("proxy.pem", wish.issue(Some(&root)).with_chain(&[]));
    let mut crypted = Command::new("openssl");
    let crypted = common::run(
        crypted.args(["passwd", "-apr1", "secret"]),
        common::process::LIMIT,
    );
    let users = folder.file("users", format!("bob:{}\n", crypted.out.trim()));
    let hosts = format!("127.0.0.1 localhost {KNOWN_TO_THE_PROXY}\n");
    let hosts = folder.file("hosts", hosts);
    let unpacked_files = common::process::unpacked_folder("squid-openssl")?;
    // What it insists on, empty.
    let mime = folder.file("mime.conf", "");
    let errors = format!("{mime}.errors");
    fs::create_dir(&errors).unwrap();
    let (clear, tls) = (free_port(), free_port());
    let configuration = format!(
        "http_port 127.0.0.1:{clear}\nhttps_port 127.0.0.1:{tls} tls-cert={certificate}\n\
         auth_param basic program {files}/usr/lib/squid/basic_ncsa_auth {users}\n\
         acl known proxy_auth REQUIRED\nacl forbidden dst 127.0.0.9/32\nhttp_access deny forbidden\n\
         http_access allow known\nhttp_access deny all\ncache deny all\naccess_log none\ncache_log /dev/null\n\
         cache_store_log none\npid_filename none\ncoredump_dir none\nshutdown_lifetime 0 seconds\npinger_enable off\n\
         netdb_filename none\nvisible_hostname squid.test\nhosts_file {hosts}\nmime_table {mime}\n\
         icon_directory {errors}\nerror_directory {errors}\n\
         logfile_daemon {files}/usr/lib/squid/log_file_daemon\nunlinkd_program {files}/usr/lib/squid/unlinkd\n\
         connect_timeout 5 seconds\nforward_max_tries 1\n",
        files = unpacked_files.display(),
    );
    let configuration = folder.file("squid.conf", configuration);
    let mut command = unpacked("squid-openssl", "usr/sbin/squid")?;
    let name = format!("wd{}", clear);
    command.args(["-N", "-f", &configuration, "-n", &name]);
    let command = as_nobody(command)?;
    let mut clear_proxy = Proxy::new(command, folder);
    clear_proxy.port = clear.to_string();
    let tls = tls.to_string();
    common::process::wait_for_port(&tls);
    common::process::wait_for_port(&clear_proxy.port);
    Some(Squid {
        clear: clear_proxy,
        tls,
        certificate,
        ca,
    })
}

#[test]
fn squid_in_clear_and_under_tls() {
    let Some(mut squid) = squid() else {
        return;
    };
    serves_http(&mut squid.clear, "bob", "secret");
    let none = talk(&squid.clear.words("http", "", ""), "127.0.0.1");
    none.failed(WDSOCKET_ERR_ACCESS_DENIED, &["demands a login"]);
    let (_closed, port) = closed_port();
    let closed = port.to_string();
    let use_it = squid.clear.words("http", "bob", "secret");
    let refused = Secure::run(&words(&[&use_it, &["dial", &closed, "127.0.0.1"]]));
    refused.failed(
        WDSOCKET_ERR_REFUSED,
        &["the proxy 127.0.0.1 port ", &closed],
    );
    let forbidden = talk(&use_it, "127.0.0.9");
    forbidden.failed(WDSOCKET_ERR_ACCESS_DENIED, &["rules"]);
    let unknown = talk(&use_it, "no-such-host.invalid");
    unknown.failed(WDSOCKET_ERR_UNREACHABLE, &["no-such-host.invalid"]);

    let trust = [
        "option",
        "SSLSystemRoots",
        "0",
        "text",
        "SSLCaFile",
        &squid.ca,
    ];
    let https = |host: &'static str| vec!["proxy", host, &squid.tls, "bob", "secret"];
    // Nothing but ciphertext leaves, and all the rest is as in clear.
    let through = words(&[&trust, &https("https://localhost")]);
    for host in ["127.0.0.1", KNOWN_TO_THE_PROXY] {
        let said = talk(&through, host).went_well();
        assert_eq!(said.bytes("read"), "hello");
        assert_eq!(said.one("peer"), format!("127.0.0.1 {}", squid.tls));
    }
    let other_name = words(&[&trust, &https("https://127.0.0.1")]);
    let text = talk(&other_name, "127.0.0.1").failed(WDSOCKET_ERR_PROXY, &["cannot be had"]);
    assert!(text.contains("it is not for \"127.0.0.1\""), "{text}");
    let untrusted = words(&[
        &["option", "SSLSystemRoots", "0"],
        &https("https://localhost"),
    ]);
    talk(&untrusted, "127.0.0.1").failed(WDSOCKET_ERR_PROXY, &["127.0.0.1 port "]);
    let in_clear = [
        "proxy",
        "https://localhost",
        &squid.clear.port,
        "bob",
        "secret",
    ];
    let in_clear = words(&[&trust, &in_clear]);
    talk(&in_clear, "127.0.0.1").failed(WDSOCKET_ERR_PROXY, &["cannot be had"]);
    tls_in_tls(&squid);
    a_capture_decrypts_it(&squid);
}

/// Both certificates are checked, each against its own name.
fn tls_in_tls(squid: &Squid) {
    let folder = Folder::new();
    let root = pki::authority("Shop Root").issue(None);
    let both = [fs::read(&squid.ca).unwrap(), root.pem()].concat();
    let ca = folder.file("both.pem", both);
    let wish = Wish {
        common_name: KNOWN_TO_THE_PROXY.into(),
        alternative_names: Some(format!("DNS:{KNOWN_TO_THE_PROXY}")),
        ..pki::server()
    };
    let certificate = folder.file("server.pem", wish.issue(Some(&root)).with_chain(&[]));
    let trust = ["option", "SSLSystemRoots", "0", "text", "SSLCaFile", &ca];
    let use_it = ["proxy", "https://localhost", &squid.tls, "bob", "secret"];
    for (start, host, accepted) in [
        (false, KNOWN_TO_THE_PROXY, true),
        (false, "localhost", false),
        (true, KNOWN_TO_THE_PROXY, true),
        (true, "localhost", false),
    ] {
        let server = Secure::serve(&["listen", "0", &certificate, "", "accept", "echo"]);
        let port = server.port.to_string();
        let connect = match start {
            false => vec!["connect", &port, host, "0", ""],
            true => vec!["dial", &port, KNOWN_TO_THE_PROXY, "start", "0", host, ""],
        };
        let long = "long ".repeat(20_000);
        let talk = ["say", &long, "read", "info", "SSLPeerSubject"];
        let said = Secure::run(&words(&[&trust, &use_it, &connect, &talk]));
        if accepted {
            let said = said.went_well();
            assert!(said.bytes("read") == long);
            assert!(said.one("info").contains(KNOWN_TO_THE_PROXY));
            server.said().went_well();
        } else {
            said.failed(
                WDSOCKET_ERR_TLS_CERTIFICATE,
                &["it is not for \"localhost\""],
            );
        }
    }
}

/// A capture shows what goes through TLS to a proxy, and holds the secrets of TLS inside as well.
fn a_capture_decrypts_it(squid: &Squid) {
    if !installed("tshark") {
        skip("captures of a proxy under TLS: tshark (package tshark) is not installed");
        return;
    }
    let folder = Folder::new();
    let captured = |name: &str, secure: &[&str]| {
        let capture = format!("{}/{name}.pcapng", folder.text());
        let trust = ["option", "SSLSystemRoots", "0", "text", "SSLCaFile"];
        let trace = ["text", "SocketTraceFile", &capture];
        let use_it = ["proxy", "https://localhost", &squid.tls, "bob", "secret"];
        let talk = ["say", "through TLS", "read"];
        let said = Secure::run(&words(&[
            &trust,
            &[&squid.ca],
            &trace,
            &use_it,
            secure,
            &talk,
        ]));
        assert_eq!(said.went_well().bytes("read"), "through TLS");
        capture
    };
    let tshark = |capture: &str| {
        let mut command = Command::new("tshark");
        command.args(["-r", capture, "-d", &format!("tcp.port=={},tls", squid.tls)]);
        command.args(["-q", "-z", "follow,tls,ascii,0"]);
        common::run(&mut command, common::process::LIMIT).out
    };

    let server = Secure::serve(&["clear", "accept", "echo"]);
    let port = server.port.to_string();
    let shown = tshark(&captured("clear", &["dial", &port, KNOWN_TO_THE_PROXY]));
    let request = format!("CONNECT {KNOWN_TO_THE_PROXY}:{port} HTTP/1.1");
    assert!(shown.contains(&request), "{shown}");
    assert!(shown.contains("through TLS"), "{shown}");
    server.said().went_well();

    let server = Secure::serve(&["listen", "0", &squid.certificate, "", "accept", "echo"]);
    let port = server.port.to_string();
    let capture = captured(
        "tls",
        &["dial", &port, "127.0.0.1", "start", "0", "localhost", ""],
    );
    let shown = tshark(&capture);
    assert!(
        shown.contains(&format!("CONNECT 127.0.0.1:{port}")),
        "{shown}"
    );
    assert!(!shown.contains("through TLS"), "{shown}");
    server.said().went_well();
    let capture = fs::read(capture).unwrap();
    let client = b"\nCLIENT_TRAFFIC_SECRET_0 ";
    let secrets = capture.windows(client.len()).filter(|text| *text == client);
    assert_eq!(
        secrets.count(),
        2,
        "those of the proxy and those of the server"
    );
}

#[test]
fn dante_speaks_socks_4() {
    let Some(proxy) = danted("none") else {
        return;
    };
    let use_it = proxy.words("socks4a", "", "");
    went_through(talk(&use_it, "127.0.0.1"), &proxy);
    // It refuses names.
    let name = talk(&use_it, KNOWN_TO_THE_PROXY);
    name.failed(WDSOCKET_ERR_PROXY, &["says no more", KNOWN_TO_THE_PROXY]);
}

#[test]
fn ssh_makes_a_proxy_of_any_server() {
    let Some(proxy) = ssh() else {
        return;
    };
    for (scheme, host) in [
        ("socks5", "127.0.0.1"),
        ("socks5h", "127.0.0.1"),
        ("socks4a", "127.0.0.1"),
        ("socks5h", "localhost"),
    ] {
        went_through(talk(&proxy.0.words(scheme, "", ""), host), &proxy.0);
    }
    // It closes without an answer.
    for scheme in ["socks5h", "socks4a"] {
        let unknown = talk(&proxy.0.words(scheme, "", ""), "no-such-host.invalid");
        unknown.failed(WDSOCKET_ERR_PROXY, &["no-such-host.invalid"]);
    }
}

/// `ssh -D` to a server of its own, which runs as long as it does.
fn ssh() -> Option<(Proxy, Process)> {
    if !common::process::installed("ssh") {
        return None;
    }
    let folder = Folder::new();
    let key = |name: &str| {
        let path = folder.file(name, "");
        fs::remove_file(&path).unwrap();
        let make = ["-q", "-t", "ed25519", "-N", "", "-f", &path];
        let made = common::run(
            Command::new("ssh-keygen").args(make),
            common::process::LIMIT,
        );
        assert!(made.success(), "{}", made.report());
        path
    };
    let (host_key, user_key) = (key("host"), key("user"));
    let allowed = folder.file(
        "allowed",
        fs::read_to_string(format!("{user_key}.pub")).unwrap(),
    );
    let port = free_port().to_string();
    let mut server = unpacked("openssh-server", "usr/sbin/sshd")?;
    server.args(["-D", "-e", "-f", "/dev/null"]);
    for option in [
        format!("Port={port}"),
        "ListenAddress=127.0.0.1".into(),
        format!("HostKey={host_key}"),
        format!("AuthorizedKeysFile={allowed}"),
        "StrictModes=no".into(),
        "PidFile=none".into(),
        "UsePAM=no".into(),
    ] {
        server.args(["-o", &option]);
    }
    let mut server = as_nobody(server)?;
    let mut server = Process::start_silent(&mut server);
    server.port();
    let dynamic = format!("127.0.0.1:{}", free_port());
    let mut client = Command::new("ssh");
    client.args([
        "-N",
        "-F",
        "/dev/null",
        "-i",
        &user_key,
        "-p",
        &port,
        "-D",
        &dynamic,
    ]);
    for option in [
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "BatchMode=yes",
        "ExitOnForwardFailure=yes",
        "IdentitiesOnly=yes",
    ] {
        client.args(["-o", option]);
    }
    client.arg("nobody@127.0.0.1");
    Some((Proxy::new(client, folder), server))
}

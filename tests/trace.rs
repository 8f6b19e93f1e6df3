//! What a trace shows: captures as Wireshark's own programs read them, texts as people do.
#![cfg(target_os = "linux")]

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;
#[path = "tls_sockets/world.rs"]
#[allow(dead_code)]
mod world;

use common::process::{LIMIT, Process, free_port, installed, unpacked};
use common::{Outcome, build, run, skip};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use world::World;

const SECRET: &str = "a secret message";

/// Whether Wireshark's programs are here; says so where they are not.
fn has_tshark() -> bool {
    let has = ["tshark", "capinfos", "editcap"].into_iter().all(installed);
    if !has {
        skip("captures: tshark (package tshark) is not installed");
    }
    has
}

/// A capture, or a text, that a scene of the C program has made.
struct Trace {
    world: World,
    file: String,
}

impl Trace {
    fn new(name: &str) -> Trace {
        let world = World::new();
        let file = format!("{}/{name}", world.folder.text());
        Trace { world, file }
    }

    /// The C program for a scene, with a certificate.
    fn secure(&self, scene: &str, more: &[&str]) -> Command {
        let mut command = Command::new(build("traced.c", &[]));
        command.args([&self.file, scene, &self.world.server, &self.world.ca]);
        command.args(more);
        command
    }

    /// The C program for a scene in clear.
    fn clear(&self, scene: &str, more: &[&str]) -> Command {
        let mut command = Command::new(build("traced.c", &[]));
        command.args([&self.file, scene, "", ""]).args(more);
        command
    }

    fn made(name: &str, scene: &str, more: &[&str]) -> Trace {
        let trace = Trace::new(name);
        well(&mut trace.secure(scene, more));
        trace
    }

    fn made_in_clear(name: &str, scene: &str, more: &[&str]) -> Trace {
        let trace = Trace::new(name);
        well(&mut trace.clear(scene, more));
        trace
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).expect("the trace")
    }

    fn tshark(&self, words: &[&str]) -> String {
        let mut command = Command::new("tshark");
        for stranger in strangers() {
            command.args(["--disable-protocol", stranger]);
        }
        well(command.args(["-r", &self.file]).args(words)).out
    }

    /// What the packets are, as tshark sees them.
    fn packets(&self, filter: &str) -> Vec<String> {
        let told = self.tshark(&["-Y", filter]);
        told.lines().map(str::to_owned).collect()
    }

    /// What went through a connection, decrypted where it was encrypted (`tls`) or not (`tcp`).
    fn followed(&self, protocol: &str, stream: u32) -> String {
        self.tshark(&["-q", "-z", &format!("follow,{protocol},ascii,{stream}")])
    }

    /// tshark finds nothing wrong, and the other programs take the capture as well.
    fn is_right(&self, words: &[&str]) {
        let expert = self.tshark(&[words, &["-q", "-z", "expert"]].concat());
        for bad in ["Errors (", "Warns (", "Malformed"] {
            assert!(!expert.contains(bad), "{expert}");
        }
        let checked =
            ["ip", "tcp", "udp"].map(|protocol| format!("{protocol}.check_checksum:TRUE"));
        let filter = "tcp.analysis.flags or ip.checksum.status == Bad or tcp.checksum.status == Bad \
                      or udp.checksum.status == Bad or _ws.malformed";
        let options: Vec<&str> = checked.iter().flat_map(|option| ["-o", option]).collect();
        let bad = self.tshark(&[&options[..], &["-Y", filter]].concat());
        assert_eq!(bad, "", "numbers and checksums");
        let about = well(Command::new("capinfos").arg(&self.file)).out;
        assert!(about.contains("Capture application: wdsocket"), "{about}");
        let copy = format!("{}-copy", self.file);
        well(Command::new("editcap").args([&self.file, &copy]));
        let mode = fs::metadata(&self.file).expect("the capture").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "for its owner alone");
    }

    /// The same capture without its secrets.
    fn without_secrets(&self) -> Trace {
        let bare = Trace::new("bare.pcapng");
        well(Command::new("editcap").args(["--discard-all-secrets", &self.file, &bare.file]));
        bare
    }

    /// The clear text of a TLS connection is there, and is not without the secrets.
    fn shows(&self, stream: u32, text: &str) {
        let followed = self.followed("tls", stream);
        assert!(followed.contains(text), "{followed}");
        let bare = self.without_secrets().followed("tls", stream);
        assert!(!bare.contains(text), "{bare}");
    }
}

/// Protocols that Wireshark takes a connection for by its port, among those that the system gives to clients.
fn strangers() -> &'static [String] {
    static STRANGERS: OnceLock<Vec<String>> = OnceLock::new();
    STRANGERS.get_or_init(|| {
        let known = well(Command::new("tshark").args(["-G", "decodes"])).out;
        let of_clients = known.lines().filter_map(|line| {
            let mut parts = line.split('\t');
            let is_port = parts.next()?.ends_with(".port");
            let port: u32 = parts.next()?.parse().ok()?;
            (is_port && port >= 32_768).then(|| parts.next().map(str::to_owned))?
        });
        of_clients.collect()
    })
}

fn well(command: &mut Command) -> Outcome {
    let outcome = run(command, Duration::from_secs(100));
    assert!(outcome.success(), "{command:?}: {}", outcome.report());
    outcome
}

/// The certificate of an authority that has issued nothing.
fn stranger(world: &World) -> String {
    let authority = pki::authority("a stranger").issue(None);
    world.folder.file("stranger.pem", authority.pem())
}

#[test]
fn a_connection_in_clear_is_read_by_tshark() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made_in_clear("clear.pcapng", "clear", &[]);
    trace.is_right(&[]);
    let followed = trace.followed("tcp", 0);
    assert_eq!(
        followed.matches("\na plain message\n").count(),
        2,
        "{followed}"
    );
    assert_eq!(trace.packets("tcp.flags.syn == 1").len(), 2);
    assert_eq!(trace.packets("tcp.flags.fin == 1").len(), 2);
    let comment = trace.tshark(&[
        "-T",
        "fields",
        "-e",
        "frame.comment",
        "-Y",
        "frame.number == 1",
    ]);
    assert!(
        comment.starts_with("process ")
            && comment.contains(", socket \"")
            && comment.contains(", thread "),
        "{comment}"
    );
}

#[test]
fn ipv6_is_read_by_tshark() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made_in_clear("clear.pcapng", "clear", &["", "::1"]);
    trace.is_right(&[]);
    assert!(trace.packets("ipv6.src == ::1").len() > 8);
    assert!(trace.followed("tcp", 0).contains("another plain message"));
}

#[test]
fn tls_1_3_is_decrypted_by_tshark() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made("tls.pcapng", "tls", &["32"]);
    trace.is_right(&[]);
    trace.shows(0, SECRET);
    assert!(
        !trace.packets("tls.handshake.type == 20").is_empty(),
        "Finished"
    );
}

#[test]
fn tls_1_2_and_its_resumed_session_are_decrypted_by_tshark() {
    shows_a_resumed_session(&["16", "::1"]);
}

#[test]
fn a_resumed_session_of_tls_1_3_is_decrypted_by_tshark() {
    shows_a_resumed_session(&["32"]);
}

/// Of two connections that these words ask for, the second takes up the session of the first.
fn shows_a_resumed_session(words: &[&str]) {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made("tls.pcapng", "resumed", words);
    trace.is_right(&[]);
    trace.shows(0, SECRET);
    trace.shows(1, SECRET);
    assert_eq!(
        trace.packets("tls.handshake.type == 11").len(),
        1,
        "one certificate"
    );
}

#[test]
fn what_comes_behind_a_key_update_is_decrypted_by_tshark() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::new("update.pcapng");
    let mut server = Process::start(trace.secure("serves", &[]).stdout(Stdio::piped()));
    let mut port = String::new();
    let output = server.0.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut port).expect("a port");
    let mut client = Command::new("openssl")
        .args(["s_client", "-tls1_3", "-connect"])
        .arg(format!("127.0.0.1:{}", port.trim()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    let mut input = client.stdin.take().expect("its input");
    let output = BufReader::new(client.stdout.take().expect("its output"));
    // Each line comes back before the next one leaves; K makes both sides change their keys.
    let mut lines = output.lines();
    for (line, command) in [
        ("before it", "K\n"),
        ("behind it", "k\n"),
        ("and behind the next", "Q\n"),
    ] {
        writeln!(input, "{line}").expect("give it a line");
        assert!(
            lines.any(|told| told.is_ok_and(|told| told == line)),
            "{line}"
        );
        input
            .write_all(command.as_bytes())
            .expect("give it a command");
        input.flush().expect("give it a command");
        thread::sleep(Duration::from_millis(200)); // s_client takes a command only as the first bytes of a read
    }
    client.wait().expect("its end");
    server.ends_well("the server");
    trace.is_right(&[]);
    assert!(
        trace.packets("tls.handshake.type == 24").len() >= 2,
        "KeyUpdate"
    );
    trace.shows(0, "behind it");
    trace.shows(0, "and behind the next");
}

#[test]
fn a_refused_certificate_is_seen_with_its_alert() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::new("refused.pcapng");
    well(&mut trace.secure("refused", &[&stranger(&trace.world)]));
    trace.is_right(&[]);
    let alerts = trace.packets("tls.alert_message.level == 2");
    assert!(
        alerts.iter().any(|alert| alert.contains("Unknown CA")),
        "{alerts:?}"
    );
    assert_eq!(
        trace.packets("tls.handshake.type == 11").len(),
        1,
        "the certificate"
    );
    let bare = trace.without_secrets();
    assert_eq!(bare.packets("tls.handshake.type == 11").len(), 0);
}

const MAIL_SERVER: &str = "
import ssl, sys, threading
from aiosmtpd.controller import Controller
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
class Local(Controller):
    def _trigger_server(self):
        pass
Local(object(), hostname='127.0.0.1', port=0, tls_context=context, require_starttls=True).start()
threading.Event().wait()
";

#[test]
fn starttls_of_a_real_mail_server_is_decrypted_by_tshark() {
    let has = |python: &&str| {
        let mut command = Command::new(python);
        run(command.args(["-c", "import aiosmtpd"]), LIMIT).success()
    };
    let Some(python) = ["python3", "/usr/bin/python3"].into_iter().find(has) else {
        return skip("captures of STARTTLS: Python's aiosmtpd (python3-aiosmtpd) is not installed");
    };
    if !has_tshark() {
        return;
    }
    let trace = Trace::new("mail.pcapng");
    let mut server = Command::new(python);
    server.args(["-c", MAIL_SERVER, &trace.world.server]);
    let mut server = Process::start(server.stderr(Stdio::null()));
    let port = server.port().to_string();
    well(&mut trace.secure("starttls", &[&port]));
    trace.is_right(&["-d", &format!("tcp.port=={port},smtp")]);
    let decode = format!("tcp.port=={port},smtp");
    let under_tls = trace.tshark(&["-d", &decode, "-Y", "tls and smtp.req.command == \"NOOP\""]);
    assert_eq!(under_tls.lines().count(), 1, "{under_tls}");
    let bare = trace.without_secrets();
    assert_eq!(
        bare.tshark(&["-d", &decode, "-Y", "smtp.req.command == \"NOOP\""]),
        ""
    );
}

#[test]
fn tls_through_a_proxys_tunnel_is_decrypted_by_tshark() {
    if !has_tshark() {
        return;
    }
    let Some(mut proxy) = unpacked("microsocks", "usr/bin/microsocks") else {
        return;
    };
    let port = free_port().to_string();
    proxy.args([
        "-i",
        "127.0.0.1",
        "-p",
        &port,
        "-u",
        "proxy-user",
        "-P",
        "proxy-password",
    ]);
    let mut proxy = Process::start_silent(&mut proxy);
    assert_eq!(proxy.port().to_string(), port);
    let trace = Trace::made("tunnel.pcapng", "tunnel", &[&port]);
    let decode = format!("tcp.port=={port},socks");
    trace.is_right(&["-d", &decode]);
    let login = trace.tshark(&["-d", &decode, "-Y", "socks.username == \"proxy-user\""]);
    assert!(!login.is_empty(), "what went to the proxy");
    trace.is_right(&[]);
    trace.shows(0, SECRET);

    let text = Trace::made("tunnel.txt", "tunnel", &[&port]).text();
    assert!(text.contains("\"client\": trying 127.0.0.1"), "{text}");
    assert!(
        !text.contains("proxy-user") && !text.contains("proxy-password"),
        "{text}"
    );
}

#[test]
fn datagrams_are_read_by_tshark() {
    if !has_tshark() {
        return;
    }
    for host in ["127.0.0.1", "::1"] {
        let trace = Trace::made_in_clear("udp.pcapng", "datagrams", &["", host]);
        trace.is_right(&[]);
        // Both ends are in one process, and each tells what it sees.
        let told = trace.tshark(&["-Y", "udp", "-T", "fields", "-e", "data"]);
        let told: Vec<&str> = told.lines().collect();
        let question = "612064617461 6772616d".replace(' ', "");
        let answer = "69747320616e73776572";
        assert_eq!(told, [&question, &question, answer, answer], "{host}");
    }
}

#[test]
fn two_hundred_connections_of_twenty_threads_go_into_one_file() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made("crowd.pcapng", "crowd", &[]);
    trace.is_right(&[]);
    assert_eq!(
        trace
            .packets("tcp.flags.syn == 1 and tcp.flags.ack == 0")
            .len(),
        200
    );
    let read = trace.tshark(&[
        "-Y",
        "tls.app_data and data contains \"one message of many\"",
        "-T",
        "fields",
        "-e",
        "tcp.stream",
    ]);
    let mut streams: Vec<&str> = read.lines().collect();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), 200);
    Trace::made_in_clear("crowd.pcapng", "crowd", &[]).is_right(&[]);
}

#[test]
fn what_tshark_counts_is_what_was_sent() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::made_in_clear("clear.pcapng", "clear", &[]);
    let lengths = trace.tshark(&["-T", "fields", "-e", "tcp.len"]);
    let sum: u64 = lengths
        .lines()
        .filter_map(|length| length.parse::<u64>().ok())
        .sum();
    // Each message with its length and CR LF, there and back.
    assert_eq!(sum, 2 * (15 + 4 + 21 + 4));
}

#[test]
fn a_killed_process_leaves_a_capture_that_opens() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::new("killed.pcapng");
    let mut process = Process::start(trace.clear("for-ever", &[]).stdout(Stdio::piped()));
    let mut line = String::new();
    let output = process.0.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("a line");
    thread::sleep(Duration::from_millis(100));
    process.0.kill().expect("kill it");
    process.0.wait().expect("its end");
    assert!(trace.packets("tcp.len > 0").len() > 10);
    assert!(
        well(Command::new("capinfos").arg(&trace.file))
            .out
            .contains("wdsocket")
    );
}

#[test]
fn a_full_disk_ends_the_trace_and_no_call() {
    let trace = Trace::new("full.pcapng");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 200; exec \"$@\"", "sh"]); // 100 KiB
    limited.arg(build("traced.c", &[]));
    limited.args([&trace.file, "fills", "", "", "300"]);
    let said = well(&mut limited).out;
    assert!(
        said.contains(&trace.file) && said.contains("has ended"),
        "{said}"
    );
    assert!(fs::metadata(&trace.file).expect("the trace").len() <= 100 * 1024);

    let full = Trace::new("unused");
    let mut command = Command::new(build("traced.c", &[]));
    let said = well(command.args(["/dev/full", "fills", "", "", "3"])).out;
    drop(full);
    assert!(said.contains("the trace /dev/full has ended"), "{said}");
    if has_tshark() {
        trace.is_right(&[]);
    }
}

#[test]
fn a_lost_folder_ends_the_trace_and_no_call() {
    let trace = Trace::new("lost/trace.txt");
    let folder = Path::new(&trace.file)
        .parent()
        .expect("a folder")
        .to_owned();
    fs::create_dir(&folder).expect("make the folder");
    let mut process = Process::start(trace.clear("for-ever", &[]).stdout(Stdio::piped()));
    let mut output = BufReader::new(process.0.stdout.take().expect("its output"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    fs::remove_dir_all(&folder).expect("take the folder away");
    thread::sleep(Duration::from_millis(300));
    assert!(process.0.try_wait().expect("ask").is_none(), "it goes on");
    process.0.kill().expect("kill it");
    process.0.wait().expect("its end");
}

#[test]
fn a_file_that_is_large_enough_moves_and_another_begins() {
    let trace = Trace::new("large.pcapng");
    let mut command = trace.clear("fills", &["300"]);
    well(command.env("LIMIT", "65536"));
    for file in [trace.file.clone(), format!("{}.1", trace.file)] {
        let about = fs::metadata(&file).expect(&file);
        assert!(about.len() <= 65_536, "{file}: {}", about.len());
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        if has_tshark() {
            well(Command::new("capinfos").arg(&file));
        }
    }
}

#[test]
fn a_program_that_cannot_be_changed_is_traced_by_its_environment() {
    let trace = Trace::new("of-%p.txt");
    let mut command = Command::new(build("traced.c", &[]));
    command
        .args(["", "clear"])
        .env("WDSOCKET_TRACE", &trace.file);
    well(&mut command);
    let folder = Path::new(&trace.file).parent().expect("a folder");
    let names = fs::read_dir(folder)
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let made: Vec<String> = names.filter(|name| name.starts_with("of-")).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let number = made[0].trim_start_matches("of-").trim_end_matches(".txt");
    assert!(number.parse::<u32>().is_ok(), "{made:?}");
    let text = fs::read_to_string(folder.join(&made[0])).expect("the trace");
    assert!(text.contains("SocketConnect(\"client\", port "), "{text}");
    assert!(text.contains("SocketClose(\"server\") = 1"), "{text}");
}

#[test]
fn a_program_with_more_rights_takes_no_trace_from_the_environment() {
    // SAFETY: it takes nothing.
    if unsafe { libc::geteuid() } != 0 {
        return skip("set-user-id programs take root to make");
    }
    let trace = Trace::new("rights.txt");
    let program = Path::new(&trace.file).with_file_name("traced");
    fs::copy(build("traced.c", &[]), &program).expect("copy the program");
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(&program, mode).expect("give it more rights");
    for folder in program.ancestors().skip(1).take(1) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("let others in");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--clear-groups"]);
    command
        .arg(&program)
        .args(["", "clear"])
        .env("WDSOCKET_TRACE", &trace.file);
    let outcome = run(&mut command, LIMIT);
    if !outcome.success() {
        return skip(&format!(
            "a set-user-id program cannot be run here: {}",
            outcome.err.trim()
        ));
    }
    assert!(!Path::new(&trace.file).exists());
}

#[test]
fn a_text_tells_each_call_and_no_secret() {
    let trace = Trace::made("trace.txt", "secrets", &[]);
    let text = trace.text();
    for told in [
        "SocketSetText(option 205) = 1 (",
        "SocketProxy(address 127.0.0.1, port 1) = ",
        "\"client\": trying 127.0.0.1 port 9\n",
        "path /till@shop?…",
        "SocketConnectSSL(\"client\", port ",
        "the TLS handshake is done: TLSv1.3, ",
        "SocketWrite(\"client\", size 16) = 1 (",
        "TLS alert received: close notify\n",
        "CLOSED: 127.0.0.1 port ",
        "this end sends nothing more\n",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let key = fs::read_to_string(&trace.world.server).expect("the key");
    let line = key.lines().rev().nth(2).expect("a line of the key");
    for secret in ["password", "proxy-user", "url-user", "token", SECRET, line] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let mode = fs::metadata(&trace.file).expect("the trace").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    for line in text.lines() {
        let (time, rest) = line.split_once(' ').expect("a time");
        assert_eq!((time.len(), time.as_bytes()[10]), (27, b'T'), "{line}");
        assert!(
            rest.trim_start()
                .starts_with(|digit: char| digit.is_ascii_digit()),
            "{line}"
        );
    }
}

#[test]
fn a_text_tells_the_check_that_failed_and_each_address() {
    let trace = Trace::new("trace.txt");
    well(&mut trace.secure("refused", &[&stranger(&trace.world)]));
    let text = trace.text();
    assert!(text.contains("the TLS handshake has failed: "), "{text}");
    assert!(text.contains("TLS alert sent: unknown CA"), "{text}");
    assert!(text.contains("TLS alert received: unknown CA"), "{text}");
    assert!(text.contains("= 0 TLS_CERTIFICATE: "), "{text}");
}

#[test]
fn a_key_log_decrypts_what_others_have_captured() {
    if !has_tshark() {
        return;
    }
    let trace = Trace::new("tls.pcapng");
    let keys = format!("{}/keys.log", trace.world.folder.text());
    well(trace.secure("resumed", &["32"]).env("KEYS", &keys));
    let log = fs::read_to_string(&keys).expect("the key log");
    for label in [
        "CLIENT_TRAFFIC_SECRET_0 ",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
    ] {
        assert!(log.lines().any(|line| line.starts_with(label)), "{log}");
    }
    let mode = fs::metadata(&keys).expect("the key log").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let bare = trace.without_secrets();
    let with_keys = bare.tshark(&[
        "-o",
        &format!("tls.keylog_file:{keys}"),
        "-q",
        "-z",
        "follow,tls,ascii,1",
    ]);
    assert!(with_keys.contains(SECRET), "{with_keys}");
}

#[test]
fn a_file_that_cannot_be_written_is_told_when_it_is_set() {
    let mut command = Command::new(build("traced.c", &[]));
    let outcome = run(
        command.args(["/no/such/folder/trace.pcapng", "clear"]),
        LIMIT,
    );
    assert!(!outcome.success());
    assert!(
        outcome
            .err
            .contains("the trace /no/such/folder/trace.pcapng cannot be written"),
        "{}",
        outcome.err
    );
}

//! UDP, machines' names and Bluetooth: proved by C programs, against other programs, and between
//! network namespaces.
#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

promises! {
    both_families;
    datagrams: "udp.c", 12;
    threads: "udp_threads.c", 8;
    groups_and_options: "udp_options.c", 7;
    watches: "udp_watch.c", 4;
    bluetooth: "bluetooth.c", 3;
}

promises! {
    once;
    machines: "machine.c", 4;
}

const LIMIT: Duration = Duration::from_secs(60);
const SIZES: [&str; 5] = ["0", "1", "1472", "9000", "65507"];

/// A process that does not outlive the test. Each ends itself after a time.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &mut Command) -> Process {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("start {command:?}: {e}"));
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Process { child, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .expect("its output is text");
        line.trim_end().to_string()
    }

    fn port(&mut self) -> String {
        let line = self.line();
        let port = line.strip_prefix("port ");
        port.unwrap_or_else(|| panic!("a port is told, not {line:?}"))
            .to_string()
    }

    /// Gives it a line of input, which stays open.
    fn give(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("its input is a pipe");
        input.write_all(text.as_bytes()).expect("hand over input");
        input.flush().expect("hand over input");
    }

    fn ends_well(mut self, what: &str) {
        let status = common::wait(&mut self.child, LIMIT);
        assert!(status.is_some_and(|s| s.success()), "{what}: {status:?}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tool(arguments: &[&str]) -> Command {
    let mut command = Command::new(common::build("udp_tool.c", &[]));
    command.args(arguments);
    command
}

/// Asks a peer with datagrams of every size; it has to send each back as it was.
fn ask_every_size(own: &str, host: &str, port: &str) {
    let mut arguments = vec![own, "0"];
    for size in SIZES {
        arguments.extend(["ask", host, port, size]);
    }
    let asked = common::run(&mut tool(&arguments), LIMIT);
    assert!(asked.success(), "{}", asked.report());
}

fn skip(reason: &str) {
    // Past the harness, which hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !found {
        skip(&format!("{program} is not installed"));
    }
    found
}

/// A port of loopback that was free a moment ago.
fn free_port() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("its address");
    address.port().to_string()
}

/// What Python's side of an exchange begins with: `s` is a socket with a time limit.
fn python(script: &str, arguments: &[&str]) -> Command {
    let head = "import socket, sys\n\
                family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET\n\
                s = socket.socket(family, socket.SOCK_DGRAM)\n\
                s.settimeout(30)\n";
    let mut command = Command::new("python3");
    command
        .args(["-c", &format!("{head}{script}")])
        .args(arguments);
    command
}

fn python_is_answered(host: &str, own: &str) {
    if !installed("python3") {
        return;
    }
    let mut ours = Process::start(&mut tool(&[own, "0", "port", "echo", "5"]));
    let port = ours.port();
    let script = "for size in (0, 1, 1472, 9000, 65507):\n\
                  \x20   sent = bytes(i * 7 + size & 255 for i in range(size))\n\
                  \x20   s.sendto(sent, (sys.argv[1], int(sys.argv[2])))\n\
                  \x20   got, who = s.recvfrom(70000)\n\
                  \x20   assert got == sent, (size, len(got))\n\
                  \x20   assert who[:2] == (sys.argv[1], int(sys.argv[2])), who\n";
    let theirs = common::run(&mut python(script, &[host, &port]), LIMIT);
    assert!(theirs.success(), "{}", theirs.report());
    ours.ends_well("the echo of five datagrams");
}

#[test]
fn python_gets_datagrams_of_every_size_back() {
    python_is_answered("127.0.0.1", "127.0.0.1");
}

#[test]
fn python_gets_datagrams_back_from_a_socket_on_all_interfaces() {
    python_is_answered("127.0.0.1", "-");
}

#[test]
fn python_gets_datagrams_back_over_ipv6() {
    if UdpSocket::bind("[::1]:0").is_err() {
        return skip("this machine has no IPv6");
    }
    python_is_answered("::1", "-");
    python_is_answered("::1", "::1");
}

#[test]
fn datagrams_of_every_size_come_back_from_python() {
    if !installed("python3") {
        return;
    }
    let script = "s.bind((sys.argv[1], 0))\n\
                  print('port', s.getsockname()[1], flush=True)\n\
                  while True:\n\
                  \x20   s.sendto(*s.recvfrom(70000))\n";
    for (host, own) in [("127.0.0.1", "-"), ("127.0.0.1", "127.0.0.1"), ("::1", "-")] {
        if UdpSocket::bind((host, 0)).is_err() {
            skip(&format!("this machine has no {host}"));
            continue;
        }
        let mut theirs = Process::start(&mut python(script, &[host]));
        ask_every_size(own, host, &theirs.port());
    }
}

#[test]
fn datagrams_of_every_size_come_back_from_socat() {
    if !installed("socat") {
        return;
    }
    let port = free_port();
    let listen = format!("UDP4-RECVFROM:{port},bind=127.0.0.1,fork,reuseaddr");
    let _theirs = Process::start(Command::new("socat").args(["-b70000", &listen, "EXEC:cat"]));
    // It forks for each datagram and leaves out the empty one.
    for size in &SIZES[1..] {
        let asked = common::run(
            &mut tool(&["-", "0", "ask", "127.0.0.1", &port, size]),
            LIMIT,
        );
        assert!(asked.success(), "{size}: {}", asked.report());
    }
}

#[test]
fn datagrams_come_back_from_ncat() {
    if !installed("ncat") {
        return;
    }
    for size in &SIZES[1..3] {
        let port = free_port();
        let arguments = ["-u", "-l", "127.0.0.1", &port, "--exec", "/bin/cat"];
        let _theirs = Process::start(Command::new("ncat").args(arguments));
        let asked = common::run(
            &mut tool(&["-", "0", "ask", "127.0.0.1", &port, size]),
            LIMIT,
        );
        assert!(asked.success(), "{size}: {}", asked.report());
    }
}

fn a_client_is_answered(program: &str, arguments: &[&str]) {
    if !installed(program) {
        return;
    }
    let mut ours = Process::start(&mut tool(&["-", "0", "port", "echo", "1"]));
    let port = ours.port();
    let filled: Vec<_> = arguments.iter().map(|a| a.replace("PORT", &port)).collect();
    let mut theirs = Process::start(Command::new(program).args(filled));
    theirs.give("hello from outside\n");
    let mut answer = [0; 19];
    theirs.output.read_exact(&mut answer).expect("the answer");
    assert_eq!(answer, *b"hello from outside\n");
    ours.ends_well("the echo of one datagram");
}

#[test]
fn socat_is_answered() {
    a_client_is_answered("socat", &["-T30", "-", "UDP4:127.0.0.1:PORT"]);
}

#[test]
fn ncat_is_answered() {
    a_client_is_answered("ncat", &["-u", "-i", "30", "127.0.0.1", "PORT"]);
}

/// Two network namespaces joined by a wire; gone at the end.
struct Namespaces {
    near: String,
    far: String,
}

impl Namespaces {
    /// `None`, and the reason is printed, where the test may not make them.
    fn new() -> Option<Namespaces> {
        if !installed("ip") {
            return None;
        }
        let id = std::process::id();
        let pair = Namespaces {
            near: format!("wdsocket-near-{id}"),
            far: format!("wdsocket-far-{id}"),
        };
        let steps = [
            format!("netns add {}", pair.near),
            format!("netns add {}", pair.far),
            format!("link add wire type veth peer name wire netns {}", pair.far),
        ];
        for (number, step) in steps.iter().enumerate() {
            let mut words: Vec<_> = step.split(' ').collect();
            if number == 2 {
                words.splice(0..0, ["-n", &pair.near]);
            }
            let done = common::run(Command::new("ip").args(&words), LIMIT);
            if !done.success() {
                skip(&format!("no network namespaces here: {}", done.err.trim()));
                return None;
            }
        }
        for (name, four, other, six) in [
            (&pair.near, "10.17.0.1/24", "10.17.0.2", "fd17::1/64"),
            (&pair.far, "10.17.0.2/24", "10.17.0.1", "fd17::2/64"),
        ] {
            for step in [
                "link set lo up".to_string(),
                format!("address add {four} broadcast 10.17.0.255 dev wire"),
                "link set wire up".to_string(),
                format!("address add {six} dev wire nodad"),
                format!("route add default via {other}"),
            ] {
                let words = step.split(' ');
                let done = common::run(Command::new("ip").args(["-n", name]).args(words), LIMIT);
                assert!(done.success(), "ip {step}: {}", done.report());
            }
        }
        Some(pair)
    }

    fn tool_in(namespace: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", namespace])
            .arg(common::build("udp_tool.c", &[]))
            .args(arguments);
        command
    }

    /// Runs the tool in the near namespace to its end.
    fn near(&self, arguments: &[&str]) {
        let done = common::run(&mut Self::tool_in(&self.near, arguments), LIMIT);
        assert!(done.success(), "{arguments:?}: {}", done.report());
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in [&self.near, &self.far] {
            let _ = common::run(Command::new("ip").args(["netns", "delete", name]), LIMIT);
        }
    }
}

#[test]
fn groups_and_broadcasts_cross_a_network_and_a_group_left_is_silent() {
    let Some(pair) = Namespaces::new() else {
        return;
    };
    let (four, six, port) = ("239.17.2.1", "ff15::17", "5017");
    let mut actions = vec![
        "-", port, "join", four, "wire", "join", six, "fd17::2", "port",
    ];
    actions.extend(["hear"; 5]);
    actions.extend(["leave", four, "10.17.0.2", "leave", six, "wire"]);
    actions.extend(["print", "left", "hear"]);
    let mut far = Process::start(&mut Namespaces::tool_in(&pair.far, &actions));
    assert_eq!(far.port(), port);
    for (group, interface, text) in [
        (four, "wire", "four"),
        (four, "10.17.0.1", "by-address"),
        (six, "wire", "six"),
    ] {
        // Joining with an interface chooses the way out, too.
        pair.near(&[
            "-", port, "join", group, interface, "say", group, port, text,
        ]);
    }
    pair.near(&["-", port, "say", "10.17.0.255", port, "directed"]);
    pair.near(&[
        "10.17.0.1",
        port,
        "say",
        "255.255.255.255",
        port,
        "everybody",
    ]);
    for expected in [
        "four from 10.17.0.1 5017",
        "by-address from 10.17.0.1 5017",
        "six from fd17::1 5017",
        "directed from 10.17.0.1 5017",
        "everybody from 10.17.0.1 5017",
        "left",
    ] {
        assert_eq!(far.line(), expected);
    }
    pair.near(&["-", port, "join", four, "wire", "say", four, port, "nobody"]);
    pair.near(&["-", port, "join", six, "wire", "say", six, port, "nobody"]);
    pair.near(&["-", port, "say", "10.17.0.2", port, "only-you"]);
    assert_eq!(far.line(), "only-you from 10.17.0.1 5017");
    far.ends_well("the far side");
}

//! The programs of the pages.

use super::common;
use super::{LIMIT, commands, pages, text_of};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A program that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown(&'static str, &'static str);

/// A server and its client.
type Exchange = (Shown, Shown);

const ECHO: Exchange = (
    Shown("README.md", "server.c"),
    Shown("README.md", "client.c"),
);

const IN_CLEAR: [Exchange; 5] = [
    ECHO,
    (
        Shown("docs/fr.md", "serveur.c"),
        Shown("docs/fr.md", "client.c"),
    ),
    (
        Shown("docs/es.md", "servidor.c"),
        Shown("docs/es.md", "cliente.c"),
    ),
    UDP,
    (
        Shown("docs/websocket.md", "websocket_server.c"),
        Shown("docs/websocket.md", "websocket_client.c"),
    ),
];

const UDP: Exchange = (
    Shown("docs/udp.md", "udp_server.c"),
    Shown("docs/udp.md", "udp_client.c"),
);

const UNDER_TLS: [Exchange; 3] = [
    (
        Shown("docs/tls.md", "tls_server.c"),
        Shown("docs/tls.md", "tls_client.c"),
    ),
    (
        Shown("docs/fr.md", "serveur_tls.c"),
        Shown("docs/fr.md", "client_tls.c"),
    ),
    (
        Shown("docs/es.md", "servidor_tls.c"),
        Shown("docs/es.md", "cliente_tls.c"),
    ),
];

const RELAY: Shown = Shown("docs/trace.md", "example_relay.c");
const WATCH_SERVER: Shown = Shown("docs/watches.md", "example_watch_server.c");
const LINE_CLIENT: Shown = Shown("docs/modes.md", "line_client.c");
const ORDER: Shown = Shown("docs/errors.md", "order.c");
const GATHER: Shown = Shown("docs/gather.md", "gather.c");
const WHO: Shown = Shown("docs/unix.md", "who.c");
const STOPPABLE: Shown = Shown("docs/stopping.md", "stoppable.c");

impl Shown {
    /// Its source on the page: the program that begins with a comment naming its file.
    fn source(self) -> String {
        let Shown(page, file) = self;
        let text = text_of(page);
        let start = text
            .find(&format!("```c\n/* {file}:"))
            .unwrap_or_else(|| panic!("{page} shows no {file}"));
        let source = &text[start + "```c\n".len()..];
        let end = source.find("```").expect("the end of the program");
        source[..end].to_string()
    }
}

#[test]
fn no_page_shows_a_program_that_is_not_run_here() {
    let exchanges = IN_CLEAR.iter().chain(&UNDER_TLS);
    let run: BTreeSet<(String, String)> = exchanges
        .flat_map(|(server, client)| [*server, *client])
        .chain([
            RELAY,
            WATCH_SERVER,
            LINE_CLIENT,
            ORDER,
            GATHER,
            WHO,
            STOPPABLE,
        ])
        .map(|Shown(page, file)| (page.to_owned(), file.to_owned()))
        .collect();
    let mut shown = BTreeSet::new();
    for page in pages() {
        for program in text_of(&page).split("```c\n").skip(1) {
            let file = program
                .strip_prefix("/* ")
                .and_then(|rest| rest.split_once(": "))
                .unwrap_or_else(|| panic!("{page}: a program without its file's name"));
            shown.insert((page.clone(), file.0.to_owned()));
        }
    }
    assert_eq!(shown, run, "shown (left) and run (right)");
}

/// A program of a page, in a folder of its own that goes away with it.
struct Program {
    folder: PathBuf,
    path: PathBuf,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = common::build_folder().join(format!("readme-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).expect("create a folder");
    folder
}

/// Runs a page's compiler command in a folder, with every warning; sources in `c_tests/` are the repository's.
fn run_compiler(command: &str, folder: &Path) {
    let libraries = common::link_folder(&common::library(), "lib");
    let given = command.split_whitespace().skip(1).map(|word| match word {
        "-Iinclude" => format!("-I{}", common::project().join("include").display()),
        "-Ltarget/release" => format!("-L{}", libraries.display()),
        word if word.starts_with("c_tests/") => common::project().join(word).display().to_string(),
        word => word.to_string(),
    });
    let outcome = common::run(
        Command::new("gcc")
            .args(["-Wall", "-Wextra", "-pedantic", "-Werror"])
            .args(given)
            .arg(format!("-Wl,-rpath,{}", libraries.display()))
            .current_dir(folder),
        LIMIT,
    );
    assert!(outcome.success(), "{command}: {}", outcome.report());
}

/// Compiles it with the command that the page gives.
fn compile(shown: Shown) -> Program {
    let Shown(page, file) = shown;
    let text = text_of(page);
    let name = file.trim_end_matches(".c");
    let command = commands(&text)
        .into_iter()
        .find(|line| line.starts_with(&format!("gcc {file} -o {name} ")))
        .unwrap_or_else(|| panic!("{page} does not say how to compile {file}"));
    let folder = new_folder();
    let program = Program {
        path: folder.join(name),
        folder: folder.clone(),
    };
    fs::write(folder.join(file), shown.source()).expect("write the program");
    run_compiler(&command, &folder);
    program
}

#[test]
fn every_other_compiler_command_of_a_page_compiles() {
    for page in pages() {
        let text = text_of(&page);
        for command in commands(&text)
            .iter()
            .filter(|line| line.starts_with("gcc c_tests/"))
        {
            let folder = new_folder();
            run_compiler(command, &folder);
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The server goes on for ever; it ends with the test.
struct Server {
    child: Child,
    _program: Program,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server of a page, in its own folder, on a free port.
fn start(program: Program) -> (Server, String) {
    start_by(Command::new(&program.path).arg("0"), program)
}

/// Starts it by that command. Its first line ends with its port.
fn start_by(command: &mut Command, program: Program) -> (Server, String) {
    let child = command
        .current_dir(&program.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the server");
    let mut server = Server {
        child,
        _program: program,
    };
    let mut line = String::new();
    let output = server.child.stdout.take().expect("its output is a pipe");
    BufReader::new(output)
        .read_line(&mut line)
        .expect("its first line");
    let port = line.split_whitespace().last().unwrap_or_default();
    assert!(port.parse::<u16>().is_ok(), "the server said {line:?}");
    (server, port.to_owned())
}

/// Runs a client and tells what it printed. What it needs is copied beside it first.
fn answer(client: &Program, port: &str, page: &str) {
    let mut command = Command::new(&client.path);
    let outcome = common::run(command.arg(port).current_dir(&client.folder), LIMIT);
    assert!(outcome.success(), "{page}: {}", outcome.report());
    assert!(
        text_of(page).contains(&format!("\n\n    {}", outcome.out)),
        "{page} says something else than its client: {}",
        outcome.report()
    );
}

#[test]
fn each_client_prints_what_its_page_says_beside_the_server_of_the_page() {
    for (server, client) in IN_CLEAR {
        let (_server, port) = start(compile(server));
        answer(&compile(client), &port, client.0);
    }
}

/// A port of another address of this machine that leads one client to a server's; tells its number.
fn lead_to(port: &str, address: &str) -> String {
    let door = TcpListener::bind((address, 0)).expect("listen on another address");
    let own = door.local_addr().expect("an address").port().to_string();
    let server = format!("127.0.0.1:{port}");
    thread::spawn(move || {
        let (client, _) = door.accept().expect("a client");
        let server = TcpStream::connect(server).expect("the server");
        let there =
            [client.try_clone(), server.try_clone()].map(|end| end.expect("a second handle"));
        let [mut from_client, mut from_server] = there;
        let back = thread::spawn(move || io::copy(&mut from_server, &mut &client));
        let _ = io::copy(&mut from_client, &mut &server);
        let _ = server.shutdown(Shutdown::Both);
        let _ = back.join();
    });
    own
}

/// Makes the certificate as the page says.
fn make_certificate(page: &str, folder: &Path) {
    let text = text_of(page);
    let is_one = |line: &String| {
        line.starts_with("openssl req ") || line.starts_with("cat cert.pem key.pem")
    };
    let made: Vec<_> = commands(&text).into_iter().filter(is_one).collect();
    assert_eq!(made.len(), 2, "{page}: {made:?}");
    for command in made {
        let mut shell = Command::new("sh");
        let outcome = common::run(shell.args(["-c", &command]).current_dir(folder), LIMIT);
        assert!(outcome.success(), "{command}: {}", outcome.report());
    }
}

#[test]
fn the_tls_programs_talk_with_the_certificate_that_their_page_makes() {
    for (server, client) in UNDER_TLS {
        let page = server.0;
        let (server, client) = (compile(server), compile(client));
        make_certificate(page, &server.folder);
        let trusted = server.folder.join("cert.pem");
        fs::copy(&trusted, client.folder.join("cert.pem")).expect("copy the certificate");
        let (_server, port) = start(server);
        answer(&client, &port, page);
    }
}

#[test]
fn the_tls_client_refuses_a_server_under_an_address_that_its_certificate_does_not_carry() {
    let (server, client) = UNDER_TLS[0];
    let page = server.0;
    let (server, client) = (compile(server), compile(client));
    make_certificate(page, &server.folder);
    let trusted = server.folder.join("cert.pem");
    fs::copy(&trusted, client.folder.join("cert.pem")).expect("copy the certificate");
    let (_server, port) = start(server);
    let other = lead_to(&port, "127.0.0.2");
    let mut command = Command::new(&client.path);
    command
        .args([&other, "127.0.0.2"])
        .current_dir(&client.folder);
    let wrong = common::run(&mut command, LIMIT);
    assert!(!wrong.success(), "{}", wrong.report());
    assert!(
        wrong.out.contains("127.0.0.2") && wrong.out.contains("certificate"),
        "{}",
        wrong.report()
    );
}

#[test]
fn the_udp_server_sends_the_longest_datagrams_back() {
    let (_server, port) = start(compile(UDP.0));
    let tool = common::build("udp_tool.c", &[]);
    let arguments = ["-", "0", "ask", "127.0.0.1", &port, "65507"];
    let asked = common::run(Command::new(tool).args(arguments), LIMIT);
    assert!(asked.success(), "{}", asked.report());
}

#[test]
fn the_watch_server_serves_hundreds_of_clients_with_one_thread() {
    let kept = common::c_source(WATCH_SERVER.1);
    let kept = fs::read_to_string(kept).expect("the program");
    assert_eq!(WATCH_SERVER.source(), kept, "the page and the file");
    let (server, port) = start(compile(WATCH_SERVER));
    let clients = common::build("demo_many.c", &[]);
    let outcome = common::run(Command::new(clients).args([&port, "300"]), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("status");
    assert!(status.contains("Threads:\t1\n"), "{status}");
}

#[test]
fn the_relay_hands_on_and_traces_both_sides() {
    let kept = common::c_source(RELAY.1);
    let kept = fs::read_to_string(kept).expect("the program");
    assert_eq!(RELAY.source(), kept, "the page and the file");
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("its address").port().to_string();
    let server = thread::spawn(move || {
        let (mut client, _) = door.accept().expect("a client");
        let mut asked = [0; 5];
        client.read_exact(&mut asked).expect("its question");
        client.write_all(b"you said ").expect("answer");
        client.write_all(&asked).expect("answer");
    });
    let program = compile(RELAY);
    let trace = program.folder.join("relay.txt");
    let path = program.path.clone();
    let mut command = Command::new(path);
    command.args(["0", "127.0.0.1", &port]).arg(&trace);
    let (relay, port) = start_by(&mut command, program);
    let mut client = TcpStream::connect(format!("127.0.0.1:{port}")).expect("connect");
    client
        .set_read_timeout(Some(LIMIT))
        .expect("set a time limit");
    client.write_all(b"hello").expect("ask");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("its answer");
    assert_eq!(answer, "you said hello");
    server.join().expect("the server");
    let text = fs::read_to_string(&trace).expect("the trace");
    drop(relay);
    let ends = text.matches("the peer sends nothing more").count();
    assert_eq!(ends, 1, "{text}");
    assert!(text.contains("SocketWatchWaitId("), "{text}");
    assert!(text.contains("trying 127.0.0.1 port "), "{text}");
}

#[test]
fn what_is_gathered_is_faster_than_message_by_message() {
    let program = compile(GATHER);
    let outcome = common::run(&mut Command::new(&program.path), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
}

#[test]
fn who_tells_its_own_user_and_process_and_leaves_no_file() {
    let program = compile(WHO);
    let path = program.folder.join("who.sock");
    let outcome = common::run(Command::new(&program.path).arg(&path), LIMIT);
    let told = outcome.out.strip_prefix("user ");
    let told = told.and_then(|told| told.split_once(", process "));
    let (user, process) = told.unwrap_or_else(|| panic!("{}", outcome.report()));
    user.parse::<u32>().expect("a user");
    process.trim().parse::<u32>().expect("a process");
    assert!(!path.exists());
}

#[test]
fn the_stoppable_program_leaves_its_wait_for_a_thread_an_alarm_and_a_request_to_end() {
    let program = compile(STOPPABLE);
    let child = Command::new(&program.path)
        .arg("0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("start it");
    let mut server = Server {
        child,
        _program: program,
    };
    let output = server.child.stdout.take().expect("its output is a pipe");
    let mut said = BufReader::new(output)
        .lines()
        .map(|line| line.expect("text"));
    let mut next = || said.next().expect("a line");
    let listening = next();
    assert!(listening.starts_with("listening on port "), "{listening}");
    let cancelled = next();
    assert!(cancelled.contains("SocketCancel"), "{cancelled}");
    let alarm = next();
    assert!(alarm.contains("signal"), "{alarm}");
    let process = server.child.id().to_string();
    let sent = common::run(Command::new("kill").args(["-TERM", &process]), LIMIT);
    assert!(sent.success(), "{}", sent.report());
    assert!(said.any(|line| line == "asked to end by signal 15"));
    assert!(server.child.wait().expect("its end").success());
}

#[test]
fn the_line_client_asks_and_understands_in_lines() {
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("its address").port().to_string();
    let server = thread::spawn(move || {
        let (mut client, _) = door.accept().expect("a client");
        let mut asked = [0; 9];
        client.read_exact(&mut asked).expect("its line");
        client.write_all(b"VERSION 1.6\r\nmore").expect("answer");
        asked
    });
    let program = compile(LINE_CLIENT);
    let outcome = common::run(Command::new(&program.path).args([&port, "version"]), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    assert_eq!(outcome.out, "the server answered: VERSION 1.6\n");
    assert_eq!(server.join().expect("the server"), *b"version\r\n");
}

#[test]
fn the_program_of_the_error_page_says_what_the_page_says() {
    let (server, port) = start(compile(ECHO.0));
    let program = compile(ORDER);
    let order = || common::run(Command::new(&program.path).arg(&port), LIMIT);
    let page = text_of(ORDER.0);
    let served = order();
    drop(server);
    for (outcome, success) in [(served, true), (order(), false)] {
        assert_eq!(outcome.success(), success, "{}", outcome.report());
        let said = format!("`{}`", outcome.out.trim_end());
        assert!(page.contains(&said), "{said}");
    }
}

/// The processor time of a process in hundredths of a second, and the memory in kB that it holds.
fn used(process: u32) -> (u64, u64) {
    let read = |file: &str| {
        fs::read_to_string(format!("/proc/{process}/{file}")).expect("what the system tells of it")
    };
    let stat = read("stat");
    let fields: Vec<_> = stat
        .rsplit(')')
        .next()
        .expect("fields")
        .split(' ')
        .collect();
    let ticks =
        fields[12].parse::<u64>().expect("ticks") + fields[13].parse::<u64>().expect("ticks");
    let status = read("status");
    let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let held = held.and_then(|held| held.trim().trim_end_matches(" kB").parse().ok());
    (ticks, held.expect("its memory"))
}

#[test]
fn the_servers_rest_while_the_system_has_no_descriptors_for_their_clients() {
    for shown in [ECHO.0, WATCH_SERVER] {
        let Shown(_, file) = shown;
        let program = compile(shown);
        let limited = format!("ulimit -n 20; exec {} 0", program.path.display());
        let (server, port) = start_by(Command::new("sh").args(["-c", &limited]), program);
        let clients: Vec<_> = (0..30)
            .map(|_| TcpStream::connect(format!("127.0.0.1:{port}")).expect("connect"))
            .collect();
        let mut first = &clients[0];
        first
            .set_read_timeout(Some(LIMIT))
            .expect("set a time limit");
        let mut echo = |server: &str| {
            first.write_all(b"5\r\nHello").expect(server);
            let mut answer = [0; 8];
            first.read_exact(&mut answer).expect(server);
            assert_eq!(&answer, b"5\r\nHello", "{server}");
        };
        echo(file);
        // It takes what it can, and the others wait.
        let process = server.child.id();
        let folder = format!("/proc/{process}/fd");
        while fs::read_dir(&folder).expect("its descriptors").count() < 20 {
            std::thread::sleep(Duration::from_millis(5));
        }
        // On a busy machine its threads come late; one that spins never settles.
        for _ in 0..50 {
            let (before, _) = used(process);
            std::thread::sleep(Duration::from_millis(200));
            if used(process).0 - before < 2 {
                break;
            }
        }
        let (ticks, held) = used(process);
        std::thread::sleep(Duration::from_secs(2));
        let (ticks, held) = {
            let (now, holds) = used(process);
            (now - ticks, holds.saturating_sub(held))
        };
        println!("{file}: {ticks} of 200 ticks, {held} kB more in two seconds");
        assert!(ticks < 10, "{file}: {ticks} of 200 ticks");
        assert!(held < 500, "{file}: {held} kB more");
        echo(file);
    }
}

#[test]
fn the_client_explains_a_refused_connection() {
    let (server, port) = start(compile(ECHO.0));
    drop(server);
    let program = compile(ECHO.1);
    let client = common::run(Command::new(&program.path).arg(&port), LIMIT);
    assert!(!client.success(), "{}", client.report());
    assert!(
        client.out.starts_with("SocketConnect(\"server\"): ") && client.out.contains(&port),
        "{}",
        client.report()
    );
}

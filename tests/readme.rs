//! The programs that README.md shows compile and do what the page says.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use wdsocket::constants::{Code, WDSOCKET_OK};

const LIMIT: Duration = Duration::from_secs(60);

fn page() -> String {
    fs::read_to_string(common::project().join("README.md")).expect("README.md")
}

/// The C program on the page that begins with a comment naming this file.
fn program_shown(page: &str, file: &str) -> String {
    let start = page
        .find(&format!("```c\n/* {file}:"))
        .unwrap_or_else(|| panic!("README.md shows no {file}"));
    let source = &page[start + "```c\n".len()..];
    let end = source.find("```").expect("the end of the program");
    source[..end].to_string()
}

/// A program of the page, in a folder of its own that goes away with it.
struct Program {
    folder: PathBuf,
    path: PathBuf,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Compiles it with the command that the page gives, and with every warning.
fn compile(file: &str) -> Program {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let page = page();
    let name = file.trim_end_matches(".c");
    let command = page
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with(&format!("gcc {file} -o {name} ")))
        .unwrap_or_else(|| panic!("README.md does not say how to compile {file}"));
    let libraries = common::link_folder(&common::library(), "lib");
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = common::build_folder().join(format!("readme-{}-{count}", std::process::id()));
    let program = Program {
        path: folder.join(name),
        folder: folder.clone(),
    };
    fs::create_dir_all(&folder).expect("create a folder");
    fs::write(folder.join(file), program_shown(&page, file)).expect("write the program");
    let given = command.split(' ').skip(1).map(|word| match word {
        "-Iinclude" => format!("-I{}", common::project().join("include").display()),
        "-Ltarget/release" => format!("-L{}", libraries.display()),
        word => word.to_string(),
    });
    let outcome = common::run(
        Command::new("gcc")
            .args(["-Wall", "-Wextra", "-pedantic", "-Werror"])
            .args(given)
            .arg(format!("-Wl,-rpath,{}", libraries.display()))
            .current_dir(&folder),
        LIMIT,
    );
    assert!(outcome.success(), "compile {file}: {}", outcome.report());
    program
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

/// Starts the page's server on a free port.
fn start_server() -> (Server, String) {
    start(compile("server.c"))
}

/// Starts a server of the page, in its own folder, on a free port.
fn start(program: Program) -> (Server, String) {
    start_by(Command::new(&program.path).arg("0"), program)
}

/// Starts it by that command.
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
    let port = line
        .strip_prefix("listening on port ")
        .unwrap_or_else(|| panic!("the server said {line:?}"));
    (server, port.trim().to_string())
}

#[test]
fn the_client_and_the_server_of_the_readme_print_what_it_says() {
    let (_server, port) = start_server();
    let program = compile("client.c");
    let client = common::run(Command::new(&program.path).arg(port), LIMIT);
    assert!(client.success(), "{}", client.report());
    assert_eq!(client.out, "the server answered: Hello\n");
    assert!(
        page().contains(&format!("and the client prints\n\n    {}", client.out)),
        "the page says something else than the client"
    );
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

#[test]
fn the_tls_programs_of_the_readme_talk_with_the_certificate_that_it_makes() {
    let page = page();
    let (server, client) = (compile("tls_server.c"), compile("tls_client.c"));
    for command in page
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("openssl req ") || line.starts_with("cat cert.pem key.pem"))
    {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&server.folder);
        let outcome = common::run(&mut shell, LIMIT);
        assert!(outcome.success(), "{command}: {}", outcome.report());
    }
    let trusted = server.folder.join("cert.pem");
    fs::copy(&trusted, client.folder.join("cert.pem")).expect("copy the certificate");
    let (_server, port) = start(server);
    let run = |port: &str, host: &str| {
        let mut command = Command::new(&client.path);
        command.args([port, host]).current_dir(&client.folder);
        common::run(&mut command, LIMIT)
    };
    let answer = run(&port, "localhost");
    assert!(answer.success(), "{}", answer.report());
    assert!(
        page.contains(&format!("and the client prints\n\n    {}", answer.out)),
        "the page says something else than the client: {}",
        answer.report()
    );
    // The same server under an address that its certificate does not carry.
    let other = lead_to(&port, "127.0.0.2");
    let wrong = run(&other, "127.0.0.2");
    assert!(!wrong.success(), "{}", wrong.report());
    assert!(
        wrong.out.contains("127.0.0.2") && wrong.out.contains("certificate"),
        "{}",
        wrong.report()
    );
}

#[test]
fn the_udp_server_of_the_readme_sends_datagrams_back() {
    let (_server, port) = start(compile("udp_server.c"));
    let tool = common::build("udp_tool.c", &[]);
    let arguments = ["-", "0", "ask", "127.0.0.1", &port, "65507"];
    let asked = common::run(Command::new(tool).args(arguments), LIMIT);
    assert!(asked.success(), "{}", asked.report());
}

#[test]
fn the_watch_server_of_the_readme_serves_hundreds_of_clients_with_one_thread() {
    let file = "example_watch_server.c";
    let kept = fs::read_to_string(common::project().join("c_tests").join(file)).expect("program");
    assert_eq!(program_shown(&page(), file), kept, "the page and the file");
    let (server, port) = start(compile(file));
    let clients = common::build("demo_many.c", &[]);
    let outcome = common::run(Command::new(clients).args([&port, "300"]), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("status");
    assert!(status.contains("Threads:\t1\n"), "{status}");
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
fn the_servers_of_the_readme_rest_while_the_system_has_no_descriptors_for_their_clients() {
    for file in ["server.c", "example_watch_server.c"] {
        let program = compile(file);
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
fn the_client_of_the_readme_explains_a_refused_connection() {
    let (server, port) = start_server();
    drop(server);
    let program = compile("client.c");
    let client = common::run(Command::new(&program.path).arg(&port), LIMIT);
    assert!(!client.success(), "{}", client.report());
    assert!(
        client.out.starts_with("SocketConnect(\"server\"): ") && client.out.contains(&port),
        "{}",
        client.report()
    );
}

#[test]
fn the_wire_formats_of_the_readme_are_those_of_the_library() {
    let program = common::build("interop.c", &[]);
    let page = page();
    for (mode, argument) in [
        ("SocketSize", "size"),
        ("SocketEndTag", "tag:"),
        ("SocketEndTagBuffer", "tagbuffer:"),
        ("SocketNoEndTag", "none"),
    ] {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{mode}`")))
            .unwrap_or_else(|| panic!("no row of {mode}"));
        let bytes: Vec<u8> = row
            .split('`')
            .nth(3)
            .expect("the bytes")
            .split(' ')
            .map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hexadecimal"))
            .collect();
        assert_eq!(sent_in_mode(&program, argument), bytes, "{mode}");
    }
}

#[test]
fn the_error_codes_of_the_readme_are_those_of_the_library() {
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let listed: Vec<_> = rows
        .filter_map(|row| row.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(code, rest)| Some((code.parse::<i32>().ok()?, rest.split_once(" | ")?.0)))
        .filter(|(code, _)| *code != WDSOCKET_OK)
        .collect();
    let known: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let name = code.constant().strip_prefix("WDSOCKET_ERR_");
            (*code as i32, name.expect("the prefix of all codes"))
        })
        .collect();
    assert_eq!(
        listed, known,
        "README.md (left) and src/constants/errors.rs (right)"
    );
}

/// What a plain socket receives when the library sends "Hello" in this mode.
fn sent_in_mode(program: &PathBuf, mode: &str) -> Vec<u8> {
    use std::io::Read;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let outcome = common::run(
        Command::new(program).args([
            "connect",
            &port.to_string(),
            &format!("mode={mode}"),
            "write=48656c6c6f",
        ]),
        LIMIT,
    );
    assert!(outcome.success(), "{}", outcome.report());
    let mut bytes = Vec::new();
    let (mut connection, _) = listener.accept().expect("the connection");
    connection.read_to_end(&mut bytes).expect("its bytes");
    bytes
}

//! Other programs: started, talked to, asked for their port, and never left behind.

use socket2::{Domain, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How long another program may take for what is asked of it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A process that does not outlive the test, whatever becomes of it.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts one whose input and output are ours.
    pub fn start(command: &mut Command) -> Process {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("start {command:?}: {e}"));
        Process(child)
    }

    /// Starts one that prints or logs where we do not look.
    pub fn start_silent(command: &mut Command) -> Process {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("start {command:?}: {e}"));
        Process(child)
    }

    /// Gives it the bytes to send. Its input stays open: some programs end soon after it does.
    pub fn give(&mut self, bytes: &[u8]) {
        let input = self.0.stdin.as_mut().expect("its input is a pipe");
        input.write_all(bytes).expect("hand over the bytes");
        input.flush().expect("hand over the bytes");
    }

    /// Reads its output in the background, to its end.
    pub fn output(&mut self) -> thread::JoinHandle<Vec<u8>> {
        let mut pipe = self.0.stdout.take().expect("its output is a pipe");
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            bytes
        })
    }

    /// Waits until it ends by itself.
    pub fn ends_well(&mut self, what: &str) {
        let status = super::wait(&mut self.0, LIMIT);
        assert!(
            status.is_some_and(|s| s.success()),
            "{what} ended with {status:?}"
        );
    }

    /// The port of loopback it listens on, once it does. Not every program tells, the system does.
    pub fn port(&mut self) -> u16 {
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            if let Some(port) = listening_port(self.0.id()) {
                return port;
            }
            if let Ok(Some(status)) = self.0.try_wait() {
                panic!("the server ended before it listened: {status}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not listen");
    }
}

/// A port of loopback that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

/// Has a program hear Ctrl-C, which a shell keeps from what it starts in the background, and that from its own programs.
pub fn hear_control_c(command: &mut Command) -> &mut Command {
    let hear = || {
        // SAFETY: it takes numbers, and may be called between fork and exec.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: `hear` does nothing else.
    unsafe { command.pre_exec(hear) }
}

/// A port where nobody listens as long as the socket lives: it has the port, and takes no connections.
pub fn closed_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a port");
    let own = socket.local_addr().expect("its address").as_socket();
    (socket, own.expect("of IP").port())
}

/// Waits until somebody listens on a port of loopback.
pub fn wait_for_port(port: &str) {
    drop(connect_to(port));
}

/// Connects to a port of loopback as soon as somebody listens there.
pub fn connect_to(port: &str) -> TcpStream {
    let end = Instant::now() + LIMIT;
    let address = format!("127.0.0.1:{port}");
    loop {
        match TcpStream::connect(&address) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < end, "nobody listens on {address}: {error}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn listening_port(process: u32) -> Option<u16> {
    const LISTENING: &str = "0A";
    let mut sockets = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd")).ok()?.flatten() {
        if let Ok(target) = fs::read_link(entry.path())
            && let Some(inode) = target.to_string_lossy().strip_prefix("socket:[")
        {
            sockets.push(inode.trim_end_matches(']').to_string());
        }
    }
    for line in fs::read_to_string("/proc/net/tcp").ok()?.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields[3] == LISTENING && sockets.iter().any(|inode| inode == fields[9]) {
            let (_, port) = fields[1].split_once(':')?;
            return u16::from_str_radix(port, 16).ok();
        }
    }
    None
}

/// The files of a Debian package that is not installed, and of its libraries, unpacked into a folder of this build's.
/// `None`, and said, where it cannot be had.
pub fn unpacked_folder(package: &str) -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    let fetch = super::project().join("scripts/fetch_packages.sh");
    let outcome = super::run(Command::new(fetch).arg(package), Duration::from_secs(300));
    if !outcome.success() {
        super::skip(&format!("{package}: {}", outcome.err.trim()));
        return None;
    }
    let folder = super::build_folder().join("packages").join(package);
    if !folder.exists() {
        // Put in place in one step: another test process may be doing the same.
        let unfinished = folder.with_extension(std::process::id().to_string());
        fs::create_dir_all(&unfinished).expect("the folder of a package");
        for file in fs::read_dir(outcome.out.trim())
            .expect("the packages")
            .flatten()
        {
            let mut unpack = Command::new("dpkg");
            let unpack = super::run(unpack.arg("-x").arg(file.path()).arg(&unfinished), LIMIT);
            assert!(unpack.success(), "{}", unpack.report());
        }
        let placed = fs::rename(&unfinished, &folder);
        assert!(placed.is_ok() || folder.exists(), "{placed:?}");
    }
    Some(folder)
}

/// A program of a Debian package that is not installed, because it would start a service. `None`, and said, where it
/// cannot be had.
pub fn unpacked(package: &str, program: &str) -> Option<Command> {
    let folder = unpacked_folder(package)?;
    let libraries = ["usr/lib", "lib"].map(|lib| {
        let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
        folder.join(lib).join(machine)
    });
    let mut command = Command::new(folder.join(program));
    command.env(
        "LD_LIBRARY_PATH",
        std::env::join_paths(libraries).expect("paths"),
    );
    Some(command)
}

/// Whether the test can run; says so when it cannot.
pub fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).exists())
    });
    if !found {
        super::skip(&format!("{program} is not installed"));
    }
    found
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal digits.
pub fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("two hex digits"))
        .collect()
}

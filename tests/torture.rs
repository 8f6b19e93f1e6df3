//! The standing torture: one system call or allocation after the other fails, threads soak for minutes, networks misbehave.
#![cfg(target_os = "linux")]

mod common;

use common::{Outcome, build_folder, library, link_folder, project, run, skip, tell};
use std::collections::VecDeque;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

const EINTR: i32 = 4;
const ENOMEM: i32 = 12;
const EMFILE: i32 = 24;
const ENOBUFS: i32 = 105;

/// The functions that are made to fail, each with what it may plausibly say.
const FUNCTIONS: [(&str, &[i32]); 21] = [
    ("socket", &[EMFILE, ENOMEM, ENOBUFS, 13]),
    ("bind", &[98, 13, ENOMEM]),
    ("listen", &[98]),
    ("connect", &[111, 101, 113, 99, ENOBUFS, 13, 110]),
    ("accept4", &[EMFILE, ENOMEM, ENOBUFS, 103, EINTR, 1]),
    ("recv", &[ENOMEM, ENOBUFS, 104, EINTR, 110]),
    ("recvmsg", &[ENOMEM, EINTR, 111]),
    ("send", &[ENOMEM, ENOBUFS, 32, 104, EINTR]),
    ("sendto", &[ENOMEM, ENOBUFS, 101, 1, EINTR]),
    ("sendmsg", &[ENOMEM, ENOBUFS, 32, EINTR]),
    ("ppoll", &[ENOMEM, EINTR]),
    ("epoll_create1", &[EMFILE, ENOMEM]),
    ("epoll_ctl", &[ENOMEM, 28]),
    ("epoll_wait", &[EINTR]),
    ("eventfd", &[EMFILE, ENOMEM]),
    ("getsockopt", &[ENOBUFS]),
    ("setsockopt", &[ENOMEM, ENOBUFS]),
    ("getsockname", &[ENOBUFS]),
    ("shutdown", &[107]),
    ("fcntl", &[ENOMEM]),
    ("ioctl", &[ENOMEM]),
];

/// What getaddrinfo may say: EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_MEMORY, EAI_SYSTEM.
const NO_ADDRESS: [i32; 5] = [-2, -3, -4, -10, -11];

/// The allocations that may fail without the process's end, and the others.
const LARGE: [(&str, &str); 1] = [("FAIL_LEAST", "4096")];
const SMALL: [(&str, &str); 1] = [("FAIL_MOST", "4095")];

/// At most so many of the small ones are made to fail, evenly spread.
const MOST_SMALL: usize = 2000;

const SIGABRT: i32 = 6;

/// How many runs go on at once: most of the time they wait.
const AT_ONCE: usize = 24;

/// What a program ends with that cannot have a network of its own: it would take the machine's ports.
const NO_NETWORK: i32 = 77;

/// Keeps these tests, which need all of the machine, apart from one another.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(|e| e.into_inner())
}

fn compile(source: &str, name: &str, flags: &[&str]) -> PathBuf {
    let folder = build_folder().join("c_tests/torture");
    fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join(name);
    let libraries = link_folder(&library(), "lib");
    let built = run(
        Command::new("cc")
            .args([
                "-std=gnu11",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-O1",
                "-g",
                "-pthread",
            ])
            .args(flags)
            .arg(format!("-I{}", project().join("include").display()))
            .arg(format!("-I{}", project().join("c_tests").display()))
            .arg(project().join("c_tests/torture").join(source))
            .arg("-o")
            .arg(&program)
            .arg(format!("-L{}", libraries.display()))
            .args(["-Wl,--no-as-needed", "-lwdsocket", "-ldl"])
            .arg(format!(
                "-Wl,--disable-new-dtags,-rpath,{}",
                libraries.display()
            )),
        Duration::from_secs(120),
    );
    assert!(built.success(), "{}", built.report());
    program
}

/// A certificate for this machine that is its own root: the file of both, and the root's, which is large: all that is
/// made of it takes pages of memory.
fn certificate() -> (PathBuf, PathBuf) {
    let folder = build_folder().join("c_tests/torture");
    fs::create_dir_all(&folder).expect("a folder");
    let own = std::process::id();
    let [root, key, both] =
        ["root", "key", "server"].map(|name| folder.join(format!("{name}-{own}.pem")));
    let made = run(
        Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&root),
        Duration::from_secs(60),
    );
    assert!(made.success(), "{}", made.report());
    let text = [fs::read(&root), fs::read(&key)].map(|part| part.expect("a file"));
    fs::write(&both, text.concat()).expect("write the certificate");
    let many = folder.join(format!("many-{own}.pem"));
    fs::write(&many, text[0].repeat(12)).expect("write the roots");
    let collection = run(
        Command::new("openssl")
            .args(["crl2pkcs7", "-nocrl", "-certfile"])
            .arg(&many),
        Duration::from_secs(60),
    );
    assert!(collection.success(), "{}", collection.report());
    let units = format!("\u{feff}{}", collection.out)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect::<Vec<u8>>();
    fs::write(&root, units).expect("write the roots");
    (both, root)
}

struct Scene {
    program: PathBuf,
    shim: PathBuf,
    certificate: (PathBuf, PathBuf),
}

impl Scene {
    fn new() -> Scene {
        Scene {
            program: compile("faulty_scene.c", "faulty_scene", &[]),
            shim: compile("failing.c", "failing.so", &["-shared", "-fPIC"]),
            certificate: certificate(),
        }
    }

    fn run(&self, function: &str, at: usize, number: i32, more: &[(&str, &str)]) -> Outcome {
        let mut command = Command::new(&self.program);
        command
            .args([&self.certificate.0, &self.certificate.1])
            .env("LD_PRELOAD", &self.shim)
            .env("FAIL_FUNCTION", function)
            .env("FAIL_AT", at.to_string())
            .env("FAIL_ERRNO", number.to_string())
            .env_remove("RUST_BACKTRACE")
            .envs(more.iter().copied());
        run(&mut command, Duration::from_secs(90))
    }

    /// How often the scene calls the function.
    fn calls(&self, function: &str, more: &[(&str, &str)]) -> usize {
        let told = build_folder().join(format!("c_tests/torture/count-{}", std::process::id()));
        let path = told.to_str().expect("a path");
        let more = [more, &[("FAIL_COUNT", path)]].concat();
        let outcome = self.run(function, 0, 0, &more);
        assert!(outcome.success(), "without a fault: {}", outcome.report());
        let text = fs::read_to_string(&told).expect("the shim tells");
        text.trim().parse().expect("a number")
    }
}

#[test]
#[ignore = "long: some thousand runs"]
fn a_failing_system_call_or_allocation_is_told_and_nothing_else_happens() {
    let _alone = alone();
    let scene = Scene::new();
    if scene.run("", 0, 0, &[]).ended_with(NO_NETWORK) {
        return skip("failing calls: this machine lets nobody make a network");
    }
    let mut jobs = Vec::new();
    for (function, numbers) in FUNCTIONS {
        let calls = scene.calls(function, &[]);
        assert!(calls > 0, "{function} is never called");
        for at in 1..=calls {
            jobs.extend(numbers.iter().map(|&number| (function, at, number)));
        }
    }
    jobs.extend(NO_ADDRESS.map(|number| ("getaddrinfo", 1, number)));
    let large = scene.calls("alloc", &LARGE);
    jobs.extend((1..=large).map(|at| ("alloc", at, ENOMEM)));
    let injected = jobs.len();
    let mut failures = each_at_once(jobs, |(function, at, number)| {
        let outcome = scene.run(function, at, number, &LARGE);
        let report = outcome.report();
        (!outcome.success()).then(|| format!("{function} number {at} with {number}: {report}"))
    });
    tell(&format!(
        "{injected} faults injected, {large} of them into allocations of 4 KiB or more"
    ));

    let small = scene.calls("alloc", &SMALL);
    let mut ended = 0;
    let tried: Vec<_> = (1..=small).step_by(small.div_ceil(MOST_SMALL)).collect();
    let count = tried.len();
    let unlucky = each_at_once(tried, |at| {
        let outcome = scene.run("alloc", at, ENOMEM, &SMALL);
        (!outcome.success()).then_some((at, outcome))
    });
    for (at, outcome) in unlucky {
        // What stable Rust, and the C library for its threads' variables, do where a small allocation of a
        // fixed size fails.
        let told = ["memory allocation of ", "failed to register TLS destructor"];
        if outcome.status.and_then(|status| status.signal()) == Some(SIGABRT)
            && told.iter().any(|told| outcome.err.contains(told))
        {
            ended += 1;
        } else {
            failures.push(format!("small allocation {at}: {}", outcome.report()));
        }
    }
    tell(&format!(
        "{ended} of {count} allocations under 4 KiB end the process ({small} are made)"
    ));
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Does all the jobs, some at once, and gives what they gave.
fn each_at_once<J: Send, T: Send>(jobs: Vec<J>, work: impl Fn(J) -> Option<T> + Sync) -> Vec<T> {
    let jobs = Mutex::new(VecDeque::from(jobs));
    let next = || jobs.lock().unwrap_or_else(|e| e.into_inner()).pop_front();
    thread::scope(|scope| {
        let worker = || std::iter::from_fn(&next).filter_map(&work).collect();
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        let results = workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker"));
        results.flat_map(|some: Vec<T>| some).collect()
    })
}

/// Seconds that the soak takes, unless WDSOCKET_SOAK says otherwise: ten minutes are 600.
const SOAK: &str = "60";

#[test]
#[ignore = "long: a minute, or as many seconds as WDSOCKET_SOAK says"]
fn sixteen_threads_soak_and_leave_the_descriptors_and_the_memory_they_found() {
    let _alone = alone();
    let seconds = std::env::var("WDSOCKET_SOAK").unwrap_or(SOAK.into());
    let program = compile("soak.c", "soak", &[]);
    let (certificate, root) = certificate();
    let limit = seconds.parse::<u64>().expect("WDSOCKET_SOAK is seconds") + 120;
    let outcome = run(
        Command::new(program)
            .arg(certificate)
            .arg(root)
            .arg(&seconds),
        Duration::from_secs(limit),
    );
    if outcome.ended_with(NO_NETWORK) {
        return skip("the soak: this machine lets nobody make a network");
    }
    tell(outcome.out.trim_end());
    assert!(outcome.success(), "{}", outcome.report());
}

/// Runs the networks of `c_tests/torture/networks.py`.
#[test]
#[ignore = "long: networks of its own"]
fn networks_that_misbehave_keep_deadlines_bytes_and_words() {
    let _alone = alone();
    let can = run(
        Command::new("unshare").args(["-n", "sh", "-c", "ip tuntap add mode tun name t0"]),
        Duration::from_secs(20),
    );
    if !can.success() {
        return skip("networks that misbehave: this machine lets nobody make one");
    }
    let program = compile("rough.c", "rough", &[]);
    let script: &Path = &project().join("c_tests/torture/networks.py");
    let outcome = run(
        Command::new("python3").arg(script).arg(program),
        Duration::from_secs(400),
    );
    print!("{}", outcome.out);
    assert!(outcome.success(), "{}", outcome.report());
}

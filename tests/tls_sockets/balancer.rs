//! Two server processes behind HAProxy, which is set up as docs/scale.md shows it.

use crate::common::process::{LIMIT, Process, free_port, unpacked};
use crate::common::{build, project};
use crate::world::World;
use openssl::ssl::{SslConnector, SslMethod, SslSession, SslSessionCacheMode, SslStream};
use socket2::{Domain, Socket, Type};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The clients' address, so that it differs from HAProxy's.
const CLIENT: &str = "127.0.0.5";

/// A process of the service.
struct Server {
    process: Process,
    port: u16,
}

impl Server {
    fn start(name: &str, port: u16, certificate: &str, keys: &str) -> Server {
        let mut command = Command::new(build("tls_balanced.c", &[]));
        let port = port.to_string();
        let mut process = Process::start(command.args([name, &port, certificate, keys]));
        let mut line = String::new();
        BufReader::new(process.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim_end().strip_prefix("port ");
        let port = port.and_then(|port| port.parse().ok());
        Server {
            port: port.unwrap_or_else(|| panic!("it does not listen: {line}")),
            process,
        }
    }
}

/// Two servers, and HAProxy in front of them.
struct Service {
    one: Server,
    two: Server,
    _haproxy: Process,
    port: u16,
}

impl Service {
    /// With that page's configuration after these changes; `None`, and said, without a HAProxy.
    fn start(world: &World, certificate: &str, changes: &[(&str, &str)]) -> Option<Service> {
        let mut haproxy = unpacked("haproxy", "usr/sbin/haproxy")?;
        let keys = openssl::base64::encode_block(&[7; 80]);
        let keys = world.folder.file("tickets", keys);
        let one = Server::start("one", 0, certificate, &keys);
        let two = Server::start("two", 0, certificate, &keys);
        let port = free_port();
        let mut configuration = shown();
        let bind = format!("127.0.0.1:{port}");
        let [first, second] = [&one, &two].map(|server| format!("127.0.0.1:{}", server.port));
        let places = [
            (":443", bind.as_str()),
            ("192.0.2.11:8443", &first),
            ("192.0.2.12:8443", &second),
        ];
        for (from, to) in places.iter().chain(changes) {
            assert!(configuration.contains(from), "{from} in {configuration}");
            configuration = configuration.replace(from, to);
        }
        let file = world.folder.file("haproxy.cfg", configuration);
        let haproxy = Process::start_silent(haproxy.args(["-f", &file, "-db"]));
        let service = Service {
            one,
            two,
            _haproxy: haproxy,
            port,
        };
        let end = Instant::now() + LIMIT;
        while service.dial().is_err() {
            assert!(Instant::now() < end, "HAProxy does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Some(service)
    }

    fn dial(&self) -> io::Result<TcpStream> {
        dial(self.port)
    }
}

/// A connection from the clients' address.
fn dial(port: u16) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 5], 0)).into())?;
    socket.connect(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
    socket.set_read_timeout(Some(LIMIT))?;
    Ok(socket.into())
}

/// The configuration that the page shows.
fn shown() -> String {
    let page = fs::read_to_string(project().join("docs/scale.md")).unwrap();
    let (_, rest) = page.split_once("# haproxy.cfg\n").expect("haproxy.cfg");
    rest.split_once("```").expect("its end").0.to_owned()
}

/// One question: the server's name, the client's address as it was told, and what was said of the session.
fn ask(stream: &mut (impl Read + Write)) -> io::Result<[String; 3]> {
    stream.write_all(b"who\r\n")?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.push(byte[0]);
    }
    let answer = String::from_utf8(answer).map_err(io::Error::other)?;
    let words: Vec<String> = answer.split_whitespace().map(str::to_owned).collect();
    <[String; 3]>::try_from(words).map_err(|words| io::Error::other(format!("{words:?}")))
}

/// A client that verifies the service and notes its newest session.
struct Client {
    connector: SslConnector,
    newest: Arc<Mutex<Option<SslSession>>>,
}

impl Client {
    fn new(world: &World) -> Client {
        let newest = Arc::new(Mutex::new(None));
        let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
        connector.set_ca_file(&world.ca).unwrap();
        connector.set_session_cache_mode(SslSessionCacheMode::CLIENT);
        let kept = Arc::clone(&newest);
        connector.set_new_session_callback(move |_, session| {
            *kept.lock().unwrap() = Some(session);
        });
        Client {
            connector: connector.build(),
            newest,
        }
    }

    fn connect(&self, port: u16, session: Option<&SslSession>) -> io::Result<SslStream<TcpStream>> {
        let mut ssl = self.connector.configure().unwrap();
        if let Some(session) = session {
            // SAFETY: it is of this client's own context.
            unsafe { ssl.set_session(session) }.unwrap();
        }
        let made = ssl.connect("localhost", dial(port)?);
        made.map_err(|error| io::Error::other(error.to_string()))
    }
}

#[test]
fn tls_passes_through_a_balancer_that_tells_the_client_and_is_taken_up_by_the_other_process() {
    let world = World::new();
    for version in ["send-proxy-v2", "send-proxy"] {
        let changes = [("send-proxy-v2", version)];
        let Some(service) = Service::start(&world, &world.server, &changes) else {
            return;
        };
        let client = Client::new(&world);
        let mut session: Option<SslSession> = None;
        let mut last = String::new();
        let mut taken_over = BTreeSet::new();
        let end = Instant::now() + LIMIT;
        // The balancer gives each its turn, but may count a connection that has just ended.
        while taken_over.len() < 2 && Instant::now() < end {
            let mut stream = client.connect(service.port, session.as_ref()).unwrap();
            let [name, address, resumed] = ask(&mut stream).unwrap();
            assert_eq!(address, CLIENT, "{version}");
            assert_eq!(
                resumed,
                if last.is_empty() { "0" } else { "1" },
                "{version}"
            );
            if !last.is_empty() && last != name {
                taken_over.insert(name.clone());
            }
            last = name;
            // Without it OpenSSL takes no session up.
            stream.shutdown().unwrap();
            session = client.newest.lock().unwrap().take().or(session);
        }
        assert_eq!(taken_over.len(), 2, "{version}: {taken_over:?}");
    }
}

#[test]
fn tls_ends_at_a_balancer_that_tells_the_client() {
    let world = World::new();
    let bind = format!(" ssl crt {}\n    default_backend", world.server);
    for version in ["send-proxy-v2", "send-proxy"] {
        let changes = [
            ("send-proxy-v2", version),
            ("\n    default_backend", bind.as_str()),
        ];
        let Some(service) = Service::start(&world, "", &changes) else {
            return;
        };
        let mut stream = Client::new(&world).connect(service.port, None).unwrap();
        let [_, address, session] = ask(&mut stream).unwrap();
        assert_eq!((address.as_str(), session.as_str()), (CLIENT, "-"));
    }
}

#[test]
fn several_processes_share_one_port() {
    let one = Server::start("one", 0, "", "");
    let two = Server::start("two", one.port, "", "");
    assert_eq!(one.port, two.port);
    let mut seen = BTreeSet::new();
    let end = Instant::now() + LIMIT;
    while seen.len() < 2 && Instant::now() < end {
        let mut stream = dial(one.port).unwrap();
        stream
            .write_all(b"PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n")
            .unwrap();
        let [name, address, _] = ask(&mut stream).unwrap();
        assert_eq!(address, "192.0.2.7");
        seen.insert(name);
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn a_process_that_is_killed_under_load_takes_its_own_connections_with_it_and_no_other() {
    const THREADS: usize = 4;
    let world = World::new();
    let Some(mut service) = Service::start(&world, &world.server, &[]) else {
        return;
    };
    let client = Client::new(&world);
    let port = service.port;
    let is_killed = AtomicBool::new(false);
    let is_over = AtomicBool::new(false);
    let (before, after, lost) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let mut steady: Vec<_> = (0..6)
        .map(|_| {
            let mut stream = client.connect(port, None).unwrap();
            let [name, ..] = ask(&mut stream).unwrap();
            (name, stream)
        })
        .collect();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let counted = match is_killed.load(Ordering::SeqCst) {
                        true => &after,
                        false => &before,
                    };
                    let asked = client.connect(port, None).and_then(|mut s| ask(&mut s));
                    let counted = if asked.is_ok() { counted } else { &lost };
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let wait_for = |count: &AtomicUsize| {
            let end = Instant::now() + LIMIT;
            while count.load(Ordering::SeqCst) < 40 && Instant::now() < end {
                thread::sleep(Duration::from_millis(5));
            }
        };
        wait_for(&before);
        service.one.process.0.kill().unwrap();
        service.one.process.0.wait().unwrap();
        is_killed.store(true, Ordering::SeqCst);
        wait_for(&after);
        is_over.store(true, Ordering::SeqCst);
    });
    let [before, after, lost] = [before, after, lost].map(AtomicUsize::into_inner);
    println!("# {before} connections before, {after} after, {lost} lost");
    assert!(before >= 40 && after >= 40, "{before}, {after}");
    // Those that were with it at that moment.
    assert!(lost <= THREADS, "{lost} of {THREADS} at once");
    let (of_one, of_two): (Vec<_>, Vec<_>) = steady.iter_mut().partition(|(name, _)| name == "one");
    assert!(!of_one.is_empty() && !of_two.is_empty());
    for (_, stream) in of_one {
        ask(stream).unwrap_err();
    }
    for (_, stream) in of_two {
        assert_eq!(ask(stream).unwrap()[0], "two");
    }
    drop(service.two);
}

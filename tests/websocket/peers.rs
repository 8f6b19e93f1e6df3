//! Real peers: Python's websockets, the test server of libwebsockets, ws of Node, nginx in front of one.

use super::common::process::{
    Process, free_port, installed, unpacked, unpacked_folder, wait_for_port,
};
use super::common::{self, skip};
use super::ours::{Failure, Socket, connect, connect_tls, set_text};
use super::pki::{Folder, authority, server};
use std::io::{BufRead, BufReader};
use std::process::Command;
use wdsocket::constants::*;

/// A script that prints its port and then serves.
fn script(mut command: Command) -> (Process, u16) {
    let mut process = Process::start(&mut command);
    let mut line = String::new();
    let output = process.0.stdout.take().expect("its output is a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let port = line
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("it said {line:?}"));
    (process, port)
}

const PYTHON: &str = r#"
import asyncio, ssl, sys, websockets
async def serve(ws, path=None):
    async for message in ws:
        if message == "parts":
            await ws.send(["one ", "two ", "three"])
        elif message == "ping":
            await asyncio.wait_for(await ws.ping(b"p1"), 10)
            await ws.send("answered")
        elif message == "headers":
            await ws.send(ws.request_headers["X-Till"])
        elif message == "bye":
            await ws.close(4000, "till closed")
        else:
            await ws.send(message)
async def main():
    tls = None
    if len(sys.argv) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1])
    async with websockets.serve(serve, "127.0.0.1", 0, ssl=tls, subprotocols=["soap"], max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
"#;

/// The server in Python; `None` and said where it cannot be had.
fn python(arguments: &[&str]) -> Option<(Process, u16)> {
    let has = common::run(
        Command::new("/usr/bin/python3").args(["-c", "import websockets.legacy"]),
        common::process::LIMIT,
    );
    let mut command = Command::new("/usr/bin/python3");
    if !has.success() {
        let folder = unpacked_folder("python3-websockets")?;
        command.env("PYTHONPATH", folder.join("usr/lib/python3/dist-packages"));
    }
    command.args(["-c", PYTHON]).args(arguments);
    Some(script(command))
}

/// What every server here sends back.
fn echoes_everything(socket: &Socket) {
    for size in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
        socket.echoes(&vec![b'x'; size], false);
        socket.echoes(&vec![0xFF; size], true);
    }
    socket.echoes("Grüße, 世界".as_bytes(), false);
}

#[test]
fn pythons_websockets() {
    let Some((_process, port)) = python(&[]) else {
        return;
    };
    set_text(WebSocketHeaders, "X-Till: 7");
    let socket = connect(port, "/any?path=1", "mqtt,soap").expect("open");
    set_text(WebSocketHeaders, "");
    echoes_everything(&socket);
    for (said, answer) in [
        ("parts", "one two three"),
        ("ping", "answered"),
        ("headers", "7"),
    ] {
        socket.write(said.as_bytes(), false).expect("sent");
        assert_eq!(socket.read().expect("an answer"), answer.as_bytes());
    }
    socket.write(b"bye", false).expect("sent");
    let Failure(code, text) = socket.read().expect_err("an end");
    assert_eq!(code, WDSOCKET_ERR_CLOSED);
    assert!(text.contains("code 4000 (\"till closed\")"), "{text}");
    let Failure(code, text) = connect(port, "/", "").expect("open").shut_down();
    assert_eq!(code, WDSOCKET_ERR_CLOSED);
    assert!(text.contains("code 1000"), "{text}");
}

/// The files of a certificate for localhost with its key, and of its root.
fn certificates(folder: &Folder) -> (String, String) {
    let root = authority("root").issue(None);
    let mut wish = server();
    wish.alternative_names = Some("DNS:localhost".into());
    let own = wish.issue(Some(&root));
    (
        folder.file("server.pem", own.with_chain(&[])),
        folder.file("root.pem", root.pem()),
    )
}

#[test]
fn pythons_websockets_under_tls_that_is_verified() {
    let folder = Folder::new();
    let (own, root) = certificates(&folder);
    let Some((_process, port)) = python(&[&own]) else {
        return;
    };
    let stranger = connect_tls("localhost", port).expect_err("nobody knows the root");
    assert_eq!(stranger.0, WDSOCKET_ERR_TLS_CERTIFICATE, "{}", stranger.1);
    set_text(SSLCaFile, &root);
    let socket = connect_tls("localhost", port).expect("open");
    echoes_everything(&socket);
    assert_eq!(socket.shut_down().0, WDSOCKET_ERR_CLOSED);
    let other = connect_tls("127.0.0.1", port).expect_err("another name");
    assert_eq!(other.0, WDSOCKET_ERR_TLS_CERTIFICATE, "{}", other.1);
    set_text(SSLCaFile, "");
}

#[test]
fn the_test_server_of_libwebsockets() {
    let Some(mut command) = unpacked(
        "libwebsockets-test-server",
        "usr/bin/libwebsockets-test-server",
    ) else {
        return;
    };
    let port = free_port();
    command.args(["-i", "lo", &format!("--port={port}")]);
    let _process = Process::start_silent(&mut command);
    wait_for_port(&port.to_string());
    // It mirrors to everybody, and counts for whoever asks.
    let mirror = connect(port, "/", "lws-mirror-protocol").expect("open");
    for size in [1, 125, 126, 2000] {
        mirror.write(&vec![b'd'; size], false).expect("sent");
        assert_eq!(mirror.read().expect("a mirror").len(), size);
    }
    let counter = connect(port, "/", "dumb-increment-protocol").expect("open");
    for _ in 0..3 {
        let number = String::from_utf8(counter.read().expect("a number")).expect("text");
        number
            .trim_end_matches('\0')
            .parse::<u32>()
            .expect("a number");
    }
    let other = connect(port, "/", "no-such-protocol").expect_err("it has no such protocol");
    assert!(!other.1.is_empty());
}

const NODE: &str = r#"
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, maxPayload: 0 }, () =>
  console.log(server.address().port));
server.on('connection', (s) => {
  s.on('pong', (data) => s.send('pong ' + data));
  s.on('message', (data, binary) => {
    const text = data.toString();
    if (text === 'parts') {
      s.send('one ', { fin: false });
      s.ping('p1');
      s.send('two', { fin: true });
    } else if (text === 'bye') s.close(4001, 'done');
    else s.send(data, { binary });
  });
});
"#;

#[test]
fn ws_of_node() {
    if !installed("node") {
        return;
    }
    let Some(folder) = unpacked_folder("node-ws") else {
        return;
    };
    let mut command = Command::new("node");
    command
        .env("NODE_PATH", folder.join("usr/share/nodejs"))
        .args(["-e", NODE]);
    let (_process, port) = script(command);
    let socket = connect(port, "/", "").expect("open");
    echoes_everything(&socket);
    socket.write(b"parts", false).expect("sent");
    let mut both =
        [(); 2].map(|()| String::from_utf8(socket.read().expect("a message")).expect("text"));
    both.sort();
    assert_eq!(both, ["one two", "pong p1"]);
    socket.write(b"bye", false).expect("sent");
    let Failure(code, text) = socket.read().expect_err("an end");
    assert_eq!(code, WDSOCKET_ERR_CLOSED);
    assert!(text.contains("code 4001 (\"done\")"), "{text}");
}

#[test]
fn nginx_in_front() {
    let Some((_server, behind)) = python(&[]) else {
        return;
    };
    let Some(mut nginx) = unpacked("nginx", "usr/sbin/nginx") else {
        return;
    };
    let folder = Folder::new();
    let port = free_port();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let configuration = format!(
        "daemon off; master_process off; pid nginx.pid; events {{}}\nhttp {{ access_log off; {paths}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_http_version 1.1;\n\
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }}\n\
         location /closed {{ return 403; }} }} }}\n"
    );
    let file = folder.file("nginx.conf", configuration);
    let place = file.rsplit_once('/').expect("a folder").0;
    nginx.args(["-p", &format!("{place}/"), "-c", &file, "-e", "stderr"]);
    let mut process = Process::start_silent(&mut nginx);
    assert_eq!(process.port(), port);
    let socket = connect(port, "/", "soap").expect("open");
    echoes_everything(&socket);
    assert_eq!(socket.shut_down().0, WDSOCKET_ERR_CLOSED);
    let closed = connect(port, "/closed", "").expect_err("it is closed");
    assert_eq!(closed.0, WDSOCKET_ERR_ACCESS_DENIED, "{}", closed.1);
}

const PYTHON_CLIENT: &str = r#"
import asyncio, ssl, sys, websockets
async def main():
    tls = ssl.create_default_context(cafile=sys.argv[2]) if len(sys.argv) > 2 else None
    scheme = "wss" if tls else "ws"
    async with websockets.connect(f"{scheme}://localhost:{sys.argv[1]}/", ssl=tls, subprotocols=["mqtt", "soap"]) as ws:
        assert ws.subprotocol == "mqtt"
        for message in ["", "hello", b"\xff" * 70000, ["a", "b", "c"]]:
            await ws.send(message)
            expected = "abc" if isinstance(message, list) else message
            assert await ws.recv() == expected
        await asyncio.wait_for(await ws.ping(), 10)
    assert ws.close_code == 1000, ws.close_code
asyncio.run(main())
"#;

#[test]
fn our_servers_and_pythons_client_in_clear_and_under_tls() {
    let has = common::run(
        Command::new("/usr/bin/python3").args(["-c", "import websockets"]),
        common::process::LIMIT,
    );
    if !has.success() {
        return skip("our server and Python's client: python3-websockets is not installed");
    }
    let folder = Folder::new();
    let (own, root) = certificates(&folder);
    for tls in [None, Some(own.as_str())] {
        let server = super::ours::Server::start(tls);
        let mut client = Command::new("/usr/bin/python3");
        client.args(["-c", PYTHON_CLIENT, &server.port.to_string()]);
        if tls.is_some() {
            client.arg(&root);
        }
        let outcome = common::run(&mut client, common::process::LIMIT);
        assert!(outcome.success(), "{}", outcome.report());
    }
}

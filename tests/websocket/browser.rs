//! A browser: Chromium opens a page whose script talks to servers of the library.

use super::common::process::{LIMIT, Process, installed};
use super::common::{run, skip};
use super::ours::{Server, listen};
use super::pki::{Folder, Wish, authority, server};
use std::process::Command;

/// Talks to each address, sends what comes to the last one, and says there what was wrong.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><script>
const messages = ["Grüße, ☃", "", "x".repeat(200000), new Uint8Array(0), new Uint8Array(70000).fill(255), "🧾"];
const same = (sent, back) => typeof sent == "string" ? sent === back
    : back instanceof ArrayBuffer && new Uint8Array(back).length == sent.length && new Uint8Array(back).every(byte => byte == 255);
const talk = address => new Promise(done => {
    const socket = new WebSocket(address, ["till", "other"]);
    const trouble = [];
    let next = 0;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
        if (socket.protocol != "till") trouble.push("the protocol is " + socket.protocol);
        for (const message of messages) socket.send(message);
    };
    socket.onmessage = event => {
        if (!same(messages[next], event.data)) trouble.push("message " + next + " came back otherwise");
        if (++next == messages.length) socket.close(4000, "done");
    };
    socket.onerror = () => trouble.push("error");
    socket.onclose = event => {
        if (next != messages.length) trouble.push("only " + next + " messages came back");
        if (!event.wasClean || event.code != 4000) trouble.push("closed with " + event.code);
        done(address.split(":")[0] + ": " + (trouble.join(", ") || "all is well"));
    };
});
Promise.all(ADDRESSES.map(talk)).then(told => {
    const judge = new WebSocket("ws://127.0.0.1:JUDGE/");
    judge.onopen = () => judge.send(told.join("\n"));
});
</script>"#;

/// What Chromium calls the key of a certificate that it shall trust.
fn key_of(certificate: &str) -> String {
    let pipeline = "openssl x509 -in \"$0\" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64";
    let mut command = Command::new("sh");
    let told = run(command.args(["-c", pipeline, certificate]), LIMIT);
    assert!(told.success(), "{}", told.report());
    told.out.trim().to_owned()
}

#[test]
#[ignore = "long: a browser"]
fn a_browser_talks_to_a_standard_server() {
    if !installed("chromium") {
        skip("a browser: chromium (package chromium) is not installed");
        return;
    }
    let folder = Folder::new();
    let root = authority("Shop Root").issue(None);
    let wish = Wish {
        alternative_names: Some("DNS:localhost,IP:127.0.0.1".into()),
        ..server()
    };
    let certificate = wish.issue(Some(&root)).with_chain(&[]);
    let certificate = folder.file("server.pem", certificate);
    let clear = Server::start(None);
    let secure = Server::start(Some(&certificate));
    let (judge, port) = listen(None);
    let addresses = format!(
        "[\"ws://127.0.0.1:{0}/a\", \"ws://localhost:{0}/b?c=d\", \"wss://localhost:{1}/\", \"wss://127.0.0.1:{1}/\"]",
        clear.port, secure.port
    );
    let page = PAGE
        .replace("ADDRESSES", &addresses)
        .replace("JUDGE", &port.to_string());
    let page = folder.file("page.html", page);

    let profile = format!("{}/profile", folder.text());
    let mut browser = Command::new("chromium");
    browser.env("HOME", folder.text()).args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-proxy-server",
        "--remote-debugging-port=0",
        &format!("--user-data-dir={profile}"),
        &format!(
            "--ignore-certificate-errors-spki-list={}",
            key_of(&certificate)
        ),
        &format!("file://{page}"),
    ]);
    let browser = Process::start_silent(&mut browser);
    let told = judge.accept().read().expect("what the page says");
    let told = String::from_utf8(told).expect("text");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    for line in lines {
        assert!(line.ends_with(": all is well"), "{told}");
    }
    drop(browser);
}

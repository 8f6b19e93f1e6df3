//! The example that reads news does so at a real server: in clear, with TLS in mid-stream, and with TLS from the start.
#![cfg(target_os = "linux")]

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)] // Shared with the tests of TLS.
mod pki;
#[path = "news/server.rs"]
mod server;

use common::{Outcome, build, run};
use server::NewsServer;
use std::process::Command;
use std::time::Duration;

const GREETING: &str = "201 news.example InterNetNews NNRP server ";

/// What it prints of the groups, the article, in which dots stand as its author wrote them, and the empty list.
const NEWS: &str = "  control 0000000000 0000000001 n
  control.cancel 0000000000 0000000001 n
  junk 0000000000 0000000001 n
  shop.news 0000000001 0000000001 y
groups: 4
group: 211 1 1 1 shop.news
Path: news.example!not-for-mail
From: Marie <marie@example.com>
Newsgroups: shop.news
Subject: Opening hours
Date: Tue, 25 Nov 2025 09:00:00 +0000
Message-ID: <1@news.example>
Lines: 6
Xref: news.example shop.news:1

The shop opens at nine.
.profile is the name of a file,
.
.. and a line may be two dots and more.

Marie
groups that are new in 2099: 0
";

fn example(way: &str, server: &NewsServer, more: &[&str]) -> Outcome {
    let mut command = Command::new(build("example_news.c", &[]));
    command.args([way, "localhost", &server.port.to_string()]);
    run(command.args(more), Duration::from_secs(60))
}

/// Runs the example; it prints the greeting, `then`, and the news.
fn reads_the_news(way: &str, server: &NewsServer, then: &str) {
    let outcome = example(way, server, &[&server.root]);
    let (greeting, rest) = outcome.out.split_once('\n').unwrap_or_default();
    assert!(
        outcome.success() && greeting.starts_with(GREETING),
        "{}",
        outcome.report()
    );
    assert_eq!(rest, format!("{then}{NEWS}"));
}

/// Runs the example without the server's root; it stops at the certificate.
fn is_stopped_by_the_certificate(way: &str, server: &NewsServer, call: &str) {
    let outcome = example(way, server, &[]);
    let last = outcome.out.lines().last().unwrap_or_default();
    assert!(
        !outcome.success() && last.starts_with(call) && last.contains("CN=News Root"),
        "{}",
        outcome.report()
    );
}

#[test]
fn news_are_read_in_clear() {
    let Some(server) = NewsServer::start(&[]) else {
        return;
    };
    reads_the_news("clear", &server, "");
}

#[test]
fn news_are_read_under_tls_that_starts_in_mid_stream() {
    let Some(server) = NewsServer::start(&[]) else {
        return;
    };
    reads_the_news("starttls", &server, "over TLSv1.3\n");
    is_stopped_by_the_certificate("starttls", &server, "SocketStartSSL(\"news\"): ");
}

#[test]
fn news_are_read_under_tls_from_the_start() {
    let Some(server) = NewsServer::start(&["-S"]) else {
        return;
    };
    reads_the_news("tls", &server, "over TLSv1.3\n");
    is_stopped_by_the_certificate("tls", &server, "SocketConnectSSL(\"news\"): ");
}

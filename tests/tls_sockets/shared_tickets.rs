//! SSLTicketKeyFile: a session of one process is taken up by another one, and by none that has other keys.

use crate::common::secure::Secure;
use crate::common::{Outcome, process::LIMIT, run};
use crate::pki::{self, Folder};
use crate::world::{TLS1_2, TLS1_3, Version, World, words};
use std::fs;
use std::process::Command;
use wdsocket::constants::*;

/// A key as a line, of bytes that are all the same.
fn key(byte: u8) -> String {
    openssl::base64::encode_block(&[byte; 80]) + "\n"
}

/// Our server with these keys, for one client that it greets; `more` are words before it listens.
fn serve(world: &World, version: &Version, keys: &str, more: &[&str]) -> Secure {
    let keys = ["text", "SSLTicketKeyFile", keys];
    let listen = ["listen", &version.word(), &world.server, ""];
    let then = ["accept", "say", "hello", "info", "SSLResumed", "close"];
    Secure::serve(&words(&[&keys, more, &listen, &then]))
}

/// OpenSSL's client, which keeps its session in a file or takes one up from there; whether it was taken up.
fn visit(world: &World, server: &Secure, file: &str, session: &str) -> bool {
    let said = client(world, server, file, session);
    let is_new = said.out.contains("\nNew, TLS");
    assert!(
        is_new != said.out.contains("\nReused, TLS"),
        "{}",
        said.report()
    );
    !is_new
}

fn client(world: &World, server: &Secure, file: &str, session: &str) -> Outcome {
    client_with(world, server, &[file, session], None)
}

/// With these words, and perhaps a certificate of its own.
fn client_with(
    world: &World,
    server: &Secure,
    more: &[&str],
    certificate: Option<&String>,
) -> Outcome {
    let mut command = Command::new("openssl");
    command.args([
        "s_client",
        "-ign_eof",
        "-CAfile",
        &world.ca,
        "-servername",
        "localhost",
    ]);
    command.args(["-connect", &format!("127.0.0.1:{}", server.port)]);
    command.args(more);
    if let Some(certificate) = certificate {
        command.args(["-cert", certificate, "-key", certificate]);
    }
    run(command.stdin(std::process::Stdio::null()), LIMIT)
}

#[test]
fn a_session_is_taken_up_by_every_process_that_has_its_key() {
    let world = World::new();
    let folder = Folder::new();
    let first = folder.file("first", key(1));
    let newer = folder.file("newer", format!("# of today\n{}\n{}", key(2), key(1)));
    let other = folder.file("other", key(2));
    for version in [TLS1_2, TLS1_3] {
        let session = format!("{}/session", folder.text());
        let one = serve(&world, &version, &first, &[]);
        assert!(!visit(&world, &one, "-sess_out", &session));
        assert_eq!(one.said().went_well().one("info"), "0");

        for (keys, is_taken_up) in [(&first, true), (&newer, true), (&other, false)] {
            let another = serve(&world, &version, keys, &[]);
            let taken_up = visit(&world, &another, "-sess_in", &session);
            assert_eq!(taken_up, is_taken_up, "{} {keys}", version.name);
            let told = another.said().went_well();
            assert_eq!(told.one("info"), if is_taken_up { "1" } else { "0" });
        }
    }
}

#[test]
fn keys_that_are_replaced_count_from_the_next_client_on() {
    let world = World::new();
    let folder = Folder::new();
    let keys = folder.file("keys", key(1));
    let session = format!("{}/session", folder.text());
    let told = ["text", "SSLTicketKeyFile", &keys];
    let listen = ["listen", &TLS1_3.word(), &world.server, ""];
    let greet = ["accept", "say", "hello", "close", "server", "pause"];
    let greets = words(&[&told, &listen, &greet, &greet, &greet]);
    let mut server = Secure::serve(&greets);
    let mut visits = |file: &str, change: Option<String>| {
        let taken_up = visit(&world, &server, file, &session);
        assert_eq!(server.line(), "pause");
        if let Some(change) = change {
            folder.file("next", change);
            fs::rename(format!("{}/next", folder.text()), &keys).unwrap();
        }
        server.go_on();
        taken_up
    };
    assert!(!visits("-sess_out", Some(key(2) + &key(1))));
    assert!(visits("-sess_in", Some(key(2))));
    assert!(!visits("-sess_in", None), "its key is gone");
    server.said().went_well();
}

#[test]
fn a_session_of_other_rules_for_clients_is_not_taken_up() {
    let world = World::new();
    let folder = Folder::new();
    let keys = folder.file("keys", key(1));
    for version in [TLS1_2, TLS1_3] {
        let session = format!("{}/session", folder.text());
        let open = serve(&world, &version, &keys, &[]);
        assert!(!visit(&world, &open, "-sess_out", &session));
        open.said().went_well();
        let demands = [
            "option",
            "SSLVerifyClient",
            "2",
            "text",
            "SSLCaFile",
            &world.ca,
        ];
        let strict = serve(&world, &version, &keys, &demands);
        client(&world, &strict, "-sess_in", &session);
        strict
            .said()
            .failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["no certificate"]);

        // Nor is one of clients that another authority was to vouch for.
        let stranger = pki::authority("a stranger").issue(None);
        let stranger = folder.file("stranger.pem", stranger.pem());
        let offered = ["option", "SSLVerifyClient", "1", "text", "SSLCaFile"];
        let mine = serve(&world, &version, &keys, &words(&[&offered, &[&world.ca]]));
        assert!(!visit(&world, &mine, "-sess_out", &session));
        mine.said().went_well();
        for (authority, is_taken_up) in [(&world.ca, true), (&stranger, false)] {
            let another = serve(&world, &version, &keys, &words(&[&offered, &[authority]]));
            assert_eq!(visit(&world, &another, "-sess_in", &session), is_taken_up);
            another.said().went_well();
        }
    }
}

/// Whoever came without a certificate gets no rights of those who have one, nor do these keep theirs where none is asked for.
#[test]
fn a_session_counts_only_where_clients_are_asked_in_the_same_way() {
    let world = World::new();
    let folder = Folder::new();
    let keys = folder.file("keys", key(1));
    let session = format!("{}/session", folder.text());
    let own = pki::client("till 7").issue(Some(&world.root));
    let own = own.with_chain(&[]);
    let own = folder.file("own.pem", own);
    let rules = |asked| {
        let trust = ["text", "SSLCaFile", &world.ca];
        [["option", "SSLVerifyClient", asked], trust].concat()
    };
    for version in [TLS1_2, TLS1_3] {
        for (first, certificate, second) in [
            ("1", None, "2"),
            ("1", None, "0"),
            ("0", None, "1"),
            ("2", Some(&own), "1"),
            ("2", Some(&own), "0"),
            ("1", Some(&own), "2"),
        ] {
            let one = serve(&world, &version, &keys, &rules(first));
            let made = client_with(&world, &one, &["-sess_out", &session], certificate);
            assert!(made.out.contains("\nNew, TLS"), "{}", made.report());
            one.said().went_well();
            let another = serve(&world, &version, &keys, &rules(second));
            let came = client_with(&world, &another, &["-sess_in", &session], None);
            assert!(!came.out.contains("\nReused, TLS"), "{}", came.report());
            let said = another.said();
            match second {
                "2" => {
                    said.failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["no certificate"]);
                }
                _ => assert_eq!(said.went_well().one("info"), "0"),
            }
        }
    }
}

#[test]
fn a_file_of_something_else_is_refused_with_what_is_wrong() {
    let world = World::new();
    let folder = Folder::new();
    let listen = ["listen", "0", &world.server, ""];
    let short = openssl::base64::encode_block(&[1; 48]);
    for (content, problem) in [
        ("", "holds no key"),
        ("# none\n\n", "holds no key"),
        (&short, "holds 48 bytes in line 1, not 80"),
        (&(key(1) + "!"), "holds no base64 in line 2"),
        (&key(1).repeat(2), "holds the key of line 2 twice"),
        (
            &(1..=33).map(key).collect::<String>(),
            "holds more than 32 keys",
        ),
        ("\u{1}\u{0}", "is no text"),
    ] {
        let file = folder.file("keys", content);
        let text = Secure::run(&words(&[&["text", "SSLTicketKeyFile", &file], &listen])).failed(
            WDSOCKET_ERR_INVALID_ARGUMENT,
            &["SSLTicketKeyFile: ", problem],
        );
        assert!(
            text.ends_with("as `openssl rand 80 | base64 -w 0` writes it."),
            "{text}"
        );
    }
    let large = folder.file("large", vec![b'#'; (16 << 20) + 1]);
    let large = ["text", "SSLTicketKeyFile", &large];
    let text = Secure::run(&words(&[&large, &listen])).failed(
        WDSOCKET_ERR_CERTIFICATE,
        &["SSLTicketKeyFile: the file", "is larger than 16 MiB"],
    );
    assert!(!text.contains("certificate"), "{text}");
    let missing = ["text", "SSLTicketKeyFile", "/no/such/file"];
    Secure::run(&words(&[&missing, &listen])).failed(
        WDSOCKET_ERR_CERTIFICATE,
        &["SSLTicketKeyFile: there is no file"],
    );
}

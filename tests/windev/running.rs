//! The module and its programs at work, run by what is known of WLanguage from its documentation.

use super::*;
use common::process::Process;

const TOUR: &str = "tests/windev/tour.wl";

/// run.py with a library, a call to start with and one to end with, and sources.
fn command(library: &Path, start: &str, end: &str, sources: &[PathBuf]) -> Command {
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(project().join("tests/windev/run.py"))
        .arg(library)
        .args([start, end])
        .args(sources);
    command
}

/// Runs the tour, or another procedure beside it, with a module.
fn toured(library: &Path, module: &Path, start: &str) -> Outcome {
    let sources = [module.to_path_buf(), project().join(TOUR)];
    run(&mut command(library, start, "", &sources), LIMIT)
}

/// The library under one of the names that LoadDLL asks for.
fn library_named(folder: &Folder, name: &str) -> PathBuf {
    let link = folder.0.join(name);
    std::os::unix::fs::symlink(common::library(), &link).expect("link the library");
    link
}

fn went_right(outcome: &Outcome) -> bool {
    let lines: Vec<_> = outcome.out.lines().collect();
    let [all @ .., last] = &lines[..] else {
        return false;
    };
    outcome.success() && *last == "done" && all.iter().all(|line| line.starts_with("right: "))
}

#[test]
fn every_procedure_does_what_it_says() {
    let folder = Folder::new(&[]);
    for name in ["libwdsocket.so", "wdsocket.dll"] {
        let library = library_named(&folder, name);
        let outcome = toured(&library, &project().join(ENGLISH[0]), "Tour()");
        assert!(went_right(&outcome), "{}", outcome.report());
        assert!(outcome.out.lines().count() > 80, "{}", outcome.out);
    }
}

#[test]
fn the_tour_calls_every_procedure() {
    let (module, tour) = (text_of(ENGLISH[0]), text_of(TOUR));
    let (public, _) = module
        .split_once("// Procedures that only those above call")
        .expect("the procedures for the others come last");
    let names: Vec<_> = public
        .lines()
        .filter_map(|line| line.strip_prefix("PROCEDURE "))
        .filter_map(|line| line.split('(').next())
        .collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        assert!(
            tour.contains(&format!("{name}(")),
            "{TOUR} does not call {name}"
        );
    }
}

#[test]
fn a_library_that_is_not_there_is_told() {
    let folder = Folder::new(&[]);
    let library = library_named(&folder, "another.so");
    let outcome = toured(&library, &project().join(ENGLISH[0]), "NoLibrary()");
    assert!(went_right(&outcome), "{}", outcome.report());
}

#[test]
fn the_tour_notices_a_procedure_that_does_something_else() {
    let folder = Folder::new(&[]);
    let library = library_named(&folder, "libwdsocket.so");
    for (from, to) in [
        ("IF bUndefinedWait THEN nWait = 1\n", ""),
        ("IF nResult = 1 THEN", "IF nResult = 0 THEN"),
        ("duTime..Second) * 1000", "duTime..Second)"),
        ("IF nCode = WDSOCKET_ERR_TIMEOUT THEN RETURN\n", ""),
        ("bufMessage = \"\"\n", ""),
        ("\"SocketWatchRemove\"", "\"SocketWatchAdd\""),
    ] {
        let module = text_of(ENGLISH[0]);
        assert!(module.contains(from), "{from}");
        folder.write("faulty.wl", &module.replacen(from, to, 1));
        let outcome = toured(&library, &folder.0.join("faulty.wl"), "Tour()");
        assert!(
            !went_right(&outcome),
            "{from:?} became {to:?}: {}",
            outcome.out
        );
    }
}

/// A server of the folder windev, on a port of its own, and what it is ended with.
struct Server<'a> {
    module: &'a str,
    program: &'a str,
    start: &'a str,
    end: &'a str,
}

/// What a server shows while the English and the French client, one after the other, talk to it; and what they show.
fn conversation(server: &Server) -> (String, String) {
    let folder = Folder::new(&[server.module, server.program]);
    let library = library_named(&folder, "libwdsocket.so");
    let program = text_of(server.program).replace(" 4000)", " 0, \"127.0.0.1\")");
    folder.write(server.program, &program);
    let sources = [server.module, server.program].map(|file| folder.0.join(file));
    let mut running = Process::start(&mut command(&library, server.start, server.end, &sources));
    let port = running.port();
    let mut answers = String::new();
    for [module, client, ..] in [ENGLISH, FRENCH] {
        let program = text_of(client).replace("4000", &port.to_string());
        folder.write("client.wl", &program);
        let sources = [project().join(module), folder.0.join("client.wl")];
        let outcome = run(&mut command(&library, "Client()", "", &sources), LIMIT);
        assert!(outcome.success(), "{}", outcome.report());
        answers += &outcome.out;
    }
    let shown = running.output();
    drop(running.0.stdin.take());
    running.ends_well(server.program);
    let shown = shown.join().expect("what the server shows");
    (String::from_utf8_lossy(&shown).into_owned(), answers)
}

#[test]
fn a_standard_server_answers_each_client_and_ends_when_it_is_closed() {
    for server in [
        Server {
            module: ENGLISH[0],
            program: ENGLISH[3],
            start: "StandardServer()",
            end: "wdSocketClose(\"till\")",
        },
        Server {
            module: FRENCH[0],
            program: FRENCH[3],
            start: "ServeurStandard()",
            end: "wdSocketFerme(\"caisse\")",
        },
    ] {
        let (shown, answers) = conversation(&server);
        assert_eq!(shown, "done\n", "{}", server.program);
        assert_eq!(
            answers,
            "The server answers: Hello\ndone\nLe serveur répond : Bonjour\ndone\n"
        );
    }
}

#[test]
fn a_simplified_server_takes_one_client_after_the_other() {
    let english = Server {
        module: ENGLISH[0],
        program: ENGLISH[2],
        start: "SimplifiedServer()",
        end: "wdSocketClose(\"till\")",
    };
    let (shown, answers) = conversation(&english);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "127.0.0.1 orders: Hello",
            "The client has left, the next one may come",
            "127.0.0.1 orders: Bonjour",
        ]
    );
    // The server may be closed before it has seen the second client leave.
    let [.., closed, "done"] = lines[..] else {
        panic!("{shown}");
    };
    assert!(closed.contains("closed by another thread"), "{shown}");
    assert!(answers.contains("The server answers: That makes 3 euros"));
    let french = Server {
        module: FRENCH[0],
        program: FRENCH[2],
        start: "ServeurSimplifié()",
        end: "wdSocketFerme(\"caisse\")",
    };
    let (shown, answers) = conversation(&french);
    assert!(shown.contains("127.0.0.1 commande : Bonjour"), "{shown}");
    assert!(answers.contains("Le serveur répond : Cela fait 3 euros"));
}

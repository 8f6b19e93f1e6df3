//! The library's TLS, driven through the C program `c_tests/tls/secure.c`.

use super::process::{LIMIT, Process, from_hex};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdout, Command};

/// The C program while it runs.
pub struct Secure {
    process: Process,
    output: BufReader<ChildStdout>,
    /// The port its server listens on, once it was asked for.
    pub port: u16,
}

/// What the program said until its end.
#[derive(Debug)]
pub struct Said {
    /// Its lines: "info TLSv1.3", "read 0a0b" …
    pub lines: Vec<String>,
    /// The failure it ended with: the code and the text.
    pub error: Option<(i32, String)>,
}

impl Secure {
    /// Starts it with these words. Those of an empty text stand for NULL.
    pub fn start(words: &[&str]) -> Secure {
        Secure::start_with(words, &[])
    }

    /// Starts it with variables in its environment.
    pub fn start_with(words: &[&str], environment: &[(&str, &str)]) -> Secure {
        let mut command = Command::new(super::build("secure.c", &[]));
        Secure::start_command(command.args(words).envs(environment.iter().copied()))
    }

    /// Starts a copy of it.
    pub fn start_command(command: &mut Command) -> Secure {
        let mut process = Process::start(command);
        let pipe = process.0.stdout.take().expect("its output is a pipe");
        Secure {
            process,
            output: BufReader::new(pipe),
            port: 0,
        }
    }

    /// Starts it as a server and waits until it listens.
    pub fn serve(words: &[&str]) -> Secure {
        let mut secure = Secure::start(words);
        let line = secure.line();
        let port = line.strip_prefix("port ");
        secure.port = port
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("it does not listen: {line}"));
        secure
    }

    /// Runs it to its end.
    pub fn run(words: &[&str]) -> Said {
        Secure::start(words).said()
    }

    /// The next line it says.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Ends its `pause`.
    pub fn go_on(&mut self) {
        let input = self.process.0.stdin.as_mut().expect("its input is a pipe");
        input.write_all(b"\n").expect("end the pause");
    }

    /// Waits for its end.
    pub fn said(mut self) -> Said {
        let mut said = Said {
            lines: Vec::new(),
            error: None,
        };
        for line in self.output.by_ref().lines() {
            let line = line.expect("a line");
            match line.strip_prefix("error ") {
                Some(error) => {
                    let (code, text) = error.split_once(' ').expect("a code and a text");
                    let code = code.parse().expect("a code is a number");
                    said.error = Some((code, text.to_owned()));
                }
                None => said.lines.push(line),
            }
        }
        let status = super::wait(&mut self.process.0, LIMIT).and_then(|status| status.code());
        let expected = i32::from(said.error.is_some());
        assert_eq!(status, Some(expected), "secure.c: {said:?}");
        said
    }
}

impl Said {
    /// Holds when nothing failed.
    pub fn went_well(self) -> Said {
        assert!(self.error.is_none(), "{self:?}");
        self
    }

    /// Holds when it failed with this code and a text that contains the words. Returns the text.
    pub fn failed(self, code: i32, words: &[&str]) -> String {
        let Some((told, text)) = &self.error else {
            panic!("it did not fail: {self:?}");
        };
        assert_eq!(*told, code, "{text}");
        for word in words {
            assert!(text.contains(word), "\"{word}\" is missing in: {text}");
        }
        text.clone()
    }

    /// What the lines with this label say.
    pub fn all(&self, label: &str) -> Vec<&str> {
        let lines = self.lines.iter();
        lines
            .filter_map(|line| line.strip_prefix(label)?.strip_prefix(' '))
            .collect()
    }

    /// What the first line with this label says.
    pub fn one(&self, label: &str) -> &str {
        let all = self.all(label);
        all.first()
            .unwrap_or_else(|| panic!("no line \"{label}\": {self:?}"))
    }

    /// The bytes of the first line with this label, as text.
    pub fn bytes(&self, label: &str) -> String {
        String::from_utf8_lossy(&from_hex(self.one(label))).into_owned()
    }
}

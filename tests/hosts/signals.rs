//! SocketSignalEndsWait in languages whose own handlers run between two calls: Ctrl-C, an alarm, a request to end.

use crate::common::process::{LIMIT, Process, hear_control_c};
use crate::common::{self, project, run, skip};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Runs a program that says "waiting" and waits; whether its runtime is there. Sent the signal, it has to say "ended: 18".
fn ends(interpreter: &[&str], folder: &str, program: &str, signal: Option<&str>) -> bool {
    let folder = project().join(folder);
    let mut command = Command::new(interpreter[0]);
    hear_control_c(&mut command)
        .args(&interpreter[1..])
        .arg(program)
        .env("WDSOCKET_LIBRARY", common::library())
        .env("PYTHONPATH", &folder)
        .env("PERL5LIB", &folder)
        .env("RUBYLIB", &folder)
        .stdout(Stdio::piped());
    let Ok(child) = command.spawn() else {
        return false;
    };
    let mut program = Process(child);
    let mut said = BufReader::new(program.0.stdout.take().expect("its output is a pipe")).lines();
    let Some(first) = said.next() else {
        return false; // what it needs is not installed
    };
    assert_eq!(first.expect("text"), "waiting");
    if let Some(signal) = signal {
        wait_until_asleep(program.0.id());
        let sent = run(
            Command::new("kill").args([signal, &program.0.id().to_string()]),
            LIMIT,
        );
        assert!(sent.success(), "{}", sent.report());
    }
    assert_eq!(said.next().expect("a line").expect("text"), "ended: 18");
    program.ends_well("the program that was sent a signal");
    true
}

/// Waits until the main thread of a process has slept for a while.
fn wait_until_asleep(process: u32) {
    let end = Instant::now() + LIMIT;
    let mut asleep = 0;
    while asleep < 20 && Instant::now() < end {
        let told = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        asleep = match told.rsplit(')').next() {
            Some(rest) if rest.starts_with(" S") => asleep + 1,
            _ => 0,
        };
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn control_c_ends_a_wait_in_python() {
    let program = "import ctypes, os
from wdsocket_c import *
from wdsocket_c import declare
library = ctypes.CDLL(os.environ['WDSOCKET_LIBRARY'])
declare(library)
library.SocketSetOption(None, SocketSignalEndsWait, 1)
library.SocketCreate(b'server', 0, b'127.0.0.1')
try:
    print('waiting', flush=True)
    library.SocketWaitForConnection(b'server', WDSOCKET_INFINITE)
except KeyboardInterrupt:
    print('ended:', library.SocketErrorCode(), flush=True)
";
    if !ends(
        &["python3", "-B", "-c"],
        "hosts/python",
        program,
        Some("-INT"),
    ) {
        skip("Ctrl-C in Python: python3 is not installed");
    }
}

#[test]
fn an_alarm_ends_a_wait_in_perl() {
    let program = "use WDSocket;
SocketSetOption(undef, SocketSignalEndsWait, 1);
SocketCreate('server', 0, '127.0.0.1');
$| = 1;
my $rang = 0;
$SIG{ALRM} = sub { $rang = 1 };
print \"waiting\\n\";
alarm 1;
eval { SocketRead('server', 1) };
print 'ended: ', $rang ? $@->code : 'before the alarm', \"\\n\";
";
    if !ends(&["perl", "-e"], "hosts/perl", program, None) {
        skip("an alarm in Perl: perl or FFI::Platypus is not installed");
    }
}

#[test]
fn a_request_to_end_ends_a_wait_in_ruby() {
    let program = "require 'wdsocket'
WDSocket.SocketSetOption(nil, WDSocket::SocketSignalEndsWait, 1)
WDSocket.SocketCreate('server', 0, '127.0.0.1')
asked = false
trap('TERM') { asked = true }
puts 'waiting'
$stdout.flush
begin
  WDSocket.SocketRead('server', 1)
rescue WDSocket::Error => error
  sleep 0.001 until asked
  puts \"ended: #{error.code}\"
end
";
    if !ends(&["ruby", "-e"], "hosts/ruby", program, Some("-TERM")) {
        skip("a request to end in Ruby: ruby is not installed");
    }
}

//! A watch in the loops of others: Python's selectors, GLib's and libevent's.
#![cfg(target_os = "linux")]

mod common;

use common::{library, run, skip};
use std::process::Command;
use std::time::Duration;

/// A server and a client in one program, both in one watch, of which `loop` calls `serve` when its handle is readable.
/// A hundred messages go to and fro; whatever is missed lets the program wait until it is ended.
const PROGRAM: &str = r#"
import ctypes, ctypes.util, signal, sys
signal.alarm(50)
wd = ctypes.CDLL(sys.argv[1])
for name in ("SocketReadId", "SocketAcceptId", "SocketWatchWaitId", "SocketWatchHandleId"):
    getattr(wd, name).restype = ctypes.c_ssize_t
server = wd.SocketCreateId(0, b"127.0.0.1")
text = ctypes.create_string_buffer(64)
wd.SocketLocalInfoId(server, 2, text, 64)
watch = wd.SocketWatchId()
wd.SocketWatchAddId(watch, server)
client = wd.SocketConnectId(int(text.value), b"127.0.0.1", 10000)
wd.SocketWatchAddId(watch, client)
handle = wd.SocketWatchHandleId(watch)
ready = (ctypes.c_int32 * 16)()
answers = 0
begun = False
wd.SocketWatchWritableId(watch, client)

def serve():
    """Whether there is more to come."""
    global answers, begun
    for place in range(wd.SocketWatchWaitId(watch, 0, ready, 16)):
        one = ready[place]
        if one == server:
            wd.SocketWatchAddId(watch, wd.SocketAcceptId(server))
            continue
        if one == client and not begun: # there is room for the first message
            begun = True
            wd.SocketWriteId(client, b"message 0", -1)
            continue
        size = wd.SocketReadId(one, 0, 0, text, 64)
        assert size > 0, size
        if one == client:
            assert text.raw[:size] == b"message %d" % answers
            answers += 1
            if answers == 100:
                return False
            wd.SocketWriteId(client, b"message %d" % answers, -1)
        else:
            wd.SocketWriteId(one, text, size)
    return True
"#;

const SELECTORS: &str = "
import selectors
loop = selectors.DefaultSelector()
loop.register(handle, selectors.EVENT_READ)
while loop.select() and serve():
    pass
loop.unregister(handle)
";

const GLIB: &str = "
glib = ctypes.CDLL('libglib-2.0.so.0')
glib.g_main_loop_new.restype = glib.g_io_channel_unix_new.restype = ctypes.c_void_p
main = ctypes.c_void_p(glib.g_main_loop_new(None, 0))
channel = ctypes.c_void_p(glib.g_io_channel_unix_new(handle))
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def readable(channel, condition, data):
    more = serve()
    if not more:
        glib.g_main_loop_quit(main)
    return int(more)
glib.g_io_add_watch(channel, 1, readable, None)
glib.g_main_loop_run(main)
";

const LIBEVENT: &str = "
event = ctypes.CDLL('libevent-2.1.so.7')
event.event_base_new.restype = event.event_new.restype = ctypes.c_void_p
base = ctypes.c_void_p(event.event_base_new())
@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_short, ctypes.c_void_p)
def readable(descriptor, what, data):
    if not serve():
        event.event_base_loopbreak(base)
one = ctypes.c_void_p(event.event_new(base, handle, ctypes.c_short(2 | 16), readable, None))
event.event_add(one, None)
event.event_base_dispatch(base)
event.event_del(one)
";

const END: &str = "
wd.SocketCloseAll()
print(answers)
";

fn a_loop_misses_nothing(name: &str, needs: &str, source: &str) {
    let load = format!("import ctypes; ctypes.CDLL('{needs}')");
    let there = run(
        Command::new("python3").args(["-c", &load]),
        Duration::from_secs(30),
    );
    if !there.success() {
        return skip(&format!(
            "a watch in the loop of {name}: {needs} is not there"
        ));
    }
    let program = [PROGRAM, source, END].concat();
    let outcome = run(
        Command::new("python3")
            .args(["-c", &program])
            .arg(library()),
        Duration::from_secs(60),
    );
    assert!(outcome.success(), "{name}: {}", outcome.report());
    assert_eq!(outcome.out, "100\n", "{name}");
}

#[test]
fn nothing_is_missed_in_a_loop_of_python() {
    a_loop_misses_nothing("Python", "libc.so.6", SELECTORS);
}

#[test]
fn nothing_is_missed_in_a_loop_of_glib() {
    a_loop_misses_nothing("GLib", "libglib-2.0.so.0", GLIB);
}

#[test]
fn nothing_is_missed_in_a_loop_of_libevent() {
    a_loop_misses_nothing("libevent", "libevent-2.1.so.7", LIBEVENT);
}

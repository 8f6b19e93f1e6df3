//! One way in and out for every export: results to C's integers, errors to the thread's last
//! error, panics to INTERNAL.

use super::arguments::{About, Handle};
use super::{first_use, last_error, panics, traced};
use crate::error::{Code, Error, Result};
use crate::net::{enter, enter_after, hold_cancellation, is_process_ending};
use crate::registry::Target;
use crate::socket::{self, Made, Socket, SocketEntry};
use crate::trace;
use std::any::Any;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What an export gives back, and how C sees it and its failure.
pub trait Answer {
    /// The integer of a success.
    fn success(self) -> isize;
    /// The integer of a failure.
    fn failure(code: Code) -> isize;
    /// What SocketErrorInfo tells, though there is no error.
    fn warning(&mut self) -> Option<String> {
        None
    }
}

/// A yes/no function that either does its work or fails.
impl Answer for () {
    fn success(self) -> isize {
        1
    }

    fn failure(_: Code) -> isize {
        0
    }
}

/// A yes/no function whose "no" is no error.
impl Answer for bool {
    fn success(self) -> isize {
        self.into()
    }

    fn failure(_: Code) -> isize {
        0
    }
}

/// A length, an id, a count or a value.
impl Answer for isize {
    fn success(self) -> isize {
        self
    }

    fn failure(code: Code) -> isize {
        -(code as isize)
    }
}

impl Answer for usize {
    fn success(self) -> isize {
        self as isize // the length of something in memory, or less
    }

    fn failure(code: Code) -> isize {
        isize::failure(code)
    }
}

/// A success with a sentence that SocketErrorInfo tells, though there is no error.
pub struct Warned<A>(pub A, pub Option<String>);

impl<A: Answer> Answer for Warned<A> {
    fn success(self) -> isize {
        self.0.success()
    }

    fn failure(code: Code) -> isize {
        A::failure(code)
    }

    fn warning(&mut self) -> Option<String> {
        self.1.take()
    }
}

/// What an export makes that makes a socket.
pub trait New {
    /// The socket, and what SocketErrorInfo tells, though there is no error.
    fn parts(self) -> Made;
}

impl New for SocketEntry {
    fn parts(self) -> Made {
        (self, None)
    }
}

impl New for Made {
    fn parts(self) -> Made {
        self
    }
}

/// Runs the body of an export that makes a socket of a name, which answers yes or no.
pub fn make_named<N: New>(
    function: &'static str,
    name: *const c_char,
    body: impl FnOnce(&[u8]) -> Result<N>,
) -> isize {
    guard(function, name, |target| {
        let Target::Name(name) = target else {
            return Err(Error::invalid("a new socket takes a name, not an id"));
        };
        let (_, warning) = body(name)?.parts();
        Ok(Warned((), warning))
    })
}

/// Runs the body of an export that makes a socket without a name, which answers with its id.
pub fn make_nameless<N: New>(
    function: &'static str,
    body: impl FnOnce(&[u8]) -> Result<N>,
) -> isize {
    free(function, || {
        let (entry, warning) = body(b"")?.parts();
        Ok(Warned(entry.id() as isize, warning))
    })
}

/// Runs the body of an export that names a socket.
pub fn guard<H: Handle, A: Answer>(
    function: &'static str,
    handle: H,
    body: impl FnOnce(Target<'_>) -> Result<A>,
) -> isize {
    guard_quick(function, handle, |target| {
        let _held = hold_cancellation();
        body(target)
    })
}

/// As [`guard`], for the exports that move messages: where something may act on pthread_cancel, whatever
/// they do holds it back itself.
pub fn guard_quick<H: Handle, A: Answer>(
    function: &'static str,
    handle: H,
    body: impl FnOnce(Target<'_>) -> Result<A>,
) -> isize {
    run(function, handle, || {
        // SAFETY: an export's caller passes a NUL-terminated name or NULL, as the header asks, and
        // it stays until the call returns.
        body(unsafe { handle.target() }?)
    })
}

/// As [`guard`], for the exports that take NULL for what is to hold for every socket to come.
pub fn guard_or_defaults<H: Handle, A: Answer>(
    function: &'static str,
    handle: H,
    body: impl FnOnce(Option<Target<'_>>) -> Result<A>,
) -> isize {
    match handle.is_missing() {
        true => free(function, || body(None)),
        false => guard(function, handle, |target| body(Some(target))),
    }
}

/// Runs the body of an export about a socket that exists.
pub fn on_socket<H: Handle, A: Answer>(
    function: &'static str,
    handle: H,
    body: impl FnOnce(&Socket) -> Result<A>,
) -> isize {
    guard(function, handle, |target| body(&*socket::find(target)?))
}

/// As [`on_socket`], in the manner of [`guard_quick`].
pub fn on_socket_quick<H: Handle, A: Answer>(
    function: &'static str,
    handle: H,
    body: impl FnOnce(&Socket) -> Result<A>,
) -> isize {
    guard_quick(function, handle, |target| body(&*socket::find(target)?))
}

/// Runs the body of an export that is about no socket, or makes one without a name.
pub fn free<A: Answer>(function: &'static str, body: impl FnOnce() -> Result<A>) -> isize {
    run(function, (), || {
        let _held = hold_cancellation();
        body()
    })
}

/// Runs the body of an export that tells of errors: it leaves the last one as it is.
pub fn tell<A: Answer>(body: impl FnOnce() -> Result<A>) -> isize {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(answer)) => answer.success(),
        Ok(Err(error)) => A::failure(error.code),
        Err(_) => A::failure(Code::Internal),
    }
}

fn run<A: Answer>(
    function: &'static str,
    about: impl About,
    body: impl FnOnce() -> Result<A>,
) -> isize {
    if is_process_ending() {
        let _inside = enter();
        return fail::<A>(function, about, too_late());
    }
    let _inside = enter_after(first_use::prepare);
    last_error::begin();
    // State is only behind locks that do not poison, each put right by guards that unwind.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "fault-injection")]
        inject_fault(function);
        body()
    }));
    let result = match outcome {
        Ok(Ok(mut answer)) => {
            last_error::clear();
            if let Some(warning) = answer.warning() {
                last_error::warn(sentence(function, about.target(), &warning));
            }
            answer.success()
        }
        Ok(Err(error)) => fail::<A>(function, about, error),
        Err(panic) => fail::<A>(function, about, panicked(&*panic)),
    };
    if trace::is_active() {
        traced::end(function, about, result);
    }
    result
}

/// What a call says that a panic has stopped.
#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let what = panics::describe(panic);
    Error::new(
        Code::Internal,
        format!("a defect of wdsocket stopped this call, please report it ({what})"),
    )
}

/// Why a call does nothing in a process that is ending: it could wait for ever for a lock of a thread that is gone.
#[cold]
fn too_late() -> Error {
    Error::new(
        Code::NotSupported,
        "this process is ending and has lost its other threads, sockets cannot be used any more: close them before (SocketCloseAll)",
    )
}

#[cold]
fn fail<A: Answer>(function: &'static str, about: impl About, error: Error) -> isize {
    let (code, target) = (error.code, about.target());
    let text = sentence(function, target, &error.text);
    // What asks for the last error must leave it as it is.
    if let Some(target) = target
        && !function.starts_with("SocketLocalInfo")
    {
        socket::note_error(target, &text);
    }
    last_error::set(code, error.system, text);
    A::failure(code)
}

/// The text of an error or a warning: which call says it, of which socket.
fn sentence(function: &str, target: Option<Target<'_>>, text: &str) -> String {
    let end = if text.ends_with('?') { "" } else { "." };
    shortened(match target {
        Some(target) => format!("{function}({target}): {text}{end}"),
        None => format!("{function}: {text}{end}"),
    })
}

/// The most bytes of a sentence: with its NUL it fits a buffer of 1000.
const LONGEST_SENTENCE: usize = 999;

/// Leaves out the middle of a sentence that is too long: a path, a list of addresses, a name full of escapes.
fn shortened(sentence: String) -> String {
    const GAP: &str = " … ";
    if sentence.len() <= LONGEST_SENTENCE {
        return sentence;
    }
    let most = LONGEST_SENTENCE - GAP.len();
    let start = sentence.floor_char_boundary(most * 2 / 3);
    let end = sentence.ceil_char_boundary(sentence.len() - most / 3);
    [&sentence[..start], GAP, &sentence[end..]].concat()
}

#[cfg(feature = "fault-injection")]
fn inject_fault(function: &str) {
    if std::env::var_os("WDSOCKET_FAULT").is_some_and(|name| name == function) {
        panic!("fault injected into {function}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_internal_for_each_kind_of_result() {
        assert_eq!(free::<()>("SocketTest", || panic!("one")), 0);
        assert_eq!(last_error::code(), Code::Internal as i32);
        assert_eq!(free::<bool>("SocketTest", || panic!("{}", "two")), 0);
        assert_eq!(free::<usize>("SocketTest", || panic!("three")), -25);
        assert_eq!(free::<isize>("SocketTest", || panic!("four")), -25);
        assert_eq!(last_error::code(), Code::Internal as i32);
        assert_eq!(free("SocketTest", || Ok(())), 1);
        assert_eq!(last_error::code(), 0);
    }

    #[test]
    fn a_text_of_any_length_fits_a_thousand_bytes() {
        for length in [0, 200, 900, 990, 1000, 5000] {
            for letter in ["a", "é", "€", "🙂"] {
                let text = format!("begin {}end", letter.repeat(length));
                for name in [[b'n'; 255], [0xff; 255]] {
                    let told = sentence("SocketFunction", Some(Target::Name(&name)), &text);
                    assert!(told.len() < 1000, "{}", told.len());
                    assert!(told.starts_with("SocketFunction("), "{told}");
                    assert!(told.ends_with("end."), "{told}");
                }
            }
        }
    }

    #[test]
    fn a_panic_tells_what_it_said_and_where_it_was() {
        let line = line!() + 1;
        assert_eq!(free::<()>("SocketTest", || panic!("no {}", "way")), 0);
        let text = last_error::text();
        assert!(text.contains("(no way, at "), "{text}");
        assert!(text.contains(&format!("call.rs:{line}:")), "{text}");
    }

    #[test]
    fn a_panic_of_a_host_in_rust_still_goes_to_its_own_hook() {
        use std::panic::{set_hook, take_hook};
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, Ordering};
        free("SocketTest", || Ok(()));
        assert!(!last_error::is_call_under_way());
        let ours = take_hook();
        let told = Arc::new(AtomicBool::new(false));
        let (tell, this) = (Arc::clone(&told), std::thread::current().id());
        set_hook(Box::new(move |_| {
            if std::thread::current().id() == this {
                tell.store(true, Ordering::SeqCst);
            }
        }));
        panics::silence();
        assert_eq!(free::<()>("SocketTest", || panic!("ours")), 0);
        assert!(!told.load(Ordering::SeqCst));
        assert!(catch_unwind(|| panic!("the host's")).is_err());
        assert!(told.load(Ordering::SeqCst));
        set_hook(ours);
    }
}

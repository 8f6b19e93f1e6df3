//! Forks, on Linux and its kin: at the moment of one, no other thread is inside the library.
//!
//! A child has one thread, the one that forked. A lock of ours or of OpenSSL's that another thread held
//! at that moment would stay locked there for ever, and what it guards might be half done. So every call
//! says when it is inside the library and when it merely waits for the system, with no lock held; a fork
//! waits until nobody is inside, and holds up whoever wants to come in meanwhile. What a waiting thread
//! has noted about itself (that it has the turn to receive, say) counts for its own process alone:
//! [`forks`] tells one from another.
//!
//! Coming in costs no locked instruction. The thread writes into a seat of its own, the fork has the
//! system order the memory of all threads (`membarrier`) and then looks at their seats.
//!
//! Both waits are bounded: a thread that reads a certificate from a disk that does not answer must not
//! hold up a fork for ever, nor a fork whose other handlers wait for a thread of the host the library.

use super::futex::{sleep_while, wake};
use super::host::errno;
use std::cell::Cell;
use std::ffi::{c_int, c_long};
use std::ptr::null_mut;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU16, AtomicU32, Ordering, compiler_fence, fence,
};
use std::time::{Duration, Instant};

/// How long a fork waits for the threads that are inside, and a thread for the forks under way.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a fork sleeps between two looks at the threads that are inside.
const PAUSE: Duration = Duration::from_micros(50);

/// Where one thread says whether it is inside. Never freed, used again by later threads; as large as no
/// two of them share what a processor keeps together.
#[repr(align(128))]
#[derive(Debug)]
struct Seat {
    /// The thread's `errno`.
    errno: AtomicPtr<c_int>,
    /// How many calls of the thread have come in: more than one where a signal's handler calls.
    inside: AtomicU32,
    /// Whether a thread has it.
    taken: AtomicBool,
    /// Whether the thread forks at this moment, and may come in meanwhile.
    forks: AtomicBool,
    next: AtomicPtr<Seat>,
}

/// All seats.
static SEATS: AtomicPtr<Seat> = AtomicPtr::new(null_mut());

/// Threads that are ending, and have a seat no more, are counted here.
static LATE: AtomicU32 = AtomicU32::new(0);

/// Two for each fork under way, and [`NEEDS_FENCES`].
static GATE: AtomicU32 = AtomicU32::new(0);
/// The system has no `membarrier`: everyone who comes in orders the memory himself.
const NEEDS_FENCES: u32 = 1;

/// How many forks lie between this process and the one that loaded the library, and one.
static FORKS: AtomicU32 = AtomicU32::new(1);

/// How many children this process has begun, at most [`MANY`].
static CHILDREN: AtomicU16 = AtomicU16::new(0);
/// From so many on they are not told apart.
pub const MANY: u16 = u16::MAX;

/// What every call looks up: together, because each look-up costs as much as the rest of coming in.
struct Thread {
    seat: Cell<Option<&'static Seat>>,
    last_error: Cell<i32>,
    /// Whether it has its seat only because it forks: its first call is still to come, and has to prepare.
    is_seated_to_fork: Cell<bool>,
}

thread_local! {
    static THREAD: Thread = const {
        Thread {
            seat: Cell::new(None),
            last_error: Cell::new(0),
            is_seated_to_fork: Cell::new(false),
        }
    };
    /// Gives the seat back when the thread ends.
    static LEAVER: Leaver = const { Leaver };
}

struct Leaver;

impl Drop for Leaver {
    fn drop(&mut self) {
        give_seat_back();
    }
}

fn give_up_seat_to_fork() {
    if THREAD.with(|thread| thread.is_seated_to_fork.take()) {
        give_seat_back();
    }
}

fn give_seat_back() {
    if let Some(seat) = THREAD.with(|thread| thread.seat.take()) {
        seat.inside.store(0, Ordering::Relaxed);
        seat.taken.store(false, Ordering::Release);
    }
}

/// What is kept of this thread's last error.
#[inline]
pub fn last_error() -> i32 {
    THREAD.with(|thread| thread.last_error.get())
}

/// Changes that.
#[inline]
pub fn set_last_error(last: i32) {
    THREAD.with(|thread| thread.last_error.set(last));
}

/// Which process this is, 1 or more: a child has a number of its own.
#[inline]
pub fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// How many children this process has begun, at most [`MANY`].
pub fn children() -> u16 {
    CHILDREN.load(Ordering::SeqCst)
}

/// A call that is inside the library, until this is dropped. Then the host's `errno` is what it was.
#[derive(Debug)]
pub struct Inside {
    seat: Option<&'static Seat>,
    errno: c_int,
}

/// Comes in. Waits as long as the process forks.
#[inline]
pub fn enter() -> Inside {
    enter_after(|| {})
}

/// As [`enter`], where `prepare` has to be done before the process's first call: a thread that was inside before
/// has seen to it.
#[inline]
pub fn enter_after(prepare: fn()) -> Inside {
    let seat = THREAD.with(|thread| thread.seat.get());
    match seat {
        None => enter_first(prepare),
        Some(at) => {
            // SAFETY: the C library has told this thread's own place of it.
            let errno = unsafe { *at.errno.load(Ordering::Relaxed) };
            come_in(at);
            Inside { seat, errno }
        }
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        let place = match self.seat {
            Some(seat) => {
                let calls = seat.inside.load(Ordering::Relaxed);
                seat.inside.store(calls.wrapping_sub(1), Ordering::Release);
                seat.errno.load(Ordering::Relaxed)
            }
            None => {
                LATE.fetch_sub(1, Ordering::SeqCst);
                errno()
            }
        };
        // SAFETY: the C library has told this thread's own place of it.
        unsafe { *place = self.errno };
    }
}

/// The thread that makes a call: what it would cost to look it up again is a part of the call.
#[derive(Clone, Copy, Debug)]
pub struct Caller(Option<&'static Seat>);

impl Caller {
    /// This thread.
    #[inline]
    pub fn here() -> Self {
        Caller(THREAD.with(|thread| thread.seat.get()))
    }

    /// Does something that waits for the system, with no lock held and nothing half done: a fork need not
    /// wait for it. To be called by the thread itself.
    #[inline(always)]
    pub fn outside<R>(self, wait: impl FnOnce() -> R) -> R {
        debug_assert_eq!(
            self.0.map(std::ptr::from_ref),
            Self::here().0.map(std::ptr::from_ref),
            "another thread's call"
        );
        match self.0 {
            // A handler's call inside another call is no moment to let a fork in.
            Some(seat) if seat.inside.load(Ordering::Relaxed) == 1 => {
                seat.inside.store(0, Ordering::Release);
                let result = wait();
                sit_down(seat, 0);
                result
            }
            _ => wait(),
        }
    }
}

/// As [`Caller::outside`], of this thread.
pub fn outside<R>(wait: impl FnOnce() -> R) -> R {
    Caller::here().outside(wait)
}

#[inline(always)]
fn come_in(seat: &'static Seat) {
    sit_down(seat, seat.inside.load(Ordering::Relaxed));
}

/// One more than so many calls of the thread are inside.
#[inline(always)]
fn sit_down(seat: &'static Seat, calls: u32) {
    seat.inside.store(calls + 1, Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
    if GATE.load(Ordering::Relaxed) != 0 {
        stop_at_gate(seat, calls);
    }
}

/// As many calls of the thread were inside before: only the first one steps back.
#[cold]
fn stop_at_gate(seat: &'static Seat, calls: u32) {
    if calls == 0 {
        wait_for_forks(seat);
    }
}

#[cold]
fn enter_first(prepare: fn()) -> Inside {
    let place = errno();
    // SAFETY: the C library has told this thread's own place of it.
    let errno = unsafe { *place };
    prepare();
    // A thread that is ending keeps no seat: nobody would give it back.
    if LEAVER.try_with(|_| ()).is_err() {
        LATE.fetch_add(1, Ordering::SeqCst);
        return Inside { seat: None, errno };
    }
    let seat = free_seat();
    seat.errno.store(place, Ordering::Relaxed);
    THREAD.with(|thread| thread.seat.set(Some(seat)));
    seat.inside.store(1, Ordering::Relaxed);
    fence(Ordering::SeqCst); // the seat may be new to a fork under way
    if GATE.load(Ordering::Relaxed) != 0 {
        wait_for_forks(seat);
    }
    Inside {
        seat: Some(seat),
        errno,
    }
}

/// A seat that no thread has.
fn free_seat() -> &'static Seat {
    for seat in seats() {
        let free = seat
            .taken
            .compare_exchange(false, true, Ordering::SeqCst, Ordering::Relaxed);
        if free.is_ok() {
            return seat;
        }
    }
    let seat: &'static Seat = Box::leak(Box::new(Seat {
        errno: AtomicPtr::new(null_mut()),
        inside: AtomicU32::new(0),
        taken: AtomicBool::new(true),
        forks: AtomicBool::new(false),
        next: AtomicPtr::new(null_mut()),
    }));
    let mut first = SEATS.load(Ordering::SeqCst);
    loop {
        seat.next.store(first, Ordering::Relaxed);
        let own = std::ptr::from_ref(seat).cast_mut();
        match SEATS.compare_exchange(first, own, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => return seat,
            Err(other) => first = other,
        }
    }
}

fn seats() -> impl Iterator<Item = &'static Seat> {
    // SAFETY: seats are never freed, and a list's end is null.
    let at = |pointer: *mut Seat| unsafe { pointer.as_ref() };
    std::iter::successors(at(SEATS.load(Ordering::SeqCst)), move |seat| {
        at(seat.next.load(Ordering::Relaxed))
    })
}

/// Steps back until no fork is under way.
#[cold]
fn wait_for_forks(seat: &'static Seat) {
    fence(Ordering::SeqCst);
    let mut end = None;
    loop {
        let gate = GATE.load(Ordering::SeqCst);
        if gate <= NEEDS_FENCES || seat.forks.load(Ordering::Relaxed) {
            return;
        }
        let now = Instant::now();
        let left = end
            .get_or_insert(now + PATIENCE)
            .saturating_duration_since(now);
        if left.is_zero() {
            return;
        }
        seat.inside.store(0, Ordering::Release);
        sleep_while(&GATE, gate, Some(left));
        seat.inside.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }
}

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> c_int;
}

/// Has forks wait for the threads that are inside, from now on. Must itself not be inside.
pub fn expect_forks() {
    if !has_membarrier() {
        GATE.fetch_or(NEEDS_FENCES, Ordering::SeqCst);
    }
    // It fails only for want of memory; forks are then what they are without the library's help.
    // SAFETY: three functions that live as long as this library, which is never unloaded.
    unsafe {
        pthread_atfork(
            Some(before_fork),
            Some(after_fork),
            Some(after_fork_in_child),
        )
    };
}

extern "C" fn before_fork() {
    let more = |children: u16| children.checked_add(1);
    let _ = CHILDREN.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
    let is_seated = THREAD.with(|thread| thread.seat.get().is_some());
    let inside = enter(); // which gives this thread a seat
    drop(inside);
    THREAD.with(|thread| thread.is_seated_to_fork.set(!is_seated));
    let own = THREAD.with(|thread| thread.seat.get());
    if let Some(seat) = own {
        seat.forks.store(true, Ordering::Relaxed);
    }
    GATE.fetch_add(2, Ordering::SeqCst);
    order_memory_of_all_threads();
    let end = Instant::now() + PATIENCE;
    let is_own = |seat: &Seat| own.is_some_and(|own| std::ptr::eq(own, seat));
    while LATE.load(Ordering::SeqCst) > 0
        || seats().any(|seat| !is_own(seat) && seat.inside.load(Ordering::Acquire) > 0)
    {
        if Instant::now() >= end {
            return;
        }
        sleep_while(&AtomicU32::new(0), 0, Some(PAUSE));
    }
}

extern "C" fn after_fork() {
    if let Some(seat) = THREAD.with(|thread| thread.seat.get()) {
        seat.forks.store(false, Ordering::Relaxed);
    }
    GATE.fetch_sub(2, Ordering::SeqCst);
    wake(&GATE, i32::MAX);
    give_up_seat_to_fork();
}

extern "C" fn after_fork_in_child() {
    FORKS.fetch_add(1, Ordering::SeqCst);
    let own = THREAD.with(|thread| thread.seat.get());
    for seat in seats() {
        seat.forks.store(false, Ordering::Relaxed);
        // Threads that are not here have nothing to say.
        if !own.is_some_and(|own| std::ptr::eq(own, seat)) {
            seat.inside.store(0, Ordering::Relaxed);
            seat.taken.store(false, Ordering::Relaxed);
        }
    }
    LATE.store(0, Ordering::Relaxed);
    GATE.fetch_and(NEEDS_FENCES, Ordering::SeqCst);
    give_up_seat_to_fork();
}

/// linux/membarrier.h
const QUERY: c_int = 0;
const PRIVATE_EXPEDITED: c_int = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

fn membarrier(command: c_int) -> c_long {
    // SAFETY: takes numbers and no pointers.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
}

fn has_membarrier() -> bool {
    let wanted = c_long::from(PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED);
    let known = membarrier(QUERY);
    known >= 0 && known & wanted == wanted
}

/// Afterwards, what any thread wrote before it read the gate is seen here, or it sees the gate closed.
fn order_memory_of_all_threads() {
    if GATE.load(Ordering::SeqCst) & NEEDS_FENCES != 0 {
        return;
    }
    // The first time, and in a child, it has to be asked for: that waits for all processors.
    if membarrier(PRIVATE_EXPEDITED) != 0 {
        membarrier(REGISTER_PRIVATE_EXPEDITED);
        membarrier(PRIVATE_EXPEDITED);
    }
}

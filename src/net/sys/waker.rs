//! What wakes the threads that wait now, and none that waits later: each time a signal of its own.

use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

/// The signal of those that wait, made by the first of them; and in which process.
#[derive(Debug)]
pub struct Waker<S>(Mutex<Option<(u32, Arc<S>)>>);

impl<S> Waker<S> {
    /// Nobody waits.
    pub const fn new() -> Self {
        Waker(Mutex::new(None))
    }

    /// What a thread of this process waits for beside the socket. Have it first, look then whether the wait is over already:
    /// whoever ends it says so first and wakes then. That of a parent process is the parent's.
    pub fn signal(&self, process: u32, make: impl FnOnce() -> io::Result<S>) -> io::Result<Arc<S>> {
        let mut current = self.0.lock();
        match &*current {
            Some((made_in, signal)) if *made_in == process => Ok(Arc::clone(signal)),
            _ => {
                let signal = Arc::new(make()?);
                *current = Some((process, Arc::clone(&signal)));
                Ok(signal)
            }
        }
    }

    /// Wakes those of this process that wait.
    pub fn wake(&self, process: u32, set: impl FnOnce(&S)) {
        let woken = self.0.lock().take();
        if let Some((made_in, signal)) = woken
            && made_in == process
        {
            set(&signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn who_waits_is_woken_and_neither_who_comes_later_nor_another_process() {
        let waker = Waker::new();
        let signal = |process| waker.signal(process, || Ok(Cell::new(false))).unwrap();
        let wake = |process| waker.wake(process, |signal| signal.set(true));
        wake(1);
        let before = signal(1);
        assert!(Arc::ptr_eq(&before, &signal(1)));
        wake(1);
        let later = signal(1);
        assert!(before.get() && !later.get());
        let of_child = signal(2);
        wake(2);
        assert!(of_child.get() && !later.get());
        signal(1);
        wake(2);
        assert!(!later.get());
    }
}

//! A place in the table: who has it, and how many hold that, in one number. To find a socket is one
//! compare-and-swap of that number, so that threads with sockets of their own never meet.

use std::fmt;
use std::ops::Deref;

// Under loom (see models/) every order of these is tried.
#[cfg(loom)]
use loom::cell::UnsafeCell;
#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use plain::UnsafeCell;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of a place that nobody has, and that nobody holds.
const VACANT: u64 = 0;
/// Below the tenant's id: how many hold it.
const HOLDERS: u64 = u32::MAX as u64;

/// A place for one tenant at a time, who has an id that is not 0.
pub struct Slot<T> {
    /// The tenant's id, 0 once it is closed, and behind it how many hold what is here, the table itself included.
    state: AtomicU64,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written while nobody can hold it, and taken out by its last holder; in between it is shared.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// Nobody's.
    pub fn new() -> Self {
        Slot {
            state: AtomicU64::new(VACANT),
            value: UnsafeCell::new(None),
        }
    }

    /// Whether a tenant may come in: none is here, and nobody holds the last one.
    pub fn is_vacant(&self) -> bool {
        self.state.load(Ordering::Relaxed) == VACANT
    }

    /// Lets a tenant in under an id, and holds it. `None`, and the value is dropped, where the place is not vacant.
    pub fn let_to(&self, id: u32, value: T) -> Option<Held<'_, T>> {
        let (vacant, one) = (VACANT, 1);
        let taken = self
            .state
            .compare_exchange(vacant, one, Ordering::Acquire, Ordering::Relaxed);
        taken.ok()?;
        // SAFETY: this thread alone holds it, and without an id nobody else comes to.
        self.value.with_mut(|place| unsafe { *place = Some(value) });
        self.state.store(u64::from(id) << 32 | 2, Ordering::Release); // the table, and what is returned
        Some(Held(self))
    }

    /// The id of the tenant that is here, 0 for none.
    pub fn id(&self) -> u32 {
        (self.state.load(Ordering::Relaxed) >> 32) as u32
    }

    /// Holds the tenant of this id, if it is here.
    #[inline(always)]
    pub fn hold(&self, id: u32) -> Option<Held<'_, T>> {
        let mut state = self.state.load(Ordering::Relaxed);
        while (state >> 32) as u32 == id && id != 0 {
            match self.state.compare_exchange_weak(
                state,
                state + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Held(self)),
                Err(now) => state = now,
            }
        }
        None
    }

    /// Nobody finds the tenant any more; what the table held is the caller's now. `None` where there is none.
    pub fn close(&self) -> Option<Held<'_, T>> {
        let before = self.state.fetch_and(HOLDERS, Ordering::AcqRel);
        (before >> 32 != 0).then(|| Held(self))
    }

    /// One holder less; the last one takes the tenant out.
    #[inline]
    fn let_go(&self) {
        let mut state = self.state.load(Ordering::Relaxed);
        // Alone with a tenant that nobody finds: there will be no other holder before the place is vacant.
        while state != 1 {
            match self.state.compare_exchange_weak(
                state,
                state - 1,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
        self.empty();
    }

    #[cold]
    fn empty(&self) {
        // What the other holders did comes before. (A fence would say the same, but not to ThreadSanitizer.)
        self.state.load(Ordering::Acquire);
        // SAFETY: this is the only holder.
        let value = self.value.with_mut(|place| unsafe { (*place).take() });
        drop(value);
        self.state.store(VACANT, Ordering::Release);
    }
}

/// A tenant that stays as long as this does.
pub struct Held<'a, T>(&'a Slot<T>);

impl<T> Held<'_, T> {
    /// Whether nobody finds the tenant any more and nobody else holds it: it leaves with this.
    pub fn is_last(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == 1
    }
}

impl<T> Clone for Held<'_, T> {
    fn clone(&self) -> Self {
        self.0.state.fetch_add(1, Ordering::Relaxed);
        Held(self.0)
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: it is there, and nobody changes it, as long as somebody holds it.
        let value = self.0.value.with(|place| unsafe { (*place).as_ref() });
        // SAFETY: as above.
        unsafe { value.unwrap_unchecked() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Held<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({})", self.id())
    }
}

#[cfg(not(loom))]
mod plain {
    /// As loom's.
    pub struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub const fn new(value: T) -> Self {
            UnsafeCell(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub fn with<R>(&self, look: impl FnOnce(*const T) -> R) -> R {
            look(self.0.get())
        }

        #[inline]
        pub fn with_mut<R>(&self, change: impl FnOnce(*mut T) -> R) -> R {
            change(self.0.get())
        }
    }
}

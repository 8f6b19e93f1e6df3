//! A socket is found by its id as long as it is open, dropped once, by its last holder, and never taken for another.

use crate::registry_slot::Slot;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

/// Counts how often it is dropped.
struct Socket(u32, Arc<AtomicUsize>);

impl Drop for Socket {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

fn slot_with(id: u32) -> (Arc<Slot<Socket>>, Arc<AtomicUsize>) {
    let (slot, drops) = (Arc::new(Slot::new()), Arc::new(AtomicUsize::new(0)));
    drop(slot.let_to(id, Socket(id, Arc::clone(&drops))));
    (slot, drops)
}

#[test]
fn one_that_is_used_while_it_is_closed_is_dropped_by_whoever_is_last() {
    loom::model(|| {
        let (slot, drops) = slot_with(1);
        let (theirs, dropped) = (Arc::clone(&slot), Arc::clone(&drops));
        let user = loom::thread::spawn(move || {
            if let Some(held) = theirs.hold(1) {
                assert_eq!(held.0, 1);
                assert_eq!(dropped.load(Ordering::Relaxed), 0);
            }
        });
        drop(slot.close().expect("it was open"));
        assert!(slot.hold(1).is_none());
        user.join().unwrap();
        assert!(slot.is_vacant());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn the_id_of_a_closed_one_never_leads_to_the_next() {
    loom::model(|| {
        let (slot, drops) = slot_with(1);
        let theirs = Arc::clone(&slot);
        let user = loom::thread::spawn(move || {
            if let Some(held) = theirs.hold(1) {
                assert_eq!(held.clone().0, 1);
            }
        });
        drop(slot.close());
        let next = slot.let_to(2, Socket(2, Arc::clone(&drops)));
        if let Some(next) = next {
            assert_eq!(next.0, 2);
        }
        user.join().unwrap();
    });
}

#[test]
fn of_two_that_close_it_one_does() {
    loom::model(|| {
        let (slot, drops) = slot_with(1);
        let theirs = Arc::clone(&slot);
        let other = loom::thread::spawn(move || theirs.close().is_some());
        let own = slot.close().is_some();
        assert_ne!(own, other.join().unwrap());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

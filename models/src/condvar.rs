//! A condition variable loses no notice.

use crate::net::Condvar;
use loom::sync::Arc;
use parking_lot::Mutex;

#[test]
fn a_notice_that_comes_just_before_the_sleep_wakes_all_the_same() {
    loom::model(|| {
        let both = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&both);
        let waker = loom::thread::spawn(move || {
            *theirs.0.lock() = true;
            theirs.1.notify_one();
        });
        let mut happened = both.0.lock();
        while !*happened {
            both.1.wait(&mut happened);
        }
        drop(happened);
        waker.join().unwrap();
    });
}

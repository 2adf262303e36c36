//! How many tests hold servers at the same time.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, Weak};

/// The maximum of tests that hold servers. Further tests wait. All servers of a test share one slot, so that tests
/// cannot block each other.
const TESTS_WITH_SERVERS: usize = 8;

/// A test's place among those that hold servers.
pub(super) struct Slot;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Slot {
    pub(super) fn take() -> Arc<Slot> {
        thread_local!(static OWN: RefCell<Weak<Slot>> = const { RefCell::new(Weak::new()) });
        OWN.with_borrow_mut(|own| {
            if let Some(slot) = own.upgrade() {
                return slot;
            }
            let mut taken = TAKEN.lock().unwrap();
            while *taken >= TESTS_WITH_SERVERS {
                taken = FREED.wait(taken).unwrap();
            }
            *taken += 1;
            let slot = Arc::new(Slot);
            *own = Arc::downgrade(&slot);
            slot
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Ok(mut taken) = TAKEN.lock() {
            *taken -= 1;
        }
        FREED.notify_one();
    }
}

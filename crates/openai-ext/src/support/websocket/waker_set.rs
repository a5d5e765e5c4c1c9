//! Those who wait for the same connection, each in a task of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A connection wakes one waker; this is the one, and wakes all.
#[derive(Default)]
pub(super) struct WakerSet(Mutex<Vec<Waker>>);

impl WakerSet {
    #[inline]
    pub(super) fn register(&self, waker: &Waker) {
        let mut wakers = self.lock();
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    #[inline]
    pub(super) fn wake_all(&self) {
        // Whoever is woken may register at once, so the lock is not held meanwhile.
        let wakers = std::mem::take(&mut *self.lock());
        wakers.into_iter().for_each(Waker::wake);
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for WakerSet {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

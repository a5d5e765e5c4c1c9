//! Those who wait for the same connection, each in a task of its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// A connection wakes one waker; this is the one, and wakes all.
///
/// Each task has one, found by the addresses of its data and of its functions: any number of tasks may wait.
#[derive(Default)]
pub(super) struct WakerSet {
    wakers: Mutex<Wakers>,
    /// The connection has woken it, so that there may be something to do for whoever is first.
    signalled: AtomicBool,
}

type Wakers = HashMap<(usize, usize), Waker>;

impl WakerSet {
    #[inline]
    pub(super) fn register(&self, waker: &Waker) {
        let key = (waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr());
        self.lock().entry(key).or_insert_with(|| waker.clone());
    }

    /// Tells whether the connection has woken it since the last time that this was asked.
    #[inline]
    pub(super) fn take_signal(&self) -> bool {
        self.signalled.swap(false, Ordering::AcqRel)
    }

    #[inline]
    pub(super) fn wake_all(&self) {
        // Whoever is woken may register at once, so the lock is not held meanwhile.
        let wakers = std::mem::take(&mut *self.lock());
        wakers.into_values().for_each(Waker::wake);
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for WakerSet {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.signalled.store(true, Ordering::Release);
        self.wake_all();
    }
}

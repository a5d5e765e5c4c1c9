//! The connection as its halves have it, each in a task of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::core::Core;
use super::waker_set::WakerSet;

pub(super) struct SharedCore {
    core: Mutex<Core>,
    wakers: Arc<WakerSet>,
}

impl SharedCore {
    #[inline]
    pub(super) fn new(core: Core) -> Arc<Self> {
        Arc::new(Self { core: Mutex::new(core), wakers: Arc::default() })
    }

    /// Polls the connection for a task, which is woken by whatever happens to it.
    pub(super) fn poll<T>(
        &self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Core, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.wakers.register(context.waker());
        self.now(poll)
    }

    /// Reads until `found` gives something; `None` at the end of the connection.
    ///
    /// All who wait are woken by whatever comes. The first of them reads it, and for the others the connection is not
    /// polled again.
    #[cfg(feature = "responses")]
    pub(super) fn poll_until<T>(
        &self,
        context: &mut Context<'_>,
        mut found: impl FnMut(&Waker) -> Option<T>,
    ) -> Poll<Option<T>> {
        let waker = context.waker().clone();
        self.wakers.register(&waker);
        let was_parked = self.lock().parked && !self.wakers.take_signal();
        if was_parked {
            return found(&waker).map_or(Poll::Pending, |found| Poll::Ready(Some(found)));
        }
        self.now(|core, context| {
            loop {
                if let Some(found) = found(&waker) {
                    return Poll::Ready(Some(found));
                }
                match core.poll_arrival(context) {
                    Poll::Ready(true) => {}
                    // Writing may have found the last messages.
                    rest => {
                        core.parked = rest.is_pending();
                        let last = found(&waker);
                        return if last.is_some() { Poll::Ready(last) } else { rest.map(|_| None) };
                    }
                }
            }
        })
    }

    /// Does what can be done without waiting. Tasks that wait for what is changed by that are woken.
    pub(super) fn now<T>(&self, act: impl FnOnce(&mut Core, &mut Context<'_>) -> T) -> T {
        let waker = Waker::from(self.wakers.clone());
        let mut core = self.lock();
        core.parked = false;
        let done = act(&mut core, &mut Context::from_waker(&waker));
        let changed = std::mem::take(&mut core.changed);
        let due = std::mem::take(&mut core.due);
        drop(core);
        due.into_iter().for_each(Waker::wake);
        if changed {
            self.wakers.wake_all();
        }
        done
    }

    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

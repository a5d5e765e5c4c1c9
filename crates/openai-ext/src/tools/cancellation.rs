//! The sign by which a tool's call learns that nobody waits for it any more.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// A sign that is given once, and that clones share.
#[derive(Clone)]
pub(crate) struct Cancellation(Arc<watch::Sender<bool>>);

impl Cancellation {
    /// A sign that was not given yet.
    #[inline]
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Gives the sign, for good.
    #[inline]
    pub(crate) fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Returns true once it was given.
    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    #[inline]
    pub(crate) fn cancelled(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        let sign = self.clone();
        async move {
            // The sender is held here, so this ends by a cancellation only.
            let _ = sign.0.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
        }
    }
}

impl fmt::Debug for Cancellation {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellation").field("is_cancelled", &self.is_cancelled()).finish()
    }
}

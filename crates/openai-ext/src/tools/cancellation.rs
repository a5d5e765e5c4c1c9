//! How a program tells what is under way to stop.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use openai_runtime::transport::BoxFuture;

/// Tells a run of tools to stop, from anywhere; clones are the same token.
///
/// ```
/// use openai_ext::tools::CancellationToken;
///
/// let token = CancellationToken::new();
/// let button = token.clone();
/// button.cancel();
/// assert!(token.is_cancelled());
/// ```
///
/// A run takes it by `with_cancellation`. A tool gets one of its own in its [`ToolContext`](super::ToolContext): it is
/// cancelled when nobody waits for the tool any more, which matters to work that goes on elsewhere, as on a thread.
#[derive(Clone, Default)]
pub struct CancellationToken(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cancelled: bool,
    /// Who waits, by number.
    waiting: BTreeMap<u64, Waker>,
    next: u64,
}

impl CancellationToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everybody who has the token to stop; there is no way back.
    pub fn cancel(&self) {
        let waiting = {
            let mut state = self.lock();
            state.cancelled = true;
            std::mem::take(&mut state.waiting)
        };
        // Not under the lock: a waker may poll at once.
        waiting.into_values().for_each(Waker::wake);
    }

    /// Whether the token was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Waits until the token is cancelled.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled { token: self.clone(), number: None }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IntoFuture for CancellationToken {
    type Output = ();
    type IntoFuture = Cancelled;

    fn into_future(self) -> Cancelled {
        self.cancelled()
    }
}

impl IntoFuture for &CancellationToken {
    type Output = ();
    type IntoFuture = Cancelled;

    fn into_future(self) -> Cancelled {
        self.cancelled()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// A future that is ready once a [`CancellationToken`] is cancelled.
#[derive(Debug)]
#[must_use = "it waits once it is awaited"]
pub struct Cancelled {
    token: CancellationToken,
    /// Its place among those who wait.
    number: Option<u64>,
}

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let token = self.token.clone();
        let mut state = token.lock();
        if state.cancelled {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        state.waiting.insert(number, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.token.lock().waiting.remove(&number);
        }
    }
}

/// Cancels a token when it is dropped: whoever has it learns that nobody waits.
pub(crate) struct CancelOnDrop(Option<CancellationToken>);

impl CancelOnDrop {
    pub(crate) fn new(token: CancellationToken) -> Self {
        Self(Some(token))
    }

    /// There is nothing to stop any more.
    pub(crate) fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(token) = &self.0 {
            token.cancel();
        }
    }
}

/// Anything that ends when a run is to stop, in a box.
pub(crate) fn boxed(stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> BoxFuture<()> {
    Box::pin(stop.into_future())
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn waiting_ends_with_the_token_and_leaves_nothing_behind() {
        let token = CancellationToken::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(token.cancelled());
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(first.as_mut().poll(&mut context).is_pending());
        {
            let mut second = pin!(token.clone().into_future());
            assert!(second.as_mut().poll(&mut context).is_pending());
            assert_eq!(token.lock().waiting.len(), 2);
        }
        assert_eq!(token.lock().waiting.len(), 1);
        drop(CancelOnDrop::new(token.clone()));
        assert!(token.is_cancelled());
        assert!(first.as_mut().poll(&mut context).is_ready());
        assert!(pin!(token.cancelled()).poll(&mut context).is_ready());
    }
}

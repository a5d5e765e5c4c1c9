//! A sign by which a caller ends what runs on without him.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;

use crate::error::{Error, ErrorKind};
use crate::io::transport::BoxFuture;

/// Ends what was given a clone of it: a poller, a loop of tool calls.
///
/// Dropping a future ends it as well; a token ends it from elsewhere, and whoever awaits it gets an error of kind
/// [`Cancelled`](ErrorKind::Cancelled), with what was had so far.
///
/// ```
/// use openai_runtime::CancellationToken;
///
/// let token = CancellationToken::new();
/// let for_signal_handler = token.clone();
/// for_signal_handler.cancel();
/// assert!(token.is_cancelled());
/// ```
#[derive(Clone)]
pub struct CancellationToken(Arc<watch::Sender<bool>>);

impl CancellationToken {
    /// A token that nobody has cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends all that has this token or a clone of it, for good.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is cancelled.
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        let token = self.clone();
        async move {
            // The sender is held here, so this ends by a cancellation only.
            let _ = token.0.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
        }
    }

    /// Awaits a future; `None` if the token was cancelled before it was ready. Then it is dropped, and so has ended.
    pub async fn run_until_cancelled<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut cancelled = pin!(self.cancelled());
        let mut future = pin!(future);
        poll_fn(|context| {
            if cancelled.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            Pin::new(&mut future).poll(context).map(Some)
        })
        .await
    }

    /// The error of what was cancelled.
    #[must_use]
    pub fn error(what: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Cancelled, format!("{what} was cancelled by its token"))
    }
}

impl IntoFuture for CancellationToken {
    type Output = ();
    type IntoFuture = BoxFuture<()>;

    fn into_future(self) -> BoxFuture<()> {
        Box::pin(self.cancelled())
    }
}

impl IntoFuture for &CancellationToken {
    type Output = ();
    type IntoFuture = BoxFuture<()>;

    fn into_future(self) -> BoxFuture<()> {
        self.clone().into_future()
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("is_cancelled", &self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn what_is_ready_is_given_and_what_is_cancelled_ends() {
        let token = CancellationToken::new();
        assert_eq!(token.run_until_cancelled(ready(1)).await, Some(1));
        let waiting = tokio::spawn({
            let token = token.clone();
            async move { token.run_until_cancelled(pending::<()>()).await }
        });
        tokio::task::yield_now().await;
        token.cancel();
        assert_eq!(waiting.await.unwrap(), None);
        // It stays so, also for what was not there yet.
        token.cancelled().await;
        (&token).await;
        assert_eq!(token.run_until_cancelled(ready(1)).await, None);
        assert_eq!(CancellationToken::error("the run").kind(), ErrorKind::Cancelled);
        assert_eq!(format!("{token:?}"), "CancellationToken { is_cancelled: true }");
    }

    #[test]
    fn tokens_go_anywhere() {
        fn anywhere<T: Send + Sync + 'static>(_: T) {}
        anywhere(CancellationToken::new());
        anywhere(CancellationToken::new().cancelled());
    }
}

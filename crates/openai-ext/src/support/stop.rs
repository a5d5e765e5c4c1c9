//! The caller's future by which work ends before it is done.

use std::fmt::{self, Display};
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use openai_runtime::transport::BoxFuture;

use crate::{Error, ErrorKind};

/// The future of `with_cancellation`, if it was set. The lock, never contended, makes it `Sync`.
#[derive(Default)]
pub(crate) struct Stop(Option<Mutex<BoxFuture<()>>>);

impl Stop {
    pub(crate) fn new(stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        Self(Some(Mutex::new(Box::pin(stop.into_future()))))
    }

    /// Awaits something unless the work is to end first; then gives `None`.
    pub(crate) async fn race<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if let Some(stop) = self.0.as_mut().map(|stop| stop.get_mut().unwrap_or_else(PoisonError::into_inner))
                && stop.as_mut().poll(context).is_ready()
            {
                // What has ended may not be polled again.
                *stop = Box::pin(ready(()));
                return Poll::Ready(None);
            }
            future.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// The error of what was ended.
    pub(crate) fn error(what: impl Display) -> Error {
        Error::new(ErrorKind::Cancelled, format!("{what} was cancelled"))
    }
}

impl fmt::Debug for Stop {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.0.is_some()).finish()
    }
}

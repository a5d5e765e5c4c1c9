//! Several futures at once without tasks: what a dropped stream began ends with it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// A boxed future that may move between threads.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Futures that run at the same time, each polled when any of them may go on.
pub(crate) struct InFlight<T> {
    futures: Vec<BoxFuture<T>>,
}

impl<T> InFlight<T> {
    pub(crate) fn new() -> Self {
        Self { futures: Vec::new() }
    }

    pub(crate) fn push(&mut self, future: impl Future<Output = T> + Send + 'static) {
        self.futures.push(Box::pin(future));
    }

    #[cfg(any(feature = "uploads", all(feature = "files", feature = "vector_stores")))]
    pub(crate) fn len(&self) -> usize {
        self.futures.len()
    }

    /// What the next one that is ready gives; `None` if there are none.
    pub(crate) async fn next(&mut self) -> Option<T> {
        poll_fn(|context| {
            if self.futures.is_empty() {
                return Poll::Ready(None);
            }
            for place in 0..self.futures.len() {
                if let Poll::Ready(value) = self.futures[place].as_mut().poll(context) {
                    drop(self.futures.remove(place));
                    return Poll::Ready(Some(value));
                }
            }
            Poll::Pending
        })
        .await
    }
}

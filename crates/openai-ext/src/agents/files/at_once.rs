//! Several futures at once, without tasks.

use std::future::poll_fn;
use std::task::Poll;

use openai_runtime::transport::BoxFuture;

/// Futures that are under way together, each with the place of its result.
pub(super) struct AtOnce<T>(Vec<(usize, BoxFuture<T>)>);

impl<T> AtOnce<T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, place: usize, future: BoxFuture<T>) {
        self.0.push((place, future));
    }

    /// Awaits the next one that ends; none if there is none.
    pub(super) async fn next(&mut self) -> Option<(usize, T)> {
        poll_fn(|context| {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            for at in 0..self.0.len() {
                let Some((place, future)) = self.0.get_mut(at) else { break };
                if let Poll::Ready(output) = future.as_mut().poll(context) {
                    let place = *place;
                    drop(self.0.remove(at));
                    return Poll::Ready(Some((place, output)));
                }
            }
            Poll::Pending
        })
        .await
    }
}

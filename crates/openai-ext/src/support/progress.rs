//! Streams written as an async function that tells what happens while it works.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::{Error, Result};
use openai_runtime::transport::BoxFuture;

/// So many events are told ahead of whoever takes them.
const AHEAD: usize = 32;

/// The sender of a function's events.
pub(crate) struct Emitter<E>(Arc<Mutex<EmittedEvents<E>>>);

struct EmittedEvents<E> {
    events: VecDeque<E>,
    waiting: Vec<Waker>,
}

impl<E> Emitter<E> {
    /// Tells an event; waits while too many of them are not taken yet.
    pub(crate) async fn emit(&self, event: E) {
        self.told().events.push_back(event);
        poll_fn(|context| {
            let mut told = self.told();
            if told.events.len() < AHEAD {
                return Poll::Ready(());
            }
            told.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn told(&self) -> MutexGuard<'_, EmittedEvents<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<E> {
        let mut told = self.told();
        let event = told.events.pop_front()?;
        let waiting = std::mem::take(&mut told.waiting);
        drop(told);
        waiting.into_iter().for_each(Waker::wake);
        Some(event)
    }
}

impl<E> Clone for Emitter<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The stream of what a function tells. It works while the stream is polled, and ends when the stream is dropped; its
/// error is the last item.
pub(crate) struct Progress<E> {
    emitter: Emitter<E>,
    work: Option<BoxFuture<Result<()>>>,
    error: Option<Error>,
}

impl<E: Send + 'static> Progress<E> {
    pub(crate) fn new<F: Future<Output = Result<()>> + Send + 'static>(work: impl FnOnce(Emitter<E>) -> F) -> Self {
        let emitter = Emitter(Arc::new(Mutex::new(EmittedEvents { events: VecDeque::new(), waiting: Vec::new() })));
        let work: BoxFuture<Result<()>> = Box::pin(openai_runtime::in_tokio(work(emitter.clone())));
        Self { emitter, work: Some(work), error: None }
    }
}

impl<E> Stream for Progress<E> {
    type Item = Result<E>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        loop {
            if let Some(event) = self.emitter.take() {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(work) = &mut self.work else { return Poll::Ready(self.error.take().map(Err)) };
            match work.as_mut().poll(context) {
                Poll::Ready(done) => {
                    self.work = None;
                    self.error = done.err();
                }
                Poll::Pending if self.emitter.told().events.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

/// The words that all streams have: `Stream`, and `next` without another crate.
macro_rules! progress_stream {
    ([$($generics:tt)*] $stream:ty => $item:ty, $poll:expr) => {
        impl<$($generics)*> futures_core::Stream for $stream {
            type Item = $crate::Result<$item>;

            #[inline]
            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                let poll: fn(&mut Self, &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> = $poll;
                poll(&mut self, context)
            }
        }

        impl<$($generics)*> $stream {
            /// The next one, or `None` at the end. After an error there is nothing more.
            #[inline]
            pub async fn next(&mut self) -> Option<$crate::Result<$item>> {
                std::future::poll_fn(|context| {
                    futures_core::Stream::poll_next(std::pin::Pin::new(&mut *self), context)
                })
                .await
            }

            /// Returns the next one, or `Ok(None)` at the end.
            ///
            /// # Errors
            /// That of [`next`](Self::next).
            #[inline]
            pub async fn try_next(&mut self) -> $crate::Result<Option<$item>> {
                self.next().await.transpose()
            }
        }
    };
}

pub(crate) use progress_stream;

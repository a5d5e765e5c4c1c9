//! Long operations: what is fetched again and again until it is done.

mod poll_loop;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use crate::client::call::Call;
use crate::error::{Error, ErrorKind, Result, in_tokio};
use crate::io::transport::BoxFuture;
use crate::json::Json;
use crate::request::endpoint::Polling;
use crate::response::head::ResponseHead;
use crate::response::with_head::WithHead;
use poll_loop::{PollLoop, PollOptions, Seen};

/// A long operation under way: a batch, a run, a file that is being processed. Awaiting it gives the object once it is
/// done; as a `Stream`, and by [`next`](Self::next), it gives each state that is seen, the last one too.
///
/// ```no_run
/// # use std::time::Duration;
/// # use openai_runtime::{Call, Polling, Result, json::Value};
/// # async fn example(call: Call, polling: &'static Polling) -> Result<()> {
/// let mut poller = call.send_and_poll::<Value>(polling).with_deadline(Duration::from_secs(3600));
/// while let Some(state) = poller.next().await {
///     println!("{}", state?["status"]);
/// }
/// # Ok(()) }
/// ```
///
/// **Waits** between two looks are the caller's ([`with_poll_interval`](Self::with_poll_interval)), else as long as the
/// last answer's header `openai-poll-after-ms` says, else the operation's own: a second as a rule. What a server says counts
/// from 50 ms to five minutes. They go by the client's clock. Each look has the headers, the query and the limits that the call was given by `with_header` and its like.
///
/// **The end** is a state that stays as it is, or that needs the caller, as `requires_action`. A job that failed is given
/// as well: its status tells. Dropping the poller ends the looks. The job itself goes on until it is cancelled by its
/// own operation.
///
/// # Errors
/// Each has the last state that was seen: [`error.detail::<T>()`](Error::detail). Then the job is there, and it is to be
/// followed again by its id (`retrieve(id).poll()`), not begun again.
///
/// - Kind [`Timeout`](crate::ErrorKind::Timeout): the deadline, which is 30 minutes unless
///   [`with_deadline`](Self::with_deadline) says otherwise.
/// - Kind [`Decode`](crate::ErrorKind::Decode): a status that is not known to this version, or an answer that can't be
///   read.
/// - Kind [`Cancelled`](crate::ErrorKind::Cancelled): by the future of [`with_cancellation`](Self::with_cancellation).
/// - Those of the calls. A look that fails although the client tried again, with an error that is
///   [retryable](Error::is_retryable), ends nothing before it is the sixth in a row. The call that begins the job is
///   never repeated beyond the client's own retries.
#[must_use = "nothing is sent before it is awaited"]
pub struct Poller<T> {
    state: PollerProgress,
    options: PollOptions,
    /// The caller's sign that nobody waits any more.
    cancellation: Option<BoxFuture<()>>,
    /// The operation that fetches the state, for errors.
    retrieve: &'static str,
    last: Option<Seen>,
    finish: fn(&Seen) -> Result<T>,
    /// Gives an error the last state.
    attach: fn(Error, &Seen) -> Error,
}

enum PollerProgress {
    Ready(Box<PollLoop>),
    Looking(BoxFuture<(Box<PollLoop>, Result<()>)>),
    /// It gave an error.
    Failed,
    Done,
}

impl<T: Json + Default + Send + Sync + 'static> Poller<T> {
    /// Gives each state with the head of the response that it came in: its status, headers, request id and rate limits.
    ///
    /// ```no_run
    /// # use openai_runtime::{Call, Polling, Result, json::Value};
    /// # async fn example(call: Call, polling: &'static Polling) -> Result<()> {
    /// let done = call.send_and_poll::<Value>(polling).with_head().await?;
    /// println!("{} {:?}", done["status"], done.request_id());
    /// # Ok(()) }
    /// ```
    pub fn with_head(self) -> Poller<WithHead<T>> {
        let Self { state, options, cancellation, retrieve, last, attach, .. } = self;
        let finish = |seen: &Seen| Ok(WithHead::from_parts(seen.head.clone(), seen.head.parse(&seen.body)?));
        Poller { state, options, cancellation, retrieve, last, finish, attach }
    }

    fn new(call: Call, polling: &'static Polling) -> Self {
        let finish = |seen: &Seen| seen.head.parse(&seen.body);
        let state = PollerProgress::Ready(Box::new(PollLoop::new(call, polling)));
        Self {
            state,
            options: PollOptions::default(),
            cancellation: None,
            retrieve: polling.retrieve.id,
            last: None,
            finish,
            attach: attach::<T>,
        }
    }
}

impl<T: Send + 'static> Poller<T> {
    /// Returns the head of the response that the last state came in; `None` before there was one.
    #[must_use]
    pub fn head(&self) -> Option<&ResponseHead> {
        self.last.as_ref().map(|seen| &seen.head)
    }

    /// Waits this long between two looks, whatever the server says. Zero is allowed.
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.options.interval = Some(interval);
        self
    }

    /// Gives up after this time, counted from the first request; 30 minutes if it is not set. No look begins after it,
    /// and one under way is dropped.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = deadline;
        self
    }

    /// Gives up when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled); the job itself goes
    /// on. Any future will do: the receiver of a `oneshot`, a signal, tokio-util's `CancellationToken::cancelled_owned`.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.cancellation = Some(Box::pin(stop.into_future()));
        self
    }

    /// The next state: the job as the next look finds it, or `None` once the last state was given.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|context| self.poll_state(context)).await
    }

    async fn complete(mut self) -> Result<T> {
        while let Some(state) = poll_fn(|context| self.poll_seen(context)).await {
            state?;
        }
        match (&self.state, &self.last) {
            (PollerProgress::Done, Some(seen)) => (self.finish)(seen).map_err(|error| (self.attach)(error, seen)),
            _ => Err(Error::invalid("this poller has given an error before: follow the job by its id, with a new one")),
        }
    }

    fn poll_state(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let seen = ready!(self.poll_seen(context));
        let state = seen.map(|seen| seen.and_then(|seen| (self.finish)(&seen)));
        if matches!(state, Some(Err(_))) {
            self.state = PollerProgress::Failed;
        }
        Poll::Ready(state)
    }

    fn is_cancelled(&mut self, context: &mut Context<'_>) -> bool {
        matches!(self.state, PollerProgress::Ready(_) | PollerProgress::Looking(_))
            && self.cancellation.as_mut().is_some_and(|stop| stop.as_mut().poll(context).is_ready())
    }

    fn poll_seen(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Seen>>> {
        loop {
            if self.is_cancelled(context) {
                self.state = PollerProgress::Failed;
                let error = Error::new(ErrorKind::Cancelled, format!("polling by `{}` was cancelled", self.retrieve));
                return Poll::Ready(Some(Err(match &self.last {
                    Some(last) => (self.attach)(error, last),
                    None => error,
                })));
            }
            match &mut self.state {
                PollerProgress::Failed | PollerProgress::Done => return Poll::Ready(None),
                PollerProgress::Ready(_) => {
                    if let PollerProgress::Ready(mut watch) = std::mem::replace(&mut self.state, PollerProgress::Failed)
                    {
                        watch.options = self.options.clone();
                        self.state = PollerProgress::Looking(Box::pin(async move {
                            let result = in_tokio(watch.next()).await;
                            (watch, result)
                        }));
                    }
                }
                PollerProgress::Looking(look) => {
                    let (watch, result) = ready!(look.as_mut().poll(context));
                    self.state = PollerProgress::Failed;
                    self.last.clone_from(&watch.last);
                    return Poll::Ready(match (result, &self.last) {
                        (Ok(()), Some(seen)) => {
                            self.state = if seen.is_done { PollerProgress::Done } else { PollerProgress::Ready(watch) };
                            Some(Ok(seen.clone()))
                        }
                        (Ok(()), None) => None,
                        (Err(error), Some(last)) => Some(Err((self.attach)(error, last))),
                        (Err(error), None) => Some(Err(error)),
                    });
                }
            }
        }
    }
}

impl Call {
    /// Sends the call and follows the long operation that it begins, changes or fetches, until that is done.
    pub fn send_and_poll<T: Json + Default + Send + Sync + 'static>(self, polling: &'static Polling) -> Poller<T> {
        Poller::new(self, polling)
    }
}

/// An error with the last state. One that can't be read is in the error's body, as far as there is one.
fn attach<T: Json + Default + Send + Sync + 'static>(error: Error, last: &Seen) -> Error {
    match last.head.parse::<T>(&last.body) {
        Ok(value) => error.with_detail(value),
        Err(_) => error,
    }
}

impl<T: Send + 'static> Stream for Poller<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_state(context)
    }
}

impl<T: Send + 'static> IntoFuture for Poller<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.complete())
    }
}

impl<T> fmt::Debug for Poller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            PollerProgress::Ready(watch) => return f.debug_tuple("Poller").field(watch).finish(),
            PollerProgress::Looking(_) => "looking",
            PollerProgress::Failed => "failed",
            PollerProgress::Done => "done",
        };
        f.debug_tuple("Poller").field(&state).finish()
    }
}

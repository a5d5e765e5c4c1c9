//! A run before it is started: its requests and how it is to be done.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::events::{BatchEvents, BatchResult, BatchResults};
use super::plan::{RequestSource, Requests, RunPlan};
use super::request::{BatchOutput, BatchRequest, EncodedRequest, url};
use super::run::run;
use crate::support::progress::Progress;
use crate::support::spans::HelperSpan;
use crate::support::stop::Stop;
use crate::types::BatchOutputExpiresAfter;
use crate::{Client, Result};

/// A batch run that is being set up; made by [`run`](super::BatchRunExt::run) and
/// [`resume`](super::BatchRunExt::resume). `T` is what each request answers.
///
/// Setters that begin with `with_` tell how the run is done; the others are fields of its batches, which a run that is
/// resumed keeps from before. The last words are [`results`](Self::results), [`events`](Self::events) and
/// [`collect`](Self::collect).
#[must_use = "nothing is sent before the results are asked for"]
pub struct BatchRun<T> {
    client: Client,
    source: RequestSource,
    plan: RunPlan,
    stop: Stop,
    output: PhantomData<fn() -> T>,
}

impl<T: BatchOutput> BatchRun<T> {
    pub(super) fn new<R>(client: &openai_runtime::Client, requests: impl Stream<Item = R> + Send + 'static) -> Self
    where
        R: BatchRequest<Operation: crate::request::Operation<Output = T>>,
    {
        let requests: Requests = Box::pin(Encoding(Box::pin(requests)));
        Self::of(client, RequestSource::New(requests), url::<R::Operation>())
    }

    pub(super) fn resumed(client: &openai_runtime::Client, path: PathBuf) -> Self {
        Self::of(client, RequestSource::Resume, String::new()).with_state_file(path)
    }

    /// If the run at its state file was begun, goes on with that one instead.
    pub(super) fn or_resumed(mut self, path: PathBuf) -> Self {
        self.source = match self.source {
            RequestSource::New(requests) => RequestSource::Either(requests),
            other => other,
        };
        self.with_state_file(path)
    }

    fn of(client: &openai_runtime::Client, source: RequestSource, url: String) -> Self {
        let plan = RunPlan::new(url, T::ENDPOINTS);
        Self { client: client.clone().into(), source, plan, stop: Stop::default(), output: PhantomData }
    }

    /// Keeps what was done in this file, so that [`resume`](super::BatchRunExt::resume) can go on after the process ended,
    /// however it did. The requests are kept in the folder `{path}.files` beside it, and `{path}.lock` keeps a second
    /// process out.
    ///
    /// The file has no key in it, but the folder has what the requests say. On Unix only the owner can read them: files have
    /// the mode 0600 and the folder has 0700. A changed or damaged state file is an error, because it has a checksum.
    pub fn with_state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.plan.state_path = Some(path.into());
        self
    }

    /// Sets the number of requests that a batch has at most; 50,000 by default, which is the API's limit.
    pub fn with_max_requests_per_batch(mut self, count: u64) -> Self {
        self.plan.limits.requests = count;
        self
    }

    /// Sets the size that a batch's file has at most, in bytes; 200,000,000 by default, which is the API's limit.
    pub fn with_max_bytes_per_file(mut self, bytes: u64) -> Self {
        self.plan.limits.bytes = bytes;
        self
    }

    /// Sets the number of files that are uploaded at the same time; 2 by default.
    pub fn with_concurrent_uploads(mut self, count: usize) -> Self {
        self.plan.uploads = count;
        self
    }

    /// Sets the number of batches that are on the server at the same time; 16 by default.
    ///
    /// An account has a limit of tokens that may be enqueued for a model. A batch beyond it is refused, and nothing of it run;
    /// it is made anew after 30 s, then after longer waits up to 15 minutes, 24 times. Then its results are errors with code
    /// `token_limit_exceeded`.
    pub fn with_max_batches_in_flight(mut self, count: usize) -> Self {
        self.plan.batches = count;
        self
    }

    /// Sets the wait between two polls of a batch. By default as long as the server says by `openai-poll-after-ms`;
    /// else 1 s, then longer each time up to 30 s.
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.plan.interval = Some(interval);
        self
    }

    /// Sets the time for which this process works on the run; no limit by default. Then the stream ends with an error
    /// of kind [`Timeout`](crate::ErrorKind::Timeout); the batches go on, and a run with a state file can be resumed.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.plan.deadline = Some(limit);
        self
    }

    /// Sets the time over which the server is searched for a batch or an input file whose creation got no usable response
    /// (a timeout, a lost connection, a status of 500 or above, a process that was killed); 60 s by default.
    ///
    /// Servers may carry out such a request, and show what it made only later. The server's lists are read several times
    /// until it is found. After the window the request is sent again, with the same `Idempotency-Key`, and a
    /// [`BatchEvent::Unconfirmed`](super::BatchEvent::Unconfirmed) tells so. A second batch that is found later is
    /// cancelled and its files are deleted; see [`BatchEvent::TwinBatch`](super::BatchEvent::TwinBatch). A longer window
    /// makes that less likely, a shorter one makes the run go on sooner.
    pub fn with_lookup_window(mut self, window: Duration) -> Self {
        self.plan.lookup_window = window;
        self
    }

    /// Ends the run in this process when this future is ready, with an error of kind [`Cancelled`](crate::ErrorKind::Cancelled).
    /// The batches go on, and a run with a state file can be resumed. Any future will do: the receiver of a `oneshot`, a
    /// signal, tokio-util's `CancellationToken::cancelled_owned`.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    /// Deletes input, output and error files on the server once all results were given, and the state file with what is
    /// beside it. Off by default.
    pub fn with_cleanup(mut self) -> Self {
        self.plan.cleanup = true;
        self
    }

    /// Gives results in the order of the requests. By default each batch's results come when it has ended, in the order in
    /// which the server wrote them. What has to wait waits on the disk.
    pub fn with_input_order(mut self) -> Self {
        self.plan.in_order = true;
        self
    }

    /// Sets the most bytes that one result may have in a batch's output or error file; by default the client's
    /// `max_response_size`, because a result is held in memory as a response is. A larger one is not read:
    /// its result is an error of kind [`Limit`](crate::ErrorKind::Limit) that names the file and the line.
    pub fn with_max_row_size(mut self, bytes: usize) -> Self {
        self.plan.max_row_size = Some(bytes);
        self
    }

    /// The time that the batches may take, as `24h`, which is the default and all that the API has now.
    pub fn completion_window(mut self, window: impl Into<String>) -> Self {
        self.plan.completion_window = Some(window.into());
        self
    }

    /// Your own notes on the batches: up to 14 pairs. Each batch also says `openai_ext_run`, an id of the run, and
    /// `openai_ext_part`, as `2/3`.
    pub fn metadata(mut self, metadata: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        self.plan.metadata = metadata.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// When the server deletes the files with the results.
    pub fn output_expires_after(mut self, after: impl Into<BatchOutputExpiresAfter>) -> Self {
        self.plan.output_expires_after = Some(after.into().seconds);
        self
    }

    /// Starts the run: a `Stream` of its results, one for each request.
    ///
    /// ```no_run
    /// # #[cfg(feature = "chat")]
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use openai_ext::prelude::*;
    ///
    /// let completions = client.chat().completions();
    /// let requests = ["Oslo", "Quito"].map(|city| (city, completions.create("gpt-5.5", [Message::user(city)])));
    /// let mut results = client.batches().run(requests).with_state_file("cities.json").results();
    /// while let Some(result) = results.next().await {
    ///     let result = result?;
    ///     match result.result {
    ///         Ok(completion) => println!("{}: {}", result.custom_id, completion.text()),
    ///         Err(error) => eprintln!("{}: {error}", result.custom_id),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An item that is an error is one of the run itself, and the last one: what was sent can't be known, or more can't be
    /// sent. A request that failed is an item whose `result` is an error.
    pub fn results(self) -> BatchResults<T> {
        BatchResults::new(self.events())
    }

    /// Starts the run: a `Stream` of what happens, results among it, as for a progress bar.
    pub fn events(self) -> BatchEvents<T> {
        let Self { client, source, plan, mut stop, .. } = self;
        let reader = client.clone();
        let driven = Progress::new(move |emitter| async move {
            let run = HelperSpan::batch_run(&client).enclose(Box::pin(run(client, plan, source, emitter)));
            let ended = stop.race(run).await;
            ended.unwrap_or_else(|| Err(Stop::error("the batch run")))
        });
        BatchEvents::new(reader, driven)
    }

    /// Does the whole run and gives all results in the order of the requests, for runs whose results fit into memory.
    ///
    /// The [summary](super::BatchSummary) of a run is in its [`results`](Self::results) and [`events`](Self::events) only:
    /// it names batches that exist twice, if there are any.
    ///
    /// # Errors
    /// Those of the run itself.
    pub async fn collect(self) -> Result<Vec<BatchResult<T>>> {
        let mut results = self.results();
        let mut all = Vec::new();
        while let Some(result) = results.next().await {
            all.push(result?);
        }
        all.sort_by_key(|result| result.index);
        Ok(all)
    }
}

impl<T> fmt::Debug for BatchRun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRun").field("options", &self.plan).finish_non_exhaustive()
    }
}

/// Requests of any type as what goes into a file.
struct Encoding<S>(Pin<Box<S>>);

impl<S: Stream<Item = R>, R: BatchRequest> Stream for Encoding<S> {
    type Item = EncodedRequest;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<EncodedRequest>> {
        self.0.as_mut().poll_next(context).map(|request| request.map(|request| request.into_item().encoded()))
    }
}

/// The items of an iterator, as a stream.
pub(super) struct Iterated<I>(pub(super) I);

/// The iterator is never pinned.
impl<I> Unpin for Iterated<I> {}

impl<I: Iterator> Stream for Iterated<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

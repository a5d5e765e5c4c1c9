//! The events of a run, and its results.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::StatusCode;

use super::raw::{Raw, RawResult};
use super::request::BatchOutput;
use super::rows;
use crate::support::progress::{Progress, progress_stream};
use crate::types::Batch;
use crate::{Client, Result};

/// The number of ids of a kind that a summary keeps.
const KEPT: usize = 1000;

/// An event of a batch run.
#[derive(Debug)]
#[non_exhaustive]
pub enum BatchEvent<T> {
    /// So many requests are written into files, of which nobody knows yet how many there will be.
    #[non_exhaustive]
    Prepared {
        /// The number so far.
        requests: u64,
    },
    /// All requests are written, and what follows is sent. The first event of a run that is resumed.
    #[non_exhaustive]
    Started {
        /// The id of the run, which is `openai_ext_run` in the metadata of its batches.
        run_id: String,
        /// The number of requests.
        requests: u64,
        /// The number of batches.
        batches: usize,
    },
    /// A file of requests is on the server.
    #[non_exhaustive]
    Uploaded {
        /// Which of the batches it is for, from 0.
        part: usize,
        /// The id of the file.
        file_id: String,
        /// Its size.
        bytes: u64,
    },
    /// A batch was created, or its status or its counts have changed.
    #[non_exhaustive]
    Batch {
        /// Which of the batches it is, from 0.
        part: usize,
        /// The batch as it is now; `request_counts` tells how far it is.
        batch: Box<Batch>,
    },
    /// The result of a request.
    Result(Box<BatchResult<T>>),
    /// A result that was given before was there again, and is not given again.
    #[non_exhaustive]
    Duplicate {
        /// Which of the batches it was in, from 0.
        part: usize,
        /// The custom id of the request.
        custom_id: String,
    },
    /// A row of a batch's results belongs to none of its requests.
    #[non_exhaustive]
    Unexpected {
        /// Which of the batches it was in, from 0.
        part: usize,
        /// The row as it came.
        row: String,
    },
    /// A batch or an input file is created again. An earlier request for it got no usable response, and nothing of it was
    /// found on the server within the [lookup window](super::BatchRun::with_lookup_window).
    ///
    /// If the server carried out both requests, the run looks for the second batch until its end, and cancels it.
    #[non_exhaustive]
    Unconfirmed {
        /// Which of the batches it is for, from 0.
        part: usize,
        /// The failure of the earlier request, and what the search came to.
        reason: String,
    },
    /// A batch of this run that the run does not use: another one has the same requests. It may cost what it did before it
    /// was cancelled.
    #[non_exhaustive]
    TwinBatch {
        /// Which of the batches it is a twin of, from 0.
        part: usize,
        /// The twin as it is now.
        batch: Box<Batch>,
        /// `true` if the twin is cancelled or being cancelled; otherwise it ended before, or could not be cancelled.
        cancelled: bool,
    },
    /// A file on the server that the run does not use: an input file that was uploaded twice, or a file of a
    /// [`TwinBatch`](Self::TwinBatch).
    #[non_exhaustive]
    TwinFile {
        /// Which of the batches it is for, from 0.
        part: usize,
        /// The id of the file.
        file_id: String,
        /// `true` if the file is deleted, `false` if it could not be.
        deleted: bool,
    },
    /// The server's lists of batches and files could not be read at the end of the run, so that twins may be there that no
    /// event tells of. They have the run's id as `openai_ext_run` in their metadata, or in the name of the file.
    #[non_exhaustive]
    TwinsUnchecked {
        /// The error of the list.
        reason: String,
    },
}

/// The result of one request of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchResult<T> {
    /// The custom id of the request: the one that it was given, or `request-{index}`.
    pub custom_id: String,
    /// The place of the request among all, from 0.
    pub index: u64,
    /// The batch that ran it.
    pub batch_id: String,
    /// The id that the request had on the server.
    pub request_id: Option<String>,
    /// The status of the response; none if there was no response.
    pub status: Option<StatusCode>,
    /// The answer, or why there is none: the error that the call would have had by itself.
    pub result: Result<T>,
    is_missing: bool,
}

impl<T> BatchResult<T> {
    /// Returns true if no row came back for the request, as from a batch that was cancelled. The error in `result`
    /// says so too.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.is_missing
    }
}

/// The outcome of a run so far. It is complete once the stream has ended, which is after the last result: the server is
/// searched for twins in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSummary {
    /// The id of the run, once all requests are written.
    pub run_id: String,
    /// The number of requests, once all are written.
    pub requests: u64,
    /// Results that are answers.
    pub succeeded: u64,
    /// Results that are errors, missing ones included.
    pub failed: u64,
    /// Requests for which no row came back.
    pub missing: u64,
    /// The number of rows that came again.
    pub duplicates: u64,
    /// The custom ids of the first 1,000 of these.
    pub duplicate_ids: Vec<String>,
    /// Rows that belong to no request.
    pub unexpected: u64,
    /// Requests for a batch or an input file that were sent again without a trace of the first one on the server.
    pub unconfirmed: u64,
    /// Batches on the server with requests of this run that the run does not use.
    pub twin_batches: u64,
    /// Those of them that are cancelled or being cancelled.
    pub twin_batches_cancelled: u64,
    /// The ids of the first 1,000 of them.
    pub twin_batch_ids: Vec<String>,
    /// Files on the server that belong to this run and that the run does not use.
    pub twin_files: u64,
    /// Those of them that are deleted.
    pub twin_files_deleted: u64,
    /// The ids of the first 1,000 of them.
    pub twin_file_ids: Vec<String>,
    /// The server's lists could not be read at the end of the run, so that there may be more of both.
    pub twins_unchecked: bool,
}

/// The events of a run: a `Stream` of [`BatchEvent`]s.
///
/// The run goes on while the stream is polled. Dropping it ends all that is under way here; batches go on on the server.
#[must_use = "nothing is done before it is asked for"]
pub struct BatchEvents<T> {
    driven: Progress<Raw>,
    summary: BatchSummary,
    client: Client,
    output: std::marker::PhantomData<fn() -> T>,
}

/// The results of a run: a `Stream` of [`BatchResult`]s, one for each request.
///
/// The run goes on while the stream is polled. Dropping it ends all that is under way here; batches go on on the server.
#[must_use = "nothing is done before it is asked for"]
pub struct BatchResults<T>(BatchEvents<T>);

progress_stream!([T: BatchOutput] BatchEvents<T> => BatchEvent<T>, Self::poll_event);
progress_stream!([T: BatchOutput] BatchResults<T> => BatchResult<T>, Self::poll_result);

impl<T: BatchOutput> BatchEvents<T> {
    pub(super) fn new(client: Client, driven: Progress<Raw>) -> Self {
        Self { driven, summary: BatchSummary::default(), client, output: std::marker::PhantomData }
    }

    /// Returns the summary of the run so far.
    #[must_use]
    pub fn summary(&self) -> &BatchSummary {
        &self.summary
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<BatchEvent<T>>>> {
        let raw = ready!(Pin::new(&mut self.driven).poll_next(context));
        Poll::Ready(raw.map(|raw| Ok(self.summary.count(typed(raw?, &self.client)))))
    }
}

impl<T: BatchOutput> BatchResults<T> {
    pub(super) fn new(events: BatchEvents<T>) -> Self {
        Self(events)
    }

    /// Returns the summary of the run so far.
    #[must_use]
    pub fn summary(&self) -> &BatchSummary {
        self.0.summary()
    }

    fn poll_result(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<BatchResult<T>>>> {
        loop {
            match ready!(self.0.poll_event(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(BatchEvent::Result(result))) => return Poll::Ready(Some(Ok(*result))),
                Some(Ok(_)) => {}
            }
        }
    }
}

impl BatchSummary {
    fn count<T>(&mut self, event: BatchEvent<T>) -> BatchEvent<T> {
        match &event {
            BatchEvent::Started { run_id, requests, .. } => {
                self.run_id.clone_from(run_id);
                self.requests = *requests;
            }
            BatchEvent::Result(result) => {
                let count = if result.result.is_ok() { &mut self.succeeded } else { &mut self.failed };
                *count += 1;
                self.missing += u64::from(result.is_missing);
            }
            BatchEvent::Duplicate { custom_id, .. } => {
                self.duplicates += 1;
                keep(&mut self.duplicate_ids, custom_id);
            }
            BatchEvent::Unexpected { .. } => self.unexpected += 1,
            BatchEvent::Unconfirmed { .. } => self.unconfirmed += 1,
            BatchEvent::TwinBatch { batch, cancelled, .. } => {
                self.twin_batches += 1;
                self.twin_batches_cancelled += u64::from(*cancelled);
                keep(&mut self.twin_batch_ids, &batch.id);
            }
            BatchEvent::TwinFile { file_id, deleted, .. } => {
                self.twin_files += 1;
                self.twin_files_deleted += u64::from(*deleted);
                keep(&mut self.twin_file_ids, file_id);
            }
            BatchEvent::TwinsUnchecked { .. } => self.twins_unchecked = true,
            _ => {}
        }
        event
    }
}

#[inline]
fn keep(ids: &mut Vec<String>, id: &str) {
    if ids.len() < KEPT {
        ids.push(id.to_owned());
    }
}

fn typed<T: BatchOutput>(raw: Raw, client: &Client) -> BatchEvent<T> {
    match raw {
        Raw::Prepared { requests } => BatchEvent::Prepared { requests },
        Raw::Started { run_id, requests, parts } => BatchEvent::Started { run_id, requests, batches: parts },
        Raw::Uploaded { part, file_id, bytes } => BatchEvent::Uploaded { part, file_id, bytes },
        Raw::Batch { part, batch } => BatchEvent::Batch { part, batch },
        Raw::Result(result) => BatchEvent::Result(Box::new(typed_result(*result, client))),
        Raw::Duplicate { part, custom_id } => BatchEvent::Duplicate { part, custom_id },
        Raw::Unexpected { part, row } => BatchEvent::Unexpected { part, row },
        Raw::Unconfirmed { part, reason } => BatchEvent::Unconfirmed { part, reason },
        Raw::TwinBatch { part, batch, cancelled } => BatchEvent::TwinBatch { part, batch, cancelled },
        Raw::TwinFile { part, file_id, deleted } => BatchEvent::TwinFile { part, file_id, deleted },
        Raw::TwinsUnchecked { reason } => BatchEvent::TwinsUnchecked { reason },
    }
}

fn typed_result<T: BatchOutput>(raw: RawResult, client: &Client) -> BatchResult<T> {
    let RawResult { custom_id, index, batch_id, request_id, status, outcome, is_missing } = raw;
    let result = outcome
        .and_then(|body| client.read_response(status.unwrap_or_default(), rows::headers(request_id.as_deref()), &body));
    BatchResult { custom_id, index, batch_id, request_id, status, result, is_missing }
}

impl<T> fmt::Debug for BatchEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchEvents").field("summary", &self.summary).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for BatchResults<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResults").field("summary", &self.0.summary).finish_non_exhaustive()
    }
}

//! A run from its requests to its results: each part is uploaded, made a batch, waited for and downloaded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::Semaphore;

use super::input::{self, Requests};
use super::options::{Limits, Options};
use super::state::State;
use super::store::{Opened, Store, random_id};
use super::{deliver, finish, part};
use crate::emit::Emitter;
use crate::flight::InFlight;
use crate::types::Batch;
use crate::{Client, Error, ErrorKind, Result};

/// Under these keys the metadata of a batch says which run it belongs to.
pub(super) const RUN_KEY: &str = "openai_ext_run";
/// Which part of the run it is, as `2/3`.
pub(super) const PART_KEY: &str = "openai_ext_part";

pub(super) type RawEmitter = Emitter<Raw>;

/// What happens, before the type of the results comes in.
pub(super) enum Raw {
    Prepared { requests: u64 },
    Started { run_id: String, requests: u64, parts: usize },
    Uploaded { part: usize, file_id: String, bytes: u64 },
    Batch { part: usize, batch: Box<Batch> },
    Result(Box<RawResult>),
    Duplicate { part: usize, custom_id: String },
    Unexpected { part: usize, row: String },
}

pub(super) struct RawResult {
    pub(super) custom_id: String,
    pub(super) index: u64,
    pub(super) batch_id: String,
    pub(super) request_id: Option<String>,
    pub(super) status: Option<StatusCode>,
    pub(super) outcome: Result<Bytes>,
    pub(super) is_missing: bool,
}

/// Where the requests come from.
pub(super) enum Source {
    /// These, in a new run.
    New(Requests),
    /// Those of the run that was begun.
    Resume,
    /// Those of the run that was begun, if all of them were written down; else these.
    Either(Requests),
}

/// What all parts share.
pub(super) struct Work {
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) emitter: RawEmitter,
    pub(super) interval: Option<Duration>,
    pub(super) in_order: bool,
    pub(super) uploads: Semaphore,
    /// By the client's clock, and how long there was.
    deadline: Option<(Duration, Duration)>,
}

/// What is ready.
enum Done {
    Downloaded(usize, Box<Batch>),
    Delivered,
}

impl Work {
    /// Fails if the time is over; `what` is being waited for.
    pub(super) fn check_deadline(&self, what: &str) -> Result<()> {
        match self.deadline {
            Some((end, limit)) if self.client.clock().elapsed() >= end => {
                let resume = match self.store.state_path() {
                    Some(path) => format!("; `resume` goes on from {}", path.display()),
                    None => String::new(),
                };
                let message = format!("the run was not done after {limit:?}: {what}{resume}");
                Err(Error::new(ErrorKind::Timeout, message))
            }
            _ => Ok(()),
        }
    }

    /// Waits, but not beyond the deadline.
    pub(super) async fn wait(&self, time: Duration) {
        let clock = self.client.clock();
        let left = self.deadline.map(|(end, _)| end.saturating_sub(clock.elapsed()));
        clock.sleep(left.map_or(time, |left| left.min(time))).await;
    }
}

/// Does all of a run.
pub(super) async fn run(client: Client, options: Options, source: Source, emitter: RawEmitter) -> Result<()> {
    options.check()?;
    let started = client.clock().elapsed();
    let opened = Store::open(options.state_path.clone()).await?;
    let store = prepare(opened, &options, source, &emitter).await?;
    let state = store.state().await;
    let work = Arc::new(Work {
        client,
        store,
        emitter,
        interval: options.interval,
        in_order: options.in_order,
        uploads: Semaphore::new(options.uploads),
        deadline: options.deadline.map(|limit| (started.saturating_add(limit), limit)),
    });
    if !state.cleaning {
        let (requests, parts) = (state.requests(), state.parts.len());
        work.emitter.emit(Raw::Started { run_id: state.run_id.clone(), requests, parts }).await;
        work_on_parts(&work, parts, options.batches).await?;
    }
    if state.cleaning || options.cleanup {
        finish::clean_up(&work).await?;
    }
    Ok(())
}

/// A store in which all requests are written down.
async fn prepare(opened: Opened, options: &Options, source: Source, emitter: &RawEmitter) -> Result<Store> {
    let path = opened.state_path().map(|path| path.display().to_string()).unwrap_or_default();
    let found = opened.found.clone();
    let mut requests = match (source, found) {
        (Source::Resume, None) => {
            return Err(Error::new(ErrorKind::Config, format!("there is no batch run to resume at {path}")));
        }
        (Source::Resume, Some(state)) if !state.input_complete => {
            let message = format!(
                "the run at {path} stopped before all of its requests were written, and sent nothing: give them again \
                 to `run` or `run_or_resume`"
            );
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        (Source::Resume | Source::Either(_), Some(state)) if state.input_complete => {
            if !options.endpoints.contains(&state.endpoint.as_str()) {
                let message =
                    format!("the run at {path} is one of {}, whose answers are of another type", state.endpoint);
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            return opened.with(state).await;
        }
        (Source::New(_), Some(state)) if state.input_complete => {
            let message = format!("there is a batch run at {path} already: `resume` it, or remove its files");
            return Err(Error::new(ErrorKind::Config, message));
        }
        (Source::New(requests) | Source::Either(requests), _) => requests,
        (Source::Resume, Some(_)) => return Err(Error::new(ErrorKind::Config, "a run that can't be resumed")),
    };
    let state = State {
        run_id: random_id(),
        endpoint: options.url.clone(),
        completion_window: options.completion_window.clone(),
        metadata: options.metadata.clone(),
        output_expires_after: options.output_expires_after,
        input_complete: false,
        cleaning: false,
        parts: Vec::new(),
    };
    let store = opened.with(state).await?;
    let limits: Limits = options.limits;
    let parts = input::write(&mut requests, &store, &options.url, limits, emitter).await?;
    store
        .update(|state| {
            state.parts = parts;
            state.input_complete = true;
        })
        .await?;
    Ok(store)
}

/// Works on so many parts at once. What is downloaded is given while the others go on.
async fn work_on_parts(work: &Arc<Work>, parts: usize, at_once: usize) -> Result<()> {
    let mut flight: InFlight<Result<Done>> = InFlight::new();
    let mut waiting = BTreeMap::new();
    let (mut next, mut running, mut next_to_give, mut giving) = (0, 0, 0, false);
    loop {
        while running < at_once && next < parts {
            let (work, index) = (work.clone(), next);
            flight.push(async move {
                let batch = part::work_on(&work, index).await.map_err(|error| part::about(index, error))?;
                Ok(Done::Downloaded(index, Box::new(batch)))
            });
            (next, running) = (next + 1, running + 1);
        }
        let ready = match waiting.first_key_value() {
            Some((index, _)) if !giving && (!work.in_order || *index == next_to_give) => waiting.pop_first(),
            _ => None,
        };
        if let Some((index, batch)) = ready {
            giving = true;
            let work = work.clone();
            flight.push(async move {
                let batch: Box<Batch> = batch;
                deliver::deliver(&work, index, &batch).await.map_err(|error| part::about(index, error))?;
                part::remove_results(&work, index).await?;
                Ok(Done::Delivered)
            });
        }
        match flight.next().await {
            None => return Ok(()),
            Some(done) => match done? {
                Done::Downloaded(index, batch) => {
                    running -= 1;
                    waiting.insert(index, batch);
                }
                Done::Delivered => {
                    giving = false;
                    next_to_give += 1;
                }
            },
        }
    }
}

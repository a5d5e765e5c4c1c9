//! A run from its requests to its results: each part is uploaded, made a batch, waited for and downloaded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use openai_runtime::transport::BoxFuture;
use tokio::sync::Semaphore;

use super::work::{Doubts, Work};
use super::{cleanup, deliver, part, twins};
use crate::bulk::batches::input;
use crate::bulk::batches::plan::{Limits, RequestSource, RunPlan};
use crate::bulk::batches::raw::{Raw, RawEmitter};
use crate::bulk::batches::state::RunState;
use crate::bulk::batches::store::{Opened, Store, random_id};
use crate::types::Batch;
use crate::{Client, Error, ErrorKind, Result};

/// A step of a part that has ended.
enum Done {
    Downloaded(usize, Box<Batch>),
    Delivered,
}

/// Does all of a run.
#[inline]
pub(crate) async fn run(client: Client, plan: RunPlan, source: RequestSource, emitter: RawEmitter) -> Result<()> {
    plan.check()?;
    let started = client.clock().elapsed();
    let opened = Store::open(plan.state_path.clone()).await?;
    let store = prepare(opened, &plan, source, &emitter).await?;
    let state = store.state().await;
    let work = Arc::new(Work {
        max_row_size: plan.max_row_size.unwrap_or_else(|| client.max_response_size()),
        client,
        store,
        emitter,
        interval: plan.interval,
        in_order: plan.in_order,
        uploads: Semaphore::new(plan.uploads),
        deadline: plan.deadline.map(|limit| (started.saturating_add(limit), limit)),
        lookup_window: plan.lookup_window,
        doubts: Mutex::new(Doubts::default()),
    });
    if !state.cleaning {
        let (requests, parts) = (state.requests(), state.parts.len());
        work.emitter.emit(Raw::Started { run_id: state.run_id.clone(), requests, parts }).await;
        for (part, known) in state.parts.iter().enumerate() {
            for _ in 0..known.unconfirmed {
                let reason = "an earlier process of this run sent a request again".to_owned();
                work.emitter.emit(Raw::Unconfirmed { part, reason }).await;
            }
        }
        work_on_parts(&work, parts, plan.batches).await?;
    }
    twins::clear(&work).await?;
    if state.cleaning || plan.cleanup {
        cleanup::clean_up(&work).await?;
    }
    Ok(())
}

/// A store in which all requests are written down.
#[inline]
async fn prepare(opened: Opened, plan: &RunPlan, source: RequestSource, emitter: &RawEmitter) -> Result<Store> {
    let path = opened.state_path().map(|path| path.display().to_string()).unwrap_or_default();
    let found = opened.found.clone();
    let mut requests = match (source, found) {
        (RequestSource::Resume, None) => {
            return Err(Error::new(ErrorKind::Config, format!("there is no batch run to resume at {path}")));
        }
        (RequestSource::Resume, Some(state)) if !state.input_complete => {
            let message = format!(
                "the run at {path} stopped before all of its requests were written, and sent nothing: give them again \
                 to `run` or `run_or_resume`"
            );
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        (RequestSource::Resume | RequestSource::Either(_), Some(state)) if state.input_complete => {
            if !plan.endpoints.contains(&state.endpoint.as_str()) {
                let message =
                    format!("the run at {path} is one of {}, whose answers are of another type", state.endpoint);
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            return opened.with(state).await;
        }
        (RequestSource::New(_), Some(state)) if state.input_complete => {
            let message = format!("there is a batch run at {path} already: `resume` it, or remove its files");
            return Err(Error::new(ErrorKind::Config, message));
        }
        (RequestSource::New(requests) | RequestSource::Either(requests), _) => requests,
        (RequestSource::Resume, Some(_)) => return Err(Error::new(ErrorKind::Config, "a run that can't be resumed")),
    };
    let state = RunState {
        run_id: random_id(),
        endpoint: plan.url.clone(),
        completion_window: plan.completion_window.clone(),
        metadata: plan.metadata.clone(),
        output_expires_after: plan.output_expires_after,
        input_complete: false,
        cleaning: false,
        parts: Vec::new(),
    };
    let store = opened.with(state).await?;
    let limits: Limits = plan.limits;
    let parts = input::write(&mut requests, &store, &plan.url, limits, emitter).await?;
    store
        .update(|state| {
            state.parts = parts;
            state.input_complete = true;
        })
        .await?;
    Ok(store)
}

/// Works on so many parts at once. What is downloaded is given while the others go on.
#[inline]
async fn work_on_parts(work: &Arc<Work>, parts: usize, at_once: usize) -> Result<()> {
    let mut steps: FuturesUnordered<BoxFuture<Result<Done>>> = FuturesUnordered::new();
    let mut waiting = BTreeMap::new();
    let (mut next, mut running, mut next_to_give, mut giving) = (0, 0, 0, false);
    loop {
        while running < at_once && next < parts {
            let (work, index) = (work.clone(), next);
            steps.push(Box::pin(async move {
                let batch = part::work_on(&work, index).await.map_err(|error| part::about(index, error))?;
                Ok(Done::Downloaded(index, Box::new(batch)))
            }));
            (next, running) = (next + 1, running + 1);
        }
        let ready = match waiting.first_key_value() {
            Some((index, _)) if !giving && (!work.in_order || *index == next_to_give) => waiting.pop_first(),
            _ => None,
        };
        if let Some((index, batch)) = ready {
            giving = true;
            let work = work.clone();
            steps.push(Box::pin(async move {
                let batch: Box<Batch> = batch;
                deliver::deliver(&work, index, &batch).await.map_err(|error| part::about(index, error))?;
                part::remove_results(&work, index).await?;
                Ok(Done::Delivered)
            }));
        }
        match steps.next().await {
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

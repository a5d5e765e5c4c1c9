//! A batch run that outlives its process, and what has to hold of it in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::batches::{BatchEvent, BatchSummary};
use openai_ext::prelude::*;

use super::worker::Worker;
use crate::simulation::random::Random;
use crate::simulation::server::models::reply_text;
use crate::simulation::world::World;

/// A run that may fail so often until nothing more goes wrong, and so often at all.
const FAILURES: (u32, u32) = (4, 12);

/// The run's options, which are the same in each life.
#[derive(Clone, Debug)]
pub(crate) struct BatchPlan {
    requests: u64,
    a_batch: u64,
    window: Duration,
    cleans_up: bool,
    in_order: bool,
}

/// The knowledge of a run outside of its process.
#[derive(Default)]
pub(crate) struct BatchMemory {
    failures: u32,
    ended: Option<BatchEnd>,
}

/// The outcome of a run.
struct BatchEnd {
    summary: BatchSummary,
    used: BTreeSet<String>,
}

/// A run, from outside.
#[derive(Clone)]
pub(crate) struct Batch {
    plan: BatchPlan,
    state: PathBuf,
    memory: Arc<Mutex<BatchMemory>>,
}

impl Batch {
    /// Draws a run whose state file has this path.
    pub(crate) fn draw(random: &mut Random, state: PathBuf) -> Self {
        let requests = 1 + random.below(12);
        let plan = BatchPlan {
            requests,
            a_batch: 1 + random.below(requests),
            window: Duration::from_millis(random.pick([60_000, 60_000, 60_000, 2_000, 300_000])),
            cleans_up: random.chance(400),
            in_order: random.chance(300),
        };
        Self { plan, state, memory: Arc::default() }
    }

    /// Returns the lookup window of the run.
    pub(crate) fn window(&self) -> Duration {
        self.plan.window
    }

    fn memory(&self) -> MutexGuard<'_, BatchMemory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` once the run has ended.
    pub(crate) fn is_done(&self) -> bool {
        self.memory().ended.is_some()
    }

    /// Runs it to its end, as a user would who starts it again when it fails.
    pub(crate) async fn run(self, worker: Worker) {
        while let Err(error) = self.once(&worker).await {
            worker.world.check_error(&worker.name, &error);
            let failures = {
                let mut memory = self.memory();
                memory.failures += 1;
                memory.failures
            };
            if failures > FAILURES.1 {
                let message = format!("the batch run does not come to an end in good weather | {error}");
                return worker.world.problem(message);
            }
            if failures > FAILURES.0 {
                worker.world.state().weather.clear();
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    }

    async fn once(&self, worker: &Worker) -> openai_ext::Result<()> {
        let (completions, plan) = (worker.client.chat().completions(), &self.plan);
        let requests = (0..plan.requests)
            .map(move |number| completions.create("m", [Message::user(format!("Say {}", token(number)))]));
        let run = worker.client.batches().run_or_resume(&self.state, requests);
        let mut run = run.with_max_requests_per_batch(plan.a_batch).with_lookup_window(plan.window);
        if plan.cleans_up {
            run = run.with_cleanup();
        }
        if plan.in_order {
            run = run.with_input_order();
        }
        let mut events = run.events();
        let (mut results, mut used) = (BTreeMap::new(), BTreeSet::new());
        while let Some(event) = events.next().await {
            let event = event?;
            worker.world.check_shown("an event of a batch run", &format!("{event:?}"));
            let BatchEvent::Result(result) = event else { continue };
            used.insert(result.batch_id.clone());
            let is_missing = result.is_missing();
            let is_large = worker.world.state().server.is_large(&result.batch_id, &token(result.index));
            match result.result {
                Ok(_) if is_large => worker.world.problem("a row that is larger than the limit is read"),
                Ok(reply) => {
                    let expected = reply_text(&token(result.index));
                    worker.check_value("a row of a batch", reply.text().as_bytes(), expected.as_bytes());
                }
                Err(_) if is_missing => self.check_missing(worker, &result.batch_id),
                Err(error) => {
                    worker.world.check_error("a row of a batch", &error);
                    if error.kind() != ErrorKind::Limit || !is_large {
                        worker.world.problem(format!("a row of a batch is an error | {error}"));
                    }
                    worker.world.count("rows over the limit");
                }
            }
            if results.insert(result.index, is_missing).is_some() {
                worker.world.problem("a result of a batch run is given twice");
            }
        }
        let given: Vec<u64> = results.into_keys().collect();
        // A run that only cleans up had given its results before.
        if given != (0..plan.requests).collect::<Vec<_>>() && !(plan.cleans_up && given.is_empty()) {
            worker.world.problem(format!("results of a batch run are lost | {given:?} of {}", plan.requests));
        }
        worker.world.count("batch runs");
        worker.world.note("the batch run ended");
        let end = BatchEnd { summary: events.summary().clone(), used };
        self.memory().ended = Some(end);
        Ok(())
    }

    /// A result is missing only if the server did not run its request.
    fn check_missing(&self, worker: &Worker, id: &str) {
        let state = worker.world.state();
        let has_all = state.server.batches().iter().any(|batch| batch.id == id && !batch.expires && !batch.is_refused);
        drop(state);
        if has_all {
            worker.world.problem(format!("a result that the server has is missing | of {id}"));
        }
    }

    /// Checks what the server has against what the run told.
    pub(crate) fn check(&self, world: &World) {
        world.serve_due();
        let memory = self.memory();
        let Some(BatchEnd { summary, used }) = &memory.ended else { return };
        // A life that only cleans up does not know what the one before it used and told.
        if used.is_empty() {
            return;
        }
        let state = world.state();
        let server = &state.server;
        let (mut problems, mut inputs, mut outputs) = (server.problems().to_vec(), BTreeSet::new(), BTreeSet::new());
        let mut unnamed = 0;
        // What was in a list that was read is named. What came later was announced, unless the network made it.
        let mut is_excused = |made: Duration, is_copy: bool, is_file: bool| {
            let is_late = !server.was_listed(made, is_file);
            unnamed += u64::from(is_late && !is_copy);
            summary.twins_unchecked || (is_late && (is_copy || unnamed <= summary.unconfirmed))
        };
        for batch in server.batches() {
            let is_named = summary.twin_batch_ids.contains(&batch.id);
            if used.contains(&batch.id) {
                inputs.insert(batch.input.clone());
            }
            if used.contains(&batch.id) || is_named {
                outputs.extend(batch.output.clone());
            } else if !batch.is_refused && !is_excused(batch.made, batch.is_copy, false) {
                problems.push(format!("a batch is paid twice, and nothing tells | {} in {summary:?}", batch.id));
            }
        }
        let mine =
            server.files().iter().filter(|(id, file)| file.name.starts_with("openai-batch-") || outputs.contains(*id));
        for (id, file) in mine {
            let is_kept = !self.plan.cleans_up && (inputs.contains(id) || outputs.contains(id));
            if !is_kept && !summary.twin_file_ids.contains(id) && !is_excused(file.made, file.is_copy, true) {
                problems.push(format!("a file is left over, and nothing tells | {id} in {summary:?}"));
            }
        }
        drop(state);
        problems.into_iter().for_each(|problem| world.problem(problem));
    }

    /// Returns `true` if the run's own files may be in the folder after its end.
    pub(crate) fn keeps_files(&self) -> bool {
        !self.plan.cleans_up || !self.is_done()
    }
}

fn token(number: u64) -> String {
    format!("row-{number}")
}

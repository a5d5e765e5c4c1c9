//! What the server remembers: the objects that requests made, and where each stands.

mod make;
mod page;
mod refusal;
mod table;

use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use make::{amend, fit, known, object, set};
pub(crate) use page::{page, page_of};
pub(crate) use refusal::{Answer, Outcome, Refusal, optional_text, required_text};
use serde_json::Value;
pub(crate) use table::{Object, Table};

use crate::generate;
use crate::handlers::stored;
use crate::rng::Rng;

/// How the state behaves.
#[derive(Clone, Debug)]
pub(crate) struct StateSettings {
    /// False if every answer is made up.
    pub(crate) on: bool,
    pub(crate) polls_per_step: u32,
    pub(crate) poll_after: Duration,
    pub(crate) keep_objects: usize,
    /// The lines of a batch may have any body.
    pub(crate) lenient: bool,
}

/// The objects of one server, by their kind.
pub(crate) struct State {
    pub(crate) settings: StateSettings,
    clock: u64,
    pub(crate) files: Table<stored::files::File>,
    pub(crate) uploads: Table<stored::uploads::Upload>,
    pub(crate) parts: Table<stored::uploads::Part>,
    pub(crate) vector_stores: Table<Value>,
    pub(crate) vector_store_files: Table<stored::vector_store_files::StoreFile>,
    pub(crate) file_batches: Table<stored::file_batches::FileBatch>,
    pub(crate) batches: Table<stored::batches::Batch>,
    pub(crate) assistants: Table<Value>,
    pub(crate) threads: Table<Value>,
    pub(crate) messages: Table<Value>,
    pub(crate) runs: Table<stored::runs::Run>,
    pub(crate) run_steps: Table<Value>,
    pub(crate) conversations: Table<Value>,
    pub(crate) conversation_items: Table<stored::conversations::Item>,
    pub(crate) responses: Table<stored::responses::Stored>,
    pub(crate) completions: Table<stored::completions::Stored>,
    pub(crate) jobs: Table<stored::fine_tuning::Job>,
    pub(crate) job_events: Table<stored::fine_tuning::OfJob>,
    pub(crate) checkpoints: Table<stored::fine_tuning::OfJob>,
    /// No more than there were jobs.
    pub(crate) deleted_models: BTreeSet<String>,
    pub(crate) evals: Table<stored::evals::Eval>,
    pub(crate) eval_runs: Table<stored::evals::Run>,
    pub(crate) eval_items: Table<stored::evals::Item>,
    pub(crate) videos: Table<stored::videos::Video>,
    pub(crate) containers: Table<Value>,
    pub(crate) container_files: Table<stored::containers::File>,
}

/// Counts how often an object was looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polls(u32);

/// More steps than any object has.
const ALL_STEPS: u32 = 16;

impl Polls {
    /// Counts a look, and tells how many steps the object takes before it is shown.
    pub(crate) fn count(&mut self, per_step: u32) -> u32 {
        if per_step == 0 {
            return ALL_STEPS;
        }
        self.0 += 1;
        if self.0 < per_step {
            return 0;
        }
        self.0 = 0;
        1
    }
}

impl State {
    pub(crate) fn new(seed: u64, settings: StateSettings) -> Self {
        let limit = settings.keep_objects;
        Self {
            clock: generate::time(&mut Rng::new(seed, "clock", 0)),
            settings,
            files: Table::new(limit),
            uploads: Table::new(limit),
            parts: Table::new(limit),
            vector_stores: Table::new(limit),
            vector_store_files: Table::new(limit),
            file_batches: Table::new(limit),
            batches: Table::new(limit),
            assistants: Table::new(limit),
            threads: Table::new(limit),
            messages: Table::new(limit),
            runs: Table::new(limit),
            run_steps: Table::new(limit),
            conversations: Table::new(limit),
            conversation_items: Table::new(limit),
            responses: Table::new(limit),
            completions: Table::new(limit),
            jobs: Table::new(limit),
            job_events: Table::new(limit),
            checkpoints: Table::new(limit),
            deleted_models: BTreeSet::new(),
            evals: Table::new(limit),
            eval_runs: Table::new(limit),
            eval_items: Table::new(limit),
            videos: Table::new(limit),
            containers: Table::new(limit),
            container_files: Table::new(limit),
        }
    }

    /// The time of the next request. It does not come from a clock, so that a run can be repeated to the letter.
    pub(crate) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

impl Default for StateSettings {
    fn default() -> Self {
        Self {
            on: true,
            polls_per_step: 1,
            poll_after: Duration::from_millis(10),
            keep_objects: 10_000,
            lenient: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_takes_as_many_polls_as_were_asked_for() {
        let steps = |per_step| {
            let mut polls = Polls::default();
            (0..5).map(|_| polls.count(per_step)).collect::<Vec<_>>()
        };
        assert_eq!(steps(1), [1; 5]);
        assert_eq!(steps(2), [0, 1, 0, 1, 0]);
        assert_eq!(steps(0), [ALL_STEPS; 5]);
    }
}

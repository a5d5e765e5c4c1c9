//! The tables of a server.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::agents::AgentTables;
use super::rows::{
    Batch, ContainerFile, ConversationItem, Eval, EvalItem, EvalRun, FileBatch, FineTuningJob, JobRecord, StoreFile,
    StoredCompletion, StoredFile, StoredResponse, ThreadRun, Upload, UploadPart, Video,
};
use super::table::Table;
use crate::schema::{Rng, generate};

/// The settings of the state.
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
pub(crate) struct ServerState {
    pub(crate) settings: StateSettings,
    clock: u64,
    pub(crate) files: Table<StoredFile>,
    pub(crate) uploads: Table<Upload>,
    pub(crate) parts: Table<UploadPart>,
    pub(crate) vector_stores: Table<Value>,
    pub(crate) vector_store_files: Table<StoreFile>,
    pub(crate) file_batches: Table<FileBatch>,
    pub(crate) batches: Table<Batch>,
    pub(crate) assistants: Table<Value>,
    pub(crate) threads: Table<Value>,
    pub(crate) messages: Table<Value>,
    pub(crate) runs: Table<ThreadRun>,
    pub(crate) run_steps: Table<Value>,
    pub(crate) conversations: Table<Value>,
    pub(crate) conversation_items: Table<ConversationItem>,
    pub(crate) responses: Table<StoredResponse>,
    pub(crate) completions: Table<StoredCompletion>,
    pub(crate) jobs: Table<FineTuningJob>,
    pub(crate) job_events: Table<JobRecord>,
    pub(crate) checkpoints: Table<JobRecord>,
    /// No more than there were jobs.
    pub(crate) deleted_models: BTreeSet<String>,
    pub(crate) evals: Table<Eval>,
    pub(crate) eval_runs: Table<EvalRun>,
    pub(crate) eval_items: Table<EvalItem>,
    pub(crate) videos: Table<Video>,
    pub(crate) containers: Table<Value>,
    pub(crate) container_files: Table<ContainerFile>,
    pub(crate) webhook_endpoints: Table<Value>,
    pub(crate) agents: AgentTables,
}

impl ServerState {
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
            webhook_endpoints: Table::new(limit),
            agents: AgentTables::new(limit),
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

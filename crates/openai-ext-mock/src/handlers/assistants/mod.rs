//! `/assistants` and `/threads` with their messages and runs.

pub(super) mod assistant;
mod lookup;
pub(super) mod message;
mod message_rows;
pub(super) mod run;
mod run_start;
mod run_work;
pub(super) mod thread;

pub(super) use run_start::alone;

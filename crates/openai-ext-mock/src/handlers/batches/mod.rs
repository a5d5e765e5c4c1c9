//! `/batches`.

pub(super) mod batch;
mod batch_lines;

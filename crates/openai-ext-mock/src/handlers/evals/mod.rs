//! `/evals`.

pub(super) mod eval;
mod grading;

//! Runs phase by phase: stepped through, stored, gone on with, begun early, kept small.

mod budget;
mod early;
mod interrupted;
mod records;
mod resume;
mod stored;
mod turns;

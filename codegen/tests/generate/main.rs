//! The generator: one-feature documents and what becomes of them, errors, and the real document.

mod calls;
mod docs;
mod enums;
mod errors;
mod merging;
mod names;
mod objects;
mod operations;
mod overlays;
mod polling;
mod real;
mod secrets;
mod streams;
mod support;
mod unions;

//! The generator: one-feature documents and what becomes of them, errors, and the real document.

mod calls;
mod enums;
mod errors;
mod fields;
mod merging;
mod names;
mod objects;
mod operations;
mod overlays;
mod polling;
mod real;
mod streams;
mod support;
mod unions;

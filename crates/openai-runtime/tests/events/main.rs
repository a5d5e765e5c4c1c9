//! Event streams: the decoder by the book and at random, and streams of calls.
#![allow(missing_docs)]

mod random;
mod servers;
mod sse;
mod streams;
#[path = "../support/mod.rs"]
mod support;

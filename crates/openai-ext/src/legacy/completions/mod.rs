//! Continuations of a bare text, put together from their chunks: the older endpoint `completions`.
//!
//! Requires the feature `completions`.
//!
//! [`CompletionStreamExt::stream_events`] sends a call and gives a [`CompletionStream`]; a [`CompletionAccumulator`]
//! does the same with chunks of any origin.

mod accumulator;
mod connection;

pub use accumulator::{CompletionAccumulator, CompletionStreamEvent};
pub use connection::{CompletionChunkExt, CompletionStream, CompletionStreamExt, CompletionTextStream};

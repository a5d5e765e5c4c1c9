//! Chat completions, put together from their chunks.
//!
//! [`ChatStreamExt::stream_events`] sends a call and gives a [`ChatCompletionStream`]: events that say what each chunk
//! adds, and at the end the whole [`ChatCompletion`](crate::types::ChatCompletion). A [`ChatAccumulator`] does the same
//! with chunks of any origin.

mod accumulator;
mod connection;
mod delta;
mod event;
mod state;

pub use accumulator::ChatAccumulator;
pub use connection::{ChatCompletionStream, ChatStreamExt, ChatTextStream};
pub use event::ChatStreamEvent;

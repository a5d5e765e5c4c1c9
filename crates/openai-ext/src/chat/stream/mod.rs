//! Chat completions, put together from their chunks.

mod accumulator;
mod calls;
mod connection;
mod delta;
mod event;
mod places;
mod state;
mod stored;
mod tool_state;
mod whole;

pub use accumulator::ChatAccumulator;
pub use connection::{ChatCompletionStream, ChatStreamExt, ChatTextStream};
pub use event::ChatStreamEvent;

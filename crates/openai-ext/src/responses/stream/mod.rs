//! A streamed response: its events, the meaning of each, and the response that they come to.

mod accumulator;
mod connection;
mod event;
mod ids;
mod layout;
mod merge;
mod number;
mod partial;
mod parts;
mod readers;
mod snapshot;
mod stored;
mod strays;

pub use accumulator::{Changed, ResponseAccumulator};
#[cfg(feature = "websocket")]
pub(super) use connection::StreamProgress;
pub use connection::{ResponseStream, ResponseStreamExt, ResponseTextStream};
pub use event::{Position, ResponseEvent, ResponseUpdate, ToolCallUpdate};

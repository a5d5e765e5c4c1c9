//! The model that the mock plays: its texts, its tool calls, its responses with their events.

mod overlay;
mod response;
mod response_events;
pub(crate) mod text;
pub(crate) mod tool_call;

#[cfg(feature = "realtime")]
pub(crate) use overlay::with;
pub(crate) use response::{ModelResponse, ResponseOutput};
pub(crate) use response_events::events;
pub(crate) use tool_call::{ToolCall, ToolInput};

//! Runs of tools: one loop, and what each API is to it.

#[cfg(feature = "responses")]
mod asked;
#[cfg(feature = "beta")]
mod assistants;
mod calls;
#[cfg(feature = "chat")]
mod chat;
mod control;
mod engine;
mod live;
#[cfg(any(feature = "responses", feature = "beta"))]
mod polling;
mod record;
#[cfg(feature = "responses")]
mod responses;
mod runner;

use super::{ToolCall, ToolContext, ToolInput, ToolOutcome, Toolbox, context, guard, outcome};

#[cfg(feature = "beta")]
pub use assistants::{AssistantToolRun, AssistantToolRunner, AssistantTools};
#[cfg(feature = "chat")]
pub use chat::{ChatToolRun, ChatToolRunner, ChatTools};
pub use record::{StopReason, ToolApi, ToolEvent, ToolRun};
#[cfg(feature = "responses")]
pub use responses::{McpApproval, ResponseToolRun, ResponseToolRunner, ResponseTools};
pub use runner::{RunToolsExt, ToolEvents, ToolRunner};

mod sealed {
    /// Only the APIs of this crate can be run over.
    pub trait Sealed {}
}

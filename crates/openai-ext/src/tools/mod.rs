//! Tools: async functions of yours that the model may call, and the runs that call them.
//!
//! [`tool`] makes a [`Tool`] of a function with typed arguments, a [`Toolbox`] holds the tools of a run, and
//! [`run_tools`](RunToolsExt::run_tools) is a last word of calls: it asks the model, runs what it calls, tells it what
//! came of it, and so on until the model calls no tool any more.

mod calls;
#[cfg(feature = "chat")]
mod chat;
mod context;
mod control;
mod engine;
mod function;
mod guard;
mod live;
mod outcome;
#[cfg(any(feature = "responses", feature = "beta"))]
mod polling;
mod record;
#[cfg(feature = "responses")]
mod responses;
mod runner;
mod tool;
mod toolbox;

#[cfg(feature = "chat")]
pub use chat::{ChatToolRun, ChatToolRunner, ChatTools};
pub use context::ToolContext;
pub use function::{FnTool, custom_tool, custom_tool_with_context, tool, tool_with_context};
pub use openai_runtime::CancellationToken;
pub use outcome::{BoxError, IntoToolOutput, OnFailure, ToolCall, ToolError, ToolOutcome, ToolOutput};
pub use record::{StopReason, ToolApi, ToolEvent, ToolRun};
#[cfg(feature = "responses")]
pub use responses::{McpApproval, ResponseToolRun, ResponseToolRunner, ResponseTools};
pub use runner::{RunToolsExt, ToolEvents, ToolRunner};
pub use tool::{Tool, ToolFuture, ToolGrammar, ToolInput};
pub use toolbox::{ToolDescription, Toolbox};

mod sealed {
    /// Only the APIs of this crate can be run over.
    pub trait Sealed {}
}

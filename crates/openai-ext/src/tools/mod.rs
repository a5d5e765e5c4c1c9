//! Tools: async functions of yours that the model may call, and the runs that call them.
//!
//! [`tool`] makes a [`Tool`] of a function with typed arguments, a [`Toolbox`] holds the tools of a run.

mod cancellation;
mod context;
mod function;
mod guard;
mod outcome;
mod tool;
mod toolbox;

pub use cancellation::{CancellationToken, Cancelled};
pub use context::ToolContext;
pub use function::{FnTool, custom_tool, custom_tool_with_context, tool, tool_with_context};
pub use outcome::{BoxError, IntoToolOutput, OnFailure, ToolCall, ToolError, ToolOutcome, ToolOutput};
pub use tool::{Tool, ToolFuture, ToolGrammar, ToolInput};
pub use toolbox::{ToolDescription, Toolbox};

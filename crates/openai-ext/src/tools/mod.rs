//! Tools: async functions of yours that the model may call, and the runs that call them.
//!
//! [`tool`] makes a [`Tool`] of a function with typed arguments, a [`Toolbox`] holds the tools of a run, and `run_tools`
//! is a last word of calls: it asks the model, runs what it calls, tells it what came of it, and so on until the model
//! calls no tool any more.

#[cfg_attr(not(any(feature = "chat", feature = "responses", feature = "beta")), allow(dead_code))]
mod cancellation;
// Some of it only runs need.
#[cfg_attr(not(any(feature = "chat", feature = "responses", feature = "beta")), allow(dead_code))]
pub(crate) mod context;
mod function;
#[cfg_attr(not(any(feature = "chat", feature = "responses", feature = "beta")), allow(dead_code))]
mod guard;
mod outcome;
mod output;
pub(crate) mod panics;
mod result_probe;
#[cfg_attr(
    not(any(feature = "chat", feature = "responses", feature = "beta")),
    allow(dead_code, unused_imports, unused_macros)
)]
pub(crate) mod run;
mod signature;
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
mod tool;
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
pub(crate) mod toolbox;

pub use context::ToolContext;
pub use function::{FnTool, custom_tool, custom_tool_with_context, tool, tool_with_context, tool_with_state};
pub use outcome::{OnFailure, ToolCall, ToolError, ToolOutcome};
pub use output::{BoxError, IntoToolOutput, ToolOutput};
pub use run::{RunToolsExt, StopReason, ToolApi, ToolEvent, ToolEvents, ToolRun, ToolRunner};
pub use signature::{
    AsyncFunction, BoxedResult, IntoToolResult, LocalResult, PlainFunction, StringResult, ToolArguments, ToolFunction,
    ToolResult, ToolReturn, ToolValue,
};
pub use tool::{Tool, ToolFuture, ToolGrammar, ToolInput};
pub use toolbox::{ToolDescription, Toolbox};

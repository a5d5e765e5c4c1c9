//! Tools: async functions of yours that the model may call, and the runs that call them.
//!
//! Requires the feature `tools`.
//!
//! [`tool`](fn@tool) makes a [`Tool`] of a function with typed arguments, a [`Toolbox`] holds the tools of a run, and `run_tools`
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
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
mod interface;
#[cfg(feature = "mcp")]
pub mod mcp;
mod outcome;
mod output;
pub(crate) mod panics;
mod result_probe;
#[cfg_attr(
    not(any(feature = "chat", feature = "responses", feature = "beta")),
    allow(dead_code, unused_imports, unused_macros)
)]
pub(crate) mod run;
mod secrets;
mod signature;
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
pub(crate) mod toolbox;

pub use context::ToolContext;
pub use function::{FnTool, custom_tool, custom_tool_with_context, tool, tool_with_context, tool_with_state};
pub use interface::{Tool, ToolFuture, ToolGrammar, ToolInput};
pub use outcome::{OnFailure, ToolCall, ToolError, ToolOutcome};
pub use output::{BoxError, IntoToolOutput, ToolOutput};
pub use run::{
    Compaction, ContextBudget, EarlyExecution, RunPhase, RunToolsExt, StopReason, ToolApi, ToolEvent, ToolEvents,
    ToolRun, ToolRunner, ToolTurn, ToolTurns, UncertainCall,
};
pub use signature::{
    AsyncFunction, BoxedResult, IntoToolResult, LocalResult, PlainFunction, StringResult, ToolArguments, ToolFunction,
    ToolResult, ToolReturn, ToolValue,
};
pub use toolbox::{IntoTool, ToolDescription, Toolbox};

/// Makes a tool of a function. Its name, description and parameters are those of the function, its doc comment and its
/// arguments with theirs. Needs the feature `macros`.
///
/// ```
/// use openai_ext::prelude::*;
///
/// /// Returns the weather in a city now.
/// #[tool]
/// async fn get_weather(
///     /// A city, as "Oslo".
///     city: String,
///     /// The unit of the temperature; degrees Celsius if it is not set.
///     unit: Option<String>,
/// ) -> Result<String, std::io::Error> {
///     Ok(format!("20 degrees {} in {city}", unit.as_deref().unwrap_or("Celsius")))
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let tools = Toolbox::new().with(get_weather);
/// tools.check()?;
/// # Ok(())
/// # }
/// ```
///
/// The function becomes one that returns the [`FnTool`], whose options are set by its methods:
/// `.with(get_weather().with_timeout(limit))`. What it may return is as in [`tool()`](function::tool), and its schema is
/// strict, too. The types of the arguments derive `Deserialize` and `JsonSchema`; `#[serde(…)]` and `#[schemars(…)]` may
/// stand on arguments.
///
/// Parameters with `#[state]` are values of the program, given when the tool is made. They are cloned for each call, or
/// borrowed, if the parameter is a reference. A `ToolContext` is that of the call.
///
/// ```
/// use std::sync::Mutex;
///
/// use openai_ext::prelude::*;
/// use openai_ext::tools::ToolContext;
///
/// #[derive(Default)]
/// struct Notes(Mutex<Vec<String>>);
///
/// /// Takes a note.
/// #[tool(name = "take-note", strict = false)]
/// async fn note(#[state] notes: &Notes, context: ToolContext, text: String) -> Result<usize, &'static str> {
///     let mut notes = notes.0.lock().map_err(|_| "the notes are lost")?;
///     notes.push(format!("{}: {text}", context.call_id()));
///     Ok(notes.len())
/// }
///
/// let tools = Toolbox::new().with(note(Notes::default()));
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["take-note"]);
/// ```
///
/// Options: `name = "…"`, `description = "…"`, `strict = false`, and `crate = "path"` for a program that has openai-ext
/// under another name. A function that cannot be a tool is a compile error:
///
/// ```compile_fail
/// use openai_ext::prelude::*;
///
/// #[tool]
/// async fn no_description(city: String) -> String {
///     city
/// }
/// ```
#[cfg(feature = "macros")]
pub use openai_ext_macros::tool;

//! Tools made of async functions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::Result;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::context::ToolContext;
use super::outcome::{BoxError, IntoToolOutput, OnFailure, ToolError};
use super::tool::{Tool, ToolFuture, ToolGrammar, ToolInput};
use crate::structured::schema;

/// A tool made of an async function: its arguments are a type of yours, whose JSON schema the model gets.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::schemars::{self, JsonSchema};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Weather {
///     /// A city, as "Oslo".
///     city: String,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let weather = tool("get_weather", "The weather in a city now", |arguments: Weather| async move {
///     Ok::<_, std::io::Error>(format!("It rains in {}", arguments.city))
/// });
/// Toolbox::new().with(weather).check()?;
/// # Ok(())
/// # }
/// ```
///
/// It returns anything that serde can write: a text as it is, all else as JSON. What it shares with the program, it
/// captures: clone an `Arc` into the closure, and again into the future. Its schema is strict, so that the model's
/// arguments fit; [`with_strict(false)`](FnTool::with_strict) allows types that strict schemas can't say, as maps.
///
/// An error ends the run, unless [`with_on_failure`](FnTool::with_on_failure) says otherwise. A
/// [`ToolError::arguments`] is always told to the model.
pub fn tool<T, F, R, O, E>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    T: DeserializeOwned + JsonSchema + Send + 'static,
    F: Fn(T) -> R + Send + Sync + 'static,
    R: Future<Output = Result<O, E>> + Send + 'static,
    O: IntoToolOutput,
    E: Into<BoxError>,
{
    tool_with_context(name, description, move |_, arguments| function(arguments))
}

/// As [`tool`], of a function that also takes the [`ToolContext`]: the conversation so far, the id of the call, whether
/// to stop.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::schemars::{self, JsonSchema};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Nothing {}
///
/// let count = tool_with_context("count", "How often the user was answered", |context, _: Nothing| async move {
///     Ok::<_, std::io::Error>(context.turn())
/// });
/// # let _ = count;
/// ```
pub fn tool_with_context<T, F, R, O, E>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    T: DeserializeOwned + JsonSchema + Send + 'static,
    F: Fn(ToolContext, T) -> R + Send + Sync + 'static,
    R: Future<Output = Result<O, E>> + Send + 'static,
    O: IntoToolOutput,
    E: Into<BoxError>,
{
    let call = move |context, input: String| -> ToolFuture {
        // Some servers send nothing where there are no arguments.
        let text = if input.trim().is_empty() { "{}" } else { &input };
        match serde_json::from_str(text) {
            Ok(arguments) => finish(function(context, arguments)),
            Err(error) => Box::pin(std::future::ready(Err(ToolError::arguments(error)))),
        }
    };
    FnTool::new(name.into(), description.into(), Input::Typed { strict: true, schema: schema_of::<T> }, call)
}

/// A custom tool made of an async function: the model writes it any text.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::tools::ToolGrammar;
///
/// # fn main() -> openai_ext::Result<()> {
/// let shout = custom_tool("shout", "Says it loudly", |text: String| async move {
///     Ok::<_, std::io::Error>(text.to_uppercase())
/// });
/// let number = custom_tool("dial", "Dials a number", |number: String| async move {
///     Ok::<_, std::io::Error>(format!("{number} is busy"))
/// })
/// .with_grammar(ToolGrammar::regex("[0-9]{4,12}"));
/// Toolbox::new().with(shout).with(number).check()?;
/// # Ok(())
/// # }
/// ```
pub fn custom_tool<F, R, O, E>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<O, E>> + Send + 'static,
    O: IntoToolOutput,
    E: Into<BoxError>,
{
    custom_tool_with_context(name, description, move |_, input| function(input))
}

/// As [`custom_tool`], of a function that also takes the [`ToolContext`].
pub fn custom_tool_with_context<F, R, O, E>(
    name: impl Into<String>,
    description: impl Into<String>,
    function: F,
) -> FnTool
where
    F: Fn(ToolContext, String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<O, E>> + Send + 'static,
    O: IntoToolOutput,
    E: Into<BoxError>,
{
    let call = move |context, input| finish(function(context, input));
    FnTool::new(name.into(), description.into(), Input::Made(ToolInput::text()), call)
}

/// A tool made of an async function, by [`tool`] and its siblings.
#[derive(Clone)]
pub struct FnTool {
    name: String,
    description: String,
    input: Input,
    on_failure: OnFailure,
    timeout: Option<Duration>,
    call: Arc<dyn Fn(ToolContext, String) -> ToolFuture + Send + Sync>,
}

#[derive(Clone)]
enum Input {
    Typed { strict: bool, schema: fn(bool) -> Result<Value> },
    Made(ToolInput),
}

impl FnTool {
    fn new(
        name: String,
        description: String,
        input: Input,
        call: impl Fn(ToolContext, String) -> ToolFuture + Send + Sync + 'static,
    ) -> Self {
        Self { name, description, input, on_failure: OnFailure::Abort, timeout: None, call: Arc::new(call) }
    }

    /// Whether the model's arguments must follow the schema exactly, which is the default. Without it the schema may have
    /// maps and optional fields, and arguments that do not fit are told to the model.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        match &mut self.input {
            Input::Typed { strict: known, .. } | Input::Made(ToolInput::Function { strict: known, .. }) => {
                *known = strict;
            }
            Input::Made(_) => {}
        }
        self
    }

    /// Sends this JSON schema instead of the one of the type; [`with_strict`](Self::with_strict) tells whether it is one
    /// that can be followed exactly. A custom tool has none, and stays as it is.
    #[must_use]
    pub fn with_parameters(mut self, schema: impl Into<Value>) -> Self {
        match &self.input {
            Input::Typed { strict, .. } | Input::Made(ToolInput::Function { strict, .. }) => {
                self.input = Input::Made(ToolInput::function(schema, *strict));
            }
            Input::Made(_) => {}
        }
        self
    }

    /// The grammar of a custom tool's input. A function has none, and stays as it is.
    #[must_use]
    pub fn with_grammar(mut self, grammar: ToolGrammar) -> Self {
        if let Input::Made(ToolInput::Custom { grammar: known }) = &mut self.input {
            *known = Some(grammar);
        }
        self
    }

    /// What happens when the tool fails, panics or takes too long; by default the run ends.
    #[must_use]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// How long a call may take; then its future is dropped, and the tool has failed.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }
}

impl Tool for FnTool {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn input(&self) -> Result<ToolInput> {
        match &self.input {
            Input::Typed { strict, schema } => Ok(ToolInput::function(schema(*strict)?, *strict)),
            Input::Made(input) => Ok(input.clone()),
        }
    }

    fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn call(&self, context: ToolContext, input: String) -> ToolFuture {
        (self.call)(context, input)
    }
}

impl fmt::Debug for FnTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnTool")
            .field("name", &self.name)
            .field("on_failure", &self.on_failure)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn schema_of<T: DeserializeOwned + JsonSchema>(strict: bool) -> Result<Value> {
    if strict { schema::strict_schema_with::<T>(schema::fields_of::<T>()) } else { Ok(schema::schema::<T>()) }
}

/// An error that is a [`ToolError`] already stays what it is.
fn finish<O, E>(future: impl Future<Output = Result<O, E>> + Send + 'static) -> ToolFuture
where
    O: IntoToolOutput,
    E: Into<BoxError>,
{
    Box::pin(async move {
        let output = future.await.map_err(Into::into).and_then(IntoToolOutput::into_tool_output);
        output.map_err(|error| match error.downcast::<ToolError>() {
            Ok(error) => *error,
            Err(error) => ToolError::Failed(error),
        })
    })
}

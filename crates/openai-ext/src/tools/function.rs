//! Tools made of functions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::Result;
use serde_json::Value;

use super::context::ToolContext;
use super::interface::{Tool, ToolFuture, ToolGrammar, ToolInput};
use super::outcome::OnFailure;
use super::signature::{IntoToolResult, ToolArguments, ToolFunction, ToolReturn};

/// Makes a tool of a function whose argument is a type of yours. The model gets its JSON schema.
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
///     format!("It rains in {}", arguments.city)
/// });
/// let time = tool("get_time", "The time now", || async { "noon" });
/// Toolbox::new().with(weather).with(time).check()?;
/// # Ok(())
/// # }
/// ```
///
/// The function is a closure or an `fn`, async or not, of one argument or none. It returns any value that serde can
/// write, or a `Result` of one with any error, those of anyhow, `Box<dyn Error>`, `String` and `&str` included. The model
/// gets a string as it is, anything else as JSON, and a [`ToolOutput`](super::ToolOutput) with its images and files.
/// A function that is not async runs where the run is polled: use it for what is quick.
///
/// An argument of type `String` is what the model wrote, as it came; `serde_json::Value` takes any JSON. Shared state
/// goes to [`tool_with_state`]. The schema is strict, so that the model's arguments fit;
/// [`with_strict(false)`](FnTool::with_strict) allows types that strict schemas cannot express, as maps.
///
/// An error ends the run, unless [`with_on_failure`](FnTool::with_on_failure) says otherwise. A
/// [`ToolError::arguments`](super::ToolError::arguments) is always told to the model.
pub fn tool<F, A, R, V>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    F: ToolFunction<A>,
    F::Input: ToolArguments,
    F::Return: ToolReturn<R>,
    <F::Return as ToolReturn<R>>::Value: IntoToolResult<V>,
{
    typed::<F::Input>(name, description, move |_, arguments| function.invoke(arguments).into_future::<V>())
}

/// Makes a tool of a function that also takes shared state, which is cloned for each call: an `Arc`, a pool, a client.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use openai_ext::prelude::*;
/// use openai_ext::schemars::{self, JsonSchema};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Note {
///     text: String,
/// }
///
/// let notes = Arc::new(Mutex::new(Vec::new()));
/// let note = tool_with_state("note", "Takes a note", notes.clone(), |notes, note: Note| async move {
///     notes.lock().map_err(|_| "the notes are lost")?.push(note.text);
///     Ok::<_, &str>("noted")
/// });
/// # let _ = note;
/// ```
///
/// A function without arguments takes `()`: `|state, _: ()| async move { … }`. The rest is as in [`tool`].
pub fn tool_with_state<S, F, T, O, R, V>(
    name: impl Into<String>,
    description: impl Into<String>,
    state: S,
    function: F,
) -> FnTool
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S, T) -> O + Send + Sync + 'static,
    T: ToolArguments,
    O: ToolReturn<R>,
    O::Value: IntoToolResult<V>,
{
    typed::<T>(name, description, move |_, arguments| function(state.clone(), arguments).into_future::<V>())
}

/// Makes a tool of a function that also takes the [`ToolContext`]: the conversation so far, the id of the call, its
/// cancellation.
///
/// ```
/// use openai_ext::prelude::*;
///
/// let count = tool_with_context("count", "How often the user was answered", |context, _: ()| async move {
///     context.turn()
/// });
/// # let _ = count;
/// ```
pub fn tool_with_context<F, T, O, R, V>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    F: Fn(ToolContext, T) -> O + Send + Sync + 'static,
    T: ToolArguments,
    O: ToolReturn<R>,
    O::Value: IntoToolResult<V>,
{
    typed::<T>(name, description, move |context, arguments| function(context, arguments).into_future::<V>())
}

/// Makes a custom tool of a function: the model writes it any text.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::tools::ToolGrammar;
///
/// # fn main() -> openai_ext::Result<()> {
/// let shout = custom_tool("shout", "Says it loudly", |text| async move { text.to_uppercase() });
/// let number = custom_tool("dial", "Dials a number", |number| async move { format!("{number} is busy") })
///     .with_grammar(ToolGrammar::regex("[0-9]{4,12}"));
/// Toolbox::new().with(shout).with(number).check()?;
/// # Ok(())
/// # }
/// ```
pub fn custom_tool<F, O, R, V>(name: impl Into<String>, description: impl Into<String>, function: F) -> FnTool
where
    F: Fn(String) -> O + Send + Sync + 'static,
    O: ToolReturn<R>,
    O::Value: IntoToolResult<V>,
{
    custom_tool_with_context(name, description, move |_, input| function(input))
}

/// Makes a custom tool of a function that also takes the [`ToolContext`].
pub fn custom_tool_with_context<F, O, R, V>(
    name: impl Into<String>,
    description: impl Into<String>,
    function: F,
) -> FnTool
where
    F: Fn(ToolContext, String) -> O + Send + Sync + 'static,
    O: ToolReturn<R>,
    O::Value: IntoToolResult<V>,
{
    let call = move |context, input| function(context, input).into_future::<V>();
    FnTool::new(name.into(), description.into(), Input::Made(ToolInput::text()), call)
}

/// A tool whose arguments are read before the call.
fn typed<T: ToolArguments>(
    name: impl Into<String>,
    description: impl Into<String>,
    function: impl Fn(ToolContext, T) -> ToolFuture + Send + Sync + 'static,
) -> FnTool {
    let call = move |context, input| match T::read(input) {
        Ok(arguments) => function(context, arguments),
        Err(error) => Box::pin(std::future::ready(Err(error))) as ToolFuture,
    };
    let input = Input::Typed { strict: !T::is_open(), schema: T::schema };
    FnTool::new(name.into(), description.into(), input, call)
}

/// A tool made of a function, by [`tool`] and its siblings.
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

    /// Sets whether the model's arguments must follow the schema exactly, which is the default. Without it the schema
    /// may have maps and optional fields, and arguments that do not fit are told to the model.
    #[must_use]
    #[inline]
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
    #[inline]
    pub fn with_grammar(mut self, grammar: ToolGrammar) -> Self {
        if let Input::Made(ToolInput::Custom { grammar: known }) = &mut self.input {
            *known = Some(grammar);
        }
        self
    }

    /// Sets the reaction when the tool fails, panics or takes too long; by default the run ends.
    #[must_use]
    #[inline]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Sets the time limit of a call; after it the call's future is dropped, and the tool has failed.
    #[must_use]
    #[inline]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }
}

impl Tool for FnTool {
    #[inline]
    fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn description(&self) -> &str {
        &self.description
    }

    #[inline]
    fn input(&self) -> Result<ToolInput> {
        match &self.input {
            Input::Typed { strict, schema } => Ok(ToolInput::function(schema(*strict)?, *strict)),
            Input::Made(input) => Ok(input.clone()),
        }
    }

    #[inline]
    fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    #[inline]
    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    #[inline]
    fn call(&self, context: ToolContext, input: String) -> ToolFuture {
        (self.call)(context, input)
    }
}

impl fmt::Debug for FnTool {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnTool")
            .field("name", &self.name)
            .field("on_failure", &self.on_failure)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

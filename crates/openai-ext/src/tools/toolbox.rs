//! The tools of a run.

use std::fmt;
use std::sync::Arc;

use openai_runtime::{Error, ErrorKind, Result};

use super::context::ToolContext;
use super::guard::Guarded;
use super::interface::{Tool, ToolInput};
use super::outcome::{ToolCall, ToolError, ToolOutcome};
use crate::structured::schema::Dialect;

/// The tools that a model may call, of any kinds. Cheap to clone.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::schemars::{self, JsonSchema};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct City {
///     city: String,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let tools = Toolbox::new()
///     .with(tool("get_weather", "The weather in a city", |args: City| async move {
///         Ok::<_, std::io::Error>(format!("It rains in {}", args.city))
///     }))
///     .with(custom_tool("note", "Takes a note", |note: String| async move { Ok::<_, std::io::Error>(note.len()) }));
/// tools.check()?;
/// assert_eq!(tools.names().collect::<Vec<_>>(), ["get_weather", "note"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Toolbox {
    tools: Vec<Arc<dyn Tool>>,
    dialect: Option<Dialect>,
}

impl Toolbox {
    /// No tools.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another tool, or with a function that makes one, as those of `#[tool]`.
    #[must_use]
    pub fn with<Kind>(self, tool: impl IntoTool<Kind>) -> Self {
        self.with_shared(tool.into_tool())
    }

    /// The same with a tool that others have, too.
    #[must_use]
    #[inline]
    pub fn with_shared(mut self, tool: Arc<dyn Tool>) -> Self {
        self.tools.push(tool);
        self
    }

    /// The same with all tools of another toolbox.
    #[must_use]
    #[inline]
    pub fn with_all(mut self, other: &Self) -> Self {
        self.tools.extend(other.tools.iter().cloned());
        self
    }

    /// Sets the dialect in which the schemas of the tools are sent, those made by hand included. Without it a run takes the
    /// dialect of its call or client, and lists made for other calls, as `chat_tools`, are in OpenAI's.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::schema::Dialect;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Search {
    ///     limit: Option<u8>,
    /// }
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let search = tool("search", "Searches", |args: Search| async move { Ok::<_, std::io::Error>(args.limit) });
    /// let tools = Toolbox::new().with(search).with_schema_dialect(Dialect::Nullable);
    /// let json = serde_json::json!(tools.chat_tools()?);
    /// assert_eq!(json[0]["function"]["parameters"]["properties"]["limit"]["nullable"], true);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn with_schema_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Returns the same toolbox in this dialect, unless it has one of its own.
    #[inline]
    pub(crate) fn in_dialect(&self, dialect: Option<&Dialect>) -> Self {
        Self { tools: self.tools.clone(), dialect: self.dialect.or(dialect.copied()) }
    }

    /// The tools, in the order they were added.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Tool>> {
        self.tools.iter()
    }

    /// The names of the tools, in the order they were added.
    #[inline]
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|tool| tool.name())
    }

    /// Returns the number of tools.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Returns true if there is no tool.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// The tool of this name.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Tool>> {
        self.tools.iter().find(|tool| tool.name() == name)
    }

    /// Looks for what the API would refuse; a run does so before its first request.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): a name is used twice, or is not 1 to 64 letters, digits,
    /// underscores and dashes. Those of [`Tool::input`], with the name of the tool.
    #[inline]
    pub fn check(&self) -> Result<()> {
        self.descriptions().map(drop)
    }

    /// Runs one call by name, with the arguments as the model wrote them. No error or panic of the tool gets out of it:
    /// they are in the outcome, as is an unknown name.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::tools::ToolContext;
    ///
    /// # async fn run(client: Client, tools: Toolbox) {
    /// let context = ToolContext::new(&client).with_call_id("call_1");
    /// let outcome = tools.call("get_weather", r#"{"city": "Oslo"}"#, context).await;
    /// match outcome.abort() {
    ///     Some(error) => eprintln!("{error}"),
    ///     None => println!("for the model: {}", outcome.output().to_text()),
    /// }
    /// # }
    /// ```
    ///
    /// Limits of time go by the clock of the context's client. Dropping the future drops the tool's.
    pub fn call(
        &self,
        name: impl Into<String>,
        arguments: impl Into<String>,
        context: ToolContext,
    ) -> impl Future<Output = ToolOutcome> + Send + 'static {
        let (id, name, arguments) = (context.call_id().to_owned(), name.into(), arguments.into());
        let is_custom = self.get(&name).is_some_and(|tool| matches!(tool.input(), Ok(ToolInput::Custom { .. })));
        self.start(ToolCall { id, name, arguments, is_custom }, context)
    }

    #[inline]
    pub(crate) fn start(&self, call: ToolCall, context: ToolContext) -> Guarded {
        let tool = self.get(&call.name).cloned();
        let unknown =
            || ToolError::Unknown { name: call.name.clone(), available: self.names().map(str::to_owned).collect() };
        let tool = tool.ok_or_else(unknown);
        Guarded::new(tool, call, context)
    }

    /// The tools as they are to be sent, checked; for APIs that have no runner here.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[inline]
    pub fn descriptions(&self) -> Result<Vec<ToolDescription>> {
        let descriptions: Vec<_> =
            self.tools.iter().map(|tool| describe(&**tool, self.dialect.unwrap_or_default())).collect::<Result<_>>()?;
        for (place, tool) in self.tools.iter().enumerate() {
            if self.names().take(place).any(|name| name == tool.name()) {
                return Err(invalid(format!("two tools are called {:?}: each needs a name of its own", tool.name())));
            }
        }
        Ok(descriptions)
    }

    /// Checks that no tool has the name of one that the call has already, since a model could not tell them apart.
    #[inline]
    pub(crate) fn check_names(&self, foreign: &[String]) -> Result<()> {
        match foreign.iter().find(|name| self.get(name).is_some()) {
            Some(name) => {
                let message =
                    format!("tool {name:?} is in the toolbox and in the call's own tools: take one of them out");
                Err(Error::new(ErrorKind::InvalidRequest, message))
            }
            None => Ok(()),
        }
    }
}

/// A [`Tool`], or a function without parameters that returns one. The parameter is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "expected a tool",
    note = "make one of a function: `tool(\"name\", \"description\", |args: Args| async move {{ … }})`, or put `#[tool]` on an `fn`",
    note = "a tool with `#[state]` is made with its state: `.with(name(state))`"
)]
pub trait IntoTool<Kind> {
    /// Returns the tool.
    #[doc(hidden)]
    fn into_tool(self) -> Arc<dyn Tool>;
}

/// A tool itself.
#[derive(Debug)]
pub struct ItIsATool;

/// A function that returns a tool.
#[derive(Debug)]
pub struct MakesATool;

#[diagnostic::do_not_recommend]
impl<T: Tool + 'static> IntoTool<ItIsATool> for T {
    fn into_tool(self) -> Arc<dyn Tool> {
        Arc::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce() -> T, T: Tool + 'static> IntoTool<MakesATool> for F {
    fn into_tool(self) -> Arc<dyn Tool> {
        Arc::new(self())
    }
}

/// A tool as the model gets to know it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolDescription {
    /// Its name.
    pub name: String,
    /// The description, if there is one.
    pub description: Option<String>,
    /// The input that it takes.
    pub input: ToolInput,
}

#[inline]
fn describe(tool: &dyn Tool, dialect: Dialect) -> Result<ToolDescription> {
    let name = tool.name();
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !(1..=64).contains(&name.len()) || !name.bytes().all(is_valid) {
        return Err(invalid(format!("a tool is called {name:?}: use 1 to 64 letters, digits, underscores and dashes")));
    }
    let named = |error: Error| Error::new(error.kind(), format!("tool {name:?}: {}", error.message()));
    let mut input = tool.input().map_err(named)?;
    if let ToolInput::Function { parameters, .. } = &mut input {
        if !parameters.is_object() {
            return Err(invalid(format!("tool {name:?}: its schema is {parameters}, not an object")));
        }
        *parameters = dialect.convert(std::mem::take(parameters));
    }
    let description = Some(tool.description().to_owned()).filter(|text| !text.is_empty());
    Ok(ToolDescription { name: name.to_owned(), description, input })
}

#[inline]
fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

impl<T: Tool + 'static> FromIterator<T> for Toolbox {
    fn from_iter<I: IntoIterator<Item = T>>(tools: I) -> Self {
        tools.into_iter().fold(Self::new(), Self::with)
    }
}

impl<T: Tool + 'static, const N: usize> From<[T; N]> for Toolbox {
    fn from(tools: [T; N]) -> Self {
        tools.into_iter().collect()
    }
}

impl<T: Tool + 'static> From<Vec<T>> for Toolbox {
    fn from(tools: Vec<T>) -> Self {
        tools.into_iter().collect()
    }
}

impl fmt::Debug for Toolbox {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Toolbox").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

//! The interface of a tool.

use std::time::Duration;

use openai_runtime::Result;
use openai_runtime::transport::BoxFuture;
use serde_json::Value;

use super::context::ToolContext;
use super::outcome::{OnFailure, ToolError};
use super::output::ToolOutput;

/// A call of a tool under way.
pub type ToolFuture = BoxFuture<Result<ToolOutput, ToolError>>;

/// Something of yours that the model may call. [`tool`](fn@super::tool) makes one of an async function; implement this for a
/// tool whose schema is known only at run time.
///
/// ```
/// use openai_ext::tools::{Tool, ToolContext, ToolFuture, ToolInput, ToolOutput, Toolbox};
/// use serde_json::json;
///
/// struct Proxy { name: String, schema: serde_json::Value }
///
/// impl Tool for Proxy {
///     fn name(&self) -> &str {
///         &self.name
///     }
///
///     fn input(&self) -> openai_ext::Result<ToolInput> {
///         Ok(ToolInput::function(self.schema.clone(), false))
///     }
///
///     fn call(&self, _context: ToolContext, arguments: String) -> ToolFuture {
///         let name = self.name.clone();
///         Box::pin(async move { Ok(ToolOutput::text(format!("{name} got {arguments}"))) })
///     }
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let schema = json!({"type": "object", "properties": {}});
/// let tools = Toolbox::new().with(Proxy { name: "remote".to_owned(), schema });
/// tools.check()?;
/// # Ok(())
/// # }
/// ```
pub trait Tool: Send + Sync {
    /// The name by which the model calls it: 1 to 64 letters, digits, underscores and dashes.
    fn name(&self) -> &str;

    /// Returns the description, by which the model knows when to call it.
    #[inline]
    fn description(&self) -> &str {
        ""
    }

    /// Returns the input that it takes.
    ///
    /// # Errors
    /// Its schema can't be made; a run that has the tool fails with this before any request.
    fn input(&self) -> Result<ToolInput>;

    /// Returns the reaction when it fails; by default the run ends.
    #[inline]
    fn on_failure(&self) -> OnFailure {
        OnFailure::Abort
    }

    /// Returns the time limit of a call; by default there is none.
    #[inline]
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Runs it. `input` is what the model wrote: JSON by the schema if all is well, or the text for a custom tool.
    ///
    /// The future is dropped when nobody waits for it any more.
    fn call(&self, context: ToolContext, input: String) -> ToolFuture;
}

/// The input that a tool takes from the model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ToolInput {
    /// Arguments in JSON.
    #[non_exhaustive]
    Function {
        /// Their JSON schema.
        parameters: Value,
        /// True if the model's arguments must follow the schema exactly; only some schemas can be followed so.
        strict: bool,
    },
    /// Any text.
    #[non_exhaustive]
    Custom {
        /// The grammar that the text follows, if there is one.
        grammar: Option<ToolGrammar>,
    },
}

impl ToolInput {
    /// Arguments in JSON by this schema.
    pub fn function(parameters: impl Into<Value>, strict: bool) -> Self {
        Self::Function { parameters: parameters.into(), strict }
    }

    /// Any text.
    #[must_use]
    #[inline]
    pub fn text() -> Self {
        Self::Custom { grammar: None }
    }

    /// Text by a grammar.
    #[must_use]
    #[inline]
    pub fn grammar(grammar: ToolGrammar) -> Self {
        Self::Custom { grammar: Some(grammar) }
    }
}

/// The grammar of a custom tool's input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolGrammar {
    /// A context-free grammar in the syntax of Lark.
    Lark(String),
    /// A regular expression, in Rust's syntax.
    Regex(String),
}

impl ToolGrammar {
    /// A context-free grammar in the syntax of Lark.
    pub fn lark(definition: impl Into<String>) -> Self {
        Self::Lark(definition.into())
    }

    /// A regular expression, in Rust's syntax.
    pub fn regex(definition: impl Into<String>) -> Self {
        Self::Regex(definition.into())
    }

    #[inline]
    pub(crate) fn into_parts(self) -> (&'static str, String) {
        match self {
            Self::Lark(definition) => ("lark", definition),
            Self::Regex(definition) => ("regex", definition),
        }
    }
}

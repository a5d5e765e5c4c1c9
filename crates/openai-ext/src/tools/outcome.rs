//! The outcome of a tool's call: its output, or the reason why there is none.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::input::{IntoToolCallId, ToolCallId};

use super::output::{BoxError, ToolOutput};
use super::panics::caught;

/// Why a call of a tool gave no output.
#[derive(Debug)]
#[non_exhaustive]
pub enum ToolError {
    /// No tool of this name is there. The model is told which ones there are.
    #[non_exhaustive]
    Unknown {
        /// The name that the model said.
        name: String,
        /// The names of the tools that are there.
        available: Vec<String>,
    },
    /// The arguments are not what the tool takes. The model is told, so that it can try again.
    Arguments(BoxError),
    /// The tool returned an error.
    Failed(BoxError),
    /// The tool says that it failed, for the model: it is told whatever the tool's policy is, and goes on.
    Reported(String),
    /// The tool panicked, with this message. The panic is caught: the program goes on.
    Panicked(String),
    /// The tool took longer than it may.
    TimedOut(Duration),
    /// Nobody waited for the tool to end: the run was cancelled, came to its deadline or was aborted by another tool.
    Cancelled,
}

impl ToolError {
    /// An error of the tool's own.
    pub fn failed(error: impl Into<BoxError>) -> Self {
        Self::Failed(error.into())
    }

    /// The arguments are not what the tool takes; the model sees this text and tries again.
    pub fn arguments(error: impl Into<BoxError>) -> Self {
        Self::Arguments(error.into())
    }

    /// Says for the model what went wrong; it sees this text whatever the tool's policy is, and goes on.
    pub fn reported(text: impl Into<String>) -> Self {
        Self::Reported(text.into())
    }

    /// Returns true for a mistake of the model, which it is told whatever the tool's policy is: an unknown name,
    /// arguments that do not fit.
    #[must_use]
    #[inline]
    pub fn is_mistake(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Arguments(_))
    }

    /// Returns whether the tool itself says that it failed, which the model is told whatever the tool's policy is.
    #[must_use]
    #[inline]
    pub fn is_reported(&self) -> bool {
        matches!(self, Self::Reported(_))
    }

    /// The class of the error, as spans have it.
    #[inline]
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "Unknown",
            Self::Arguments(_) => "Arguments",
            Self::Failed(_) => "Failed",
            Self::Panicked(_) => "Panicked",
            Self::TimedOut(_) => "TimedOut",
            Self::Cancelled => "Cancelled",
            Self::Reported(_) => "Reported",
        }
    }

    /// Returns true if nobody waited for the tool to end.
    #[must_use]
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}

impl fmt::Display for ToolError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, available } => {
                let available: Vec<String> = available.iter().map(|name| format!("{name:?}")).collect();
                let available = available.join(", ");
                write!(f, "Invalid tool_call: {name:?}. Available options are: {available}. Please try again")
            }
            Self::Arguments(error) | Self::Failed(error) => fmt::Display::fmt(error, f),
            Self::Reported(text) => f.write_str(text),
            Self::Panicked(message) => write!(f, "the tool panicked: {message}"),
            Self::TimedOut(limit) => write!(f, "the tool did not end within {limit:?}"),
            Self::Cancelled => f.write_str("the tool was cancelled"),
        }
    }
}

impl StdError for ToolError {
    #[inline]
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Arguments(error) | Self::Failed(error) => error.source(),
            _ => None,
        }
    }
}

/// A call of a tool, as the model asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCall {
    /// The id that the answer has to have.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// The arguments as the model wrote them, JSON if all is well; the input of a custom tool is any text.
    pub arguments: String,
    /// True for a custom tool, whose input is text.
    pub is_custom: bool,
}

impl From<&ToolCall> for ToolCallId {
    #[inline]
    fn from(call: &ToolCall) -> Self {
        Self::new(&call.id)
    }
}

impl IntoToolCallId for &ToolCall {
    #[inline]
    fn into_tool_call_id(self) -> ToolCallId {
        self.into()
    }
}

impl IntoToolCallId for ToolCall {
    #[inline]
    fn into_tool_call_id(self) -> ToolCallId {
        ToolCallId::new(self.id)
    }
}

/// A call of a tool that is over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolOutcome {
    /// The call.
    pub call: ToolCall,
    /// The result of the call.
    pub result: Result<ToolOutput, Arc<ToolError>>,
    /// The duration, by the client's clock.
    pub duration: Duration,
    /// The reaction that the tool asks for when it fails.
    pub on_failure: OnFailure,
}

impl ToolOutcome {
    /// Makes the outcome of a call that was under way, or had not begun, when nobody waited for it any more.
    #[cfg(feature = "agents")]
    #[inline]
    pub(crate) fn cancelled(call: ToolCall) -> Self {
        let result = Err(Arc::new(ToolError::Cancelled));
        Self { call, result, duration: Duration::ZERO, on_failure: OnFailure::Abort }
    }

    /// Returns the text for the model: the output, or the text of the error.
    #[must_use]
    #[inline]
    pub fn output(&self) -> ToolOutput {
        match &self.result {
            Ok(output) => output.clone(),
            // The text of an error may be the program's own, as a tool is.
            Err(error) => {
                ToolOutput::text(caught(|| error.to_string()).unwrap_or_else(|_| "the tool failed".to_owned()))
            }
        }
    }

    /// The error, if it is one that ends everything by the tool's policy.
    #[must_use]
    #[inline]
    pub fn abort(&self) -> Option<&Arc<ToolError>> {
        let error = self.result.as_ref().err()?;
        (self.on_failure == OnFailure::Abort && !error.is_mistake() && !error.is_reported()).then_some(error)
    }
}

/// The reaction when a tool fails, panics or takes too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// The run ends with an error.
    #[default]
    Abort,
    /// The model gets the text of the error as the tool's output, and goes on.
    TellModel,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tool_is_told_in_the_official_words() {
        let error = ToolError::Unknown { name: "x".to_owned(), available: vec!["a".to_owned(), "b".to_owned()] };
        let words = r#"Invalid tool_call: "x". Available options are: "a", "b". Please try again"#;
        assert_eq!(error.to_string(), words);
    }
}

//! The turns of the model in a conversation that a test wrote down.

use serde_json::Value;

use crate::model::{ToolCall, ToolInput};
use crate::wire::Reply;

/// One answer of the model, given to the next chat completion or response that is asked for, whole or as a stream as the
/// request wants it, or to the run of an assistant or the turn of an agent's session that is at work; see [`MockServer::converse`](crate::MockServer::converse).
#[derive(Clone, Debug)]
pub struct Turn(pub(crate) Said);

#[derive(Clone, Debug)]
pub(crate) enum Said {
    Text(String),
    Refusal(String),
    Calls(Vec<ToolCall>),
    Reply(Reply),
}

impl Turn {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Said::Text(text.into()))
    }

    /// The model refuses.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self(Said::Refusal(text.into()))
    }

    /// A call of a function.
    pub fn call(name: impl Into<String>, arguments: &Value) -> Self {
        Self::calls([(name.into(), arguments.to_string())])
    }

    /// Calls of functions at once: names, and arguments as text, which need not be JSON.
    pub fn calls<N: Into<String>, A: Into<String>>(calls: impl IntoIterator<Item = (N, A)>) -> Self {
        let call =
            |(name, arguments): (N, A)| ToolCall { name: name.into(), input: ToolInput::Arguments(arguments.into()) };
        Self(Said::Calls(calls.into_iter().map(call).collect()))
    }

    /// A call of a custom tool.
    pub fn custom_call(name: impl Into<String>, input: impl Into<String>) -> Self {
        Self(Said::Calls(vec![ToolCall { name: name.into(), input: ToolInput::Custom(input.into()) }]))
    }

    /// Another answer than the model's: an error, a fault. The run of an assistant and the turn of a session fail by it.
    pub fn reply(reply: Reply) -> Self {
        Self(Said::Reply(reply))
    }
}

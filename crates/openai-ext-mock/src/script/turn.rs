//! The turns of the model in a conversation that a test wrote down.

use std::borrow::Borrow;

use serde_json::Value;

use crate::model::{ToolCall, ToolInput};
use crate::wire::{Fault, FaultPlan, Reply};

/// One answer of the model, given to the next chat completion, completion or response that is asked for, whole or as a stream as the
/// request wants it, or to the run of an assistant or the turn of an agent's session that is at work; see [`MockServer::converse`](crate::MockServer::converse).
#[derive(Clone, Debug)]
pub struct Turn {
    pub(crate) said: Said,
    /// The faults of the answer that the turn becomes. Those of a reply are the reply's.
    faults: FaultPlan,
}

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
        Self::new(Said::Text(text.into()))
    }

    /// The model refuses.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self::new(Said::Refusal(text.into()))
    }

    /// A call of a function, by its name and arguments: `json!({…})` or a reference to it.
    pub fn call(name: impl Into<String>, arguments: impl Borrow<Value>) -> Self {
        Self::calls([(name.into(), arguments.borrow().to_string())])
    }

    /// Calls of functions at once: names, and arguments as text, which need not be JSON.
    pub fn calls<N: Into<String>, A: Into<String>>(calls: impl IntoIterator<Item = (N, A)>) -> Self {
        let call =
            |(name, arguments): (N, A)| ToolCall { name: name.into(), input: ToolInput::Arguments(arguments.into()) };
        Self::new(Said::Calls(calls.into_iter().map(call).collect()))
    }

    /// A call of a custom tool.
    pub fn custom_call(name: impl Into<String>, input: impl Into<String>) -> Self {
        Self::new(Said::Calls(vec![ToolCall { name: name.into(), input: ToolInput::Custom(input.into()) }]))
    }

    /// Another answer than the model's: an error, a fault. The run of an assistant and the turn of a session fail by it.
    pub fn reply(reply: Reply) -> Self {
        Self::new(Said::Reply(reply))
    }

    /// Lets the answer that the turn becomes go wrong in this way: the one to the request that takes the turn, which is the
    /// stream of a run, or its poll, where an assistant says it. See [`Fault`] for those that cannot apply.
    ///
    /// ```
    /// use openai_ext_mock::{Fault, MockServer, Turn};
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// // The stream breaks off in the middle of the sentence; a second request gets all of it.
    /// server.converse([Turn::text("It rains in Oslo.").fault(Fault::CutEvents(3)), Turn::text("It rains in Oslo.")]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        match &mut self.said {
            Said::Reply(reply) => reply.faults.add(fault),
            Said::Text(_) | Said::Refusal(_) | Said::Calls(_) => self.faults.add(fault),
        }
        self
    }

    fn new(said: Said) -> Self {
        Self { said, faults: FaultPlan::default() }
    }

    /// The faults of the answer that the turn becomes.
    pub(crate) fn faults(&self) -> FaultPlan {
        match &self.said {
            Said::Reply(reply) => reply.faults,
            Said::Text(_) | Said::Refusal(_) | Said::Calls(_) => self.faults,
        }
    }

    /// Returns the reason why no answer can have the faults of the turn.
    pub(crate) fn misfit(&self) -> Option<String> {
        match &self.said {
            Said::Reply(reply) => reply.misfit(None),
            Said::Text(_) | Said::Refusal(_) | Said::Calls(_) => self.faults.contradiction(),
        }
    }
}

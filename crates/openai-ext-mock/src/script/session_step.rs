//! The steps of an agent's turn that a test wrote down.

use std::borrow::Borrow;

use serde_json::{Value, json};

/// One step of a turn that a test wrote down; see [`MockServer::on_session`](crate::MockServer::on_session).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionStep {
    /// The agent writes this message, as a part of its final answer.
    Text(String),
    /// The agent writes this message as commentary.
    Commentary(String),
    /// The agent calls these functions, by name and arguments, and waits for their results.
    Calls(Vec<(String, String)>),
    /// A subagent of this name begins, calls these functions, and waits for their results; then its turn is completed.
    SubagentCalls(String, Vec<(String, String)>),
    /// The session waits for this action, as `{"type": "mcp_approval_request", "request": {…}}`, until it is answered. An id of
    /// the request and the turn are added where they are missing. The answer `cancel` cancels the turn.
    Require(Value),
    /// So many of the next results of functions are refused, as if they had come before the server knew of the call.
    RefuseResults(usize),
    /// An `error` event with this code and message, which does not end the turn.
    Error(String, String),
    /// This event is sent as it is: without a check, also one that the document does not know.
    Send(Value),
    /// The turn leaves a file at this path, with this content.
    Artifact(String, String),
    /// The session's budget is reached: the session rests, and the turn is not completed.
    BudgetReached,
    /// The turn fails with this code and message.
    FailTurn(String, String),
    /// The session fails with this message.
    FailSession(String),
    /// The turn is cancelled, as by another client.
    CancelTurn,
}

impl SessionStep {
    /// [`Self::Text`].
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// [`Self::Commentary`].
    pub fn commentary(text: impl Into<String>) -> Self {
        Self::Commentary(text.into())
    }

    /// [`Self::Calls`] of one function.
    pub fn call(name: impl Into<String>, arguments: impl Borrow<Value>) -> Self {
        Self::Calls(vec![(name.into(), arguments.borrow().to_string())])
    }

    /// [`Self::Calls`]: names, and arguments as text, which need not be JSON.
    pub fn calls<N: Into<String>, A: Into<String>>(calls: impl IntoIterator<Item = (N, A)>) -> Self {
        Self::Calls(calls.into_iter().map(|(name, arguments)| (name.into(), arguments.into())).collect())
    }

    /// [`Self::SubagentCalls`] of one function.
    pub fn subagent_call(subagent: impl Into<String>, name: impl Into<String>, arguments: impl Borrow<Value>) -> Self {
        Self::SubagentCalls(subagent.into(), vec![(name.into(), arguments.borrow().to_string())])
    }

    /// [`Self::Require`] an approval of a tool of an MCP server.
    ///
    /// ```
    /// use openai_ext_mock::{MockServer, SessionStep};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.on_session([SessionStep::approval("tickets", "delete", json!({"id": 7})), SessionStep::text("It is gone.")]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn approval(server_label: impl Into<String>, tool: impl Into<String>, arguments: impl Borrow<Value>) -> Self {
        let (server_label, name): (String, String) = (server_label.into(), tool.into());
        let message = format!("May {name} of {server_label} be called?");
        let request = json!({
            "type": "mcp_tool_call", "server_label": server_label, "name": name, "arguments": arguments.borrow(),
            "message": message,
        });
        Self::Require(json!({"type": "mcp_approval_request", "request": request}))
    }

    /// [`Self::Error`].
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Error(code.into(), message.into())
    }

    /// [`Self::Artifact`].
    pub fn artifact(path: impl Into<String>, content: impl Into<String>) -> Self {
        Self::Artifact(path.into(), content.into())
    }

    /// [`Self::FailTurn`].
    pub fn fail_turn(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::FailTurn(code.into(), message.into())
    }
}

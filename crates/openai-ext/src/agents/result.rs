//! The result of a turn.

use std::time::Duration;

#[cfg(feature = "tools")]
use crate::tools::ToolOutcome;
use crate::types::{
    AssistantMessageItemResource, MessagePhaseResource, SessionErrorResource, SessionRequiredActionResource,
    SessionResource, TokenUsageResource, TurnResource,
};

/// All that a run knows of its turn: the result of a run, and the [`detail`](crate::Error::detail) of the error of one that
/// failed.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::agents::AgentResult;
///
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let sessions = client.beta().agents().sessions();
/// match sessions.run("session_1", "Say that the sea is calm.").send().await {
///     Ok(result) => println!("{} ({:?})", result.text(), result.usage()),
///     Err(error) => match error.detail::<AgentResult>() {
///         Some(result) => println!("{:?} after {:?}: {error}", result.stop, result.text()),
///         None => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AgentResult {
    /// The reason for which the run ended.
    pub stop: AgentStop,
    /// The id of the session.
    pub session_id: String,
    /// The session as it was last told.
    pub session: Option<SessionResource>,
    /// The turn of the run as it was last told; none if the run ended before the turn began.
    pub turn: Option<TurnResource>,
    /// The messages of the turn, in their order, commentary included. Those of subagents are not among them. A
    /// message whose end was not told, as in most errors, comes last, with the status `in_progress` and the text so far.
    pub messages: Vec<AssistantMessageItemResource>,
    /// The calls of local tools, those of subagents included, in the order in which they began.
    #[cfg(feature = "tools")]
    pub calls: Vec<ToolOutcome>,
    /// The actions that the session waits for, and that nothing here answers: approvals without a callback, calls of functions
    /// that are not in the toolbox.
    pub pending: Vec<SessionRequiredActionResource>,
    /// The last 256 `error` events of the session, oldest first. They do not end a turn.
    pub errors: Vec<SessionErrorResource>,
    /// The number of times that the stream of events was opened anew.
    pub reconnects: u32,
    /// The duration of the run, by the client's clock.
    pub duration: Duration,
}

/// The reason for which a run ended. The first one is a result, the others are errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentStop {
    /// The turn is completed, and the session is idle.
    #[default]
    Completed,
    /// The turn failed: its `error` tells why.
    TurnFailed,
    /// The turn was cancelled: by another program, by [`AgentEvents::cancel`](super::AgentEvents::cancel), or by an approval
    /// that was answered so.
    TurnCancelled,
    /// The session failed: its `error` tells why.
    SessionFailed,
    /// The session's budget was reached before the turn was completed.
    BudgetReached,
    /// The session waits for an action that nothing here gives; see [`AgentResult::pending`].
    ActionRequired,
    /// The run was told to stop by the future of `with_cancellation`.
    Cancelled,
    /// The deadline of the run has passed.
    DeadlineReached,
    /// A local tool failed, and its policy is to end the run; or other code of the program panicked.
    ToolFailed,
    /// A request failed, or the stream of events broke off more often than allowed. The turn may go on at the server.
    RequestFailed,
}

impl AgentResult {
    /// Returns the answer: the texts of the turn's messages that are no commentary, joined.
    #[must_use]
    pub fn text(&self) -> String {
        let answers = self.messages.iter().filter(|message| is_answer(message));
        answers.flat_map(|message| &message.content).map(|part| part.text.as_str()).collect()
    }

    /// Returns the id of the turn, once it is known.
    #[must_use]
    #[inline]
    pub fn turn_id(&self) -> Option<&str> {
        self.turn.as_ref().map(|turn| turn.id.as_str())
    }

    /// Returns the tokens that the turn used, once the server has counted them.
    #[must_use]
    #[inline]
    pub fn usage(&self) -> Option<&TokenUsageResource> {
        self.turn.as_ref()?.usage.as_ref()
    }
}

#[inline]
fn is_answer(message: &AssistantMessageItemResource) -> bool {
    !matches!(message.phase, Some(MessagePhaseResource::Commentary))
}

//! The events of a run.

use std::ops::Deref;

use super::approvals::{AgentApproval, AgentApprovalRequest};
#[cfg(feature = "tools")]
use crate::tools::{ToolCall, ToolOutcome};
use crate::types::SessionEvent;

/// An event of a run: one of its session, or one of what runs here.
#[derive(Debug)]
#[non_exhaustive]
pub enum AgentEvent {
    /// An event of the session.
    Session(AgentSessionEvent),
    /// A local tool begins. With a limit of concurrency, it may have waited.
    #[cfg(feature = "tools")]
    #[non_exhaustive]
    ToolCall {
        /// The turn that called it: that of the run, or of a subagent.
        turn_id: String,
        /// The call.
        call: ToolCall,
    },
    /// A local tool has ended, well or not.
    #[cfg(feature = "tools")]
    #[non_exhaustive]
    ToolResult {
        /// The turn that called it: that of the run, or of a subagent.
        turn_id: String,
        /// The output, or the error with its cause.
        outcome: Box<ToolOutcome>,
    },
    /// The model called a local tool with arguments that do not fit, and is told to try again.
    #[cfg(feature = "tools")]
    #[non_exhaustive]
    Retry {
        /// The turn that called it: that of the run, or of a subagent.
        turn_id: String,
        /// The error.
        outcome: Box<ToolOutcome>,
    },
    /// A request for an approval was answered by the function of [`on_approval`](super::AgentRunner::on_approval).
    #[non_exhaustive]
    Approval {
        /// The request.
        request: AgentApprovalRequest,
        /// The answer.
        answer: AgentApproval,
    },
    /// The stream of events broke off, and another one is opened after a wait.
    #[non_exhaustive]
    Reconnecting {
        /// The number of the try, from 1.
        tries: u32,
        /// The cause.
        reason: String,
    },
    /// Another stream of events is open. The events that were missed meanwhile follow, told by the session's turns and items.
    Reconnected,
}

impl AgentEvent {
    /// Returns the event of the session, if it is one.
    #[must_use]
    #[inline]
    pub fn session_event(&self) -> Option<&SessionEvent> {
        match self {
            Self::Session(event) => Some(&event.event),
            _ => None,
        }
    }

    /// Returns the new piece of the answer's text. All pieces together are the
    /// [`text`](super::AgentResult::text) of the result: those of subagents and of commentary are not among them.
    #[must_use]
    #[inline]
    pub fn text_delta(&self) -> Option<&str> {
        match self {
            Self::Session(AgentSessionEvent {
                event: SessionEvent::AgentSessionTurnOutputTextDelta(event),
                is_answer: true,
                ..
            }) => Some(&event.delta),
            _ => None,
        }
    }
}

/// An event of a session, and what a run knows of it. It derefs to the event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentSessionEvent {
    /// The event, as the server sent it.
    pub event: SessionEvent,
    /// True if the event was missed by a stream that broke off, and was made of the session's turns and items. Such an event
    /// has no `event_id`.
    pub is_recovered: bool,
    /// True if the event is about the text of the answer: of a message of the run's own turn that is no commentary.
    pub is_answer: bool,
}

impl Deref for AgentSessionEvent {
    type Target = SessionEvent;

    #[inline]
    fn deref(&self) -> &SessionEvent {
        &self.event
    }
}

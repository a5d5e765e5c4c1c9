//! The work beside the stream of events: tools, approvals, and requests to the session.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use openai_runtime::transport::BoxFuture;

use crate::Result;
use crate::agents::approvals::{AgentApproval, AgentApprovalRequest};
#[cfg(feature = "tools")]
use crate::tools::{ToolCall, ToolOutcome};

/// The work of a run. It is done while the run is polled.
#[derive(Default)]
pub(super) struct TurnWork {
    running: VecDeque<Task>,
    /// Calls that wait until fewer run.
    #[cfg(feature = "tools")]
    waiting: VecDeque<WaitingCall>,
}

pub(super) enum Task {
    #[cfg(feature = "tools")]
    Tool {
        turn_id: String,
        call: ToolCall,
        future: BoxFuture<ToolOutcome>,
    },
    Approval {
        request: AgentApprovalRequest,
        future: BoxFuture<Result<AgentApproval, String>>,
    },
    Post {
        /// The turn that waits for it; none for the message of a turn.
        turn_id: Option<String>,
        future: BoxFuture<Result<()>>,
    },
}

/// A call that has not begun.
#[cfg(feature = "tools")]
pub(super) struct WaitingCall {
    pub(super) turn_id: String,
    pub(super) call: ToolCall,
    pub(super) future: BoxFuture<ToolOutcome>,
}

/// The outcome of a task.
pub(super) enum TaskEnd {
    #[cfg(feature = "tools")]
    Tool {
        turn_id: String,
        outcome: Box<ToolOutcome>,
    },
    Approval {
        request: AgentApprovalRequest,
        answer: Result<AgentApproval, String>,
    },
    Post {
        turn_id: Option<String>,
        sent: Result<()>,
    },
}

impl TurnWork {
    pub(super) fn add(&mut self, task: Task) {
        self.running.push_back(task);
    }

    /// Returns true if nothing is under way.
    pub(super) fn is_over(&self) -> bool {
        #[cfg(feature = "tools")]
        if !self.waiting.is_empty() {
            return false;
        }
        self.running.is_empty()
    }

    /// Drives all tasks, oldest first, to the first one that ends.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<TaskEnd> {
        for at in 0..self.running.len() {
            let Some(task) = self.running.get_mut(at) else { break };
            if let Poll::Ready(done) = task.poll(context) {
                self.running.remove(at);
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    }

    #[cfg(feature = "tools")]
    pub(super) fn wait(&mut self, call: WaitingCall) {
        self.waiting.push_back(call);
    }

    /// Lets a call that waits begin, if no more than `limit` run. Returns its turn and the call.
    #[cfg(feature = "tools")]
    pub(super) fn begin(&mut self, limit: usize) -> Option<(String, ToolCall)> {
        let running = self.running.iter().filter(|task| matches!(task, Task::Tool { .. })).count();
        if running >= limit.max(1) {
            return None;
        }
        let WaitingCall { turn_id, call, future } = self.waiting.pop_front()?;
        let began = (turn_id.clone(), call.clone());
        self.running.push_back(Task::Tool { turn_id, call, future });
        Some(began)
    }

    /// Ends the tools of a turn, or of all turns, and returns the calls that were under way.
    #[cfg(feature = "tools")]
    pub(super) fn end_tools(&mut self, of_turn: Option<&str>) -> Vec<ToolCall> {
        let is_meant = |turn_id: &str| of_turn.is_none_or(|turn| turn == turn_id);
        self.waiting.retain(|call| !is_meant(&call.turn_id));
        let mut ended = Vec::new();
        self.running.retain(|task| match task {
            Task::Tool { turn_id, call, .. } if is_meant(turn_id) => {
                ended.push(call.clone());
                false
            }
            _ => true,
        });
        ended
    }
}

impl Task {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<TaskEnd> {
        match self {
            #[cfg(feature = "tools")]
            Self::Tool { turn_id, future, .. } => {
                let done = |outcome| TaskEnd::Tool { turn_id: std::mem::take(turn_id), outcome: Box::new(outcome) };
                future.as_mut().poll(context).map(done)
            }
            Self::Approval { request, future } => {
                future.as_mut().poll(context).map(|answer| TaskEnd::Approval { request: request.clone(), answer })
            }
            Self::Post { turn_id, future } => {
                future.as_mut().poll(context).map(|sent| TaskEnd::Post { turn_id: turn_id.take(), sent })
            }
        }
    }
}

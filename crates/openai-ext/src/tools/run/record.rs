//! The record of a run.

use std::fmt::{self, Debug};
use std::time::Duration;

use serde_json::Value;

use crate::ResponseHead;
use crate::tools::outcome::{ToolCall, ToolOutcome};
use crate::tools::secrets::masked;
use crate::tools::toolbox::Toolbox;

/// An API that tools can be run over: `ChatTools`, `ResponseTools` or `AssistantTools`.
pub trait ToolApi: sealed::Sealed + Debug + Sized + Send + 'static {
    /// The answer of the model: a completion, a response, a run.
    type Reply: Clone + Debug + Default + Send + Sync + 'static;
    /// An item of the conversation.
    type Item: Clone + Debug + Send + Sync + 'static;
    /// An event within an answer that is streamed.
    type Delta: Debug + Send + 'static;
    /// The tokens that were used.
    type Usage: Clone + Debug + Default + Send + Sync + 'static;
}

/// All that a run did. It is the result of a run, and the [`detail`](crate::Error::detail) of the error of one that failed.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::chat::ChatToolRun;
///
/// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
/// let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Oslo?")]);
/// let run = match call.run_tools(&tools).send().await {
///     Ok(run) => run,
///     Err(error) => {
///         eprintln!("{error}");
///         error.detail::<ChatToolRun>().cloned().ok_or(error)?
///     }
/// };
/// for call in &run.calls {
///     println!("{}({}) took {:?}", call.call.name, call.call.arguments, call.duration);
/// }
/// println!("{} {:?}", run.text(), run.usage);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
pub struct ToolRun<A: ToolApi> {
    /// Why it ended.
    pub stop: StopReason,
    /// The answers of the model, whole, one a turn.
    pub replies: Vec<A::Reply>,
    /// The heads of the responses that the answers came in, one a turn: status, headers, request id and rate limits. Of an
    /// answer that was polled, the head of the last response.
    pub heads: Vec<ResponseHead>,
    /// The conversation: what the run began with, the answers, and the outputs of tools.
    pub items: Vec<A::Item>,
    /// The calls of tools, turn by turn in the order that the model asked for them, with what came of them.
    pub calls: Vec<ToolOutcome>,
    /// Calls that have no output in `items`: of tools that are not in the toolbox, or that the run did not get to.
    pub pending: Vec<ToolCall>,
    /// The tokens of all answers together; the numbers that the server gave, summed.
    pub usage: A::Usage,
    /// An answer that was cut off while it was streamed, as far as it is there. It is not in `replies`.
    pub partial: Option<A::Reply>,
    /// The duration of the run, by the client's clock.
    pub duration: Duration,
    /// The phase of the run when this record was made: a finished run is `Ended`, a record that
    /// [`with_store`](crate::tools::ToolRunner::with_store) gives can be of any phase.
    pub phase: RunPhase,
    /// Calls that had begun when this record was stored, and whose outcome is not known. Empty unless the record was stored
    /// while tools ran. [`answer`](Self::answer), [`rerun`](Self::rerun) or
    /// [`with_uncertain_calls`](crate::tools::ToolRunner::with_uncertain_calls) decide about them.
    pub attempted: Vec<ToolCall>,
    /// Outcomes of calls that ran early, in an answer that was streamed and then cut off. They are neither in `items` nor in
    /// `calls`. When the run goes on and the model makes the same call, it gets the output and the tool is not called again.
    /// Once the model has answered otherwise, they are moved to `calls`.
    pub early: Vec<ToolOutcome>,
    /// The number of items that the server has, by the id of the last answer.
    pub(crate) sent: usize,
    /// Outputs of pending calls that were given by hand, and are not in the items yet.
    pub(crate) answered: Vec<ToolOutcome>,
    /// The ids of the calls of a turn under way, in their order.
    pub(crate) order: Vec<String>,
    /// The number of outcomes at the end of `calls` that are not in the items yet.
    pub(crate) unsent: usize,
    /// The conversation as it is sent, once it was made shorter than `items`.
    pub(crate) context: Option<Vec<A::Item>>,
    /// The tools of the run.
    pub(crate) toolbox: Option<Toolbox>,
}

/// The phase of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunPhase {
    /// The model is about to be asked.
    Request,
    /// An answer is streamed, and calls that are whole run already.
    Streaming,
    /// The calls of an answer run.
    Calls,
    /// A turn is over: all its calls have their outputs, or wait for the caller.
    Boundary,
    /// The run has ended, well or not.
    #[default]
    Ended,
}

/// The reason for which a run ended. The first four are results, the others errors. A run that did not end by `Final` or `ToolChoice` goes on
/// by [`resume_tools`](crate::tools::ToolRunner::resume_tools).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The model called no tool: it has said what it has to say, which can be a refusal.
    #[default]
    Final,
    /// `tool_choice` named a tool, and it was called.
    ToolChoice,
    /// The model waits for what the run can't give: a call of a tool that is not in the toolbox but in the request, an
    /// approval that nobody was there to give, or the output of a tool that runs on the client's side, as a computer.
    ActionRequired,
    /// The server ended the answer before its end, or the answer failed: its status tells.
    Unfinished,
    /// The model was asked as often as allowed, and called tools still. They were run, and their outputs are in `items`.
    LimitReached,
    /// The run was told to stop.
    Cancelled,
    /// The run's time was over.
    DeadlineReached,
    /// A tool failed, and its policy is to end the run; or other code of the program panicked, as an approval.
    ToolFailed,
    /// A request failed.
    RequestFailed,
    /// The conversation is larger than the run's [`ContextBudget`](crate::tools::ContextBudget), and cannot be made smaller.
    ContextExceeded,
    /// The run has not ended: it was stored, or taken out of its turns, while it was under way.
    InProgress,
}

impl<A: ToolApi> ToolRun<A> {
    /// The last answer of the model.
    #[must_use]
    pub fn last_reply(&self) -> Option<&A::Reply> {
        self.replies.last()
    }

    /// Returns the head of the response that the last answer came in.
    #[must_use]
    pub fn last_head(&self) -> Option<&ResponseHead> {
        self.heads.last()
    }

    /// The last call of a tool, with what came of it.
    #[must_use]
    pub fn last_call(&self) -> Option<&ToolOutcome> {
        self.calls.last()
    }

    /// The call that ended the run, if one did.
    #[must_use]
    pub fn failed_call(&self) -> Option<&ToolOutcome> {
        self.calls.iter().find(|outcome| self.stop == StopReason::ToolFailed && outcome.abort().is_some())
    }
}

impl<A: ToolApi> Default for ToolRun<A> {
    fn default() -> Self {
        Self {
            stop: StopReason::Final,
            replies: Vec::new(),
            heads: Vec::new(),
            items: Vec::new(),
            calls: Vec::new(),
            pending: Vec::new(),
            usage: A::Usage::default(),
            partial: None,
            duration: Duration::ZERO,
            phase: RunPhase::Ended,
            attempted: Vec::new(),
            early: Vec::new(),
            sent: 0,
            answered: Vec::new(),
            order: Vec::new(),
            unsent: 0,
            context: None,
            toolbox: None,
        }
    }
}

impl<A: ToolApi> Clone for ToolRun<A> {
    fn clone(&self) -> Self {
        Self {
            stop: self.stop,
            replies: self.replies.clone(),
            heads: self.heads.clone(),
            items: self.items.clone(),
            calls: self.calls.clone(),
            pending: self.pending.clone(),
            usage: self.usage.clone(),
            partial: self.partial.clone(),
            duration: self.duration,
            phase: self.phase,
            attempted: self.attempted.clone(),
            early: self.early.clone(),
            sent: self.sent,
            answered: self.answered.clone(),
            order: self.order.clone(),
            unsent: self.unsent,
            context: self.context.clone(),
            toolbox: self.toolbox.clone(),
        }
    }
}

impl<A: ToolApi> Debug for ToolRun<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRun")
            .field("stop", &self.stop)
            .field("replies", &self.replies)
            .field("heads", &self.heads)
            .field("items", &self.items)
            .field("calls", &self.calls)
            .field("pending", &self.pending)
            .field("usage", &self.usage)
            .field("partial", &self.partial)
            .field("duration", &self.duration)
            .field("phase", &self.phase)
            .field("attempted", &self.attempted)
            .field("early", &self.early)
            .finish_non_exhaustive()
    }
}

/// An event of a run. `Debug` does not show the credentials of tools in a request's body.
#[non_exhaustive]
pub enum ToolEvent<A: ToolApi> {
    /// The model is asked.
    #[non_exhaustive]
    Request {
        /// Which time it is, from 1.
        turn: u32,
        /// The body of the request; without fields that were set by `with_body_field`.
        body: Value,
    },
    /// The answer goes on; only with `stream_events`.
    #[non_exhaustive]
    Delta {
        /// Which answer it is, from 1.
        turn: u32,
        /// The event of the answer.
        event: A::Delta,
    },
    /// The answer is there.
    #[non_exhaustive]
    Reply {
        /// Which answer it is, from 1.
        turn: u32,
        /// The answer.
        reply: Box<A::Reply>,
        /// The head of the response that it came in.
        head: ResponseHead,
    },
    /// The tokens so far.
    #[non_exhaustive]
    Usage {
        /// Those of all answers so far, summed.
        total: A::Usage,
    },
    /// A tool begins. With a limit of concurrency, it may have waited.
    #[non_exhaustive]
    ToolCall {
        /// Which answer asked for it, from 1.
        turn: u32,
        /// The call.
        call: ToolCall,
    },
    /// A tool has ended, well or not.
    #[non_exhaustive]
    ToolResult {
        /// Which answer asked for it, from 1.
        turn: u32,
        /// The outcome.
        outcome: Box<ToolOutcome>,
    },
    /// The model called a tool that is not there, or with arguments that do not fit, and is told to try again.
    #[non_exhaustive]
    Retry {
        /// Which answer asked for it, from 1.
        turn: u32,
        /// The fault.
        outcome: Box<ToolOutcome>,
    },
    /// A tool of an MCP server wants to run, and it was decided whether it may.
    #[non_exhaustive]
    Approval {
        /// Which answer asked for it, from 1.
        turn: u32,
        /// The id of the request.
        id: String,
        /// The name of the tool.
        name: String,
        /// True if it may run.
        approve: bool,
    },
    /// The conversation was made smaller, because it was over the run's [`ContextBudget`](crate::tools::ContextBudget).
    #[non_exhaustive]
    Compaction {
        /// Which request it was for, from 1.
        turn: u32,
        /// The size before, in the unit of the budget.
        before: usize,
        /// The size after, in the unit of the budget.
        after: usize,
    },
    /// The model was asked as often as it may be. An error of the same follows.
    #[non_exhaustive]
    LimitReached {
        /// The number of turns.
        turns: u32,
    },
}

impl<A: ToolApi> Debug for ToolEvent<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of_turn = |name: &str, turn: &u32, field: &str, value: &dyn Debug| {
            f.debug_struct(name).field("turn", turn).field(field, value).finish()
        };
        match self {
            Self::Request { turn, body } => of_turn("Request", turn, "body", &masked(body)),
            Self::Delta { turn, event } => of_turn("Delta", turn, "event", event),
            Self::ToolCall { turn, call } => of_turn("ToolCall", turn, "call", call),
            Self::ToolResult { turn, outcome } => of_turn("ToolResult", turn, "outcome", outcome),
            Self::Retry { turn, outcome } => of_turn("Retry", turn, "outcome", outcome),
            Self::Reply { turn, reply, head } => {
                f.debug_struct("Reply").field("turn", turn).field("reply", reply).field("head", head).finish()
            }
            Self::Usage { total } => f.debug_struct("Usage").field("total", total).finish(),
            Self::Approval { turn, id, name, approve } => {
                let mut out = f.debug_struct("Approval");
                out.field("turn", turn).field("id", id).field("name", name).field("approve", approve).finish()
            }
            Self::Compaction { turn, before, after } => {
                let mut out = f.debug_struct("Compaction");
                out.field("turn", turn).field("before", before).field("after", after).finish()
            }
            Self::LimitReached { turns } => f.debug_struct("LimitReached").field("turns", turns).finish(),
        }
    }
}

pub(crate) mod sealed {
    /// An API of this crate: only these can be run over.
    pub trait Sealed {}
}

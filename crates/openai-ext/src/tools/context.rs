//! The context of a tool's call: the run that calls it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::{Client, Clock, Redactor};

use super::cancellation::Cancellation;

/// The context of a tool's call, besides its arguments. Tools made by [`tool_with_context`](super::tool_with_context)
/// get it.
#[derive(Clone)]
pub struct ToolContext {
    clock: Arc<dyn Clock>,
    redactor: Redactor,
    call_id: String,
    turn: u32,
    deadline: Option<Duration>,
    cancellation: Cancellation,
    history: History,
}

/// The conversation so far, in the type of its API. It is shared by all calls of a turn.
#[derive(Clone, Default)]
pub(crate) struct History(Option<Arc<dyn Any + Send + Sync>>);

impl History {
    pub(crate) fn of<T: Any + Send + Sync>(conversation: T) -> Self {
        Self(Some(Arc::new(conversation)))
    }
}

impl ToolContext {
    /// A context of a call that no runner makes; limits of time go by the client's clock.
    #[must_use]
    #[inline]
    pub fn new(client: &Client) -> Self {
        Self {
            clock: Arc::clone(client.clock()),
            redactor: client.redactor(),
            call_id: String::new(),
            turn: 0,
            deadline: None,
            cancellation: Cancellation::new(),
            history: History::default(),
        }
    }

    /// The same for a call with this id.
    #[must_use]
    pub fn with_call_id(mut self, id: impl Into<String>) -> Self {
        self.call_id = id.into();
        self
    }

    #[inline]
    pub(crate) fn with_run(mut self, turn: u32, deadline: Option<Duration>, history: History) -> Self {
        (self.turn, self.deadline, self.history) = (turn, deadline, history);
        self
    }

    /// The id of the call.
    #[must_use]
    #[inline]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Which answer of the model the call is from, counted from 1; 0 outside of a run.
    #[must_use]
    #[inline]
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// The time that is left until the run ends, if it has a deadline.
    #[must_use]
    #[inline]
    pub fn time_left(&self) -> Option<Duration> {
        Some(self.deadline?.saturating_sub(self.clock.elapsed()))
    }

    /// Returns true once nobody waits for the tool any more: the run was cancelled, came to its deadline or was dropped, or the tool
    /// took too long. The tool's future is dropped then anyway; this is for what it started elsewhere, as on a thread.
    #[must_use]
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Waits until nobody waits for the tool any more; see [`is_cancelled`](Self::is_cancelled). The future holds nothing
    /// of the context, so that it can go to another task.
    #[inline]
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        self.cancellation.cancelled()
    }

    /// The conversation so far, if it is one of this type.
    pub(crate) fn conversation<T: Any>(&self) -> Option<&T> {
        self.history.0.as_ref()?.downcast_ref()
    }

    /// Gives the call a sign of its own.
    #[inline]
    pub(crate) fn renew_cancellation(&mut self) -> Cancellation {
        self.cancellation = Cancellation::new();
        self.cancellation.clone()
    }

    /// The credentials of the client, which no span tells.
    #[inline]
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The clock that limits of time go by.
    #[inline]
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
}

impl fmt::Debug for ToolContext {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolContext")
            .field("call_id", &self.call_id)
            .field("turn", &self.turn)
            .field("time_left", &self.time_left())
            .field("cancellation", &self.cancellation)
            .finish_non_exhaustive()
    }
}

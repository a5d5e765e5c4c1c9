//! Calls that run while the answer that makes them is still streamed.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::control::{EventSink, Halt};
use super::super::record::ToolApi;
use super::super::stored::checkpoint::Saving;
use super::{CallSlot, Calls, Finished};
use crate::tools::context::ToolContext;
use crate::tools::outcome::{ToolCall, ToolOutcome};
use crate::tools::panics::caught;
use crate::tools::toolbox::Toolbox;

/// The calls that may run before the answer that makes them is whole; none by default.
///
/// ```
/// use openai_ext::tools::EarlyExecution;
///
/// let all: EarlyExecution = true.into();
/// let some = EarlyExecution::named(["get_weather", "search"]);
/// let few = EarlyExecution::when(|call| call.name == "search" && call.arguments.len() < 1000);
/// # drop((all, some, few));
/// ```
#[derive(Clone, Default)]
pub struct EarlyExecution(Policy);

#[derive(Clone, Default)]
enum Policy {
    #[default]
    Never,
    Always,
    Named(Vec<String>),
    When(Arc<dyn Fn(&ToolCall) -> bool + Send + Sync>),
}

impl EarlyExecution {
    /// Allows the tools with these names.
    pub fn named<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(Policy::Named(names.into_iter().map(Into::into).collect()))
    }

    /// Asks a function about each call, whose name and arguments are whole.
    pub fn when(allows: impl Fn(&ToolCall) -> bool + Send + Sync + 'static) -> Self {
        Self(Policy::When(Arc::new(allows)))
    }

    pub(crate) fn is_never(&self) -> bool {
        matches!(self.0, Policy::Never)
    }

    fn allows(&self, call: &ToolCall) -> bool {
        match &self.0 {
            Policy::Never => false,
            Policy::Always => true,
            Policy::Named(names) => names.contains(&call.name),
            Policy::When(allows) => allows(call),
        }
    }
}

impl From<bool> for EarlyExecution {
    fn from(allow: bool) -> Self {
        Self(if allow { Policy::Always } else { Policy::Never })
    }
}

impl fmt::Debug for EarlyExecution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Policy::Never => f.write_str("Never"),
            Policy::Always => f.write_str("Always"),
            Policy::Named(names) => f.debug_tuple("Named").field(names).finish(),
            Policy::When(_) => f.write_str("When"),
        }
    }
}

/// The calls of an answer that is streamed, begun as soon as they are whole.
pub(crate) struct Early<A: ToolApi> {
    pub(crate) policy: EarlyExecution,
    pub(crate) toolbox: Toolbox,
    pub(crate) context: ToolContext,
    /// Names of tools that the caller answers.
    pub(crate) foreign: Vec<String>,
    /// Calls that ran in an answer before, which was cut off: they are not made again.
    pub(crate) known: Vec<ToolCall>,
    /// One call after the other: none may overtake one that has to wait for the whole answer.
    pub(crate) in_order: bool,
    pub(crate) turn: u32,
    pub(crate) calls: Calls<A>,
    /// A call has to wait for the whole answer, and all after it.
    pub(crate) is_deferred: bool,
    /// The store failed, or the policy panicked: no other call begins.
    pub(crate) failed: Option<Halt>,
}

impl<A: ToolApi> Early<A> {
    /// Takes a call that is whole.
    pub(crate) fn offer(&mut self, call: ToolCall) {
        if self.calls.iter().any(|known| known.id == call.id) || self.is_deferred {
            return;
        }
        let is_ours =
            !call.id.is_empty() && !self.foreign.contains(&call.name) && self.toolbox.get(&call.name).is_some();
        let is_known = self.known.iter().any(|known| is_same(known, &call));
        if !is_ours || is_known || !self.allows(&call) {
            self.is_deferred |= self.in_order && !is_known;
            return;
        }
        let context = self.context.clone().with_call_id(call.id.as_str());
        self.calls.push(self.toolbox.start(call, context));
    }

    /// Asks the caller's policy. Its panic waits until the answer is whole, as each failure does.
    fn allows(&mut self, call: &ToolCall) -> bool {
        caught(|| self.policy.allows(call)).unwrap_or_else(|panic| {
            let message = format!("the decision about the early execution of {:?} panicked: {panic}", call.name);
            (self.failed, self.is_deferred) = (Some(Halt::Panicked(message)), true);
            false
        })
    }

    /// Drives the calls. A failure waits until the answer is whole, because that was paid.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, events: &EventSink<A>) {
        let ends = |outcome: &ToolOutcome| outcome.abort().is_some();
        if self.failed.is_none()
            && let Poll::Ready(Err(error)) = self.calls.poll(context, self.turn, events, ends)
        {
            self.failed = Some(Halt::Failed(error));
        }
    }

    pub(crate) fn into_slots(self) -> (Vec<CallSlot>, Option<Saving>) {
        self.calls.into_slots()
    }

    pub(crate) fn finish(self) -> Finished {
        self.calls.finish()
    }
}

/// Tells whether two calls ask for the same: with one id, or, as an answer that is made again has other ids, with one name and
/// the same arguments.
pub(crate) fn is_same(one: &ToolCall, other: &ToolCall) -> bool {
    one.name == other.name && one.is_custom == other.is_custom && one.arguments == other.arguments
}

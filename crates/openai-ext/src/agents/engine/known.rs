//! The actions that a run has taken up already.

use std::collections::HashSet;

/// The calls and requests that a run has taken up.
#[derive(Default)]
pub(super) struct Known {
    /// The turns and ids of calls that were taken up.
    #[cfg_attr(not(feature = "tools"), allow(dead_code, reason = "only tools are called"))]
    pub(super) calls: HashSet<(String, String)>,
    /// Calls that have an output already, by the session's items.
    #[cfg_attr(not(feature = "tools"), allow(dead_code, reason = "only tools are called"))]
    pub(super) answered: HashSet<(String, String)>,
    /// The ids of requests for approvals.
    pub(super) requests: HashSet<String>,
    /// Requests that the caller's function left unanswered.
    pub(super) unanswered: HashSet<String>,
    /// The session waits for what nothing here gives.
    pub(super) is_blocked: bool,
    /// The ids of the turns that have ended, those of subagents included.
    pub(super) ended: HashSet<String>,
    /// The turn of the run has ended.
    pub(super) has_ended: bool,
    /// The turn is completed and the session idle: only what is under way here is awaited.
    pub(super) is_resting: bool,
    /// The ids of the calls in the order in which they were taken up.
    #[cfg(feature = "tools")]
    pub(super) order: Vec<String>,
}

impl Known {
    pub(super) fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// Notes calls that need no answer any more.
    pub(super) fn answer_calls(&mut self, calls: HashSet<(String, String)>) {
        self.answered.extend(calls);
    }
}

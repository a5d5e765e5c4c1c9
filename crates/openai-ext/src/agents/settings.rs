//! The settings of a run.

use std::time::Duration;

use super::approvals::Approver;
#[cfg(feature = "tools")]
use super::local_tools::LocalTools;
use crate::support::stop::Stop;

/// The number of streams that may be opened anew in a row, as for WebSockets.
const RECONNECTS: u32 = 5;

/// The settings of a run; see the options of [`AgentRunner`](super::AgentRunner).
pub(super) struct AgentSettings {
    pub(super) deadline: Option<Duration>,
    pub(super) stop: Stop,
    pub(super) max_reconnects: u32,
    pub(super) cancels_turn: bool,
    pub(super) include_obfuscation: Option<bool>,
    /// The key of the turn's message.
    pub(super) idempotency_key: Option<String>,
    pub(super) approver: Option<Approver>,
    #[cfg(feature = "tools")]
    pub(super) tools: LocalTools,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            deadline: None,
            stop: Stop::default(),
            max_reconnects: RECONNECTS,
            cancels_turn: true,
            include_obfuscation: None,
            idempotency_key: None,
            approver: None,
            #[cfg(feature = "tools")]
            tools: LocalTools::default(),
        }
    }
}

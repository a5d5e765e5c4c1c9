//! Runs of tools: one loop for all APIs. Each API has its side of it, a `Dialogue`, in its own area.

pub(crate) mod calls;
mod context;
pub(crate) mod control;
pub(crate) mod dialogue;
pub(crate) mod engine;
mod events;
pub(crate) mod final_methods;
pub(crate) mod live;
#[cfg(any(feature = "chat", feature = "responses"))]
pub(crate) mod parsed;
#[cfg_attr(not(any(feature = "responses", feature = "beta")), allow(dead_code))]
pub(crate) mod polling;
pub(crate) mod record;
mod resumption;
pub(crate) mod runner;
mod stored;
mod turns;

pub use calls::early::EarlyExecution;
pub use context::{Compaction, ContextBudget};
pub use events::ToolEvents;
pub use final_methods::RunToolsExt;
pub use record::{RunPhase, StopReason, ToolApi, ToolEvent, ToolRun};
pub use runner::{ToolRunner, UncertainCall};
pub use turns::{ToolTurn, ToolTurns};

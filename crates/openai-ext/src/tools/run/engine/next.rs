//! The steps that a run has before it, and the result of each.

use super::super::dialogue::Asked;
use super::super::record::StopReason;

/// The next thing that a run does.
pub(super) enum Next {
    /// Ask the model.
    Ask,
    /// Make the calls of an answer that is there.
    Answer(Asked),
    /// Go on if the caller has answered what the model waits for.
    Wait,
    /// Nothing: the run has ended.
    Ended(StopReason),
    /// Begin again from the record, since a step failed.
    Failed,
}

impl Next {
    /// The next thing of a run that begins, or begins again.
    pub(super) fn of(asked: Option<Asked>, ended: Option<StopReason>) -> Self {
        match (asked, ended) {
            (_, Some(stop)) => Self::Ended(stop),
            (Some(asked), None) => Self::Answer(asked),
            (None, None) => Self::Ask,
        }
    }
}

/// The result of a step.
pub(crate) enum Stepped {
    /// A turn, whose outcomes begin at a place in the record. `stop` is there if the run ends with it.
    Turn { calls_from: usize, stop: Option<StopReason> },
    /// Nothing: the run has ended.
    Ended(StopReason),
}

impl Stepped {
    /// Returns the reason for which the run ends with this step, if it does.
    pub(super) fn stop(&self) -> Option<StopReason> {
        match self {
            Self::Turn { stop, .. } => *stop,
            Self::Ended(stop) => Some(*stop),
        }
    }
}

//! The turns of the model that a test wrote down, in a session.

use http::StatusCode;

use crate::script::{Said, Scripts};
use crate::wire::{Fault, Reply};

/// Takes the next turn of the model. Of faults only the loss of the connection can be said in a turn; the others, which
/// count what HTTP has, are errors.
pub(super) fn take_turn(scripts: &Scripts, api: &str) -> Option<Said> {
    let turn = scripts.next_turn()?;
    let reason = match (turn.misfit(), turn.faults().fault()) {
        (Some(reason), _) => reason,
        (None, None) => return Some(turn.said),
        (None, Some(Fault::Disconnect)) => {
            return Some(Said::Reply(Reply::empty(StatusCode::OK).fault(Fault::Disconnect)));
        }
        (None, Some(fault)) => format!("the fault {fault:?} of a turn cannot apply; use `on_realtime`"),
    };
    Some(Said::Reply(scripts.refuse_fault_at(&format!("a WebSocket of {api}"), &reason)))
}

//! The state that an accumulator keeps beside its snapshot.

use super::places::CallPlaces;
use super::tool_state::ToolState;
use crate::structured::partial_json::Growing;

/// The state of a choice that its snapshot does not hold.
#[derive(Clone, Debug, Default)]
pub(super) struct ChoiceState {
    /// The calls of the snapshot, in the same order: by their index.
    pub(super) tools: Vec<ToolState>,
    /// Not stored: it is made of the calls and `tools`.
    pub(super) places: CallPlaces,
    /// The calls that are not done.
    pub(super) undone: usize,
    /// The indexes that the calls of the last chunk have, as many as it has calls. Not stored: the next chunk has its own.
    pub(super) indexes: Vec<i64>,
    /// The index of the call that the last delta was of.
    pub(super) last: Option<i64>,
    /// The index of the call that the last event of a call was of.
    pub(super) current: Option<i64>,
    /// Which of content, refusal and their logprobs were said to be done.
    pub(super) done: [bool; 4],
    /// The JSON of the content, once it was asked for. Not stored.
    pub(super) content: Growing,
}

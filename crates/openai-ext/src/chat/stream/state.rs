//! The state that an accumulator keeps beside its snapshot.

use super::whole::JsonEnd;

/// What the snapshot of a choice does not say.
#[derive(Clone, Debug, Default)]
pub(super) struct ChoiceState {
    /// The calls of the snapshot, in the same order: by their index.
    pub(super) tools: Vec<ToolState>,
    /// The indexes that the calls of the last chunk have, as many as it has calls. Not stored: the next chunk has its own.
    pub(super) indexes: Vec<i64>,
    /// The index of the call that the last delta was of.
    pub(super) last: Option<i64>,
    /// The index of the call that the last event of a call was of.
    pub(super) current: Option<i64>,
    /// Which of content, refusal and their logprobs were said to be done.
    pub(super) done: [bool; 4],
}

/// A call of a tool. In a message it has no index, and the indexes of a stream may have gaps.
#[derive(Clone, Debug)]
pub(super) struct ToolState {
    pub(super) index: i64,
    /// The index that the server gave, if it gave one: several calls may have the same.
    pub(super) given: Option<i64>,
    /// The event that says so was given.
    pub(super) done: bool,
    /// The progress of reading the arguments. Not stored: they are read anew.
    pub(super) end: JsonEnd,
}

//! The state of a tool call that its message does not say.

use super::whole::JsonEnd;
use crate::structured::partial_json::Growing;

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
    /// The JSON of the arguments, once it was asked for. Not stored.
    pub(super) arguments: Growing,
}

impl ToolState {
    #[inline]
    pub(super) fn new(index: i64, given: Option<i64>, done: bool) -> Self {
        Self { index, given, done, end: JsonEnd::default(), arguments: Growing::default() }
    }

    /// Returns the index that the server gave, or the one that stands for it.
    #[inline]
    pub(super) fn given(&self) -> i64 {
        self.given.unwrap_or(self.index)
    }
}

//! Reading a text again: as another candidate of a union, or as any value.

use serde_json::Value;

use super::Reader;
use crate::json::error::ReadError;

/// The state of reading one text as several candidates of a union, one after the other.
#[derive(Debug, Default)]
pub(in crate::json) struct Trials {
    /// Set while a text is read that may be read again as another candidate.
    pub(in crate::json) active: bool,
    /// Set if a value of another kind ends the trial of a candidate, because one that has none may follow.
    pub(in crate::json) strict: bool,
    /// The question if an object without a tag has all that a candidate requires.
    pub(in crate::json) probe: Probe,
}

/// The question whether an object has the required members of a candidate.
#[derive(Debug, Default, PartialEq)]
pub(in crate::json) enum Probe {
    #[default]
    None,
    /// It is asked of the object that stands at a level with this room.
    Of(u32),
    Fits,
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
pub(in crate::json) struct Mark {
    pub(in crate::json) pos: usize,
    pub(in crate::json) room: u32,
    pub(in crate::json) misfit: u64,
    pub(in crate::json) lossy: bool,
}

impl Reader<'_> {
    pub(in crate::json) fn mark(&self) -> Mark {
        Mark { pos: self.pos, room: self.room, misfit: self.misfit, lossy: self.lossy }
    }

    pub(in crate::json) fn reset(&mut self, mark: Mark) {
        self.pos = mark.pos;
        self.room = mark.room;
        self.misfit = mark.misfit;
        self.lossy = mark.lossy;
    }

    /// Reads again, as a plain value, what was read since `start` on this level.
    #[cold]
    pub(in crate::json) fn reread(&mut self, start: usize) -> Result<Value, ReadError> {
        let end = std::mem::replace(&mut self.pos, start);
        let value = self.value()?;
        debug_assert_eq!(self.pos, end);
        Ok(value)
    }
}

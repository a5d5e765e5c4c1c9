//! The state of a reader that only texts need which do not fit their types.

use std::any::TypeId;
use std::collections::BTreeMap;

use super::Reader;
use crate::json::error::Note;

/// No more values of another kind are noted, whatever the text has.
const MOST_NOTES: usize = 4096;

/// State that nearly all texts do without.
#[derive(Debug, Default)]
pub(in crate::json) struct Rare {
    /// Fields of the outermost object whose values are of another kind.
    pub(in crate::json) root_misfits: u128,
    /// The text is an input of the caller, and an object without its tag is a mistake.
    pub(in crate::json) is_input: bool,
    /// Values of another kind than their types have, in the order in which they were found.
    pub(in crate::json) notes: Vec<Note>,
    /// The candidate that was found best for a union at a place, so that nested unions are not tried over and over:
    /// without it, the time would be exponential in the depth. The flag tells whether it had to fit exactly.
    pub(in crate::json) best: BTreeMap<(usize, TypeId, bool), Option<u8>>,
    /// The one form of an object without its tag, for the same reason. It depends on nothing but the place, so that it holds
    /// for as long as the text is read.
    pub(in crate::json) forms: BTreeMap<(usize, TypeId), Option<u8>>,
}

impl Reader<'_> {
    pub(in crate::json) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The number of values of another kind so far.
    #[inline]
    pub(in crate::json) fn noted(&self) -> usize {
        self.rare.as_deref().map_or(0, |rare| rare.notes.len())
    }

    /// Notes a value that is not what its place asks for.
    #[cold]
    pub(in crate::json) fn note(&mut self, note: Note) {
        let notes = &mut self.rare().notes;
        if notes.len() < MOST_NOTES {
            notes.push(note);
        }
    }

    /// Forgets the notes behind the first so many, and returns them.
    #[inline]
    pub(in crate::json) fn take_notes(&mut self, first: usize) -> Vec<Note> {
        match self.rare.as_deref_mut() {
            Some(rare) if rare.notes.len() > first => rare.notes.split_off(first),
            _ => Vec::new(),
        }
    }
}

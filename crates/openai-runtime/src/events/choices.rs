//! The choices of a stream, and which of them are finished.

use crate::json::{self, Json};
use crate::request::endpoint::Done;

/// More choices than these are not told apart: such a stream is whole at its `[DONE]` alone.
const MAX_CHOICES: usize = 128;

/// The choices that a stream had so far, by their index, and which of them have a finish reason. A stream that ends without
/// `[DONE]` is whole once all of them have.
#[derive(Clone, Debug, Default)]
pub struct ChoiceProgress {
    choices: Vec<(i64, bool)>,
    overflown: bool,
}

impl ChoiceProgress {
    /// Notes that an event has the choice with this index, and whether it has its finish reason. A choice that was finished
    /// stays so.
    pub fn note(&mut self, index: i64, finished: bool) {
        let count = self.choices.len();
        match self.choices.iter_mut().find(|(known, _)| *known == index) {
            Some((_, known)) => *known |= finished,
            None if count < MAX_CHOICES => self.choices.push((index, finished)),
            None => self.overflown = true,
        }
    }

    /// Returns true if there was no choice yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Notes a choice by the value of its finish reason, an enum that may be optional. Some servers send an empty reason
    /// with each chunk, which counts as none.
    pub fn note_reason(&mut self, index: i64, reason: &dyn Json) {
        self.note(index, !reason.is_unset() && !matches!(&*json::to_vec(reason), b"null" | b"\"\""));
    }

    /// Returns whether there was a choice, and each one is finished.
    #[must_use]
    pub fn are_finished(&self) -> bool {
        !self.overflown && !self.choices.is_empty() && self.choices.iter().all(|(_, finished)| *finished)
    }
}

/// A reader of the choices of an event.
pub trait WatchChoices<E> {
    /// Notes the choices of an event.
    fn note(event: &E, progress: &mut ChoiceProgress);
}

/// A type of events that a stream of the API has. Generated code implements it.
pub trait StreamedEvent: Json + Default + Unpin + 'static {
    /// The end of a stream of these events.
    const DONE: Done;

    /// Notes the choices of this event, which can tell when a stream is whole.
    fn note_choices(&self, _progress: &mut ChoiceProgress) {}
}

/// Events that are any JSON, of a stream whose document does not describe them.
impl StreamedEvent for json::Value {
    const DONE: Done = Done::None;
}

/// Events that are text.
impl StreamedEvent for String {
    const DONE: Done = Done::Texts;
}

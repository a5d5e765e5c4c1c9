//! Streams of events, and the choices of chat and completions, which tell when one without `[DONE]` is whole.
#![allow(unexpected_cfgs, reason = "a crate made of another document has this file and not these features")]

use std::any::Any;

use openai_runtime::{ChoiceProgress, EventStream, Pending, WatchChoices};

use crate::request::{Request, Streams};

impl<O: Streams> Request<O> {
    /// Sends the call and returns the events of the response as they arrive. It asks the server for a stream.
    ///
    /// A stream of chat or completions is whole at its `[DONE]`, or at a clean end once every choice has its finish reason.
    pub fn stream(self) -> Pending<EventStream<O::Event>> {
        self.into_call().stream_of_choices::<O::Event, Choices>()
    }
}

/// The choices of any event: those of types that have some are noted.
struct Choices;

impl<E: 'static> WatchChoices<E> for Choices {
    fn note(event: &E, progress: &mut ChoiceProgress) {
        let event: &dyn Any = event;
        #[cfg(feature = "chat")]
        if let Some(chunk) = event.downcast_ref::<crate::types::ChatCompletionChunk>() {
            for choice in &chunk.choices {
                progress.note_reason(choice.index.max(0), &choice.finish_reason);
            }
        }
        #[cfg(feature = "completions")]
        if let Some(completion) = event.downcast_ref::<crate::types::Completion>() {
            for choice in &completion.choices {
                progress.note_reason(choice.index.max(0), &choice.finish_reason);
            }
        }
        let _ = (event, progress);
    }
}

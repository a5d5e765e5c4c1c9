//! Streams of events, and the choices of chat and completions, which tell when one without `[DONE]` is whole.

use openai_runtime::{ChoiceProgress, EventStream, Pending, StreamedEvent, StreamingResponse, WatchChoices};

use crate::request::{Request, Streams};

impl<O: Streams> Request<O> {
    /// Sends the call and returns the events of the response as they arrive. It asks the server for a stream.
    ///
    /// A stream of chat or completions is whole at its `[DONE]`, or at a clean end once every choice has its finish reason.
    pub fn stream(self) -> Pending<EventStream<O::Event>> {
        self.into_call().stream_of_choices::<O::Event, OwnChoices>()
    }

    /// Sends the call and returns the response once its head is there. It asks the server for a stream, whose events are
    /// read later, as values, texts or bytes.
    pub fn stream_raw(self) -> Pending<StreamingResponse<O::Output>> {
        self.into_call().stream_raw()
    }
}

/// The choices that an event says it has.
struct OwnChoices;

impl<E: StreamedEvent> WatchChoices<E> for OwnChoices {
    fn note(event: &E, progress: &mut ChoiceProgress) {
        event.note_choices(progress);
    }
}

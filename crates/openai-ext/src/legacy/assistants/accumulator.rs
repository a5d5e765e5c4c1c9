//! The objects of a run, put together from its events.

use openai_runtime::json::{self, Extra};
use openai_runtime::{Error, Result, object};

use super::event::{AssistantEvent, Events};
use super::placements::{At, Open, Placements};
use crate::types::{
    AssistantStreamEvent, Run, RunStep, RunStepToolCall, Thread, ThreadMessage, ThreadMessageContentItem,
};

/// The thread, messages and steps that the events of a run add up to.
///
/// ```
/// use openai_ext::assistants::AssistantAccumulator;
/// use openai_ext::types::AssistantStreamEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = [
///     r#"{"event": "thread.message.created", "data": {"id": "msg_1", "object": "thread.message", "content": []}}"#,
///     r#"{"event": "thread.message.delta", "data": {"id": "msg_1", "delta": {
///         "content": [{"index": 0, "type": "text", "text": {"value": "Hello!"}}]}}}"#,
/// ];
/// let mut accumulator = AssistantAccumulator::default();
/// for line in log {
///     let event: AssistantStreamEvent = serde_json::from_str(line)?;
///     for event in accumulator.push(&event)? {
///         print!("{}", event.text_delta().unwrap_or_default());
///     }
/// }
/// assert_eq!(accumulator.messages().len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// Objects that an event has as a whole replace what was known. Deltas are merged into it: the parts of a message and
/// the calls of a step by their `index`, or behind those there are; texts are joined, identifiers and names replaced,
/// unknown fields kept in `extra` by the rule of the official SDKs. A delta for an object that was not announced starts
/// it, since not every server announces. It may be written to a file and read back, to go on with the events that follow.
#[derive(Clone, Default)]
pub struct AssistantAccumulator {
    pub(super) thread: Option<Thread>,
    pub(super) run: Option<Run>,
    pub(super) messages: Vec<ThreadMessage>,
    pub(super) run_steps: Vec<RunStep>,
    /// The places to which the deltas of each message and each step went.
    pub(super) message_places: Vec<Placements>,
    pub(super) step_places: Vec<Placements>,
    /// The message and the step that are not over.
    pub(super) message: Option<At>,
    pub(super) step: Option<At>,
    /// The content part and the tool call that the last deltas were for.
    pub(super) part: Option<Open>,
    pub(super) call: Option<Open>,
    /// Those that went on after they were said to be done.
    pub(super) reopened_parts: Option<Vec<Open>>,
    pub(super) reopened_calls: Option<Vec<Open>>,
    pub(super) ended: bool,
    pub(super) extra: Extra,
}

object!(
    AssistantAccumulator,
    [
        F("thread", O),
        F("run", O),
        F("messages", R),
        F("run_steps", R),
        F("message_places", R),
        F("step_places", R),
        F("message", O),
        F("step", O),
        F("part", O),
        F("call", O),
        F("reopened_parts", O),
        F("reopened_calls", O),
        F("ended", R)
    ],
    [
        thread,
        run,
        messages,
        run_steps,
        message_places,
        step_places,
        message,
        step,
        part,
        call,
        reopened_parts,
        reopened_calls,
        ended
    ]
);

impl AssistantAccumulator {
    /// Takes the next event, and tells what it means.
    ///
    /// # Errors
    /// The event is an `error` of the server; or the run has more than 4096 messages or steps. It has the run and this accumulator as far as they are there, as its
    /// [`detail`](Error::detail)s.
    #[inline]
    pub fn push(&mut self, event: &AssistantStreamEvent) -> Result<Vec<AssistantEvent>> {
        let mut events = Events::new();
        self.push_into(event, &mut events).map_err(|error| self.with_state(error))?;
        Ok(events.into())
    }

    /// Tells what the end of the stream means: what is open is done, and that is the end. Empty if an event said so before.
    #[inline]
    pub fn finish(&mut self) -> Vec<AssistantEvent> {
        let mut events = Events::new();
        self.finish_into(&mut events);
        events.into()
    }

    /// The thread, if it was created with the run.
    #[must_use]
    #[inline]
    pub fn thread(&self) -> Option<&Thread> {
        self.thread.as_ref()
    }

    /// The run as the last event had it.
    #[must_use]
    #[inline]
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// The messages, in the order they began.
    #[must_use]
    #[inline]
    pub fn messages(&self) -> &[ThreadMessage] {
        &self.messages
    }

    /// The steps, in the order they began.
    #[must_use]
    #[inline]
    pub fn run_steps(&self) -> &[RunStep] {
        &self.run_steps
    }

    /// The message that is being written.
    #[must_use]
    #[inline]
    pub fn current_message(&self) -> Option<&ThreadMessage> {
        self.messages.get(self.message?.0)
    }

    /// The step that is under way.
    #[must_use]
    #[inline]
    pub fn current_run_step(&self) -> Option<&RunStep> {
        self.run_steps.get(self.step?.0)
    }

    /// The tool call that is being written.
    #[must_use]
    #[inline]
    pub fn current_tool_call(&self) -> Option<&RunStepToolCall> {
        self.tool_call(self.call?)
    }

    /// The text of all messages so far.
    #[must_use]
    #[inline]
    pub fn text(&self) -> String {
        let parts = self.messages.iter().flat_map(|message| &message.content);
        parts
            .filter_map(|part| match part {
                ThreadMessageContentItem::Text(part) => Some(part.text.value.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The error with what there is so far.
    #[cold]
    #[inline]
    pub(super) fn with_state(&self, error: Error) -> Error {
        let error = match &self.run {
            Some(run) => error.with_detail(run.clone()),
            None => error,
        };
        error.with_detail(self.clone())
    }

    #[inline]
    pub(super) fn push_into(&mut self, event: &AssistantStreamEvent, events: &mut Events) -> Result<()> {
        use AssistantStreamEvent as E;

        // Events after the end are those of another stream: the run goes on once the outputs of its tools are there.
        self.ended &= matches!(event, E::Done(_));
        match event {
            E::ThreadMessageDelta(event) => self.message_delta(&event.data, events)?,
            E::ThreadRunStepDelta(event) => self.step_delta(&event.data, events)?,

            E::ThreadCreated(event) => {
                self.thread = Some(event.data.clone());
                events.push_back(AssistantEvent::ThreadCreated(Box::new(event.data.clone())));
            }

            E::ThreadRunCreated(event) => self.run_event(&event.data, AssistantEvent::RunCreated, events),
            E::ThreadRunQueued(event) => self.run_event(&event.data, AssistantEvent::RunChanged, events),
            E::ThreadRunInProgress(event) => self.run_event(&event.data, AssistantEvent::RunChanged, events),
            E::ThreadRunCancelling(event) => self.run_event(&event.data, AssistantEvent::RunChanged, events),
            E::ThreadRunRequiresAction(event) => self.run_halt(&event.data, AssistantEvent::RequiresAction, events),
            E::ThreadRunCompleted(event) => self.run_halt(&event.data, AssistantEvent::RunDone, events),
            E::ThreadRunIncomplete(event) => self.run_halt(&event.data, AssistantEvent::RunDone, events),
            E::ThreadRunFailed(event) => self.run_halt(&event.data, AssistantEvent::RunDone, events),
            E::ThreadRunCancelled(event) => self.run_halt(&event.data, AssistantEvent::RunDone, events),
            E::ThreadRunExpired(event) => self.run_halt(&event.data, AssistantEvent::RunDone, events),

            E::ThreadRunStepCreated(event) => self.step_event(&event.data, AssistantEvent::RunStepCreated, events)?,
            E::ThreadRunStepInProgress(event) => {
                self.step_event(&event.data, AssistantEvent::RunStepChanged, events)?
            }
            E::ThreadRunStepCompleted(event) => self.step_done(&event.data, events)?,
            E::ThreadRunStepFailed(event) => self.step_done(&event.data, events)?,
            E::ThreadRunStepCancelled(event) => self.step_done(&event.data, events)?,
            E::ThreadRunStepExpired(event) => self.step_done(&event.data, events)?,

            E::ThreadMessageCreated(event) => {
                self.message_event(&event.data, AssistantEvent::MessageCreated, events)?
            }
            E::ThreadMessageInProgress(event) => {
                self.message_event(&event.data, AssistantEvent::MessageChanged, events)?;
            }
            E::ThreadMessageCompleted(event) => self.message_done(&event.data, events)?,
            E::ThreadMessageIncomplete(event) => self.message_done(&event.data, events)?,

            // Over a connection it is an error of the stream and no event.
            E::Error(event) => return Err(Error::from_event(&json::to_value(&event.data))),
            E::Done(_) => self.finish_into(events),
            event => events.push_back(AssistantEvent::Unknown(json::to_value(event))),
        }
        Ok(())
    }

    #[inline]
    pub(super) fn finish_into(&mut self, events: &mut Events) {
        if !self.ended {
            self.end_parts(events);
            self.end_calls(events);
            self.message = None;
            self.step = None;
            self.ended = true;
            events.push_back(AssistantEvent::End);
        }
    }
}

/// The run.
impl AssistantAccumulator {
    #[inline]
    fn run_event(&mut self, run: &Run, event: fn(Box<Run>) -> AssistantEvent, events: &mut Events) {
        self.run = Some(run.clone());
        events.push_back(event(Box::new(run.clone())));
    }

    /// The run does not go on by itself: what it was writing is done.
    #[inline]
    fn run_halt(&mut self, run: &Run, event: fn(Box<Run>) -> AssistantEvent, events: &mut Events) {
        self.end_parts(events);
        self.end_calls(events);
        self.run_event(run, event, events);
    }
}

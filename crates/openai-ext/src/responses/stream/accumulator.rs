//! The response that its events add up to.

use std::mem::discriminant;

use openai_runtime::json;

use super::ids::item_id;
use super::layout::{ItemPlace, Kind, Layout, MAX_ITEMS, given, too_many};
use super::merge;
use super::number::sequence_number;
use super::readers::{Partials, leaves_texts_out};
use super::snapshot::{logprob, misplaced, set, started};
use crate::types::{
    Response, ResponseCodeInterpreterToolCall, ResponseCustomToolCall, ResponseFileSearchToolCall,
    ResponseFunctionShellToolCallOutput, ResponseFunctionToolCall, ResponseFunctionWebSearch,
    ResponseImageGenerationCall, ResponseMcpCall, ResponseOutputItem, ResponseStatus, ResponseStreamEvent,
};
use crate::{Error, ErrorKind, Result};

/// Puts a response together from its events, wherever they come from.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::responses::ResponseAccumulator;
/// use openai_ext::types::ResponseStreamEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut accumulator = ResponseAccumulator::default();
/// for line in [
///     r#"{"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "Hel"}"#,
///     r#"{"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "lo"}"#,
/// ] {
///     accumulator.push(&serde_json::from_str::<ResponseStreamEvent>(line)?)?;
/// }
/// assert_eq!(accumulator.finish()?.output_text(), "Hello");
/// # Ok(())
/// # }
/// ```
///
/// It can be stored half done: it is `Serialize` and `Deserialize`.
#[derive(Clone, Debug, Default)]
pub struct ResponseAccumulator {
    pub(super) snapshot: Option<Response>,
    pub(super) layout: Layout,
    pub(super) sequence_number: Option<i64>,
    pub(super) complete: bool,
    pub(super) changed: Option<Changed>,
    /// Not stored.
    pub(super) partials: Option<Box<Partials>>,
}

/// The change by the last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changed {
    /// The item's position in the snapshot's `output`.
    pub output_index: usize,
    /// The position of the part in the item, if it is a part that changed: of the content, the summary, the commands.
    pub part_index: Option<usize>,
}

impl ResponseAccumulator {
    /// Adds an event. Events that change nothing, and those that the document does not have, are passed over.
    ///
    /// # Errors
    /// Of kind [`Stream`](ErrorKind::Stream): the event is an `error`, or the response has more than 4096 items, or
    /// an item more than 4096 parts. What was there before stays, and the error has it, too:
    /// [`ErrorExt::response`](crate::ErrorExt::response).
    #[inline]
    pub fn push(&mut self, event: &ResponseStreamEvent) -> Result<()> {
        self.changed = None;
        if let Some(number) = sequence_number(event) {
            self.sequence_number = self.sequence_number.max(Some(number));
        }
        self.apply(event).map_err(|error| self.with_snapshot(error))
    }

    /// The error with the response as far as it is there.
    #[cold]
    #[inline]
    pub(super) fn with_snapshot(&self, error: Error) -> Error {
        match &self.snapshot {
            Some(response) => error.with_detail(response.clone()),
            None => error,
        }
    }

    /// The response so far; `None` before the first event that says anything of it.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> Option<&Response> {
        self.snapshot.as_ref()
    }

    /// The highest number that an event had, to go on after it; `None` if the server does not number them.
    #[must_use]
    #[inline]
    pub fn sequence_number(&self) -> Option<i64> {
        self.sequence_number
    }

    /// Returns the change by the last event; `None` if it changed no item.
    #[must_use]
    #[inline]
    pub fn changed(&self) -> Option<Changed> {
        self.changed
    }

    /// Tells whether the last event of the response was there: it is completed, failed or incomplete.
    #[must_use]
    #[inline]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The response as far as the events went. [`Self::is_complete`] tells whether they went to the end.
    ///
    /// # Errors
    /// Of kind [`Truncated`](ErrorKind::Truncated): there was no event of a response.
    #[inline]
    pub fn finish(self) -> Result<Response> {
        self.snapshot.ok_or_else(|| Error::new(ErrorKind::Truncated, "the stream had no event of a response"))
    }

    #[inline]
    fn apply(&mut self, event: &ResponseStreamEvent) -> Result<()> {
        use ResponseStreamEvent as E;
        macro_rules! place {
            ($event:ident) => {
                ItemPlace { id: &$event.item_id, index: given($event.output_index, &$event.extra, "output_index") }
            };
        }
        macro_rules! index {
            ($event:ident, $index:ident) => {
                given($event.$index, &$event.extra, stringify!($index))
            };
        }
        macro_rules! status {
            ($event:ident, $kind:ty, $status:literal) => {
                self.item::<$kind>(place!($event))?.status = $status.into()
            };
        }
        match event {
            E::ResponseCreated(event) => self.lifecycle(&event.response, ResponseStatus::InProgress, false)?,
            E::ResponseInProgress(event) => self.lifecycle(&event.response, ResponseStatus::InProgress, false)?,
            E::ResponseQueued(event) => self.lifecycle(&event.response, ResponseStatus::Queued, false)?,
            E::ResponseCompleted(event) => self.lifecycle(&event.response, ResponseStatus::Completed, true)?,
            E::ResponseFailed(event) => self.lifecycle(&event.response, ResponseStatus::Failed, true)?,
            E::ResponseIncomplete(event) => self.lifecycle(&event.response, ResponseStatus::Incomplete, true)?,
            E::Error(event) => return Err(Error::from_event(&json::to_value(event))),

            E::ResponseOutputItemAdded(event) => self.add_item(&event.item, index!(event, output_index))?,
            E::ResponseOutputItemDone(event) => self.set_item(&event.item, index!(event, output_index))?,
            E::ResponseContentPartAdded(event) => {
                self.set_content(place!(event), index!(event, content_index), &event.part, false)?;
            }
            E::ResponseContentPartDone(event) => {
                self.set_content(place!(event), index!(event, content_index), &event.part, true)?;
            }

            E::ResponseOutputTextDelta(event) => {
                let part = self.text(place!(event), index!(event, content_index))?;
                part.text.push_str(&event.delta);
                part.logprobs.extend(event.logprobs.iter().map(logprob));
            }
            E::ResponseOutputTextDone(event) => {
                let part = self.text(place!(event), index!(event, content_index))?;
                let rewritten = set(&mut part.text, &event.text);
                if !event.logprobs.is_empty() {
                    part.logprobs = event.logprobs.iter().map(logprob).collect();
                }
                if rewritten {
                    self.rewritten();
                }
            }
            E::ResponseOutputTextAnnotationAdded(event) => {
                let at = index!(event, annotation_index).and_then(|index| usize::try_from(index).ok());
                if let Some(annotation) = &event.annotation {
                    let known = &mut self.text(place!(event), index!(event, content_index))?.annotations;
                    match at.and_then(|at| known.get_mut(at)) {
                        Some(known) => known.clone_from(annotation),
                        None => known.push(annotation.clone()),
                    }
                }
            }
            E::ResponseRefusalDelta(event) => {
                self.refusal(place!(event), index!(event, content_index))?.push_str(&event.delta);
            }
            E::ResponseRefusalDone(event) => {
                set(self.refusal(place!(event), index!(event, content_index))?, &event.refusal);
            }

            E::ResponseReasoningTextDelta(event) => {
                self.reasoning(place!(event), index!(event, content_index))?.push_str(&event.delta);
            }
            E::ResponseReasoningTextDone(event) => {
                set(self.reasoning(place!(event), index!(event, content_index))?, &event.text);
            }
            E::ResponseReasoningSummaryTextDelta(event) => {
                self.summary(place!(event), index!(event, summary_index))?.text.push_str(&event.delta);
            }
            E::ResponseReasoningSummaryTextDone(event) => {
                set(&mut self.summary(place!(event), index!(event, summary_index))?.text, &event.text);
            }
            E::ResponseReasoningSummaryPartAdded(event) => {
                self.set_summary(place!(event), index!(event, summary_index), &event.part, false)?;
            }
            E::ResponseReasoningSummaryPartDone(event) => {
                self.set_summary(place!(event), index!(event, summary_index), &event.part, true)?;
            }

            E::ResponseFunctionCallArgumentsDelta(event) => {
                self.item::<ResponseFunctionToolCall>(place!(event))?.arguments.push_str(&event.delta);
            }
            E::ResponseFunctionCallArgumentsDone(event) => {
                let call = self.item::<ResponseFunctionToolCall>(place!(event))?;
                let rewritten = set(&mut call.arguments, &event.arguments);
                // The document dropped the name; servers of before still send it.
                if let Some(name) =
                    event.extra.get("name").and_then(json::Value::as_str).filter(|_| call.name.is_empty())
                {
                    name.clone_into(&mut call.name);
                }
                if rewritten {
                    self.rewritten();
                }
            }
            E::ResponseCustomToolCallInputDelta(event) => {
                self.item::<ResponseCustomToolCall>(place!(event))?.input.push_str(&event.delta);
            }
            E::ResponseCustomToolCallInputDone(event) => {
                set(&mut self.item::<ResponseCustomToolCall>(place!(event))?.input, &event.input);
            }
            E::ResponseMcpCallArgumentsDelta(event) => {
                self.item::<ResponseMcpCall>(place!(event))?.arguments.push_str(&event.delta);
            }
            E::ResponseMcpCallArgumentsDone(event) => {
                let call = self.item::<ResponseMcpCall>(place!(event))?;
                let rewritten = set(&mut call.arguments, &event.arguments);
                if rewritten {
                    self.rewritten();
                }
            }
            E::ResponseMcpCallInProgress(event) => {
                self.item::<ResponseMcpCall>(place!(event))?.status = Some("in_progress".into());
            }
            E::ResponseMcpCallCompleted(event) => {
                self.item::<ResponseMcpCall>(place!(event))?.status = Some("completed".into());
            }
            E::ResponseMcpCallFailed(event) => {
                self.item::<ResponseMcpCall>(place!(event))?.status = Some("failed".into());
            }

            E::ResponseCodeInterpreterCallCodeDelta(event) => {
                let call = self.item::<ResponseCodeInterpreterToolCall>(place!(event))?;
                call.code.get_or_insert_default().push_str(&event.delta);
            }
            E::ResponseCodeInterpreterCallCodeDone(event) => {
                let call = self.item::<ResponseCodeInterpreterToolCall>(place!(event))?;
                set(call.code.get_or_insert_default(), &event.code);
            }
            E::ResponseCodeInterpreterCallInProgress(event) => {
                status!(event, ResponseCodeInterpreterToolCall, "in_progress");
            }
            E::ResponseCodeInterpreterCallInterpreting(event) => {
                status!(event, ResponseCodeInterpreterToolCall, "interpreting");
            }
            E::ResponseCodeInterpreterCallCompleted(event) => {
                status!(event, ResponseCodeInterpreterToolCall, "completed");
            }
            E::ResponseFileSearchCallInProgress(event) => status!(event, ResponseFileSearchToolCall, "in_progress"),
            E::ResponseFileSearchCallSearching(event) => status!(event, ResponseFileSearchToolCall, "searching"),
            E::ResponseFileSearchCallCompleted(event) => status!(event, ResponseFileSearchToolCall, "completed"),
            E::ResponseWebSearchCallInProgress(event) => status!(event, ResponseFunctionWebSearch, "in_progress"),
            E::ResponseWebSearchCallSearching(event) => status!(event, ResponseFunctionWebSearch, "searching"),
            E::ResponseWebSearchCallCompleted(event) => status!(event, ResponseFunctionWebSearch, "completed"),
            E::ResponseImageGenerationCallInProgress(event) => {
                status!(event, ResponseImageGenerationCall, "in_progress");
            }
            E::ResponseImageGenerationCallGenerating(event) => {
                status!(event, ResponseImageGenerationCall, "generating");
            }
            E::ResponseImageGenerationCallCompleted(event) => {
                status!(event, ResponseImageGenerationCall, "completed");
            }

            E::ResponseShellCallCommandAdded(event) => {
                let place = ItemPlace { id: "", index: index!(event, output_index) };
                set(self.command(place, index!(event, command_index))?, &event.command);
            }
            E::ResponseShellCallCommandDelta(event) => {
                let place = ItemPlace { id: "", index: index!(event, output_index) };
                self.command(place, index!(event, command_index))?.push_str(&event.delta);
            }
            E::ResponseShellCallCommandDone(event) => {
                let place = ItemPlace { id: "", index: index!(event, output_index) };
                set(self.command(place, index!(event, command_index))?, &event.command);
            }
            E::ResponseShellCallOutputContentDelta(event) => {
                let output = self.shell_output(place!(event), index!(event, command_index))?;
                output.stdout.push_str(event.delta.stdout.as_deref().unwrap_or_default());
                output.stderr.push_str(event.delta.stderr.as_deref().unwrap_or_default());
            }
            // One output is that of the command; several are those of all commands.
            E::ResponseShellCallOutputContentDone(event) => match event.output.as_slice() {
                [output] => self.shell_output(place!(event), index!(event, command_index))?.clone_from(output),
                output => {
                    let item = self.item::<ResponseFunctionShellToolCallOutput>(place!(event))?;
                    item.output = output.to_vec();
                }
            },

            // The response has no place for these, or they say nothing that a later event does not say again.
            E::ResponseAudioDelta(_)
            | E::ResponseAudioDone(_)
            | E::ResponseAudioTranscriptDelta(_)
            | E::ResponseAudioTranscriptDone(_)
            | E::ResponseCompactionCompacting(_)
            | E::ResponseImageGenerationCallPartialImage(_)
            | E::ResponseMcpListToolsInProgress(_)
            | E::ResponseMcpListToolsCompleted(_)
            | E::ResponseMcpListToolsFailed(_)
            // These are about what comes after the response.
            | E::ResponseSteerAccepted(_)
            | E::ResponseSteerPending(_)
            | E::ResponseSteerFailed(_)
            | E::Keepalive(_) => {}
            E::Unknown(event) => self.unknown(event)?,
            // The document of a later version may have more; tests/streams/responses tells when one is missing here.
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn lifecycle(&mut self, response: &Response, status: ResponseStatus, last: bool) -> Result<()> {
        if response.output.len() > MAX_ITEMS {
            return Err(too_many("items", MAX_ITEMS));
        }
        let mut response = response.clone();
        match self.snapshot.take() {
            Some(known) => merge::keep_response(&mut response, known, &mut self.layout, last),
            None => self.layout.restart(response.output.len(), last),
        }
        if response.status.is_none() {
            response.status = Some(status);
        }
        self.snapshot = Some(response);
        self.complete |= last;
        Ok(())
    }

    #[inline]
    fn add_item(&mut self, item: &ResponseOutputItem, index: Option<i64>) -> Result<()> {
        let output = &mut started(&mut self.snapshot).output;
        let id = item_id(item);
        let layout = &self.layout;
        let is_known = |at: usize, known: &ResponseOutputItem| item_id(known) == id && !layout.is_another(at, index);
        let known = output.iter_mut().enumerate().find(|(at, known)| !id.is_empty() && is_known(*at, known));
        let at = match known {
            Some((at, known)) => {
                known.clone_from(item);
                self.layout.replaced(at, false);
                self.layout.rewritten(at);
                at
            }
            None => self.layout.insert(output, index, item.clone())?,
        };
        self.changed = Some(Changed { output_index: at, part_index: None });
        Ok(())
    }

    #[inline]
    fn set_item(&mut self, item: &ResponseOutputItem, index: Option<i64>) -> Result<()> {
        let output = &mut started(&mut self.snapshot).output;
        let place = ItemPlace { id: item_id(item), index };
        let is_same_kind = |known: &ResponseOutputItem| discriminant(known) == discriminant(item);
        let mut item = item.clone();
        let grows = leaves_texts_out(&item);
        let known = self.layout.find(output, place, is_same_kind);
        let at = match known.filter(|at| !self.layout.is_another(*at, index)) {
            Some(at) => {
                if let Some(known) = output.get_mut(at) {
                    merge::keep_item(&mut item, known);
                    *known = item;
                }
                at
            }
            None => self.layout.insert(output, index, item)?,
        };
        self.layout.replaced(at, true);
        if !grows {
            self.layout.rewritten(at);
        }
        self.changed = Some(Changed { output_index: at, part_index: None });
        Ok(())
    }

    /// The item that an event means, made if there is none yet.
    fn item<T: Kind>(&mut self, place: ItemPlace<'_>) -> Result<&mut T> {
        self.find(place).map(|found| found.item)
    }

    pub(super) fn has<T: Kind>(&mut self, place: ItemPlace<'_>) -> bool {
        let layout = &mut self.layout;
        self.snapshot.as_ref().is_some_and(|snapshot| layout.find(&snapshot.output, place, T::is).is_some())
    }

    pub(super) fn find<T: Kind>(&mut self, place: ItemPlace<'_>) -> Result<Found<'_, T>> {
        let output = &mut started(&mut self.snapshot).output;
        let at = self.layout.item::<T>(output, place)?;
        let changed = self.changed.insert(Changed { output_index: at, part_index: None });
        let item = output.get_mut(at).and_then(T::of).ok_or_else(misplaced)?;
        Ok(Found { at, item, layout: &mut self.layout, changed })
    }
}

/// The item that an event means, and what is to be noted about it.
pub(super) struct Found<'a, T> {
    pub(super) at: usize,
    pub(super) item: &'a mut T,
    pub(super) layout: &'a mut Layout,
    pub(super) changed: &'a mut Changed,
}

//! The meaning of an event.

use std::sync::Arc;

use super::accumulator::Changed;
use super::number::sequence_number;
use crate::types::{
    Response, ResponseImageGenCallPartialImageEvent, ResponseOutputItem, ResponseOutputTextAnnotation,
    ResponseStreamEvent,
};

/// An event of a [`ResponseStream`](super::ResponseStream), after it was added to the stream's snapshot.
#[derive(Clone, Debug)]
pub struct ResponseEvent {
    pub(super) raw: ResponseStreamEvent,
    pub(super) changed: Option<Changed>,
    pub(super) call: Option<Arc<CallName>>,
}

/// The tool call that an event is part of: its item says it, the events themselves do not.
#[derive(Debug, Default)]
pub(super) struct CallName {
    pub(super) name: String,
    pub(super) call_id: String,
}

/// The meaning of an event. Positions are those in the stream's snapshot.
///
/// Texts are as the event has them: what they come to is in the snapshot, which is not copied for each event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ResponseUpdate<'a> {
    /// The response was created, is queued or in progress.
    Started(&'a Response),
    /// The response is completed, failed or incomplete, as its status says. This is the event's own response:
    /// the snapshot has what it leaves out, too.
    Ended(&'a Response),
    /// An item of the output begins.
    ItemAdded(Position<'a>, &'a ResponseOutputItem),
    /// An item of the output is whole.
    ItemDone(Position<'a>, &'a ResponseOutputItem),
    /// A part of an item begins.
    PartAdded(Position<'a>),
    /// A part of an item is whole.
    PartDone(Position<'a>),
    /// Text goes on.
    TextDelta(Position<'a>, &'a str),
    /// Text is whole.
    TextDone(Position<'a>, &'a str),
    /// Text has a source or a file.
    Annotation(Position<'a>, &'a ResponseOutputTextAnnotation),
    /// A refusal goes on.
    RefusalDelta(Position<'a>, &'a str),
    /// A refusal is whole.
    RefusalDone(Position<'a>, &'a str),
    /// The model's reasoning goes on, where the server shows it.
    ReasoningDelta(Position<'a>, &'a str),
    /// The model's reasoning is whole.
    ReasoningDone(Position<'a>, &'a str),
    /// A summary of the model's reasoning goes on.
    SummaryDelta(Position<'a>, &'a str),
    /// A summary of the model's reasoning is whole.
    SummaryDone(Position<'a>, &'a str),
    /// The arguments of a function call go on.
    FunctionArgumentsDelta(ToolCallUpdate<'a>),
    /// The arguments of a function call are whole.
    FunctionArgumentsDone(ToolCallUpdate<'a>),
    /// The input of a custom tool goes on.
    CustomInputDelta(ToolCallUpdate<'a>),
    /// The input of a custom tool is whole.
    CustomInputDone(ToolCallUpdate<'a>),
    /// The arguments of a call of an MCP server go on.
    McpArgumentsDelta(ToolCallUpdate<'a>),
    /// The arguments of a call of an MCP server are whole.
    McpArgumentsDone(ToolCallUpdate<'a>),
    /// The code of the code interpreter goes on.
    CodeDelta(Position<'a>, &'a str),
    /// The code of the code interpreter is whole.
    CodeDone(Position<'a>, &'a str),
    /// A command of the shell begins or goes on.
    CommandDelta(Position<'a>, &'a str),
    /// A command of the shell is whole.
    CommandDone(Position<'a>, &'a str),
    /// A picture of an image that is not done yet.
    PartialImage(&'a ResponseImageGenCallPartialImageEvent),
    /// The status of a tool call: `in_progress`, `searching`, `completed` and so on.
    Status(Position<'a>, &'static str),
    /// Audio as base64.
    AudioDelta(&'a str),
    /// The transcript of the audio.
    AudioTranscriptDelta(&'a str),
    /// Anything else; [`ResponseEvent::raw`] has it.
    Other,
}

/// The position of a part in the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position<'a> {
    /// The item's id, as the event has it; empty if it has none.
    pub item_id: &'a str,
    /// The position of the item in the snapshot's `output`.
    pub output_index: usize,
    /// The position of the part in the item's content, summary or commands; 0 for what has no parts.
    pub part_index: usize,
}

/// A call of a tool that the model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCallUpdate<'a> {
    /// The position of the call in the output.
    pub position: Position<'a>,
    /// The name of the function or tool.
    pub name: &'a str,
    /// The id to answer the call by; empty for a call of an MCP server, which the API makes itself.
    pub call_id: &'a str,
    /// The part that the event adds, or all of the arguments if the call is complete.
    pub arguments: &'a str,
}

impl ResponseEvent {
    /// The event as the server sent it.
    #[must_use]
    #[inline]
    pub fn raw(&self) -> &ResponseStreamEvent {
        &self.raw
    }

    /// The event as the server sent it.
    #[must_use]
    #[inline]
    pub fn into_raw(self) -> ResponseStreamEvent {
        self.raw
    }

    /// The event's number; `None` if the server does not number them.
    #[must_use]
    #[inline]
    pub fn sequence_number(&self) -> Option<i64> {
        sequence_number(&self.raw)
    }

    /// The text that this event adds to the output, if that is what it does.
    #[must_use]
    #[inline]
    pub fn text_delta(&self) -> Option<&str> {
        match &self.raw {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => Some(&event.delta),
            _ => None,
        }
    }

    /// Returns the meaning of the event.
    #[must_use]
    #[inline]
    pub fn update(&self) -> ResponseUpdate<'_> {
        use ResponseStreamEvent as E;
        use ResponseUpdate as U;
        match &self.raw {
            E::ResponseCreated(event) => U::Started(&event.response),
            E::ResponseInProgress(event) => U::Started(&event.response),
            E::ResponseQueued(event) => U::Started(&event.response),
            E::ResponseCompleted(event) => U::Ended(&event.response),
            E::ResponseFailed(event) => U::Ended(&event.response),
            E::ResponseIncomplete(event) => U::Ended(&event.response),
            E::ResponseOutputItemAdded(event) => U::ItemAdded(self.at(super::ids::item_id(&event.item)), &event.item),
            E::ResponseOutputItemDone(event) => U::ItemDone(self.at(super::ids::item_id(&event.item)), &event.item),
            E::ResponseContentPartAdded(event) => U::PartAdded(self.at(&event.item_id)),
            E::ResponseReasoningSummaryPartAdded(event) => U::PartAdded(self.at(&event.item_id)),
            E::ResponseContentPartDone(event) => U::PartDone(self.at(&event.item_id)),
            E::ResponseReasoningSummaryPartDone(event) => U::PartDone(self.at(&event.item_id)),
            E::ResponseOutputTextDelta(event) => U::TextDelta(self.at(&event.item_id), &event.delta),
            E::ResponseOutputTextDone(event) => U::TextDone(self.at(&event.item_id), &event.text),
            E::ResponseOutputTextAnnotationAdded(event) => match &event.annotation {
                Some(annotation) => U::Annotation(self.at(&event.item_id), annotation),
                None => U::Other,
            },
            E::ResponseRefusalDelta(event) => U::RefusalDelta(self.at(&event.item_id), &event.delta),
            E::ResponseRefusalDone(event) => U::RefusalDone(self.at(&event.item_id), &event.refusal),
            E::ResponseReasoningTextDelta(event) => U::ReasoningDelta(self.at(&event.item_id), &event.delta),
            E::ResponseReasoningTextDone(event) => U::ReasoningDone(self.at(&event.item_id), &event.text),
            E::ResponseReasoningSummaryTextDelta(event) => U::SummaryDelta(self.at(&event.item_id), &event.delta),
            E::ResponseReasoningSummaryTextDone(event) => U::SummaryDone(self.at(&event.item_id), &event.text),
            E::ResponseFunctionCallArgumentsDelta(event) => {
                U::FunctionArgumentsDelta(self.call(&event.item_id, &event.delta))
            }
            E::ResponseFunctionCallArgumentsDone(event) => {
                U::FunctionArgumentsDone(self.call(&event.item_id, &event.arguments))
            }
            E::ResponseCustomToolCallInputDelta(event) => U::CustomInputDelta(self.call(&event.item_id, &event.delta)),
            E::ResponseCustomToolCallInputDone(event) => U::CustomInputDone(self.call(&event.item_id, &event.input)),
            E::ResponseMcpCallArgumentsDelta(event) => U::McpArgumentsDelta(self.call(&event.item_id, &event.delta)),
            E::ResponseMcpCallArgumentsDone(event) => U::McpArgumentsDone(self.call(&event.item_id, &event.arguments)),
            E::ResponseCodeInterpreterCallCodeDelta(event) => U::CodeDelta(self.at(&event.item_id), &event.delta),
            E::ResponseCodeInterpreterCallCodeDone(event) => U::CodeDone(self.at(&event.item_id), &event.code),
            E::ResponseShellCallCommandAdded(event) => U::CommandDelta(self.at(""), &event.command),
            E::ResponseShellCallCommandDelta(event) => U::CommandDelta(self.at(""), &event.delta),
            E::ResponseShellCallCommandDone(event) => U::CommandDone(self.at(""), &event.command),
            E::ResponseImageGenerationCallPartialImage(event) => U::PartialImage(event),
            E::ResponseAudioDelta(event) => U::AudioDelta(&event.delta),
            E::ResponseAudioTranscriptDelta(event) => U::AudioTranscriptDelta(&event.delta),
            _ => self.status(),
        }
    }

    #[inline]
    fn status(&self) -> ResponseUpdate<'_> {
        use ResponseStreamEvent as E;
        let (item_id, status) = match &self.raw {
            E::ResponseCodeInterpreterCallInProgress(event) => (&event.item_id, "in_progress"),
            E::ResponseCodeInterpreterCallInterpreting(event) => (&event.item_id, "interpreting"),
            E::ResponseCodeInterpreterCallCompleted(event) => (&event.item_id, "completed"),
            E::ResponseFileSearchCallInProgress(event) => (&event.item_id, "in_progress"),
            E::ResponseFileSearchCallSearching(event) => (&event.item_id, "searching"),
            E::ResponseFileSearchCallCompleted(event) => (&event.item_id, "completed"),
            E::ResponseWebSearchCallInProgress(event) => (&event.item_id, "in_progress"),
            E::ResponseWebSearchCallSearching(event) => (&event.item_id, "searching"),
            E::ResponseWebSearchCallCompleted(event) => (&event.item_id, "completed"),
            E::ResponseImageGenerationCallInProgress(event) => (&event.item_id, "in_progress"),
            E::ResponseImageGenerationCallGenerating(event) => (&event.item_id, "generating"),
            E::ResponseImageGenerationCallCompleted(event) => (&event.item_id, "completed"),
            E::ResponseMcpCallInProgress(event) => (&event.item_id, "in_progress"),
            E::ResponseMcpCallCompleted(event) => (&event.item_id, "completed"),
            E::ResponseMcpCallFailed(event) => (&event.item_id, "failed"),
            _ => return ResponseUpdate::Other,
        };
        ResponseUpdate::Status(self.at(item_id), status)
    }

    #[inline]
    fn at<'a>(&self, item_id: &'a str) -> Position<'a> {
        let (output_index, part_index) =
            self.changed.map_or((0, 0), |changed| (changed.output_index, changed.part_index.unwrap_or_default()));
        Position { item_id, output_index, part_index }
    }

    #[inline]
    fn call<'a>(&'a self, item_id: &'a str, arguments: &'a str) -> ToolCallUpdate<'a> {
        let (name, call_id) = self.call.as_deref().map_or(("", ""), |call| (&call.name, &call.call_id));
        ToolCallUpdate { position: self.at(item_id), name, call_id, arguments }
    }
}

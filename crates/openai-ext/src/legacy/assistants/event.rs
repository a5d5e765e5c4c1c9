//! The meaning of an event of a run.

use std::collections::VecDeque;

use openai_runtime::json::Value;

use crate::types::{
    ImageFile, ImageUrl, Run, RunStep, RunStepToolCall, RunStepToolCallDelta, TextContentBlockText, Thread,
    ThreadMessage, ThreadMessageContentItem, ThreadMessageDeltaAnnotation, ThreadMessageDeltaContentItem,
};

/// The queue of events; a stream of them allocates none for each.
pub(super) type Events = VecDeque<AssistantEvent>;

/// The meaning of an event of a run.
///
/// Messages, content parts, steps and tool calls are created, grow by deltas and are done, in this order; the next part
/// of a message, or the next call of a step, ends the one before, and the end of the message, the step or the run ends
/// the last. If the server comes back to one that has ended, it is done again once it ends again.
///
/// `message` is a place in [`messages()`](super::AssistantAccumulator::messages), `step` one in
/// [`run_steps()`](super::AssistantAccumulator::run_steps), and `index` one in the message's `content` or in the step's
/// `tool_calls`. Deltas do not have the text so far: it is there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AssistantEvent {
    /// A thread was created with the run.
    ThreadCreated(Box<Thread>),
    /// The run was created.
    RunCreated(Box<Run>),
    /// The run is in another state and goes on: it is queued, in progress or being cancelled.
    RunChanged(Box<Run>),
    /// The run waits for the outputs of tools, which its `required_action` names.
    RequiresAction(Box<Run>),
    /// The run is over; its status says whether it was completed.
    RunDone(Box<Run>),
    /// A step began.
    RunStepCreated(Box<RunStep>),
    /// A step is in another state.
    RunStepChanged(Box<RunStep>),
    /// A step grew; the events for its tool calls follow.
    RunStepDelta {
        /// Which step.
        step: usize,
    },
    /// A tool call began, as far as its first delta has it.
    ToolCallCreated {
        /// Which step.
        step: usize,
        /// Which of its calls.
        index: usize,
        /// The call so far.
        call: Box<RunStepToolCall>,
    },
    /// A tool call grew.
    ToolCallDelta {
        /// Which step.
        step: usize,
        /// Which of its calls.
        index: usize,
        /// By what it grew.
        delta: Box<RunStepToolCallDelta>,
    },
    /// A tool call is complete.
    ToolCallDone {
        /// Which step.
        step: usize,
        /// Which of its calls.
        index: usize,
        /// The call.
        call: Box<RunStepToolCall>,
    },
    /// A step is over; its status says whether it was completed.
    RunStepDone(Box<RunStep>),
    /// A message began.
    MessageCreated(Box<ThreadMessage>),
    /// A message is in another state.
    MessageChanged(Box<ThreadMessage>),
    /// A message grew; the events for its content follow.
    MessageDelta {
        /// Which message.
        message: usize,
    },
    /// A text of a message began. What it begins with follows as a delta.
    TextCreated {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
    },
    /// A text of a message grew.
    TextDelta {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// The new part of the text.
        delta: String,
        /// The new annotations.
        annotations: Vec<ThreadMessageDeltaAnnotation>,
    },
    /// A text of a message is complete.
    TextDone {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// The text with its annotations.
        text: Box<TextContentBlockText>,
    },
    /// A refusal grew.
    RefusalDelta {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// The new part of the text.
        delta: String,
    },
    /// A refusal is complete.
    RefusalDone {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// Why the model refused.
        refusal: String,
    },
    /// An image of a message is there.
    ImageFileDone {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// The file's id.
        image: Box<ImageFile>,
    },
    /// An image of a message is there, as a URL.
    ImageUrlDone {
        /// Which message.
        message: usize,
        /// Which part of its content.
        index: usize,
        /// The URL of the image.
        image: Box<ImageUrl>,
    },
    /// A message is over; its status says whether it is complete.
    MessageDone(Box<ThreadMessage>),
    /// An event that the document does not have, as `{"event": …, "data": …}`.
    Unknown(Value),
    /// The stream is over.
    End,
}

impl AssistantEvent {
    /// The text that this event adds to a message, if that is what it does.
    #[must_use]
    #[inline]
    pub fn text_delta(&self) -> Option<&str> {
        match self {
            Self::TextDelta { delta, .. } => Some(delta),
            _ => None,
        }
    }
}

/// The event for a delta of a content part.
#[inline]
pub(super) fn part_delta(
    message: usize,
    index: usize,
    delta: &ThreadMessageDeltaContentItem,
) -> Option<AssistantEvent> {
    match delta {
        ThreadMessageDeltaContentItem::Text(part) => {
            let text = part.text.as_ref()?;
            let delta = text.value.clone().unwrap_or_default();
            let annotations = text.annotations.clone().unwrap_or_default();
            Some(AssistantEvent::TextDelta { message, index, delta, annotations })
        }
        ThreadMessageDeltaContentItem::Refusal(part) => {
            let delta = part.refusal.clone()?;
            Some(AssistantEvent::RefusalDelta { message, index, delta })
        }
        _ => None,
    }
}

/// The event for a content part that is complete.
#[inline]
pub(super) fn part_done(message: usize, index: usize, part: &ThreadMessageContentItem) -> Option<AssistantEvent> {
    Some(match part {
        ThreadMessageContentItem::Text(part) => {
            AssistantEvent::TextDone { message, index, text: Box::new(part.text.clone()) }
        }
        ThreadMessageContentItem::Refusal(part) => {
            AssistantEvent::RefusalDone { message, index, refusal: part.refusal.clone() }
        }
        ThreadMessageContentItem::ImageFile(part) => {
            AssistantEvent::ImageFileDone { message, index, image: Box::new(part.image_file.clone()) }
        }
        ThreadMessageContentItem::ImageUrl(part) => {
            AssistantEvent::ImageUrlDone { message, index, image: Box::new(part.image_url.clone()) }
        }
        _ => return None,
    })
}

/// The events for a content part that came without deltas: the same as if it had come by one.
#[inline]
pub(super) fn whole_part(
    message: usize,
    index: usize,
    part: &ThreadMessageContentItem,
) -> impl Iterator<Item = AssistantEvent> {
    let (created, delta) = match part {
        ThreadMessageContentItem::Text(part) => {
            // The annotations are in the text that is done: as deltas they would need an index.
            let (delta, annotations) = (part.text.value.clone(), Vec::new());
            let delta = AssistantEvent::TextDelta { message, index, delta, annotations };
            (Some(AssistantEvent::TextCreated { message, index }), Some(delta))
        }
        ThreadMessageContentItem::Refusal(part) => {
            let delta = part.refusal.clone();
            (None, Some(AssistantEvent::RefusalDelta { message, index, delta }))
        }
        _ => (None, None),
    };
    [created, delta, part_done(message, index, part)].into_iter().flatten()
}

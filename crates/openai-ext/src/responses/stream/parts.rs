//! The parts of items that deltas build.

use openai_runtime::json;
use serde_json::Value;

use super::accumulator::ResponseAccumulator;
use super::layout::{ItemPlace, Kind, bare};
use super::merge::{keep_part, keep_text};
use super::snapshot::{misplaced, set};
use super::strays::List;
use crate::Result;
use crate::support::event_connection::carries_no_error;
use crate::types::{
    ReasoningTextContent, ResponseApplyPatchToolCall, ResponseApplyPatchToolCallOperation, ResponseContentPart,
    ResponseFunctionShellToolCall, ResponseFunctionShellToolCallOutput, ResponseFunctionShellToolCallOutputContent,
    ResponseOutputMessage, ResponseOutputMessageContent, ResponseOutputText, ResponseReasoningItem, SummaryTextContent,
};

type MessagePart = ResponseOutputMessageContent;

impl ResponseAccumulator {
    /// The text that an event means, made if there is none yet.
    #[inline]
    pub(super) fn text(&mut self, place: ItemPlace<'_>, index: Option<i64>) -> Result<&mut ResponseOutputText> {
        let is_text = |part: &MessagePart| matches!(part, MessagePart::OutputText(_));
        match self.message_part(place, index, is_text, || MessagePart::OutputText(bare("")))? {
            MessagePart::OutputText(part) => Ok(part),
            _ => Err(misplaced()),
        }
    }

    #[inline]
    pub(super) fn refusal(&mut self, place: ItemPlace<'_>, index: Option<i64>) -> Result<&mut String> {
        let is_refusal = |part: &MessagePart| matches!(part, MessagePart::Refusal(_));
        match self.message_part(place, index, is_refusal, || MessagePart::Refusal(bare("")))? {
            MessagePart::Refusal(part) => Ok(&mut part.refusal),
            _ => Err(misplaced()),
        }
    }

    #[inline]
    fn message_part(
        &mut self,
        place: ItemPlace<'_>,
        index: Option<i64>,
        fits: fn(&MessagePart) -> bool,
        start: fn() -> MessagePart,
    ) -> Result<&mut MessagePart> {
        self.part::<ResponseOutputMessage, _>(place, (List::Content, index), |item| &mut item.content, fits, start)
    }

    #[inline]
    pub(super) fn reasoning(&mut self, place: ItemPlace<'_>, index: Option<i64>) -> Result<&mut String> {
        let list = (List::Content, index);
        self.part(place, list, reasoning_content, |_| true, ReasoningTextContent::default).map(|part| &mut part.text)
    }

    #[inline]
    pub(super) fn summary(&mut self, place: ItemPlace<'_>, index: Option<i64>) -> Result<&mut SummaryTextContent> {
        let list = (List::Summary, index);
        self.part(place, list, |item: &mut ResponseReasoningItem| &mut item.summary, |_| true, Default::default)
    }

    #[inline]
    pub(super) fn command(&mut self, place: ItemPlace<'_>, index: Option<i64>) -> Result<&mut String> {
        let list = (List::Commands, index);
        self.part(place, list, commands, |_| true, Default::default)
    }

    #[inline]
    pub(super) fn shell_output(
        &mut self,
        place: ItemPlace<'_>,
        index: Option<i64>,
    ) -> Result<&mut ResponseFunctionShellToolCallOutputContent> {
        let list = (List::Commands, index);
        self.part(place, list, shell_outputs, |_| true, Default::default)
    }

    /// A part that came as a whole, at its beginning or done.
    #[inline]
    pub(super) fn set_content(
        &mut self,
        place: ItemPlace<'_>,
        index: Option<i64>,
        part: &ResponseContentPart,
        done: bool,
    ) -> Result<()> {
        let list = (List::Content, index);
        let part = match part.clone() {
            ResponseContentPart::ReasoningText(part) => {
                return self.set_part(place, list, reasoning_content, (part, done), |new, old| {
                    keep_text(&mut new.text, &mut old.text)
                });
            }
            ResponseContentPart::OutputText(part) => MessagePart::OutputText(part),
            ResponseContentPart::Refusal(part) => MessagePart::Refusal(part),
            // No telling what item it is part of, so that it makes none.
            _ if !self.has::<ResponseOutputMessage>(place) => return Ok(()),
            part => MessagePart::Unknown(json::to_value(&part)),
        };
        let grows = matches!(&part, MessagePart::OutputText(part) if part.text.is_empty());
        self.set_part(place, list, |item: &mut ResponseOutputMessage| &mut item.content, (part, done), keep_part)?;
        if grows {
            self.layout.moved();
        } else {
            self.rewritten();
        }
        Ok(())
    }

    #[inline]
    pub(super) fn set_summary(
        &mut self,
        place: ItemPlace<'_>,
        index: Option<i64>,
        part: &SummaryTextContent,
        done: bool,
    ) -> Result<()> {
        let list = (List::Summary, index);
        self.set_part(
            place,
            list,
            |item: &mut ResponseReasoningItem| &mut item.summary,
            (part.clone(), done),
            |new, old| keep_text(&mut new.text, &mut old.text),
        )
    }

    fn part<T: Kind, P>(
        &mut self,
        place: ItemPlace<'_>,
        list: (List, Option<i64>),
        parts: fn(&mut T) -> &mut Vec<P>,
        fits: fn(&P) -> bool,
        start: fn() -> P,
    ) -> Result<&mut P> {
        let found = self.find::<T>(place)?;
        let parts = parts(found.item);
        let part = found.layout.part(found.at, list, parts, fits, start)?;
        found.changed.part_index = Some(part);
        parts.get_mut(part).ok_or_else(misplaced)
    }

    fn set_part<T: Kind, P>(
        &mut self,
        place: ItemPlace<'_>,
        list: (List, Option<i64>),
        parts: fn(&mut T) -> &mut Vec<P>,
        part: (P, bool),
        keep: fn(&mut P, &mut P),
    ) -> Result<()> {
        let found = self.find::<T>(place)?;
        let part = found.layout.set_part(found.at, list, parts(found.item), part, keep)?;
        found.changed.part_index = Some(part);
        Ok(())
    }

    /// Events that the document does not have. The real API has two that build a patch.
    #[inline]
    pub(super) fn unknown(&mut self, event: &Value) -> Result<()> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let index = event.get("output_index").and_then(Value::as_i64).filter(|index| *index >= 0);
        let place = ItemPlace { id: text("item_id"), index };
        match text("type") {
            "response.apply_patch_call_operation_diff.delta" => {
                if let Some(diff) = self.diff(place)? {
                    diff.push_str(text("delta"));
                }
            }
            "response.apply_patch_call_operation_diff.done" => {
                if let Some(diff) = self.diff(place)? {
                    set(diff, text("diff"));
                }
            }
            // Its `error` is that of the injection, and not of the response.
            "response.inject.created" | "response.inject.failed" => {}
            _ => carries_no_error(event)?,
        }
        Ok(())
    }

    #[inline]
    fn diff(&mut self, place: ItemPlace<'_>) -> Result<Option<&mut String>> {
        use ResponseApplyPatchToolCallOperation as Operation;
        let call = self.find::<ResponseApplyPatchToolCall>(place)?.item;
        Ok(match &mut call.operation {
            Operation::CreateFile(operation) => Some(&mut operation.diff),
            Operation::UpdateFile(operation) => Some(&mut operation.diff),
            // Without `output_item.added` nothing says which operation it is.
            _ => None,
        })
    }
}

#[inline]
fn reasoning_content(item: &mut ResponseReasoningItem) -> &mut Vec<ReasoningTextContent> {
    item.content.get_or_insert_default()
}

#[inline]
fn commands(item: &mut ResponseFunctionShellToolCall) -> &mut Vec<String> {
    &mut item.action.commands
}

#[inline]
fn shell_outputs(
    item: &mut ResponseFunctionShellToolCallOutput,
) -> &mut Vec<ResponseFunctionShellToolCallOutputContent> {
    &mut item.output
}

//! The texts of a chat completion that may be JSON.

use super::completion::ChatCompletionExt as _;
use crate::ErrorKind;
use crate::structured::reply::{NoValue, StructuredReply};
use crate::types::{ChatCompletion, ChatCompletionChoice, ChatCompletionFinishReason};

impl StructuredReply for ChatCompletion {
    #[inline]
    fn texts(&self) -> Result<Vec<Option<&str>>, NoValue> {
        self.choices.iter().map(choice_text).collect()
    }

    #[inline]
    fn missing(&self) -> NoValue {
        match self.refusal().filter(|refusal| !refusal.is_empty()) {
            Some(refusal) => NoValue::refused(refusal),
            None if !self.tool_calls().is_empty() => NoValue::calls_tools(),
            None => NoValue::new(ErrorKind::Decode, "the completion has no text to parse"),
        }
    }
}

#[inline]
fn choice_text(choice: &ChatCompletionChoice) -> Result<Option<&str>, NoValue> {
    let index = choice.index;
    match choice.finish_reason {
        ChatCompletionFinishReason::Length => {
            let message = format!("choice {index} can't be parsed: the limit of tokens cut it off (length)");
            Err(NoValue::new(ErrorKind::LengthFinishReason, message))
        }
        ChatCompletionFinishReason::ContentFilter => {
            let message = format!("choice {index} can't be parsed: a content filter cut it off (content_filter)");
            Err(NoValue::new(ErrorKind::ContentFilterFinishReason, message))
        }
        _ => {
            let refused = choice.message.refusal.as_deref().is_some_and(|refusal| !refusal.is_empty());
            Ok(choice.message.content.as_deref().filter(|text| !refused && !text.is_empty()))
        }
    }
}

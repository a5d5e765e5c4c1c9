//! The entries of a conversation.

use openai_runtime::input::ToolCallId;

/// A message of chat or an item of a response, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    #[cfg(feature = "chat")]
    Message(Box<crate::Message>),
    #[cfg(feature = "responses")]
    Item(Box<crate::InputItem>),
}

#[cfg(feature = "chat")]
impl Entry {
    #[inline]
    pub(super) fn message(role: &'static str, text: String) -> Self {
        use crate::Message;
        Self::Message(Box::new(match role {
            "assistant" => Message::assistant(text),
            "developer" => Message::developer(text),
            "system" => Message::system(text),
            _ => Message::user(text),
        }))
    }

    #[inline]
    pub(super) fn tool_result(call: ToolCallId, result: String) -> Self {
        Self::Message(Box::new(crate::Message::tool(call, result)))
    }
}

#[cfg(not(feature = "chat"))]
impl Entry {
    #[inline]
    pub(super) fn message(role: &'static str, text: String) -> Self {
        use crate::InputItemExt as _;
        Self::Item(Box::new(crate::InputItem::message(role, text)))
    }

    #[inline]
    pub(super) fn tool_result(call: ToolCallId, result: String) -> Self {
        Self::Item(Box::new(crate::InputItem::function_call_output(call, result)))
    }
}

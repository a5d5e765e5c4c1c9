//! The entries of a conversation, and what becomes one.

use super::history::Conversation;

/// A message of chat or an item of a response, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    #[cfg(feature = "chat")]
    Message(crate::Message),
    #[cfg(feature = "responses")]
    Item(crate::InputItem),
}

#[cfg(feature = "chat")]
impl Entry {
    pub(super) fn message(role: &'static str, text: String) -> Self {
        use crate::Message;
        Self::Message(match role {
            "assistant" => Message::assistant(text),
            "developer" => Message::developer(text),
            "system" => Message::system(text),
            _ => Message::user(text),
        })
    }

    pub(super) fn tool_result(call_id: String, result: String) -> Self {
        Self::Message(crate::Message::tool(call_id, result))
    }
}

#[cfg(not(feature = "chat"))]
impl Entry {
    pub(super) fn message(role: &'static str, text: String) -> Self {
        use crate::InputItemExt as _;
        Self::Item(crate::InputItem::message(role, text))
    }

    pub(super) fn tool_result(call_id: String, result: String) -> Self {
        Self::Item(crate::InputItem::function_call_output(call_id, result))
    }
}

/// A part of a conversation: a message, an input item, a reply, or a string, which is a message of the user.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of a conversation",
    label = "expected a `Message`, an `InputItem`, a reply of chat or of responses, or a string"
)]
pub trait IntoEntries {
    /// Adds the part.
    fn add_to(self, conversation: &mut Conversation);
}

impl IntoEntries for &str {
    fn add_to(self, conversation: &mut Conversation) {
        conversation.entries.push(Entry::message("user", self.to_owned()));
    }
}

impl IntoEntries for String {
    fn add_to(self, conversation: &mut Conversation) {
        conversation.entries.push(Entry::message("user", self));
    }
}

impl<T: IntoEntries> IntoEntries for Vec<T> {
    fn add_to(self, conversation: &mut Conversation) {
        conversation.extend(self);
    }
}

#[cfg(feature = "chat")]
mod chat {
    use super::{Conversation, Entry, IntoEntries};
    use crate::Message;
    use crate::types::{ChatCompletion, ChatCompletionMessage};

    impl IntoEntries for Message {
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Message(self));
        }
    }

    impl IntoEntries for ChatCompletionMessage {
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Message(self.into()));
        }
    }

    impl IntoEntries for ChatCompletion {
        /// Adds the message of the first choice.
        fn add_to(self, conversation: &mut Conversation) {
            conversation.extend(self.choices.into_iter().next().map(|choice| choice.message));
        }
    }
}

#[cfg(feature = "responses")]
mod responses {
    use super::{Conversation, Entry, IntoEntries};
    use crate::InputItem;
    use crate::types::{Response, ResponseOutputItem};

    impl IntoEntries for InputItem {
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Item(self));
        }
    }

    impl IntoEntries for ResponseOutputItem {
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Item(self.into()));
        }
    }

    impl IntoEntries for Response {
        /// Adds all items of the output, and notes the id of the response.
        fn add_to(self, conversation: &mut Conversation) {
            let id = self.id;
            conversation.extend(self.output);
            if !id.is_empty() {
                conversation.response = Some((id, conversation.entries.len()));
            }
        }
    }
}

macro_rules! borrowed {
    ($($feature:literal: $($part:path),*;)*) => {$($(
        #[cfg(feature = $feature)]
        impl IntoEntries for &$part {
            fn add_to(self, conversation: &mut Conversation) {
                self.clone().add_to(conversation);
            }
        }
    )*)*};
}

borrowed! {
    "chat": crate::Message, crate::types::ChatCompletionMessage, crate::types::ChatCompletion;
    "responses": crate::InputItem, crate::types::ResponseOutputItem, crate::types::Response;
}

//! The parts that a conversation takes.

use super::entry::Entry;
use super::history::{Conversation, IntoEntries};

impl IntoEntries for &str {
    #[inline]
    fn add_to(self, conversation: &mut Conversation) {
        conversation.entries.push(Entry::message("user", self.to_owned()));
    }
}

impl IntoEntries for String {
    #[inline]
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
        #[inline]
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Message(Box::new(self)));
        }
    }

    impl IntoEntries for ChatCompletionMessage {
        #[inline]
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Message(Box::new(self.into())));
        }
    }

    impl IntoEntries for ChatCompletion {
        /// Adds the message of the first choice.
        #[inline]
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
        #[inline]
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Item(Box::new(self)));
        }
    }

    impl IntoEntries for ResponseOutputItem {
        #[inline]
        fn add_to(self, conversation: &mut Conversation) {
            conversation.entries.push(Entry::Item(Box::new(self.into())));
        }
    }

    impl IntoEntries for Response {
        /// Adds all items of the output, and notes the id of the response.
        #[inline]
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
            #[inline]
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

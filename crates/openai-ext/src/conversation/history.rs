//! The conversation itself.

use openai_runtime::input::{self, Given, IntoToolCallId};
use openai_runtime::json::InputError;

use super::convert;
use super::entry::Entry;
use crate::{Error, ErrorKind, Result};

/// A conversation as a value: it takes messages and replies in, and is the input of the next call.
///
/// One type serves chat completions and responses. What came from an API goes back to it as it came; what came from the other
/// one is converted, and reasoning stays out then. It is stored with serde.
///
/// ```no_run
/// use openai_ext::prelude::*;
///
/// # #[cfg(feature = "chat")]
/// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let mut conversation = Conversation::new();
/// conversation.developer("Answer in one word.");
/// for question in ["Which is the largest planet?", "And the smallest?"] {
///     conversation.user(question);
///     let reply = client.chat().completions().create("gpt-5.5", &conversation).send().await?;
///     println!("{}", reply.text());
///     conversation.push(reply);
/// }
/// let stored = serde_json::to_string(&conversation)?;
/// # let _: Conversation = serde_json::from_str(&stored)?;
/// # Ok(())
/// # }
/// ```
///
/// Responses take it whole, or only what is new since the last one, which the server then has to keep:
///
/// ```no_run
/// use openai_ext::prelude::*;
///
/// # #[cfg(feature = "responses")]
/// # async fn run(client: Client, mut conversation: Conversation) -> openai_ext::Result<()> {
/// conversation.user("And the brightest star?");
/// let call = client.responses().create("gpt-5.5", conversation.new_input()?);
/// let response = call.previous_response_id(conversation.previous_response_id()).send().await?;
/// conversation.push(&response);
/// # Ok(())
/// # }
/// ```
///
/// A message whose role no API knows is refused where the conversation is read from JSON, and before it is sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    pub(super) entries: Vec<Entry>,
    /// The last response, and the number of entries that the server knows by it.
    pub(super) response: Option<(String, usize)>,
}

impl Conversation {
    /// Returns an empty conversation.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message, an input item, or what a reply holds: its first choice, or all its output items. A string is a message
    /// of the user.
    pub fn push(&mut self, part: impl IntoEntries) -> &mut Self {
        part.add_to(self);
        self
    }

    /// Adds a message of the user.
    pub fn user(&mut self, text: impl Into<String>) -> &mut Self {
        self.say("user", text.into())
    }

    /// Adds a message of the assistant.
    pub fn assistant(&mut self, text: impl Into<String>) -> &mut Self {
        self.say("assistant", text.into())
    }

    /// Adds instructions of the developer.
    pub fn developer(&mut self, text: impl Into<String>) -> &mut Self {
        self.say("developer", text.into())
    }

    /// Adds instructions of the system, as older models take them.
    pub fn system(&mut self, text: impl Into<String>) -> &mut Self {
        self.say("system", text.into())
    }

    /// Adds the result of a tool call, told by the call itself or by its id as a [`ToolCallId`](crate::ToolCallId).
    pub fn tool_result(&mut self, call: impl IntoToolCallId, result: impl Into<String>) -> &mut Self {
        self.entries.push(Entry::tool_result(call.into_tool_call_id(), result.into()));
        self
    }

    #[inline]
    fn say(&mut self, role: &'static str, text: String) -> &mut Self {
        self.entries.push(Entry::message(role, text));
        self
    }

    /// The number of messages and items.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is nothing in it.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes everything.
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Keeps the first so many messages and items. If the last response is not among them, it is forgotten.
    #[inline]
    pub fn truncate(&mut self, length: usize) {
        self.entries.truncate(length);
        if self.response.as_ref().is_some_and(|(_, known)| *known > length) {
            self.response = None;
        }
    }

    /// The id of the last response, for `.previous_response_id(…)`; `None` before there is one.
    #[must_use]
    #[inline]
    pub fn previous_response_id(&self) -> Option<&str> {
        self.response.as_ref().map(|(id, _)| id.as_str())
    }

    /// Returns the messages for a chat completion.
    ///
    /// Requires the feature `chat`.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): an item of a response has no form in chat, as a hosted
    /// tool call. The error has its index.
    #[cfg(feature = "chat")]
    #[inline]
    pub fn messages(&self) -> Result<Vec<crate::Message>> {
        convert::messages(&self.entries).map_err(invalid)
    }

    /// Returns the whole conversation as input of a response.
    ///
    /// Requires the feature `responses`.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): a message of chat has no form in responses, as one with
    /// sound. The error has its index.
    #[cfg(feature = "responses")]
    #[inline]
    pub fn input(&self) -> Result<Vec<crate::InputItem>> {
        convert::input(&self.entries, 0).map_err(invalid)
    }

    /// Returns what was added since the last response, as input of the next one with its
    /// [`previous_response_id`](Self::previous_response_id); all of it before there is one.
    ///
    /// Requires the feature `responses`.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    #[cfg(feature = "responses")]
    #[inline]
    pub fn new_input(&self) -> Result<Vec<crate::InputItem>> {
        let known = self.response.as_ref().map_or(0, |(_, known)| *known);
        convert::input(&self.entries, known).map_err(invalid)
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

#[inline]
fn invalid(error: InputError) -> Error {
    Error::new(ErrorKind::InvalidRequest, error.to_string()).with_source(error)
}

/// The form of a conversation in the conversion traits.
pub enum ConversationForm {}

/// A conversation as input: by reference, as what `user` and its like return, or by value.
macro_rules! inputs {
    ($($conversation:ty)*) => {$(
        #[cfg(feature = "chat")]
        impl input::IntoList<crate::Message, ConversationForm> for $conversation {
            #[inline]
            fn into_list(self) -> Given<Vec<crate::Message>> {
                convert::messages(&self.entries)
            }
        }

        #[cfg(feature = "responses")]
        impl input::IntoField<crate::types::ResponseInput, ConversationForm> for $conversation {
            #[inline]
            fn into_field(self) -> Given<crate::types::ResponseInput> {
                convert::input(&self.entries, 0).map(crate::types::ResponseInput::List)
            }
        }
    )*};
}

inputs!(&Conversation &mut Conversation Conversation);

impl<T: IntoEntries> Extend<T> for Conversation {
    fn extend<I: IntoIterator<Item = T>>(&mut self, parts: I) {
        parts.into_iter().for_each(|part| part.add_to(self));
    }
}

impl<T: IntoEntries> FromIterator<T> for Conversation {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        let mut conversation = Self::new();
        conversation.extend(parts);
        conversation
    }
}

//! The message that begins a turn.

use crate::types::{AgentInputContent, InputMessageParam, SessionInputParamAgentSessionInputMessage};

/// The input of a turn: one or several messages of the user.
///
/// A string is one message; so is a list of contents, as `AgentInputContent::input_image(url)`.
///
/// ```
/// use openai_ext::agents::AgentInput;
/// use openai_ext::types::AgentInputContent;
///
/// let text = AgentInput::from("Draw the harbour.");
/// let image = AgentInputContent::input_image("https://example.com/harbour.png");
/// let both = AgentInput::from([AgentInputContent::input_text("Describe this image."), image]);
/// assert_eq!((text.messages().len(), both.messages().len()), (1, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct AgentInput(Vec<InputMessageParam>);

impl AgentInput {
    /// Returns the messages.
    #[must_use]
    #[inline]
    pub fn messages(&self) -> &[InputMessageParam] {
        &self.0
    }

    #[inline]
    pub(super) fn event(&self) -> SessionInputParamAgentSessionInputMessage {
        SessionInputParamAgentSessionInputMessage::new(self.0.clone())
    }

    #[inline]
    fn of(content: Vec<AgentInputContent>) -> Self {
        Self(vec![InputMessageParam::new(content)])
    }
}

impl From<&str> for AgentInput {
    #[inline]
    fn from(text: &str) -> Self {
        Self::of(vec![AgentInputContent::input_text(text)])
    }
}

impl From<&String> for AgentInput {
    #[inline]
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for AgentInput {
    #[inline]
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<AgentInputContent> for AgentInput {
    #[inline]
    fn from(content: AgentInputContent) -> Self {
        Self::of(vec![content])
    }
}

impl From<Vec<AgentInputContent>> for AgentInput {
    #[inline]
    fn from(content: Vec<AgentInputContent>) -> Self {
        Self::of(content)
    }
}

impl<const N: usize> From<[AgentInputContent; N]> for AgentInput {
    #[inline]
    fn from(content: [AgentInputContent; N]) -> Self {
        Self::of(content.into())
    }
}

impl From<InputMessageParam> for AgentInput {
    #[inline]
    fn from(message: InputMessageParam) -> Self {
        Self(vec![message])
    }
}

impl From<Vec<InputMessageParam>> for AgentInput {
    #[inline]
    fn from(messages: Vec<InputMessageParam>) -> Self {
        Self(messages)
    }
}

impl<const N: usize> From<[InputMessageParam; N]> for AgentInput {
    #[inline]
    fn from(messages: [InputMessageParam; N]) -> Self {
        Self(messages.into())
    }
}

impl From<SessionInputParamAgentSessionInputMessage> for AgentInput {
    #[inline]
    fn from(message: SessionInputParamAgentSessionInputMessage) -> Self {
        Self(message.input)
    }
}

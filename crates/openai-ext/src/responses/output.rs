//! The content of a response: the text and function calls of its output, and the text of its stream events.

use crate::types::{
    Response, ResponseFunctionToolCall, ResponseImageGenerationCall, ResponseInputItem, ResponseMessagePhase,
    ResponseOutputItem, ResponseOutputMessageContent, ResponseStreamEvent,
};

/// The output of a response.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::types::Response;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let response: Response = serde_json::from_str(r#"{"output": [{
///     "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello!"}]
/// }]}"#)?;
/// assert_eq!(response.output_text(), "Hello!");
/// assert!(response.function_calls().is_empty());
/// # Ok(())
/// # }
/// ```
pub trait ResponseExt {
    /// The texts of all messages in the output, joined; empty if there are none. Messages of the phase `commentary`, by
    /// which some models tell what they do between calls of tools, are among them, as in the official SDKs.
    /// `ParseExt::parse` passes over these.
    fn output_text(&self) -> String;

    /// The functions that the model calls. Answer each by
    /// [`InputItem::function_call_output`](crate::types::ResponseInputItem::function_call_output).
    fn function_calls(&self) -> Vec<&ResponseFunctionToolCall>;

    /// The functions that the model calls, as [`function_calls`](Self::function_calls).
    #[inline]
    fn tool_calls(&self) -> Vec<&ResponseFunctionToolCall> {
        self.function_calls()
    }

    /// The images that the model made. [`MediaExt`](crate::MediaExt) has their bytes.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "Draw a lighthouse").tools(Tool::image_generation());
    /// for (index, image) in call.send().await?.images().into_iter().enumerate() {
    ///     image.save(format!("lighthouse-{index}.png")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn images(&self) -> Vec<&ResponseImageGenerationCall>;

    /// Why the model refused to answer, if it did: the first refusal in the output.
    fn refusal(&self) -> Option<&str>;

    /// The output as input items, to go on with in the next call when the server does not keep the conversation.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut input = vec![InputItem::user("Pick a number")];
    /// let response = client.responses().create("gpt-5.5", input.clone()).send().await?;
    /// input.extend(response.output_as_input());
    /// input.push(InputItem::user("Double it"));
    /// let response = client.responses().create("gpt-5.5", input).send().await?;
    /// # let _ = response;
    /// # Ok(())
    /// # }
    /// ```
    fn output_as_input(&self) -> Vec<ResponseInputItem>;
}

impl ResponseExt for Response {
    #[inline]
    fn output_text(&self) -> String {
        message_parts(self)
            .filter_map(|part| match part {
                ResponseOutputMessageContent::OutputText(part) => Some(part.text.as_str()),
                _ => None,
            })
            .collect()
    }

    #[inline]
    fn function_calls(&self) -> Vec<&ResponseFunctionToolCall> {
        self.output
            .iter()
            .filter_map(|item| match item {
                ResponseOutputItem::FunctionCall(call) => Some(&**call),
                _ => None,
            })
            .collect()
    }

    #[inline]
    fn images(&self) -> Vec<&ResponseImageGenerationCall> {
        self.output
            .iter()
            .filter_map(|item| match item {
                ResponseOutputItem::ImageGenerationCall(call) => Some(&**call),
                _ => None,
            })
            .collect()
    }

    #[inline]
    fn refusal(&self) -> Option<&str> {
        message_parts(self).find_map(|part| match part {
            ResponseOutputMessageContent::Refusal(part) => Some(part.refusal.as_str()),
            _ => None,
        })
    }

    #[inline]
    fn output_as_input(&self) -> Vec<ResponseInputItem> {
        self.output.iter().cloned().map(Into::into).collect()
    }
}

#[inline]
fn message_parts(response: &Response) -> impl Iterator<Item = &ResponseOutputMessageContent> {
    response.output.iter().flat_map(|item| match item {
        ResponseOutputItem::Message(message) => message.content.as_slice(),
        _ => &[],
    })
}

/// The texts of the messages without commentary, each after the positions of its item and of the part that it is.
#[inline]
pub(crate) fn output_texts(output: &[ResponseOutputItem]) -> impl Iterator<Item = (usize, usize, &str)> {
    output.iter().enumerate().flat_map(|(at, item)| {
        let parts = match item {
            ResponseOutputItem::Message(message)
                if !matches!(message.phase, Some(ResponseMessagePhase::Commentary)) =>
            {
                message.content.as_slice()
            }
            _ => &[],
        };
        parts.iter().enumerate().filter_map(move |(part, content)| match content {
            ResponseOutputMessageContent::OutputText(content) => Some((at, part, content.text.as_str())),
            _ => None,
        })
    })
}

/// An event of a streamed response.
pub trait ResponseStreamEventExt {
    /// The text that this event adds to the output, if that is what it does.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut events = client.responses().create("gpt-5.5", "Tell me a story").stream().await?;
    /// while let Some(event) = events.next().await {
    ///     print!("{}", event?.text_delta().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn text_delta(&self) -> Option<&str>;
}

impl ResponseStreamEventExt for ResponseStreamEvent {
    #[inline]
    fn text_delta(&self) -> Option<&str> {
        match self {
            Self::ResponseOutputTextDelta(event) => Some(&event.delta),
            _ => None,
        }
    }
}

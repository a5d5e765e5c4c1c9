//! Answers whose text was to be parsed and can't be: why, and what there is of them.
#![cfg(any(feature = "chat", feature = "responses"))]

#[cfg(any(feature = "chat", feature = "tools"))]
use openai_runtime::json::{self, Json};

use crate::Error;
#[cfg(any(feature = "chat", feature = "tools"))]
use crate::ErrorKind;
#[cfg(feature = "chat")]
use crate::Result;
#[cfg(feature = "responses")]
use crate::types::Response;
#[cfg(feature = "chat")]
use crate::types::{ChatCompletion, ChatCompletionChoice, ChatCompletionFinishReason};
#[cfg(all(feature = "responses", feature = "tools"))]
use crate::types::{
    ResponseIncompleteDetailsReason, ResponseMessagePhase, ResponseOutputItem, ResponseOutputMessageContent,
    ResponseStatus,
};

/// Gets at the answer that an error of parsing is about.
pub trait ErrorExt {
    /// The completion whose content was to be parsed, if that is what failed: it was cut off, it was refused, or its text
    /// does not fit the type.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::ErrorKind;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("List the primes as JSON")]);
    /// let events = call.response_format(openai_ext::types::ResponseFormatJsonObject::new()).stream_events().await?;
    /// match events.final_completion().await {
    ///     Err(error) if error.kind() == ErrorKind::LengthFinishReason => {
    ///         println!("as far as it goes: {:?}", error.completion().map(|completion| completion.text()));
    ///     }
    ///     other => drop(other?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "chat")]
    fn completion(&self) -> Option<&ChatCompletion>;

    /// The response whose text was to be parsed, if that is what failed. As the completion, it is the error's
    /// [`detail`](Error::detail).
    #[cfg(feature = "responses")]
    fn response(&self) -> Option<&Response>;
}

impl ErrorExt for Error {
    #[cfg(feature = "chat")]
    fn completion(&self) -> Option<&ChatCompletion> {
        self.detail()
    }

    #[cfg(feature = "responses")]
    fn response(&self) -> Option<&Response> {
        self.detail()
    }
}

/// Why there is no value.
#[cfg(any(feature = "chat", feature = "tools"))]
pub struct Reason {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

#[cfg(any(feature = "chat", feature = "tools"))]
impl Reason {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The error that carries the answer: as its detail, and as its body.
    #[cold]
    pub(crate) fn into_error<R: Answer>(self, answer: R) -> Error {
        let body = json::to_vec(&answer);
        Error::new(self.kind, self.message).with_body(body).with_detail(answer)
    }
}

/// An object that has texts of the model, each of which may be JSON.
#[cfg(any(feature = "chat", feature = "tools"))]
pub trait Answer: Json + Default + Send + Sync + 'static {
    /// The texts to parse in their order; `None` where the model wrote none or refused.
    fn texts(&self) -> std::result::Result<Vec<Option<&str>>, Reason>;

    /// Why there is no text to parse.
    #[cfg(feature = "tools")]
    fn missing(&self) -> Reason;
}

/// The answer, unless its text is to be parsed and was cut off.
#[cfg(feature = "chat")]
pub(crate) fn check<R: Answer>(answer: R) -> Result<R> {
    match answer.texts() {
        Ok(_) => Ok(answer),
        Err(reason) => Err(reason.into_error(answer)),
    }
}

#[cfg(feature = "chat")]
impl Answer for ChatCompletion {
    fn texts(&self) -> std::result::Result<Vec<Option<&str>>, Reason> {
        self.choices.iter().map(choice_text).collect()
    }

    #[cfg(feature = "tools")]
    fn missing(&self) -> Reason {
        use crate::chat::ChatCompletionExt as _;
        match self.refusal().filter(|refusal| !refusal.is_empty()) {
            Some(refusal) => refused(refusal),
            None if !self.tool_calls().is_empty() => calls_tools(),
            None => Reason::new(ErrorKind::Decode, "the completion has no text to parse"),
        }
    }
}

#[cfg(feature = "chat")]
fn choice_text(choice: &ChatCompletionChoice) -> std::result::Result<Option<&str>, Reason> {
    let index = choice.index;
    match choice.finish_reason {
        ChatCompletionFinishReason::Length => {
            let message = format!("choice {index} can't be parsed: the limit of tokens cut it off (length)");
            Err(Reason::new(ErrorKind::LengthFinishReason, message))
        }
        ChatCompletionFinishReason::ContentFilter => {
            let message = format!("choice {index} can't be parsed: a content filter cut it off (content_filter)");
            Err(Reason::new(ErrorKind::ContentFilterFinishReason, message))
        }
        _ => {
            let refused = choice.message.refusal.as_deref().is_some_and(|refusal| !refusal.is_empty());
            Ok(choice.message.content.as_deref().filter(|text| !refused && !text.is_empty()))
        }
    }
}

#[cfg(all(feature = "responses", feature = "tools"))]
impl Answer for Response {
    /// Of a response that failed or is not complete yet there is none: its text would be half.
    fn texts(&self) -> std::result::Result<Vec<Option<&str>>, Reason> {
        match &self.status {
            Some(ResponseStatus::Incomplete) => Err(incomplete(self)),
            None | Some(ResponseStatus::Completed | ResponseStatus::Unknown(_)) => {
                Ok(output_texts(self).map(|text| Some(text).filter(|text| !text.is_empty())).collect())
            }
            Some(_) => Ok(Vec::new()),
        }
    }

    #[cfg(feature = "tools")]
    fn missing(&self) -> Reason {
        use crate::responses::ResponseExt as _;
        if let Some(error) = &self.error {
            let message = format!("the response failed: {} (code: {})", error.message, error.code);
            return Reason::new(ErrorKind::Decode, message);
        }
        match (self.refusal(), &self.status) {
            (Some(refusal), _) => refused(refusal),
            (None, Some(ResponseStatus::Queued | ResponseStatus::InProgress)) => Reason::new(
                ErrorKind::Decode,
                "the response is not complete yet: retrieve it when it is, and use parse_content()",
            ),
            (None, Some(status @ (ResponseStatus::Failed | ResponseStatus::Cancelled))) => {
                Reason::new(ErrorKind::Decode, format!("the response has no text to parse: it is {status}"))
            }
            _ if !self.function_calls().is_empty() => calls_tools(),
            _ => Reason::new(ErrorKind::Decode, "the response has no text to parse"),
        }
    }
}

/// The texts of the messages, but not of what the model says by the way.
#[cfg(all(feature = "responses", feature = "tools"))]
pub(crate) fn output_texts(response: &Response) -> impl Iterator<Item = &str> {
    let parts = response.output.iter().flat_map(|item| match item {
        ResponseOutputItem::Message(message) if !matches!(message.phase, Some(ResponseMessagePhase::Commentary)) => {
            message.content.as_slice()
        }
        _ => &[],
    });
    parts.filter_map(|part| match part {
        ResponseOutputMessageContent::OutputText(part) => Some(part.text.as_str()),
        _ => None,
    })
}

#[cfg(all(feature = "responses", feature = "tools"))]
fn incomplete(response: &Response) -> Reason {
    use ResponseIncompleteDetailsReason::{ContentFilter, MaxOutputTokens};
    let reason = response.incomplete_details.as_ref().and_then(|details| details.reason.as_ref());
    let (kind, why) = match reason {
        Some(MaxOutputTokens) => {
            (ErrorKind::LengthFinishReason, "the limit of tokens cut it off (max_output_tokens)".to_owned())
        }
        Some(ContentFilter) => {
            (ErrorKind::ContentFilterFinishReason, "a content filter cut it off (content_filter)".to_owned())
        }
        Some(other) => (ErrorKind::Truncated, format!("it is incomplete ({other})")),
        None => (ErrorKind::Truncated, "it is incomplete".to_owned()),
    };
    Reason::new(kind, format!("the response can't be parsed: {why}"))
}

#[cfg(feature = "tools")]
fn refused(refusal: &str) -> Reason {
    Reason::new(ErrorKind::Refusal, format!("the model refused: {refusal}"))
}

#[cfg(feature = "tools")]
fn calls_tools() -> Reason {
    Reason::new(ErrorKind::Decode, "there is no text to parse: the model calls tools")
}

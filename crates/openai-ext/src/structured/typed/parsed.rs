//! An answer with the values that its texts are.

use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;

use crate::structured::reply::StructuredReply;
use crate::{Error, ErrorKind, HeaderMap, RateLimit, ResponseHead, Result, StatusCode};

/// An answer of the model with the values of its texts. It derefs to the answer itself, with its texts, refusal and usage.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::types::ChatCompletion;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let completion: ChatCompletion = serde_json::from_str(r#"{
///     "choices": [{"index": 0, "message": {"role": "assistant", "content": "[1, 2]"}, "finish_reason": "stop"}]
/// }"#)?;
/// let parsed = completion.parse_content::<Vec<i64>>()?;
/// assert_eq!(parsed.parsed(), Some(&vec![1, 2]));
/// assert_eq!(parsed.text(), "[1, 2]");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Parsed<R, T> {
    answer: R,
    values: Vec<Option<T>>,
    head: Option<ResponseHead>,
}

/// Reads values out of completions and responses that came another way than by `parse()`: out of a batch's results, of a
/// background response, of a log.
pub trait ParseContentExt: StructuredReply {
    /// The answer with the values of its texts. No schema is needed for that.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Weather {
    ///     degrees: f64,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let response = client.responses().retrieve("resp_123").send().await?;
    /// let weather: Weather = response.parse_content()?.into_parsed()?;
    /// println!("{}", weather.degrees);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`parse`](super::ParseExt::parse) that are about the answer: it was cut off, or its text does not fit.
    fn parse_content<T: DeserializeOwned>(self) -> Result<Parsed<Self, T>>;
}

impl<R: StructuredReply> ParseContentExt for R {
    fn parse_content<T: DeserializeOwned>(self) -> Result<Parsed<Self, T>> {
        Parsed::new(self, None)
    }
}

impl<R: StructuredReply, T: DeserializeOwned> Parsed<R, T> {
    pub(crate) fn new(answer: R, head: Option<ResponseHead>) -> Result<Self> {
        let texts = match answer.texts() {
            Ok(texts) => texts,
            Err(reason) => return Err(about(&head, reason.into_error(answer))),
        };
        let read = |(at, text): (usize, Option<&str>)| match text {
            Some(text) => read(text).map(Some).map_err(|error| (at, text.to_owned(), error)),
            None => Ok(None),
        };
        let values: Result<Vec<_>, _> = texts.into_iter().enumerate().map(read).collect();
        match values {
            Ok(values) => Ok(Self { answer, values, head }),
            Err((at, text, misfit)) => {
                let place = if at == 0 { String::new() } else { format!(" {at}") };
                let message = format!("the text{place} of the answer does not fit the type{misfit}");
                let error = Error::new(ErrorKind::Decode, message).with_body(text).with_source(misfit.cause);
                Err(about(&head, error.with_detail(answer)))
            }
        }
    }
}

impl<R, T> Parsed<R, T> {
    /// Makes it of what an answer was found to say.
    #[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
    pub(crate) fn of(answer: R, values: Vec<Option<T>>) -> Self {
        Self { answer, values, head: None }
    }

    #[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
    pub(crate) fn into_parts(self) -> (R, Vec<Option<T>>) {
        (self.answer, self.values)
    }

    /// The value: of the first choice of a completion, of the first text of a response. `None` if the model refused or
    /// only calls tools, and if a response failed or is not complete yet.
    #[must_use]
    pub fn parsed(&self) -> Option<&T> {
        self.values.first()?.as_ref()
    }

    /// The values in their order: one for each choice of a completion, or for each text of a response that is no
    /// commentary.
    #[must_use]
    pub fn values(&self) -> &[Option<T>] {
        &self.values
    }

    /// The answer without the values.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.answer
    }

    /// Returns the head of the response. `None` of an answer that came another way.
    #[must_use]
    pub fn head(&self) -> Option<&ResponseHead> {
        self.head.as_ref()
    }

    /// The status of the response. `None` of an answer that came another way.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.head().map(ResponseHead::status)
    }

    /// The header `x-request-id`, which OpenAI's support asks for. `None` of an answer that came another way.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.head()?.request_id()
    }

    /// The headers of the response. `None` of an answer that came another way.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.head().map(ResponseHead::headers)
    }

    /// Returns the rate limits that the headers of the response name; nothing of an answer that came another way.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.head().map(ResponseHead::rate_limit).unwrap_or_default()
    }
}

impl<R: StructuredReply, T> Parsed<R, T> {
    /// The value alone.
    ///
    /// # Errors
    /// There is none: of kind [`Refusal`](ErrorKind::Refusal) if the model refused, else of kind
    /// [`Decode`](ErrorKind::Decode), as when the model only calls tools or the response failed. The message tells why, and
    /// `ErrorExt` has the answer.
    pub fn into_parsed(self) -> Result<T> {
        match self.values.into_iter().next().flatten() {
            Some(value) => Ok(value),
            None => Err(about(&self.head, self.answer.missing().into_error(self.answer))),
        }
    }
}

impl<R, T> Deref for Parsed<R, T> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.answer
    }
}

impl<R: fmt::Debug, T: fmt::Debug> fmt::Debug for Parsed<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed").field("answer", &self.answer).field("values", &self.values).finish_non_exhaustive()
    }
}

/// The error with the head of its response, if there is one.
#[cold]
#[inline]
fn about(head: &Option<ResponseHead>, error: Error) -> Error {
    match head {
        Some(head) => head.describe(error),
        None => error,
    }
}

/// Why a text does not fit a type. As text it goes on with the sentence that says so.
struct Misfit {
    path: String,
    cause: serde_json::Error,
}

impl fmt::Display for Misfit {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path of the root is a dot.
        if self.path != "." {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, ": {}", self.cause)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Misfit> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Misfit { path: error.path().to_string(), cause: error.into_inner() })?;
    reader.end().map_err(|cause| Misfit { path: ".".to_owned(), cause })?;
    Ok(value)
}

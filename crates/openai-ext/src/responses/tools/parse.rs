//! Responses whose text is of a type.

use openai_runtime::json::InputError;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::resources::responses::Create;
use crate::responses::output::{ResponseExt as _, output_texts};
use crate::responses::stream::{ResponseStream, ResponseStreamExt};
use crate::structured::reply::{NoValue, StructuredReply};
use crate::structured::schema::{Dialect, schema_name, strict_schema};
use crate::structured::typed::structured_call::StructuredCall;
use crate::structured::{Parsed, ParsedStream};
use crate::types::{Response, ResponseFormatTextJsonSchemaConfig, ResponseIncompleteDetailsReason, ResponseStatus};
use crate::{ErrorKind, Pending, RawResponse, Result};

/// A response with the values of its texts.
pub type ParsedResponse<T> = Parsed<Response, T>;

/// A streamed response whose text is a `T`.
pub type ParsedResponseStream<T> = ParsedStream<ResponseStream, T>;

/// The `text.format` of a response that is to be a `T`, for calls that are made another way.
///
/// ```
/// use openai_ext::responses::response_text_format;
/// use openai_ext::schemars::{self, JsonSchema};
/// use openai_ext::types::ResponseTextConfig;
///
/// #[derive(JsonSchema)]
/// struct Weather {
///     degrees: f64,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let text = ResponseTextConfig::new().format(response_text_format::<Weather>()?.description("The weather now"));
/// assert_eq!(serde_json::json!(text)["format"]["name"], "Weather");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`strict_schema`].
pub fn response_text_format<T: JsonSchema>() -> Result<ResponseFormatTextJsonSchemaConfig> {
    let schema = strict_schema::<T>()?;
    Ok(ResponseFormatTextJsonSchemaConfig::new(schema_name::<T>(), schema).strict(true))
}

impl StructuredCall for Create {
    type Reply = Response;
    type Events = ResponseStream;

    const FIELD: &'static str = "text.format";

    #[inline]
    fn dialect(&self) -> Dialect {
        self.extension().copied().unwrap_or_default()
    }

    #[inline]
    fn set_dialect(self, dialect: Dialect) -> Self {
        self.with_extension(dialect)
    }

    #[inline]
    fn has_format(&self) -> bool {
        self.body().text.as_ref().is_some_and(|text| text.format.is_some())
    }

    #[inline]
    fn set_format(&mut self, name: String, schema: Value) {
        let format = ResponseFormatTextJsonSchemaConfig::new(name, schema).strict(true);
        self.body_mut().text.get_or_insert_default().format = Some(format.into());
    }

    #[inline]
    fn refuse_format(&mut self, reason: &str) {
        self.body_mut().extra.refuse("text", InputError::new(reason));
    }

    #[inline]
    fn send_whole(self) -> Pending<RawResponse<Response>> {
        self.send_raw()
    }

    #[inline]
    fn open(self) -> impl Future<Output = Result<ResponseStream>> + Send {
        self.stream_events()
    }
}

impl<T> ParsedStream<ResponseStream, T> {
    /// Returns the JSON of the first text as far as it is there: open strings, lists and objects are closed, and what is cut
    /// off is left out. `None` before there is any. Each part of the text is read once, however often this is asked.
    #[must_use]
    pub fn partial(&mut self) -> Option<&Value> {
        self.stream.partial_text()
    }
}

impl<T: DeserializeOwned> ParsedStream<ResponseStream, T> {
    /// Reads the rest of the stream and gives the whole response with its values.
    ///
    /// # Errors
    /// Those of [`ResponseStream::final_response`](ResponseStream::final_response), and those of
    /// [`parse`](crate::ParseExt::parse) that are about the answer.
    pub async fn final_response(self) -> Result<ParsedResponse<T>> {
        let head = self.stream.head().clone();
        let response = self.stream.final_response().await?;
        Parsed::new(response, Some(head))
    }

    /// Reads the rest of the stream and gives the value of the first text.
    ///
    /// # Errors
    /// Those of [`final_response`](Self::final_response) and of [`Parsed::into_parsed`].
    pub async fn final_parsed(self) -> Result<T> {
        self.final_response().await?.into_parsed()
    }
}

impl StructuredReply for Response {
    /// Of a response that failed or is not complete yet there is none: its text would be half.
    #[inline]
    fn texts(&self) -> Result<Vec<Option<&str>>, NoValue> {
        match &self.status {
            Some(ResponseStatus::Incomplete) => Err(incomplete(self)),
            None | Some(ResponseStatus::Completed | ResponseStatus::Unknown(_)) => {
                Ok(output_texts(&self.output).map(|(.., text)| Some(text).filter(|text| !text.is_empty())).collect())
            }
            Some(_) => Ok(Vec::new()),
        }
    }

    #[inline]
    fn missing(&self) -> NoValue {
        if let Some(error) = &self.error {
            let message = format!("the response failed: {} (code: {})", error.message, error.code);
            return NoValue::new(ErrorKind::Decode, message);
        }
        match (self.refusal(), &self.status) {
            (Some(refusal), _) => NoValue::refused(refusal),
            (None, Some(ResponseStatus::Queued | ResponseStatus::InProgress)) => NoValue::new(
                ErrorKind::Decode,
                "the response is not complete yet: retrieve it when it is, and use parse_content()",
            ),
            (None, Some(status @ (ResponseStatus::Failed | ResponseStatus::Cancelled))) => {
                NoValue::new(ErrorKind::Decode, format!("the response has no text to parse: it is {status}"))
            }
            _ if !self.function_calls().is_empty() => NoValue::calls_tools(),
            _ => NoValue::new(ErrorKind::Decode, "the response has no text to parse"),
        }
    }
}

#[inline]
fn incomplete(response: &Response) -> NoValue {
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
    NoValue::new(kind, format!("the response can't be parsed: {why}"))
}

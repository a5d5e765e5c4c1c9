//! Chat completions whose content is of a type.

use openai_runtime::json::InputError;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chat::stream::{ChatCompletionStream, ChatStreamExt};
use crate::resources::chat::completions::Create;
use crate::structured::schema::{Dialect, schema_name, strict_schema};
use crate::structured::typed::structured_call::StructuredCall;
use crate::structured::{Parsed, ParsedStream};
use crate::types::{
    ChatCompletion, ChatCompletionResponseFormat, ResponseFormatJsonSchema, ResponseFormatJsonSchemaDefinition,
};
use crate::{Pending, RawResponse, Result};

/// A chat completion with the value of each of its choices.
pub type ParsedChatCompletion<T> = Parsed<ChatCompletion, T>;

/// A streamed chat completion whose content is a `T`.
pub type ParsedChatStream<T> = ParsedStream<ChatCompletionStream, T>;

/// The `response_format` of a chat completion that is to be a `T`, for calls that are made another way: in a batch, or with
/// a description of its own. [`parse_content`](crate::ParseContentExt::parse_content) reads the answer.
///
/// ```
/// use openai_ext::chat::chat_response_format;
/// use openai_ext::schemars::{self, JsonSchema};
///
/// #[derive(JsonSchema)]
/// struct Weather {
///     degrees: f64,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let format = serde_json::json!(chat_response_format::<Weather>()?);
/// assert_eq!(format["json_schema"]["name"], "Weather");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`strict_schema`].
pub fn chat_response_format<T: JsonSchema>() -> Result<ResponseFormatJsonSchema> {
    let schema = ResponseFormatJsonSchemaDefinition::new(schema_name::<T>(), strict_schema::<T>()?);
    Ok(ResponseFormatJsonSchema::new(schema.strict(true)))
}

impl StructuredCall for Create {
    type Reply = ChatCompletion;
    type Events = ChatCompletionStream;

    const FIELD: &'static str = "response_format";

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
        self.body().response_format.is_some()
    }

    #[inline]
    fn set_format(&mut self, name: String, schema: Value) {
        let schema = ResponseFormatJsonSchemaDefinition::new(name, schema).strict(true);
        self.body_mut().response_format = Some(ChatCompletionResponseFormat::json_schema(schema).into());
    }

    #[inline]
    fn refuse_format(&mut self, reason: &str) {
        self.body_mut().extra.refuse("response_format", InputError::new(reason));
    }

    #[inline]
    fn send_whole(self) -> Pending<RawResponse<ChatCompletion>> {
        self.send_raw()
    }

    #[inline]
    fn open(self) -> impl Future<Output = Result<ChatCompletionStream>> + Send {
        self.stream_events()
    }
}

impl<T> Parsed<ChatCompletion, T> {
    /// The value of the choice at this place in `choices`, if it has one: with `n` above 1 there are several.
    #[must_use]
    pub fn parsed_choice(&self, at: usize) -> Option<&T> {
        self.values().get(at)?.as_ref()
    }
}

impl<T> ParsedStream<ChatCompletionStream, T> {
    /// Returns the JSON of the choice with index 0 as far as it is there: open strings, lists and objects are closed, and what
    /// is cut off is left out. `None` before there is any. Each part of the text is read once, however often this is asked.
    #[must_use]
    pub fn partial(&mut self) -> Option<&Value> {
        self.stream.partial_content(0)
    }
}

impl<T: DeserializeOwned> ParsedStream<ChatCompletionStream, T> {
    /// Reads the rest of the stream and gives the whole completion with its values.
    ///
    /// # Errors
    /// Those of [`ChatCompletionStream::final_completion`](ChatCompletionStream::final_completion), and those of
    /// [`parse`](crate::ParseExt::parse) that are about the answer.
    pub async fn final_completion(self) -> Result<ParsedChatCompletion<T>> {
        let head = self.stream.head().clone();
        let completion = self.stream.final_completion().await.map_err(|error| head.describe(error))?;
        Parsed::new(completion, Some(head))
    }

    /// Reads the rest of the stream and gives the value of the first choice.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion) and of [`Parsed::into_parsed`].
    pub async fn final_parsed(self) -> Result<T> {
        self.final_completion().await?.into_parsed()
    }
}

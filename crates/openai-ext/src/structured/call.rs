//! Calls whose answer is to be of a type.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::parsed::{Head, Parsed};
use super::stream::ParsedStream;
use crate::schema::{schema_name, strict_schema};
use crate::{Error, ErrorKind, Result};

/// Last words of `client.chat().completions().create(…)` and `client.responses().create(…)`.
pub trait ParseExt: sealed::Structured {
    /// Sends the call and reads what the model wrote as a `T`: its strict schema goes with the call, and the model keeps
    /// to it.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// /// A problem solved step by step.
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Solution {
    ///     steps: Vec<String>,
    ///     answer: f64,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let messages = [Message::user("Solve 8x + 7 = -23")];
    /// let reply = client.chat().completions().create("gpt-5.5", messages).parse::<Solution>().await?;
    /// match reply.parsed() {
    ///     Some(solution) => println!("{} after {} steps", solution.answer, solution.steps.len()),
    ///     None => println!("refused: {:?}", reply.refusal()),
    /// }
    /// println!("{:?}", reply.usage);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The schema is [`strict_schema`] of `T`, and its name that of the type; `#[schemars(rename = "…")]` sets another.
    /// Models write the fields in the order of the type, so what they should think of first comes first.
    ///
    /// A refusal is no error: there is no value then, and the refusal is in the answer. The same holds for a response that
    /// failed, or runs in the background.
    ///
    /// # Errors
    /// - Those of sending the call.
    /// - Of kind [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent: strict mode can't say what `T` is,
    ///   or the call has a `response_format` or `text.format` already. For a format of one's own: `send()`, and then
    ///   [`parse_content`](super::ParseContentExt::parse_content).
    /// - Of kind [`LengthFinishReason`](ErrorKind::LengthFinishReason) or
    ///   [`ContentFilterFinishReason`](ErrorKind::ContentFilterFinishReason): the answer was cut off;
    ///   [`Truncated`](ErrorKind::Truncated) if a response does not say why. [`ErrorExt`](crate::ErrorExt) gets at what
    ///   there is of it.
    /// - Of kind [`Decode`](ErrorKind::Decode): the text does not fit `T`, as that of a server that does not keep to
    ///   schemas. The message tells where, the body is the text, and [`ErrorExt`](crate::ErrorExt) has all of the answer.
    fn parse<T>(self) -> impl Future<Output = Result<Parsed<Self::Answer, T>>> + Send
    where
        T: DeserializeOwned + JsonSchema,
    {
        let sent = with_schema::<T, Self>(self).map(|call| call.send_whole());
        async move {
            let response = sent?.await?;
            let head = Head::of_response(&response);
            let answer = response.parse()?;
            Parsed::new(answer, Some(head))
        }
    }

    /// As [`parse`](Self::parse), on a thread without an async runtime.
    ///
    /// # Errors
    /// The same, and being within an async runtime.
    #[cfg(feature = "blocking")]
    fn parse_blocking<T>(self) -> Result<Parsed<Self::Answer, T>>
    where
        T: DeserializeOwned + JsonSchema,
    {
        openai_runtime::blocking::wait(self.parse::<T>())
    }

    /// Sends the call and gives what happens in the stream, and at the end the value: `stream_events()` with the schema of
    /// `T`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, Deserialize, JsonSchema)]
    /// struct Recipe {
    ///     title: String,
    ///     ingredients: Vec<String>,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "A recipe for pancakes");
    /// let mut events = call.parse_stream::<Recipe>().await?;
    /// while let Some(event) = events.next().await {
    ///     event?;
    ///     if let Some(so_far) = events.partial() {
    ///         println!("{}: {} ingredients", so_far["title"], so_far["ingredients"].as_array().map_or(0, Vec::len));
    ///     }
    /// }
    /// let recipe: Recipe = events.final_parsed().await?;
    /// # drop(recipe);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of sending the call, and those of [`parse`](Self::parse) before anything is sent. Whether the answer can be
    /// parsed is told at the end.
    fn parse_stream<T>(self) -> impl Future<Output = Result<ParsedStream<Self::Events, T>>> + Send
    where
        T: DeserializeOwned + JsonSchema,
    {
        let opened = with_schema::<T, Self>(self).map(sealed::Structured::open);
        async move { Ok(ParsedStream::new(opened?.await?)) }
    }

    /// As [`parse_stream`](Self::parse_stream), on a thread without an async runtime.
    ///
    /// # Errors
    /// The same, and being within an async runtime.
    #[cfg(feature = "blocking")]
    fn parse_stream_blocking<T>(self) -> Result<crate::stream::BlockingStream<ParsedStream<Self::Events, T>>>
    where
        T: DeserializeOwned + JsonSchema,
    {
        openai_runtime::blocking::wait(self.parse_stream::<T>()).map(crate::stream::BlockingStream::new)
    }
}

impl<C: sealed::Structured> ParseExt for C {}

/// The `response_format` of a chat completion that is to be a `T`, for calls that are made another way: in a batch, or with
/// a description of its own. [`parse_content`](super::ParseContentExt::parse_content) reads the answer.
///
/// ```
/// use openai_ext::parse::chat_response_format;
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
#[cfg(feature = "chat")]
pub fn chat_response_format<T: JsonSchema>() -> Result<crate::types::ResponseFormatJsonSchema> {
    let schema = crate::types::ResponseFormatJsonSchemaDefinition::new(schema_name::<T>(), strict_schema::<T>()?);
    Ok(crate::types::ResponseFormatJsonSchema::new(schema.strict(true)))
}

/// The `text.format` of a response that is to be a `T`, for calls that are made another way.
///
/// ```
/// use openai_ext::parse::response_text_format;
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
#[cfg(feature = "responses")]
pub fn response_text_format<T: JsonSchema>() -> Result<crate::types::ResponseFormatTextJsonSchemaConfig> {
    let schema = strict_schema::<T>()?;
    Ok(crate::types::ResponseFormatTextJsonSchemaConfig::new(schema_name::<T>(), schema).strict(true))
}

fn with_schema<T: JsonSchema, C: sealed::Structured>(mut call: C) -> Result<C> {
    let schema = strict_schema::<T>()?;
    if call.has_format() {
        let message = format!(
            "`{}` is set already, and parse() sets it to the type's schema: leave it out, or use send() and then \
             parse_content()",
            C::FIELD
        );
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    call.set_format(schema_name::<T>(), schema);
    Ok(call)
}

pub(super) mod sealed {
    use serde_json::Value;

    use crate::unparsed::Answer;
    use crate::{Pending, RawResponse, Result};

    /// A call whose answer can be held to a schema.
    pub trait Structured: Sized {
        /// What is answered at once.
        type Answer: Answer;
        /// What is answered as a stream.
        type Events: Send;

        /// The field of the request that has the schema.
        const FIELD: &'static str;

        fn has_format(&self) -> bool;
        fn set_format(&mut self, name: String, schema: Value);
        fn send_whole(self) -> Pending<RawResponse<Self::Answer>>;
        fn open(self) -> impl Future<Output = Result<Self::Events>> + Send;
    }
}

#[cfg(feature = "chat")]
mod chat {
    use serde_json::Value;

    use super::sealed::Structured;
    use crate::resources::chat::completions::Create;
    use crate::types::{ChatCompletion, ChatCompletionResponseFormat, ResponseFormatJsonSchemaDefinition};
    use crate::{ChatCompletionStream, ChatStreamExt, Pending, RawResponse, Result};

    impl Structured for Create {
        type Answer = ChatCompletion;
        type Events = ChatCompletionStream;

        const FIELD: &'static str = "response_format";

        fn has_format(&self) -> bool {
            self.body().response_format.is_some()
        }

        fn set_format(&mut self, name: String, schema: Value) {
            let schema = ResponseFormatJsonSchemaDefinition::new(name, schema).strict(true);
            self.body_mut().response_format = Some(ChatCompletionResponseFormat::json_schema(schema));
        }

        fn send_whole(self) -> Pending<RawResponse<ChatCompletion>> {
            self.send_raw()
        }

        fn open(self) -> impl Future<Output = Result<ChatCompletionStream>> + Send {
            self.stream_events()
        }
    }
}

#[cfg(feature = "responses")]
mod responses {
    use serde_json::Value;

    use super::sealed::Structured;
    use crate::resources::responses::Create;
    use crate::stream::responses::{ResponseStream, ResponseStreamExt};
    use crate::types::{Response, ResponseFormatTextJsonSchemaConfig};
    use crate::{Pending, RawResponse, Result};

    impl Structured for Create {
        type Answer = Response;
        type Events = ResponseStream;

        const FIELD: &'static str = "text.format";

        fn has_format(&self) -> bool {
            self.body().text.as_ref().is_some_and(|text| text.format.is_some())
        }

        fn set_format(&mut self, name: String, schema: Value) {
            let format = ResponseFormatTextJsonSchemaConfig::new(name, schema).strict(true);
            self.body_mut().text.get_or_insert_default().format = Some(format.into());
        }

        fn send_whole(self) -> Pending<RawResponse<Response>> {
            self.send_raw()
        }

        fn open(self) -> impl Future<Output = Result<ResponseStream>> + Send {
            self.stream_events()
        }
    }
}

//! Calls whose answer is to be of a type.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::parsed::Parsed;
use super::stream::ParsedStream;
use super::structured_call::StructuredCall;
use crate::structured::schema::{Dialect, fields_of, schema_name};
use crate::{Error, ErrorKind, Result};

/// Last words of `client.chat().completions().create(…)` and `client.responses().create(…)`.
pub trait ParseExt: StructuredCall {
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
    /// The schema is [`strict_schema`](crate::schema::strict_schema) of `T` in the [dialect](Self::with_schema_dialect) of the call, and its name that of the type; `#[schemars(rename = "…")]` sets another.
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
    ///   [`Truncated`](ErrorKind::Truncated) if a response does not say why. `ErrorExt` gets at what
    ///   there is of it.
    /// - Of kind [`Decode`](ErrorKind::Decode): the text does not fit `T`, as that of a server that does not keep to
    ///   schemas. The message tells where, the body is the text, and `ErrorExt` has all of the answer.
    fn parse<T>(self) -> impl Future<Output = Result<Parsed<Self::Reply, T>>> + Send
    where
        T: DeserializeOwned + JsonSchema,
    {
        let sent = with_schema::<T, Self>(self, fields_of::<T>()).map(|call| call.send_whole());
        async move {
            let response = sent?.await?;
            let answer = response.parse()?;
            Parsed::new(answer, Some(response.head().clone()))
        }
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
        let opened = with_schema::<T, Self>(self, fields_of::<T>()).map(StructuredCall::open);
        async move { Ok(ParsedStream::new(opened?.await?)) }
    }

    /// Sets the format of the answer to the strict schema of `T`, as [`parse`](Self::parse) does, without sending the call:
    /// for a batch. [`parse_content`](super::ParseContentExt::parse_content) reads the answer.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Tag {
    ///     topic: Option<String>,
    /// }
    ///
    /// # fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("A page about boats")]);
    /// let line = call.with_format_of::<Tag>()?;
    /// assert!(line.body().response_format.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse) before anything is sent.
    fn with_format_of<T: JsonSchema>(self) -> Result<Self> {
        with_schema::<T, Self>(self, &[])
    }

    /// Sets the format of the answer to the strict schema of `T`. A type that strict mode cannot express becomes the error of
    /// the call, before it is sent.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct City {
    ///     name: String,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let reply = client.responses().create("gpt-5.5", "Name a city").json_schema::<City>().send().await?;
    /// println!("{}", reply.output_text());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn json_schema<T: JsonSchema>(mut self) -> Self {
        match self.dialect().strict_schema::<T>() {
            Ok(schema) => self.set_format(schema_name::<T>(), schema),
            Err(error) => self.refuse_format(error.message()),
        }
        self
    }

    /// Sets the dialect of the schemas that this call sends: of `parse()`, `parse_stream()`, `with_format_of()` and
    /// `run_tools()`. Without it the client's counts,
    /// [`schema_dialect`](crate::ServerOptionsExt::schema_dialect).
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schema::Dialect;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, Deserialize, JsonSchema)]
    /// struct Boat {
    ///     length: Option<f64>,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("my-model", [Message::user("How long is a dinghy?")]);
    /// let reply = call.with_schema_dialect(Dialect::AnyOf).parse::<Boat>().await?;
    /// println!("{:?}", reply.parsed());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    fn with_schema_dialect(self, dialect: Dialect) -> Self {
        self.set_dialect(dialect)
    }
}

impl<C: StructuredCall> ParseExt for C {}

fn with_schema<T: JsonSchema, C: StructuredCall>(mut call: C, fields: &[&str]) -> Result<C> {
    let schema = call.dialect().strict_schema_with::<T>(fields)?;
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

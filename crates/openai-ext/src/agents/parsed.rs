//! Turns whose answer is of a Rust type.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::engine::Opening;
use super::result::AgentResult;
use super::runner::AgentRunner;
use crate::resources::beta::agents::{Create as CreateAgent, sessions::Create as CreateSession};
use crate::structured::Parsed;
use crate::structured::schema::{Dialect, fields_of, strict_schema_with};
use crate::types::AgentTextFormat;
use crate::{Error, ErrorKind, Result};

/// Makes the `text.format` of an agent that answers with a `T`.
///
/// ```
/// use openai_ext::agents::agent_text_format;
/// use openai_ext::schemars::{self, JsonSchema};
/// use openai_ext::types::{SessionAgentConfigParam, TextParam};
///
/// #[derive(JsonSchema)]
/// struct Weather {
///     degrees: f64,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// let agent = SessionAgentConfigParam::new().text(TextParam::new().format(agent_text_format::<Weather>()?));
/// assert_eq!(serde_json::json!(agent)["text"]["format"]["type"], "json_schema");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`strict_schema`](crate::schema::strict_schema).
pub fn agent_text_format<T: JsonSchema>() -> Result<AgentTextFormat> {
    Ok(AgentTextFormat::json_schema(strict_schema_with::<T>(&[])?))
}

/// Sets the format of an agent's answers: of `agents().create(…)` and `sessions().create(…)`.
pub trait AgentFormatExt: Sized {
    /// Sets `text.format` of the agent to the strict schema of `T`. [`AgentResult::parse`] reads the answers.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, Deserialize, JsonSchema)]
    /// struct Harbour {
    ///     name: String,
    ///     berths: u32,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let agent = client.beta().agents().create("gpt-5.5").with_format_of::<Harbour>()?.send().await?;
    /// # let _ = agent;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): strict mode cannot express `T`, or a format is set already.
    fn with_format_of<T: JsonSchema>(self) -> Result<Self>;
}

impl AgentFormatExt for CreateAgent {
    fn with_format_of<T: JsonSchema>(mut self) -> Result<Self> {
        let dialect = self.extension::<Dialect>().copied().unwrap_or_default();
        let text = self.body_mut().text.get_or_insert_default();
        set::<T>(&mut text.format, dialect, &[])?;
        Ok(self)
    }
}

impl AgentFormatExt for CreateSession {
    fn with_format_of<T: JsonSchema>(self) -> Result<Self> {
        with_format::<T>(self, &[])
    }
}

fn with_format<T: JsonSchema>(mut call: CreateSession, fields: &[&str]) -> Result<CreateSession> {
    let dialect = call.extension::<Dialect>().copied().unwrap_or_default();
    let agent = call.body_mut().agent.get_or_insert_default();
    set::<T>(&mut agent.text.get_or_insert_default().format, dialect, fields)?;
    Ok(call)
}

fn set<T: JsonSchema>(format: &mut Option<Box<AgentTextFormat>>, dialect: Dialect, fields: &[&str]) -> Result<()> {
    if format.is_some() {
        let message = "`text.format` of the agent is set already: leave it out, or read the answer by `result.parse()`";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    *format = Some(Box::new(AgentTextFormat::json_schema(dialect.strict_schema_with::<T>(fields)?)));
    Ok(())
}

impl AgentRunner {
    /// Runs the turn to its end, and reads the answer as a `T`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use openai_ext::types::EnvironmentParam;
    /// use serde::Deserialize;
    ///
    /// #[derive(Debug, Deserialize, JsonSchema)]
    /// struct Harbour {
    ///     name: String,
    ///     berths: u32,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let sessions = client.beta().agents().sessions();
    /// let call = sessions.create(EnvironmentParam::none()).agent_id("agent_1");
    /// let result = call.input("Which harbour is the largest?").run().parse::<Harbour>().await?;
    /// println!("{:?} in session {}", result.parsed(), result.session_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A session that is created by the run gets the strict schema of `T` as the format of its agent. A session that is there
    /// has the format that it was created with: see [`AgentFormatExt::with_format_of`].
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and those of [`AgentResult::parse`]; of kind
    /// [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent, if strict mode cannot express `T`.
    pub fn parse<T>(mut self) -> impl Future<Output = Result<Parsed<AgentResult, T>>> + Send
    where
        T: DeserializeOwned + JsonSchema,
    {
        if let Opening::Session(create) = self.opening {
            let prepared = with_format::<T>((*create).clone(), fields_of::<T>());
            self.refused = prepared.as_ref().err().map(|error| Error::new(error.kind(), error.message()));
            self.opening = Opening::Session(Box::new(prepared.unwrap_or(*create)));
        }
        let run = self.send();
        async move {
            let result = run.await?;
            let value = result.parse::<T>()?;
            Ok(Parsed::of(result, vec![Some(value)]))
        }
    }
}

impl AgentResult {
    /// Reads the answer as a `T`: the texts of the turn's messages, commentary passed over.
    ///
    /// # Errors
    /// Of kind [`Decode`](ErrorKind::Decode): there is no text, or it does not fit `T`. The message tells where, the body is
    /// the text, and the [`detail`](Error::detail) is this result.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.text();
        if text.trim().is_empty() {
            let message = format!("the turn has no text to parse: it ended by {:?}", self.stop);
            return Err(Error::new(ErrorKind::Decode, message).with_detail(self.clone()));
        }
        let mut reader = serde_json::Deserializer::from_str(&text);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!(" at `{path}`") };
            self.misfit(&place, error.into_inner(), &text)
        })?;
        reader.end().map_err(|error| self.misfit("", error, &text))?;
        Ok(value)
    }

    fn misfit(&self, place: &str, cause: serde_json::Error, text: &str) -> Error {
        let message = format!("the text of the answer does not fit the type{place}: {cause}");
        let error = Error::new(ErrorKind::Decode, message).with_body(text.to_owned()).with_source(cause);
        error.with_detail(self.clone())
    }
}

impl<T> Parsed<AgentResult, T> {
    /// Returns the value alone.
    ///
    /// # Errors
    /// Of kind [`Decode`](ErrorKind::Decode) if there is none.
    pub fn into_parsed(self) -> Result<T> {
        let (result, values) = self.into_parts();
        let missing = || Error::new(ErrorKind::Decode, "the turn has no text to parse").with_detail(result);
        values.into_iter().next().flatten().ok_or_else(missing)
    }
}

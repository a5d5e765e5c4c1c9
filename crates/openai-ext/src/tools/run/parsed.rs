//! Runs whose last answer is of a Rust type.

use openai_runtime::{Error, ErrorKind, Redactor, Result};
use serde::de::DeserializeOwned;

use super::events::ToolEvents;
use super::record::{StopReason, ToolApi, ToolRun};
use crate::structured::reply::{NoValue, StructuredReply};
use crate::structured::{Parsed, ParsedStream};

/// The final methods of a run whose last answer is a value, for one API.
macro_rules! parsed_methods {
    ($api:ty, $call:literal) => {
        impl $crate::tools::ToolRunner<$api> {
            /// Runs to the end and reads what the model wrote in its last answer as a `T`: the strict schema of the type
            /// goes with each request, beside the tools.
            ///
            /// ```no_run
            /// use openai_ext::prelude::*;
            /// use openai_ext::schemars::{self, JsonSchema};
            /// use serde::Deserialize;
            ///
            /// #[derive(Debug, Deserialize, JsonSchema)]
            /// struct Advice {
            ///     umbrella: bool,
            ///     reason: String,
            /// }
            ///
            /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
            #[doc = $call]
            /// let run = call.run_tools(&tools).parse::<Advice>().await?;
            /// println!("{} calls", run.calls.len());
            /// let advice: Advice = run.into_parsed()?;
            /// # drop(advice);
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// A refusal is no error, and a run that ends before the last answer is none: there is no value then, and
            /// [`into_parsed`](crate::structured::Parsed::into_parsed) says why.
            ///
            /// # Errors
            /// Those of [`send`](Self::send), and those of [`ParseExt::parse`](crate::ParseExt::parse). The
            /// [`detail`](crate::Error::detail) of an error is the [`ToolRun`](crate::tools::ToolRun), also if the last
            /// answer was cut off or does not fit the type.
            pub fn parse<T>(
                mut self,
            ) -> impl Future<Output = $crate::Result<$crate::structured::Parsed<$crate::tools::ToolRun<$api>, T>>> + Send
            where
                T: serde::de::DeserializeOwned + schemars::JsonSchema,
            {
                let redactor = $crate::tools::run::dialogue::Dialogue::client(&self.dialogue).redactor().clone();
                let prepared = $crate::ParseExt::with_format_of::<T>(self.dialogue.request.clone());
                let run = prepared.map(|request| {
                    self.dialogue.request = request;
                    self.send()
                });
                async move { $crate::tools::run::parsed::read(run?.await?, &redactor) }
            }

            /// Runs step by step as [`stream_events`](Self::stream_events) does, with a value at the end as in
            /// [`parse`](Self::parse).
            ///
            /// ```no_run
            /// use openai_ext::prelude::*;
            /// use openai_ext::schemars::{self, JsonSchema};
            /// use serde::Deserialize;
            ///
            /// #[derive(Debug, Deserialize, JsonSchema)]
            /// struct Advice {
            ///     umbrella: bool,
            /// }
            ///
            /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
            #[doc = $call]
            /// let mut events = call.run_tools(&tools).parse_stream::<Advice>().await?;
            /// while let Some(event) = events.next().await {
            ///     if let ToolEvent::ToolCall { call, .. } = event? {
            ///         println!("[{}]", call.name);
            ///     }
            /// }
            /// let advice: Advice = events.final_parsed().await?;
            /// # drop(advice);
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            /// Those of [`ParseExt::parse`](crate::ParseExt::parse) before anything is sent.
            pub fn parse_stream<T>(
                mut self,
            ) -> impl Future<
                Output = $crate::Result<$crate::structured::ParsedStream<$crate::tools::ToolEvents<$api>, T>>,
            > + Send
            where
                T: serde::de::DeserializeOwned + schemars::JsonSchema,
            {
                let prepared = $crate::ParseExt::with_format_of::<T>(self.dialogue.request.clone());
                std::future::ready(prepared.map(|request| {
                    self.dialogue.request = request;
                    $crate::structured::ParsedStream::new(self.stream_events())
                }))
            }
        }
    };
}

pub(crate) use parsed_methods;

/// Reads the value of the last answer.
pub(crate) fn read<A, T>(run: ToolRun<A>, redactor: &Redactor) -> Result<Parsed<ToolRun<A>, T>>
where
    A: ToolApi<Reply: StructuredReply>,
    T: DeserializeOwned,
{
    let is_whole = matches!(run.stop, StopReason::Final | StopReason::Unfinished);
    let Some(reply) = run.last_reply().filter(|_| is_whole).cloned() else {
        return Ok(Parsed::of(run, Vec::new()));
    };
    match Parsed::<A::Reply, T>::new(reply, None) {
        Ok(parsed) => Ok(Parsed::of(run, parsed.into_parts().1)),
        Err(error) => Err(redactor.error(error).with_detail(run)),
    }
}

impl<A: ToolApi<Reply: StructuredReply>, T> Parsed<ToolRun<A>, T> {
    /// Returns the value alone.
    ///
    /// # Errors
    /// There is none: of kind [`Refusal`](ErrorKind::Refusal) if the model refused, else of kind
    /// [`Decode`](ErrorKind::Decode), as when the run ended before the last answer. The message says why, and the
    /// [`detail`](Error::detail) is the [`ToolRun`].
    pub fn into_parsed(self) -> Result<T> {
        let (run, values) = self.into_parts();
        match values.into_iter().next().flatten() {
            Some(value) => Ok(value),
            None => Err(missing(&run).with_detail(run)),
        }
    }
}

/// Says why a run has no value.
fn missing<A: ToolApi<Reply: StructuredReply>>(run: &ToolRun<A>) -> Error {
    let early = |why: &str| {
        let names: Vec<_> = run.pending.iter().map(|call| format!("{:?}", call.name)).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        NoValue::new(ErrorKind::Decode, format!("the run has no text to parse: {why}{names}"))
    };
    let reason = match (run.stop, run.last_reply()) {
        (StopReason::ToolChoice, _) => early("it ended with the call that `tool_choice` names"),
        (StopReason::ActionRequired, _) => early("the model waits for calls or approvals that the run cannot give"),
        (_, Some(reply)) => reply.missing(),
        (_, None) => early("the model was not asked"),
    };
    match run.last_reply() {
        Some(reply) => reason.into_error(reply.clone()),
        None => Error::new(reason.kind, reason.message),
    }
}

impl<A: ToolApi<Reply: StructuredReply>, T: DeserializeOwned> ParsedStream<ToolEvents<A>, T> {
    /// Goes on to the end of the run and returns all that it did, with the value of the last answer.
    ///
    /// # Errors
    /// Those of [`ToolEvents::finish`], and those of [`ParseExt::parse`](crate::ParseExt::parse) that are about the answer.
    pub async fn finish(self) -> Result<Parsed<ToolRun<A>, T>> {
        let redactor = self.stream.redactor().clone();
        read(self.stream.finish().await?, &redactor)
    }

    /// Goes on to the end of the run and returns the value alone.
    ///
    /// # Errors
    /// Those of [`finish`](Self::finish) and of [`Parsed::into_parsed`].
    pub async fn final_parsed(self) -> Result<T> {
        self.finish().await?.into_parsed()
    }
}

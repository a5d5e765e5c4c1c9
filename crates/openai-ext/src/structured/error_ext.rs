//! The object that an error is about: a reply that could not be parsed, or one that a broken stream left in part.

use crate::Error;

/// Gets at the object that an error is about, as far as it is there.
pub trait ErrorExt {
    /// The completion that the error is about: its content was to be parsed and was cut off, refused or of another form, or
    /// its stream broke, and this is as far as it came.
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
    fn completion(&self) -> Option<&crate::types::ChatCompletion>;

    /// The response that the error is about, for the same reasons. As the completion, it is the error's
    /// [`detail`](Error::detail).
    #[cfg(feature = "responses")]
    fn response(&self) -> Option<&crate::types::Response>;

    /// The completion of a prompt whose stream broke, as far as it came.
    #[cfg(feature = "completions")]
    fn text_completion(&self) -> Option<&crate::types::Completion>;

    /// The run of an assistant whose stream broke, as the last event had it, or whose polling ended. Its messages are in
    /// the error's [`detail`](Error::detail) of type `AssistantAccumulator`.
    #[cfg(feature = "beta")]
    fn run(&self) -> Option<&crate::types::Run>;
}

impl ErrorExt for Error {
    #[cfg(feature = "chat")]
    #[inline]
    fn completion(&self) -> Option<&crate::types::ChatCompletion> {
        self.detail()
    }

    #[cfg(feature = "responses")]
    #[inline]
    fn response(&self) -> Option<&crate::types::Response> {
        self.detail()
    }

    #[cfg(feature = "completions")]
    #[inline]
    fn text_completion(&self) -> Option<&crate::types::Completion> {
        self.detail()
    }

    #[cfg(feature = "beta")]
    #[inline]
    fn run(&self) -> Option<&crate::types::Run> {
        self.detail()
    }
}

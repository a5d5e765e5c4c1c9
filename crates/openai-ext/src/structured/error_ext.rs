//! The reply that an error of parsing is about.

use crate::Error;

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
    fn completion(&self) -> Option<&crate::types::ChatCompletion>;

    /// The response whose text was to be parsed, if that is what failed. As the completion, it is the error's
    /// [`detail`](Error::detail).
    #[cfg(feature = "responses")]
    fn response(&self) -> Option<&crate::types::Response>;
}

impl ErrorExt for Error {
    #[cfg(feature = "chat")]
    fn completion(&self) -> Option<&crate::types::ChatCompletion> {
        self.detail()
    }

    #[cfg(feature = "responses")]
    fn response(&self) -> Option<&crate::types::Response> {
        self.detail()
    }
}

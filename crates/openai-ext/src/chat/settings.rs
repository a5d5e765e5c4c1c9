//! Settings of a chat completion whose field is deeper in the body.

use crate::resources::chat::completions::Create;

/// Settings of `client.chat().completions().create(…)` whose field is deeper in the body.
pub trait ChatCallExt: Sized {
    /// Asks for the usage of a stream, which its last chunk then has: `stream_options.include_usage`. A call that does not
    /// stream has its usage anyway.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", "Tell me a story").include_usage();
    /// let mut chunks = call.stream().await?;
    /// while let Some(chunk) = chunks.next().await {
    ///     if let Some(usage) = chunk?.usage {
    ///         println!("{} tokens", usage.total_tokens);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn include_usage(self) -> Self;
}

impl ChatCallExt for Create {
    #[inline]
    fn include_usage(mut self) -> Self {
        self.body_mut().stream_options.get_or_insert_default().include_usage = Some(true);
        self
    }
}

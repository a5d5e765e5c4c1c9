//! Options of a client that fit what it sends to its server.

use openai_runtime::ClientBuilder;

#[cfg(feature = "chat")]
use crate::chat::ReasoningReplay;
#[cfg(feature = "tools")]
use crate::structured::schema::Dialect;

/// Options of a client that fit what its helpers send to a server which is not OpenAI's.
///
/// ```
/// use openai_ext::chat::ReasoningReplay;
/// use openai_ext::prelude::*;
/// use openai_ext::schema::Dialect;
///
/// # fn main() -> openai_ext::Result<()> {
/// let client = Client::builder()
///     .base_url("https://models.example.com/v1")
///     .api_key("key")
///     .schema_dialect(Dialect::AnyOf)
///     .reasoning_replay(ReasoningReplay::Drop)
///     .build()?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
pub trait ServerOptionsExt: Sized {
    /// Sets the dialect of the JSON schemas that `parse()`, `parse_stream()` and `run_tools()` send;
    /// [`Dialect::OpenAi`] by default. Builders of [`compatible`](crate::compatible) set it to what their server takes.
    #[cfg(feature = "tools")]
    #[must_use]
    fn schema_dialect(self, dialect: Dialect) -> Self;

    /// Sets whether runs of tools over chat completions send the model's reasoning back; [`ReasoningReplay::Keep`] by
    /// default. A single run may differ (`ToolRunner::with_replay`). Messages that a program
    /// puts into a call itself are sent as they are; see [`MessageExt::without_reasoning`](crate::MessageExt::without_reasoning).
    #[cfg(feature = "chat")]
    #[must_use]
    fn reasoning_replay(self, replay: ReasoningReplay) -> Self;
}

impl<C> ServerOptionsExt for ClientBuilder<C> {
    #[cfg(feature = "tools")]
    fn schema_dialect(self, dialect: Dialect) -> Self {
        self.extension(dialect)
    }

    #[cfg(feature = "chat")]
    fn reasoning_replay(self, replay: ReasoningReplay) -> Self {
        self.extension(replay)
    }
}

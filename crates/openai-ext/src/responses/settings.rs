//! Settings of a response whose field is deeper in the body.

use openai_runtime::input::IntoOptional;

use crate::resources::responses::Create;
use crate::types::{PromptCacheTtl, ReasoningEffort, ReasoningSummary, Verbosity};

/// Settings of `client.responses().create(…)` whose field is deeper in the body.
///
/// ```no_run
/// use openai_ext::prelude::*;
///
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let call = client.responses().create("gpt-5.5", "Prove it").reasoning_effort("low").verbosity("high");
/// println!("{}", call.send().await?.output_text());
/// # Ok(())
/// # }
/// ```
pub trait ResponseCallExt: Sized {
    /// Sets how much the model reasons before it answers: `reasoning.effort`.
    #[must_use]
    fn reasoning_effort<K>(self, effort: impl IntoOptional<ReasoningEffort, K>) -> Self;

    /// Asks for a summary of the reasoning: `reasoning.summary`.
    #[must_use]
    fn reasoning_summary<K>(self, summary: impl IntoOptional<ReasoningSummary, K>) -> Self;

    /// Sets how wordy the answer is: `text.verbosity`.
    #[must_use]
    fn verbosity<K>(self, verbosity: impl IntoOptional<Verbosity, K>) -> Self;

    /// Sets how long the prompt cache keeps the prompt, as `"30m"` or `"12h"`: `prompt_cache_options.ttl`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "A long text").prompt_cache_ttl("12h").prewarm(true);
    /// call.send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn prompt_cache_ttl<K>(self, ttl: impl IntoOptional<PromptCacheTtl, K>) -> Self;

    /// Writes the prompt to the prompt cache ahead of the calls that will use it: `prompt_cache_options.prewarm`.
    #[must_use]
    fn prewarm(self, prewarm: impl Into<Option<bool>>) -> Self;
}

impl ResponseCallExt for Create {
    fn reasoning_effort<K>(mut self, effort: impl IntoOptional<ReasoningEffort, K>) -> Self {
        let reasoning = self.body().reasoning.clone().unwrap_or_default();
        self.body_mut().reasoning = Some(reasoning.effort(effort).into());
        self
    }

    fn reasoning_summary<K>(mut self, summary: impl IntoOptional<ReasoningSummary, K>) -> Self {
        let reasoning = self.body().reasoning.clone().unwrap_or_default();
        self.body_mut().reasoning = Some(reasoning.summary(summary).into());
        self
    }

    fn verbosity<K>(mut self, verbosity: impl IntoOptional<Verbosity, K>) -> Self {
        let text = self.body().text.clone().unwrap_or_default();
        self.body_mut().text = Some(text.verbosity(verbosity).into());
        self
    }

    fn prompt_cache_ttl<K>(mut self, ttl: impl IntoOptional<PromptCacheTtl, K>) -> Self {
        let options = self.body().prompt_cache_options.clone().unwrap_or_default();
        self.body_mut().prompt_cache_options = Some(options.ttl(ttl).into());
        self
    }

    fn prewarm(mut self, prewarm: impl Into<Option<bool>>) -> Self {
        let options = self.body().prompt_cache_options.clone().unwrap_or_default();
        self.body_mut().prompt_cache_options = Some(options.prewarm(prewarm).into());
        self
    }
}

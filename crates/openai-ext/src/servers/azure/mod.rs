//! Azure OpenAI: its URLs, its credentials, and what its content filter says.
//!
//! Requires the feature `azure`.
//!
//! ```no_run
//! use openai_ext::azure::AzureConfig;
//! use openai_ext::prelude::*;
//!
//! # #[cfg(feature = "chat")]
//! # async fn run() -> openai_ext::Result<()> {
//! let client = AzureConfig::new("https://my-resource.openai.azure.com")
//!     .api_key("…")
//!     .api_version("2024-10-21")
//!     .client()?;
//! // On Azure the model is the name of a deployment.
//! let reply = client.chat().completions().create("my-deployment", [Message::user("Hello")]).send().await?;
//! println!("{}", reply.text());
//! # Ok(())
//! # }
//! ```
//!
//! [`AzureConfig`] is a [`Provider`](openai_runtime::Provider): all resources, streams, files and helpers work through
//! the client that it makes. The traits [`PromptFilterExt`], [`ChoiceFilterExt`], [`ResponseFilterExt`] and
//! [`ErrorFilterExt`] read what the content filter found.

mod config;
mod content_filter;
mod credential;
mod endpoint;
#[cfg(feature = "azure-identity")]
mod identity;
mod routing;

pub use config::AzureConfig;
pub use content_filter::{
    BlocklistMatch, ChoiceFilterExt, Citation, ContentFilter, ContentFilterResult, ContentFilterResults,
    ErrorFilterExt, FilterError, FilterOffsets, FilterSeverity, PromptFilterExt, PromptFilterResult, ResponseFilterExt,
};
pub use openai_runtime::AccessToken;

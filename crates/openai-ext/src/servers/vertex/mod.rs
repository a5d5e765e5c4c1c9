//! OpenAI's models on Google Cloud's Vertex AI, by the Responses API.
//!
//! Requires the feature `vertex`.
//!
//! ```no_run
//! use std::time::Duration;
//! use openai_ext::prelude::*;
//! use openai_ext::vertex::{AccessToken, VertexConfig};
//!
//! # async fn token() -> openai_ext::Result<AccessToken> { Ok(AccessToken::new("…", Duration::from_secs(3600))) }
//! # #[cfg(feature = "responses")]
//! # async fn run() -> openai_ext::Result<()> {
//! let client = VertexConfig::new("my-project", "global").cached_token_provider(token).client()?;
//! let reply = client.responses().create("gpt-5.5", "Hello").send().await?;
//! println!("{}", reply.output_text());
//! # Ok(())
//! # }
//! ```
//!
//! [`VertexConfig`] is a [`Provider`](openai_runtime::Provider). Vertex has the operations of Responses only; any other one is
//! an error of kind [`InvalidRequest`](openai_runtime::ErrorKind::InvalidRequest) before it is sent.
//!
//! With the crate `google-cloud-auth`, which is no dependency of this one, tokens come from the application default
//! credentials:
//!
//! ```text
//! let scopes = ["https://www.googleapis.com/auth/cloud-platform"];
//! let google = google_cloud_auth::credentials::Builder::default().with_scopes(scopes).build_access_token_credentials()?;
//! let vertex = VertexConfig::new("my-project", "global").token_provider(move || {
//!     let google = google.clone();
//!     // The crate keeps and renews its tokens itself.
//!     async move { google.access_token().await.map(|token| token.token) }
//! });
//! ```

mod config;

pub use config::VertexConfig;
pub use openai_runtime::AccessToken;

//! Amazon Bedrock: its hosts, its API keys, and requests signed with AWS credentials.
//!
//! Requires the feature `bedrock`.
//!
//! ```no_run
//! use openai_ext::bedrock::{AwsCredentials, BedrockConfig};
//! use openai_ext::prelude::*;
//!
//! # #[cfg(feature = "responses")]
//! # async fn run() -> openai_ext::Result<()> {
//! let client = BedrockConfig::new("us-west-2").credentials(AwsCredentials::new("AKIA…", "…")).client()?;
//! let reply = client.responses().create("openai.gpt-5.5", "Hello").send().await?;
//! println!("{}", reply.output_text());
//! # Ok(())
//! # }
//! ```
//!
//! [`BedrockConfig`] is a [`Provider`](openai_runtime::Provider): all resources, streams, files and sockets work through the
//! client that it makes. Every operation is sent; which of them a host answers is up to AWS.
//!
//! With the crate `aws-config`, which is no dependency of this one, credentials come from AWS's own chain (profiles, single
//! sign-on, roles of containers and machines):
//!
//! ```text
//! let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
//! let provider = aws.credentials_provider().ok_or("no AWS credentials")?;
//! let bedrock = BedrockConfig::new("us-west-2").credential_provider(move || {
//!     let provider = provider.clone();
//!     async move {
//!         let found = provider.provide_credentials().await?;
//!         let credentials = AwsCredentials::new(found.access_key_id(), found.secret_access_key());
//!         Ok::<_, CredentialsError>(credentials.session_token(found.session_token()).expires_at(found.expiry()))
//!     }
//! });
//! ```

mod config;
mod credentials;
mod endpoint;
mod sigv4;

/// The name that errors begin with.
const CLOUD: &str = "Bedrock";

pub use config::BedrockConfig;
pub use credentials::AwsCredentials;
pub use endpoint::BedrockEndpoint;
pub use openai_runtime::AccessToken;

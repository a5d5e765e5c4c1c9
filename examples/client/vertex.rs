//! Vertex AI of Google Cloud: the Responses API by an access token that is kept and renewed.
//!
//! `cargo run --example vertex --features vertex`

use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::vertex::{AccessToken, VertexConfig};
use openai_ext_mock::MockServer;

/// With GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION set: that project. Otherwise a mock in this process.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var("GOOGLE_CLOUD_PROJECT").is_ok() {
        return run(VertexConfig::from_env()).await;
    }
    eprintln!("Answers come from a mock. Set GOOGLE_CLOUD_PROJECT and so on for a real model.");
    let mock = MockServer::start().await?;
    run(VertexConfig::default().base_url(mock.base_url())).await
}

pub(crate) async fn run(vertex: VertexConfig) -> Result<(), Box<dyn Error>> {
    let client = vertex.cached_token_provider(token).client()?;
    let reply = client.responses().create("gpt-5.5", "Why is the sky blue?").send().await?;
    println!("{}", reply.output_text());
    Ok(())
}

/// Gets a token with its life, as `gcloud auth print-access-token` prints one.
async fn token() -> Result<AccessToken, std::env::VarError> {
    let token = std::env::var("GOOGLE_ACCESS_TOKEN").unwrap_or_else(|_| "no-token".to_owned());
    Ok(AccessToken::new(token, Duration::from_secs(3600)))
}

//! The lines that people write first, from the README and rustdoc alone: each has to compile, and is named by what it tries.
//!
//! Lines that call an operation run against the mock, which checks the request against the document.
#![cfg(all(
    feature = "audio",
    feature = "chat",
    feature = "embeddings",
    feature = "files",
    feature = "images",
    feature = "moderations",
    feature = "responses",
    feature = "tools",
    feature = "vector_stores"
))]
#![allow(clippy::all, reason = "these lines are what people write")]

mod chat;
mod comparisons;
mod conversations;
mod errors;
mod files;
mod given;
mod guesses;
mod lists;
mod options;
mod refused;
mod replies;
mod responses;
mod sessions;
mod stored;

use openai_ext::Client;
use openai_ext_mock::MockServer;
use serde_json::Value;

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// A mock that refuses what the document does not allow, and a client of it.
async fn start() -> Result<(MockServer, Client), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((mock, client))
}

/// The body of the last request.
fn sent(mock: &MockServer) -> Value {
    mock.requests().last().and_then(|request| request.json()).unwrap_or_default()
}

//! Azure OpenAI with tokens of Microsoft Entra ID, kept and renewed for all calls.
//!
//! `cargo run --example azure_entra`

use std::error::Error;
use std::io;
use std::time::Duration;

use openai_ext::azure::{AccessToken, AzureConfig};
use openai_ext::prelude::*;
use openai_ext_mock::MockServer;

/// Always uses a mock, because a real server refuses an invented token.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = MockServer::builder().require_key("token-of-entra").start().await?;
    run(AzureConfig::new(mock.azure_endpoint()), "my-deployment").await
}

pub(crate) async fn run(azure: AzureConfig, deployment: &str) -> Result<(), Box<dyn Error>> {
    // With the feature `azure-identity` and the crate azure_identity, instead of the function:
    // `.credential(azure_identity::ManagedIdentityCredential::new(None)?)`
    let client = azure.v1().cached_token_provider(token).client()?;

    // The first call gets a token; later and concurrent calls share it.
    let ask = |text: &str| client.chat().completions().create(deployment, [Message::user(text)]).send();
    let (first, second) = tokio::join!(ask("Hello"), ask("Hello again"));
    println!("{}\n{}", first?.text(), second?.text());
    println!("{}", ask("Are you still there?").await?.text());
    Ok(())
}

/// Stands in for a request to Entra ID.
async fn token() -> io::Result<AccessToken> {
    println!("One token was got.");
    Ok(AccessToken::new("token-of-entra", Duration::from_secs(3600)))
}

//! Azure OpenAI: a key, a deployment, and the results of the content filter.
//!
//! `cargo run --example azure_chat`

use std::error::Error;

use openai_ext::azure::AzureConfig;
use openai_ext::prelude::*;
use openai_ext_mock::MockServer;

/// With AZURE_OPENAI_ENDPOINT set: that resource, by its key and OPENAI_API_VERSION. Otherwise a mock in this process.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var("AZURE_OPENAI_ENDPOINT").is_ok() {
        let deployment = std::env::var("AZURE_OPENAI_DEPLOYMENT")?;
        return run(AzureConfig::from_env(), &deployment).await;
    }
    eprintln!("Answers come from a mock. Set AZURE_OPENAI_ENDPOINT and so on for a real model.");
    let mock = MockServer::start().await?;
    run(AzureConfig::new(mock.azure_endpoint()).api_key("no-key").api_version("2024-10-21"), "my-deployment").await
}

pub(crate) async fn run(azure: AzureConfig, deployment: &str) -> Result<(), Box<dyn Error>> {
    // As `azure.client()?`, with an option of the client besides.
    let client = Client::builder().provider(azure).max_retries(4).build()?;

    // The model is the name of a deployment.
    let chat = |text: &str| client.chat().completions().create(deployment, [Message::user(text)]);
    match chat("Why is the sky blue?").send().await {
        Ok(reply) => {
            println!("{}", reply.text());
            if let Some(found) = reply.choices.first().and_then(|choice| choice.content_filter_results()) {
                println!("filtered: {}, {found:?}", found.is_filtered());
            }
        }
        Err(error) if error.is_content_filter() => println!("refused: {:?}", error.content_filter_result()),
        Err(error) => return Err(error.into()),
    }

    // Streams and all other calls work as with OpenAI.
    let mut events = chat("And at night?").stream_events().await?;
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
            print!("{delta}");
        }
    }
    println!();
    Ok(())
}

//! Amazon Bedrock: requests signed with AWS credentials, or sent with an API key of Bedrock.
//!
//! `cargo run --example bedrock --features bedrock`

use std::error::Error;

use openai_ext::bedrock::{AwsCredentials, BedrockConfig};
use openai_ext::prelude::*;
use openai_ext_mock::MockServer;

/// With AWS_REGION set: that region, by the credential of the environment. Otherwise a mock in this process.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var("AWS_REGION").is_ok() {
        return run(BedrockConfig::from_env(), "openai.gpt-5.5").await;
    }
    eprintln!("Answers come from a mock. Set AWS_REGION and so on for a real model.");
    let mock = MockServer::start().await?;
    // An address of this machine may stand for a host of AWS.
    let bedrock = BedrockConfig::new("us-west-2").base_url(mock.base_url());
    run(bedrock.credentials(AwsCredentials::new("AKIDEXAMPLE", "no-secret")), "gpt-5.5").await
}

pub(crate) async fn run(bedrock: BedrockConfig, model: &str) -> Result<(), Box<dyn Error>> {
    let client = Client::builder().provider(bedrock).max_retries(4).build()?;
    let reply = client.responses().create(model, "Why is the sky blue?").send().await?;
    println!("{}", reply.output_text());
    Ok(())
}

//! Options of the client and of a call: time limits, retries, headers, a key that changes, rate limits.
//!
//! `cargo run --example client_options`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io;
use std::time::Duration;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // Another client over the same connections.
    let patient = client.with_options(|options| {
        options.timeout(Duration::from_secs(120)).max_retries(5).default_header("x-team", "search")
    })?;
    let call = patient.chat().completions().create(model, [Message::user("Say this is a test")]);

    // An option of the call wins; `None` removes a header.
    let call = call.with_timeout(Duration::from_secs(30)).with_max_retries(1).with_header("x-team", None);
    let response = call.send_raw().await?;
    println!("{} after {} attempts", response.status(), response.attempts());
    println!("requests left: {:?}", response.rate_limit().remaining_requests);
    println!("{}", response.parse()?.text());

    // The provider is asked before each attempt, so that a key may change at any time.
    let rotating =
        client.with_options(|options| options.api_key_provider(|| async { Ok::<_, io::Error>("a-new-key") }))?;
    // An invented key works with a mock or a local server only.
    match rotating.models().list().send().await {
        Ok(models) => println!("{} models", models.data.len()),
        Err(error) => println!("the key was refused: {:?}, request {:?}", error.kind(), error.request_id()),
    }
    Ok(())
}

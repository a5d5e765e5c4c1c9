//! A response with its status and headers, read later.

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let response = client.models().list().send_raw().await?;
    println!("status {}, request id {:?}", response.status(), response.request_id());
    println!("content type {:?}", response.headers().get("content-type"));
    println!("requests left: {:?}", response.rate_limit().remaining_requests);

    let models = response.parse()?;
    println!("{} models", models.data.len());
    Ok(())
}

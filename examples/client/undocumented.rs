//! Endpoints and fields that the SDK does not know, with its credentials, retries and errors.
//!
//! `cargo run --example undocumented`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::{Method, Value};

use openai_ext::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let response = client.request(Method::GET, "/models").with_query("limit", 3).send().await?;
    let models: Value = response.json()?;
    println!("{} models", models["data"].as_array().map_or(0, Vec::len));

    // The same for a body: any field by its name, and the members of the response beyond the document.
    let call = client.models().list().with_query("new_parameter", "on").with_header("x-new-header", "on");
    let models = call.send().await?;
    println!("beyond the document: {:?}", models.extra);
    Ok(())
}

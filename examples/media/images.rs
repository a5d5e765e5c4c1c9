//! An image from a description.

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
    let reply = client.images().generate("A red boat on a lake").model("gpt-image-1-mini").n(1).send().await?;

    for image in reply.data.iter().flatten() {
        match (&image.url, &image.b64_json) {
            (Some(url), _) => println!("{url}"),
            (None, Some(base64)) => println!("{} characters of base64", base64.len()),
            (None, None) => println!("no image"),
        }
    }
    Ok(())
}

//! An image from a description, in a file.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let images = client.images().generate("A red boat on a lake").model("gpt-image-2").size("1024x1024").send().await?;
    images.save("boat.png").await?;
    Ok(())
}

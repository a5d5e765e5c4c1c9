//! An image from a description, in a file. The SDK chooses the name of the file.

use async_openai::Client;
use async_openai::types::images::{CreateImageRequestArgs, ImageModel, ImageSize};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let request = CreateImageRequestArgs::default()
        .prompt("A red boat on a lake")
        .model(ImageModel::GptImage2)
        .size(ImageSize::S1024x1024)
        .build()?;
    let images = client.images().generate(request).await?;
    images.save(".").await?;
    Ok(())
}

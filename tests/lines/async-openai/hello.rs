//! One question and its answer.

use async_openai::Client;
use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-5.5")
        .messages([ChatCompletionRequestUserMessage::from("Say this is a test").into()])
        .build()?;
    let reply = client.chat().create(request).await?;
    println!("{}", reply.choices[0].message.content.as_deref().unwrap_or_default());
    Ok(())
}

//! A chat at the terminal that keeps its history.

use std::io::stdin;

use async_openai::Client;
use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessage, ChatCompletionRequestMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequestArgs,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let mut messages: Vec<ChatCompletionRequestMessage> = Vec::new();
    for line in stdin().lines() {
        messages.push(ChatCompletionRequestUserMessage::from(line?).into());
        let request = CreateChatCompletionRequestArgs::default().model("gpt-5.5").messages(messages.clone()).build()?;
        let reply = client.chat().create(request).await?;
        let text = reply.choices[0].message.content.clone().unwrap_or_default();
        println!("{text}");
        messages.push(ChatCompletionRequestAssistantMessage::from(text).into());
    }
    Ok(())
}

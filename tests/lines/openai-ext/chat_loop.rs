//! A chat at the terminal that keeps its history.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let mut conversation = Conversation::new();
    for line in std::io::stdin().lines() {
        let reply = client.chat().completions().create("gpt-5.5", conversation.user(line?)).send().await?;
        println!("{}", reply.text());
        conversation.push(reply);
    }
    Ok(())
}

//! One question and its answer.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let reply = client.chat().completions().create("gpt-5.5", "Say this is a test").send().await?;
    println!("{}", reply.text());
    Ok(())
}

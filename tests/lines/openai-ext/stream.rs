//! An answer that is printed as it arrives.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let call = client.chat().completions().create("gpt-5.5", "Tell me a story");
    let mut chunks = call.stream().await?;
    while let Some(chunk) = chunks.try_next().await? {
        print!("{}", chunk.text());
    }
    Ok(())
}

//! Two texts and how alike they are.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let reply = client.embeddings().create("text-embedding-3-small", ["a boat", "a ship"]).send().await?;
    println!("{:.3}", reply.data[0].cosine(&reply.data[1]));
    Ok(())
}

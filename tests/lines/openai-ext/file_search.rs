//! Files uploaded into a vector store, and a search in it.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let stores = client.vector_stores();
    let store = stores.create().name("guides").send().await?;
    stores.file_batches().upload_and_poll(&store.id, ["guide.pdf", "terms.pdf"]).await?;
    let mut found = stores.search(&store.id, "How long is the warranty?").items();
    while let Some(result) = found.try_next().await? {
        println!("{} {:.2} {}", result.filename, result.score, result.content[0].text);
    }
    Ok(())
}

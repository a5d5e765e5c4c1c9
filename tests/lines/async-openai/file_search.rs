//! Files uploaded into a vector store, and a search in it.

use std::time::Duration;

use async_openai::Client;
use async_openai::types::files::{CreateFileRequestArgs, FilePurpose};
use async_openai::types::vectorstores::{
    CreateVectorStoreFileBatchRequestArgs, CreateVectorStoreRequestArgs, VectorStoreFileBatchStatus,
    VectorStoreSearchRequestArgs,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let stores = client.vector_stores();
    let store = stores.create(CreateVectorStoreRequestArgs::default().name("guides").build()?).await?;
    let mut file_ids = Vec::new();
    for path in ["guide.pdf", "terms.pdf"] {
        let request = CreateFileRequestArgs::default().file(path).purpose(FilePurpose::Assistants).build()?;
        file_ids.push(client.files().create(request).await?.id);
    }
    let batches = stores.file_batches(&store.id);
    let request = CreateVectorStoreFileBatchRequestArgs::default().file_ids(file_ids).build()?;
    let mut batch = batches.create(request).await?;
    while batch.status == VectorStoreFileBatchStatus::InProgress {
        tokio::time::sleep(Duration::from_secs(1)).await;
        batch = batches.retrieve(&batch.id).await?;
    }
    let query = VectorStoreSearchRequestArgs::default().query("How long is the warranty?").build()?;
    for result in stores.search(&store.id, query).await?.data {
        println!("{} {:.2} {}", result.filename, result.score, result.content[0].text);
    }
    Ok(())
}

//! Two texts and how alike they are.

use async_openai::Client;
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let request =
        CreateEmbeddingRequestArgs::default().model("text-embedding-3-small").input(["a boat", "a ship"]).build()?;
    let reply = client.embeddings().create(request).await?;
    let (boat, ship) = (&reply.data[0].embedding, &reply.data[1].embedding);
    println!("{:.3}", dot(boat, ship) / (dot(boat, boat) * dot(ship, ship)).sqrt());
    Ok(())
}

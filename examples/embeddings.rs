//! Embeddings, and how near two texts are.

mod support;

use std::error::Error;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let texts = vec!["A boat on a lake".to_owned(), "A ship at sea".to_owned()];
    let reply = client.embeddings().create("text-embedding-3-small", texts).send().await?;

    if let [a, b] = reply.data.as_slice() {
        let (a, b) = (&a.embedding, &b.embedding);
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let cosine = product(a, b) / (product(a, a) * product(b, b)).sqrt();
        println!("{} dimensions, cosine {cosine:.3}", a.len());
    }
    Ok(())
}

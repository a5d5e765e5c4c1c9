//! Many requests in a batch, and the answer to each.

use openai_ext::prelude::*;

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let completions = client.chat().completions();
    let cities = ["Accra", "Bogotá", "Cork", "Dhaka"];
    let requests = cities.map(|city| (city, completions.create("gpt-5.5", format!("In which country is {city}?"))));
    let mut results = client.batches().run(requests).results();
    while let Some(result) = results.try_next().await? {
        match result.result {
            Ok(reply) => println!("{}: {}", result.custom_id, reply.text()),
            Err(error) => println!("{}: {error}", result.custom_id),
        }
    }
    Ok(())
}

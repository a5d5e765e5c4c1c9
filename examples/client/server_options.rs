//! Options for other servers: the dialect of schemas, the reasoning in tool runs, the encoding of vectors.
//!
//! `cargo run --example server_options`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::chat::ReasoningReplay;
use openai_ext::prelude::*;
use openai_ext::schema::Dialect;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

/// A boat that a text describes.
#[derive(Debug, Deserialize, JsonSchema)]
struct Boat {
    name: String,
    /// Its length in metres; null if the text does not say.
    length: Option<f64>,
}

#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// The name of a city, as "Oslo".
    city: String,
    /// The hour of the day; null for now.
    hour: Option<u8>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // The builders of `compatible` choose a dialect; for another server the client sets it.
    let client = client.with_options(|options| options.schema_dialect(Dialect::AnyOf))?;

    let ask = || client.chat().completions().create(model, [Message::user("The Gull is a boat of 7 m.")]);
    match ask().parse::<Boat>().await {
        Ok(reply) => {
            if let Some(Boat { name, length }) = reply.parsed() {
                println!("{name} is {length:?} m long");
            }
        }
        Err(error) => println!("no boat: {error}"),
    }
    // One call may differ, here the line of a batch for a server that reads schemas as Gemini does.
    let line = ask().with_schema_dialect(Dialect::Nullable).with_format_of::<Boat>()?;
    println!("{}", serde_json::to_string(&line.body().response_format)?);

    // A model's reasoning goes back to it with the outputs of tools, unless the server refuses that.
    let weather = tool("get_weather", "The weather in a city", |args: Weather| async move {
        Ok::<_, std::io::Error>(format!("Rain in {} at {:?}", args.city, args.hour))
    });
    let call = client.chat().completions().create(model, [Message::user("How is the weather in Oslo?")]);
    let run = call.run_tools(&Toolbox::new().with(weather)).with_replay(ReasoningReplay::Drop).send().await?;
    println!("{}", run.text());

    // Base64 is a quarter of the bytes. It is requested by default from OpenAI and Azure only.
    let call = client.embeddings().create("text-embedding-3-small", "A boat on a lake");
    let reply = call.encoding_format("base64").send().await?;
    println!("{} dimensions", reply.data.first().map_or(0, |embedding| embedding.embedding.len()));
    Ok(())
}

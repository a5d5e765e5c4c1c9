//! A session of the Realtime API whose model calls functions of this program.
//!
//! `cargo run --example realtime_tools --features realtime`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::realtime::tools_of;
use openai_ext::schemars;
use openai_ext::types::RealtimeSessionCreateRequest;
use serde::Deserialize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    // OPENAI_MODEL, if it is a model for sessions.
    let model = Some(session.model.as_str()).filter(|model| model.contains("realtime")).unwrap_or("gpt-realtime");
    run(&session.client, model).await
}

/// A place.
#[derive(Deserialize, schemars::JsonSchema)]
struct Place {
    /// The name of the city.
    city: String,
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let weather = tool("get_weather", "The weather in a city", |place: Place| async move {
        Ok::<_, std::io::Error>(format!("It rains in {}.", place.city))
    });
    let tools = Toolbox::new().with(weather);

    let mut connection = client.realtime().connect(model).await?;
    let session = RealtimeSessionCreateRequest::new().output_modalities(["text"]).tools(tools_of(&tools)?);
    connection.session_update(session).await?;
    connection.send_text("How is the weather in Oslo?").await?;
    let run = connection.run_tools(&tools).await?;
    for outcome in &run.calls {
        println!("{}({}): {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
    }
    println!("{}", run.text());
    connection.close(1000, "").await?;
    Ok(())
}

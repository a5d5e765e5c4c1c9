//! Several responses at once over one WebSocket, more input for one in progress, and a run of tools.
//!
//! `cargo run --example response_lanes --features websocket`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::responses::SteerState;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// A city, as "Oslo".
    city: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let connection = client.responses().connect().await?;

    // Two at once. The lane that waits drives the connection; events for the other lane are kept there.
    let (mut north, mut south) = (connection.lane("north")?, connection.lane("south")?);
    north.response_create(model, "Describe the North Pole").await?;
    south.response_create(model, "Describe the South Pole").await?;
    while let Some(event) = south.next().await {
        print!("{}", event?.text_delta().unwrap_or_default());
    }
    println!("\n{}", north.next_response().await?.output_text());

    // More input for a response in progress.
    north.response_create(model, "Plan a journey there").await?;
    let mut steer = north.steer("By ship, please").await?;
    match steer.outcome().await {
        SteerState::Committed { .. } => {
            let cut = north.next_response().await?;
            println!("cut off: {}", cut.output_text());
        }
        SteerState::Failed(failure) => println!("it was too late: {}", failure.code),
        other => println!("{other:?}"),
    }
    println!("{}", north.next_response().await?.output_text());

    // A run of tools, beside other lanes; the server keeps the context between its turns.
    let tools = Toolbox::new().with(tool("get_weather", "The weather now", |args: Weather| async move {
        Ok::<_, std::io::Error>(format!("It rains in {}", args.city))
    }));
    let run = connection.lane("weather")?.run_tools(&tools).create(model, "How is the weather in Oslo?").send().await?;
    println!("{} after {} turns", run.output_text(), run.replies.len());
    connection.close(1000, "").await?;
    Ok(())
}

//! Tools over responses: functions, a custom tool with free text, approvals for MCP servers.
//!
//! `cargo run --example tools_responses`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::responses::McpApproval;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::StopReason;
use serde::Deserialize;

/// A city.
#[derive(Deserialize, JsonSchema)]
struct City {
    /// Its name, as "Oslo".
    city: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let tools = Toolbox::new()
        .with(tool_with_context("get_weather", "The weather in a city", |context, City { city }: City| async move {
            // The conversation so far is available, the call included.
            eprintln!("turn {}, {} items so far", context.turn(), context.items().len());
            Ok::<_, std::io::Error>(format!("It rains in {city}"))
        }))
        .with(custom_tool("remember", "Keeps any text", |text: String| async move {
            Ok::<_, std::io::Error>(format!("{} letters are kept", text.chars().count()))
        }));
    let call = client.responses().create(model, "How is the weather in Oslo? Remember it.");
    // Hosted tools, as web search or MCP servers, are set on the call; the server runs them.
    let run = call.run_tools(&tools).with_mcp_approval(|request| async move {
        eprintln!("{} wants to run {}", request.server_label, request.name);
        McpApproval::deny("nobody is here to look at it")
    });
    let run = run.send().await?;
    for outcome in &run.calls {
        println!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
    }
    match run.stop {
        StopReason::Final => println!("{}", run.output_text()),
        stop => println!("ended by {stop:?}, {} calls are left", run.pending.len()),
    }
    println!("{} tokens", run.usage.total_tokens);
    Ok(())
}

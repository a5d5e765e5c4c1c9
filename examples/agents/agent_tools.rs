//! An agent that calls functions of this program, asks for approvals, and answers with a value.
//!
//! `cargo run --example agent_tools --features agents`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::EnvironmentParam;
use serde::Deserialize;

/// The arguments of the tool.
#[derive(Deserialize, JsonSchema)]
struct City {
    /// The name of a city, as "Oslo".
    city: String,
}

/// The answer.
#[derive(Debug, Deserialize, JsonSchema)]
struct Advice {
    umbrella: bool,
    reason: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let weather = tool("get_weather", "The weather in a city now", |city: City| async move {
        Ok::<_, std::io::Error>(format!("It rains in {}", city.city))
    });
    let tools = Toolbox::new().with(weather.with_timeout(Duration::from_secs(10)));

    // The agent knows the tools, and the type that its answers have.
    let agents = client.beta().agents();
    let agent = agents.create(model).tools(tools.agent_tools()?).with_format_of::<Advice>()?.send().await?;
    let environment = EnvironmentParam::none();
    let session = agents.sessions().create(environment).agent_id(&agent.id).send().await?;

    let run = agents.sessions().run(&session.id, "Do I need an umbrella in Oslo?").run_tools(&tools);
    let run = run.with_deadline(Duration::from_secs(300)).on_approval(|request| async move {
        // Tools of an MCP server may run if they only read; all others are refused.
        request.server_label() == Some("readonly")
    });
    let mut events = run.stream_events();
    while let Some(event) = events.next().await {
        match event? {
            AgentEvent::ToolCall { call, .. } => println!("[{} {}]", call.name, call.arguments),
            AgentEvent::ToolResult { outcome, .. } => println!("[{}]", outcome.output()),
            _ => {}
        }
    }
    let result = events.finish().await?;
    let advice: Advice = result.parse()?;
    println!("umbrella: {}, because {} ({} calls)", advice.umbrella, advice.reason, result.calls.len());

    agents.sessions().delete(&session.id).send().await?;
    agents.delete(&agent.id).send().await?;
    Ok(())
}

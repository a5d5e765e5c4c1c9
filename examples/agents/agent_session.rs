//! A session of an agent: sends a message, prints the answer as it arrives, and sends a second one.
//!
//! `cargo run --example agent_session --features agents`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::types::{EnvironmentParam, SessionEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let agents = client.beta().agents();
    let agent = agents.create(model).name("Poet").instructions("Answer in one line.").send().await?;
    // Without an environment the agent has no machine of its own, only its tools.
    let environment = EnvironmentParam::none();
    let session = agents.sessions().create(environment).agent_id(&agent.id).send().await?;

    // A stream that breaks off is opened again, and no event is lost.
    let mut events = agents.sessions().run(&session.id, "Say that the sea is calm.").stream_events();
    while let Some(event) = events.next().await {
        let event = event?;
        print!("{}", event.text_delta().unwrap_or_default());
        io::stdout().flush()?;
        // Every event of the session arrives here.
        if let Some(SessionEvent::AgentSessionTurnCompleted(event)) = event.session_event() {
            println!("\n[{}]", event.turn.status);
        }
    }
    let result = events.finish().await?;
    println!("{:?} tokens", result.usage().map(|usage| usage.total_tokens));

    // The second turn as a whole.
    let result = agents.sessions().run(&session.id, "And the wind?").send().await?;
    println!("{}", result.text());

    agents.sessions().delete(&session.id).send().await?;
    agents.delete(&agent.id).send().await?;
    Ok(())
}

//! A session of an agent: a message is sent to it, and its answer printed as it arrives.

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::types::{
    EnvironmentParam, InputContentParamInputText, InputMessageParam, SessionEvent,
    SessionInputParamAgentSessionInputMessage,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let agents = client.beta().agents();
    let agent = agents.create(model).name("Poet").instructions("Answer in one line.").send().await?;
    // Without an environment the agent has no machine of its own, only its tools.
    let environment = EnvironmentParam::None(Default::default());
    let session = agents.sessions().create(environment).agent_id(&agent.id).send().await?;

    // The stream has no past: it is opened before the message is sent.
    let mut events = agents.sessions().events().stream(&session.id).stream().await?;
    let message = InputMessageParam::new([InputContentParamInputText::new("Say that the sea is calm.")]);
    let message = SessionInputParamAgentSessionInputMessage::new([message]);
    agents.sessions().events().create(&session.id, [message]).send().await?;

    while let Some(event) = events.next().await {
        match event? {
            SessionEvent::AgentSessionTurnOutputTextDelta(event) => {
                print!("{}", event.delta);
                io::stdout().flush()?;
            }
            SessionEvent::AgentSessionTurnCompleted(event) => println!("\n[{}]", event.turn.status),
            SessionEvent::AgentSessionTurnFailed(event) => println!("{:?}", event.turn.error),
            // The stream stays open for the next turn; this program has no other.
            SessionEvent::AgentSessionIdle(_) | SessionEvent::AgentSessionFailed(_) => break,
            _ => {}
        }
    }
    let items = agents.sessions().items().list(&session.id).order("asc").send().await?;
    println!("{} items", items.data.len());
    agents.sessions().delete(&session.id).send().await?;
    agents.delete(&agent.id).send().await?;
    Ok(())
}

//! Files for an agent's environment, and the file that a turn leaves.
//!
//! `cargo run --example agent_files --features agents`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::agents::AgentFile;
use openai_ext::prelude::*;
use openai_ext::types::EnvironmentParamOpenaiHosted;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let agents = client.beta().agents();
    let agent = agents.create(model).instructions("Work in /workspace.").send().await?;

    // The files are uploaded first; the environment is made with them.
    let files = agents.environments().files();
    let prepared = files
        .prepare([
            ("/workspace/sales.csv", AgentFile::from_bytes("month,boats\nMay,7\n")),
            ("/workspace/notes.txt", AgentFile::from_bytes("Only May counts.")),
        ])
        .send()
        .await?;
    let environment = EnvironmentParamOpenaiHosted::new().files(prepared);
    let session = agents.sessions().create(environment).agent_id(&agent.id).send().await?;

    let result = agents.sessions().run(&session.id, "Write the sum to outputs/answer.txt.").send().await?;
    println!("{}", result.text());
    let answer = agents.sessions().artifacts().for_result(&result, "/workspace/outputs/answer.txt");
    println!("{}", String::from_utf8_lossy(&answer.send_bytes().await?));

    agents.sessions().delete(&session.id).send().await?;
    agents.delete(&agent.id).send().await?;
    Ok(())
}

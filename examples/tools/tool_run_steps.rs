//! A run of tools turn by turn: supplied outputs, stored records, early execution, a limit of the context.
//!
//! `cargo run --example tool_run_steps`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::{Arc, Mutex};

use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::ContextBudget;
use serde::Deserialize;

/// A question.
#[derive(Deserialize, JsonSchema)]
struct Question {
    /// Its text.
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let tools = Toolbox::new()
        .with(tool("search", "Searches the notes", |Question { text }: Question| async move {
            format!("Nothing on {text}")
        }))
        .with(tool("ask_user", "Asks the user", |_: Question| async move { "never called: the program answers" }));
    // In a real program a file or a row of a database.
    let record = Arc::new(Mutex::new(String::new()));
    let store = |record: &Arc<Mutex<String>>| {
        let record = record.clone();
        move |run: ResponseToolRun| {
            let json = serde_json::to_string(&run)
                .map(|json| *record.lock().unwrap_or_else(|error| error.into_inner()) = json);
            async move { json }
        }
    };

    let call = client.responses().create(model, "Find my notes on Oslo, and ask me for the date.");
    let mut turns = call
        .run_tools(&tools)
        .with_supplied_tools(["ask_user"])
        .with_early_execution(true)
        .with_context_budget(ContextBudget::tokens(100_000))
        .with_store(store(&record))
        .turns();
    while let Some(turn) = turns.next_turn().await? {
        for outcome in &turn.calls {
            println!("turn {}: {} -> {}", turn.number, outcome.call.name, outcome.output().to_text());
        }
        for call in &turn.pending {
            println!("turn {}: {} is for the user", turn.number, call.name);
            turns.supply_output(&call.id, "On Friday")?;
        }
    }
    println!("{}", turns.finish().await?.output_text());

    // Another process does this with the record. For a run that has ended it returns the result, and sends nothing.
    let json = record.lock().unwrap_or_else(|error| error.into_inner()).clone();
    let stored: ResponseToolRun = serde_json::from_str(&json)?;
    let call = client.responses().create(model, "Find my notes on Oslo, and ask me for the date.");
    let run = call.run_tools(&tools).with_supplied_tools(["ask_user"]).resume_tools(stored).send().await?;
    println!("{} answers, {} calls, {:?}", run.replies.len(), run.calls.len(), run.stop);
    Ok(())
}

//! Async functions that the model calls, over chat completions.
//!
//! `cargo run --example tools`

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::OnFailure;
use serde::{Deserialize, Serialize};

/// The arguments of the tool.
#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// The name of a city, as "Oslo".
    city: String,
}

/// A note to keep.
#[derive(Deserialize, JsonSchema)]
struct Note {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Report {
    city: String,
    celsius: f64,
    sky: &'static str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // Tools share state by capturing it.
    let notes = Arc::new(Mutex::new(BTreeMap::new()));
    let kept = Arc::clone(&notes);
    let note = tool("take_note", "Keeps a note for later", move |note: Note| {
        let kept = Arc::clone(&kept);
        async move {
            let count = {
                let mut kept = kept.lock().map_err(|_| "the notes are lost")?;
                kept.insert(note.title, note.text);
                kept.len()
            };
            Ok::<_, &str>(format!("There are {count} notes now."))
        }
    });
    let weather = tool("get_weather", "The weather in a city now", |Weather { city }: Weather| async move {
        if city.is_empty() {
            return Err("there is no city without a name");
        }
        Ok(Report { city, celsius: 7.5, sky: "rain" })
    });
    // This one tells the model when it fails, instead of ending the run.
    let weather = weather.with_on_failure(OnFailure::TellModel).with_timeout(Duration::from_secs(10));
    let tools = Toolbox::new().with(weather).with(note);

    let question = "How is the weather in Oslo and in Bergen? Take a note of each.";
    let call = client.chat().completions().create(model, [Message::user(question)]).max_completion_tokens(1000);
    let run = match call.run_tools(&tools).with_max_turns(6).with_deadline(Duration::from_secs(300)).send().await {
        Ok(run) => run,
        // The work so far is not lost, whatever went wrong.
        Err(error) => {
            eprintln!("{error}");
            error.detail::<ChatToolRun>().cloned().ok_or(error)?
        }
    };
    for outcome in &run.calls {
        println!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
    }
    println!("{}", run.text());
    println!("{} answers, {} tokens, {:?}", run.replies.len(), run.usage.total_tokens, run.duration);
    for (title, text) in notes.lock().map_err(|_| "the notes are lost")?.iter() {
        println!("note: {title}: {text}");
    }
    Ok(())
}

//! Runs of tools.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openai_ext::chat::{ChatToolRun, ChatTools};
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::ToolContext;
use openai_ext::{Error, ErrorKind};
use serde::Deserialize;

use super::worker::Worker;
use crate::simulation::server::CALL;
use crate::simulation::server::models::{reply_text, tool_turns};

/// Two numbers.
#[derive(Deserialize, JsonSchema)]
struct Numbers {
    a: u64,
    b: u64,
}

/// The number of times that each call of a tool was made.
type Made = Arc<Mutex<BTreeMap<String, u64>>>;

/// A run of tools.
pub(super) async fn run(mut worker: Worker) {
    let token = worker.name.clone();
    let made = Made::default();
    let (noted, wait) = (made.clone(), worker.random.pick([0, 0, 5, 2_000]));
    let concurrency = worker.random.pick([1, 2, 32]);
    let (running, world) = (Arc::new(AtomicUsize::new(0)), worker.world.clone());
    let tools = Toolbox::new().with(tool_with_context(
        "add",
        "Adds two numbers",
        move |context: ToolContext, numbers: Numbers| {
            let id = context.call_id().to_owned();
            *noted.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
            let (running, world) = (running.clone(), world.clone());
            async move {
                if running.fetch_add(1, Ordering::SeqCst) >= concurrency {
                    world.problem("more tools run at once than are to");
                }
                tokio::time::sleep(Duration::from_millis(wait)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(numbers.a + 10 * numbers.b)
            }
        },
    ));
    let retries = worker.random.below(3) as u32;
    let call = worker.client.chat().completions().create("m", [Message::user(format!("Say {token}"))]);
    let call = call.with_header(CALL, token.as_str()).with_max_retries(retries);
    let mut runner = call.run_tools(&tools).with_concurrency(concurrency);
    let panics = worker.random.chance(100);
    if panics {
        let after = Duration::from_millis(worker.random.below(3_000));
        // Without the message of the panic.
        runner = runner.with_cancellation(async move {
            tokio::time::sleep(after).await;
            std::panic::resume_unwind(Box::new("the cancellation panicked"));
        });
    }
    let ended = if worker.random.chance(500) { runner.send().await } else { read(runner.stream_events()).await };
    check(&worker, &token, retries, panics, ended);
    for (id, times) in made.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if *times > 1 {
            worker.world.problem(format!("the tool call {id} was made {times} times"));
        }
    }
}

async fn read(mut events: openai_ext::tools::ToolEvents<ChatTools>) -> openai_ext::Result<ChatToolRun> {
    while let Some(event) = events.next().await {
        event?;
    }
    events.finish().await
}

/// Each turn is a call of its own, all with one name here.
fn check(worker: &Worker, token: &str, retries: u32, panics: bool, ended: Result<ChatToolRun, Error>) {
    let turns = tool_turns(token);
    let (world, sent) = (&worker.world, worker.world.sent(token));
    let most = (1 + u64::from(retries)) * (turns as u64 + 1);
    if sent > most {
        world.problem(format!("{token} was sent {sent} times, and may be sent {most} times"));
    }
    match ended {
        Ok(run) => {
            let sums: Vec<String> =
                (0..turns).flat_map(|turn| (0..=turn).map(move |place| (place + 10 * turn).to_string())).collect();
            worker.check_value(token, run.text().as_bytes(), (reply_text(token) + &sums.join(",")).as_bytes());
            world.count("runs of tools");
            world.note(&format!("{token} succeeded"));
        }
        Err(error) => {
            if panics && error.kind() == ErrorKind::Callback {
                world.count("callbacks that panicked");
            } else {
                world.check_error(token, &error);
            }
            let Some(run) = error.detail::<ChatToolRun>() else {
                world.problem(format!("{token}: an error without the record of the run"));
                return;
            };
            let shown = format!("{run:?}");
            world.check_shown("the record of a run", &shown);
        }
    }
}

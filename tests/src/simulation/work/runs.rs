//! Runs of assistants, read as streams.

use openai_ext::assistants::{AssistantAccumulator, AssistantEvent, AssistantStream};
use openai_ext::prelude::*;
use openai_ext::types::RunToolOutput;

use super::worker::Worker;
use crate::simulation::server::CALL;
use crate::simulation::server::models::reply_text;

/// The outcome of a stream.
struct FollowedRun {
    text: String,
    /// The tool calls that the run waits for.
    calls: Vec<String>,
    accumulator: AssistantAccumulator,
}

/// A run, and its rest after a tool call.
pub(super) async fn run(mut worker: Worker) {
    let token = worker.name.clone();
    let retries = worker.random.below(3) as u32;
    let runs = worker.client.beta().threads().runs();
    let call = runs.create("thread_1", "asst_1").instructions(format!("Say {token}"));
    let call = call.with_header(CALL, token.as_str()).with_max_retries(retries);
    let first = match call.stream_events().await {
        Ok(stream) => follow(stream).await,
        Err(error) => Err(error),
    };
    let Some(mut followed) = worker.settle(&token, retries, first) else { return };
    if !followed.calls.is_empty() {
        let step = format!("{token}-outputs");
        let outputs = followed.calls.iter().map(|id| RunToolOutput::new(id.as_str(), "12")).collect::<Vec<_>>();
        let call = runs.submit_tool_outputs("thread_1", format!("run_{token}"), outputs);
        let second = call.with_header(CALL, step.as_str()).with_max_retries(retries).stream().await;
        let second = match second {
            Ok(events) => follow(AssistantStream::resume(followed.accumulator, events)).await,
            Err(error) => Err(error),
        };
        let Some(second) = worker.settle(&step, retries, second) else { return };
        followed = second;
    }
    let (text, expected) = (followed.accumulator.text(), reply_text(&token));
    worker.check_value(&token, followed.text.as_bytes(), expected.as_bytes());
    worker.check_value(&format!("the messages of {token}"), text.as_bytes(), expected.as_bytes());
    let status = followed.accumulator.run().map(|run| run.status.as_str().to_owned());
    if status.as_deref() != Some("completed") || followed.accumulator.messages().len() != 1 {
        worker.world.problem(format!("{token}: the run is not what the server made | {status:?}"));
    }
    worker.world.count("runs of assistants");
}

async fn follow(mut stream: AssistantStream) -> openai_ext::Result<FollowedRun> {
    let (mut text, mut calls) = (String::new(), Vec::new());
    while let Some(event) = stream.next().await {
        match event? {
            AssistantEvent::TextDelta { delta, .. } => text.push_str(&delta),
            AssistantEvent::RequiresAction(run) => {
                let action = run.required_action.map(|action| action.submit_tool_outputs.tool_calls);
                calls.extend(action.into_iter().flatten().map(|call| call.id));
            }
            _ => {}
        }
    }
    Ok(FollowedRun { text, calls, accumulator: stream.into_accumulator() })
}

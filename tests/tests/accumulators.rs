//! Accumulators without a connection, given the events of every stream there is.

use std::collections::BTreeSet;

use acceptance::checkpoints::check;
use acceptance::script::{self, Script};
use openai_ext::assistants::AssistantAccumulator;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::runtime::json::Union;
use openai_ext::types::{AssistantStreamEvent, ChatCompletionChunk, Completion, ResponseStreamEvent};
use openai_ext::{ChatAccumulator, CompletionAccumulator, Result};

/// Streams of the document whose runs have a closing brace too many, which is no JSON, and a line `...` in some events.
const BROKEN: [&str; 2] = ["assistants-spec-createrun-1", "assistants-spec-createthreadandrun-2"];
/// The rest of its arguments that the second one leaves.
const ARGUMENTS: &str = "{\"locationahrenheit\"}";

/// A long stream is not stored after each of its events: that would take the square of its length.
fn places(events: usize) -> impl Fn(usize) -> bool {
    let every = events / 100 + 1;
    move |at| at.is_multiple_of(every)
}

/// Returns the number of events of a stream, and of those that are none; `None` if it is of another kind.
fn play(script: &Script) -> Option<(usize, usize)> {
    fn checked<A, E, T>(script: &Script, push: impl Fn(&mut A, &E) -> T) -> (usize, usize)
    where
        A: Clone + Default + serde::Serialize + serde::de::DeserializeOwned,
        E: openai_ext::runtime::json::Json + Default,
        T: std::fmt::Debug + PartialEq,
    {
        let (events, unread) = script.events::<E>();
        check(&events, places(events.len()), push);
        (events.len(), unread)
    }
    let kind = |result: Result<()>| result.map_err(|error| error.kind());
    Some(match script.kind() {
        "chat" => checked(script, |accumulator: &mut ChatAccumulator, chunk: &ChatCompletionChunk| {
            let mut events = Vec::new();
            (kind(accumulator.push_with_events(chunk, &mut events)), events)
        }),
        "completions" => checked(script, |accumulator: &mut CompletionAccumulator, chunk: &Completion| {
            kind(accumulator.push(chunk).map(drop))
        }),
        "responses" => checked(script, |accumulator: &mut ResponseAccumulator, event: &ResponseStreamEvent| {
            (kind(accumulator.push(event)), accumulator.changed(), accumulator.is_complete())
        }),
        "assistants" => checked(script, |accumulator: &mut AssistantAccumulator, event: &AssistantStreamEvent| {
            accumulator.push(event).map_err(|error| error.kind())
        }),
        _ => return None,
    })
}

#[test]
fn a_copy_and_a_stored_state_go_on() -> Result<(), String> {
    let mut kinds = BTreeSet::new();
    for script in &script::all()? {
        // Of what goes wrong below, this tells where.
        println!("{}", script.name);
        let Some((events, unread)) = play(script) else { continue };
        kinds.insert(script.kind().to_owned());
        assert!(events > 0);
        assert_eq!(unread > 0, BROKEN.contains(&&*script.name), "{unread} events can't be read");
    }
    assert_eq!(kinds.iter().collect::<Vec<_>>(), ["assistants", "chat", "completions", "responses"]);
    Ok(())
}

/// The readable parts of broken streams add up.
#[test]
fn broken_streams_add_up_as_far_as_they_can_be_read() -> Result<(), String> {
    let Some(folder) = script::recorded() else { return Ok(()) };
    let scripts = script::load(&folder)?;
    let accumulated = |name: &str| {
        let script = scripts.iter().find(|script| script.name == name).ok_or("the stream is there")?;
        let mut accumulator = AssistantAccumulator::default();
        for event in script.events::<AssistantStreamEvent>().0 {
            accumulator.push(&event).map_err(|error| error.to_string())?;
        }
        Ok::<_, String>(accumulator)
    };
    assert_eq!(accumulated(BROKEN[0])?.text(), "Hello! How can I assist you today?");
    let steps = serde_json::json!(accumulated(BROKEN[1])?.run_steps());
    let function = &steps[0]["step_details"]["tool_calls"][0]["function"];
    assert_eq!((&function["name"], &function["arguments"]), (&"get_current_weather".into(), &ARGUMENTS.into()));
    Ok(())
}

/// So that the streams of this repository are seeds for every rule.
#[test]
fn our_own_streams_have_every_event_of_responses() -> Result<(), String> {
    let mut found = BTreeSet::new();
    for script in script::load(&script::own())?.iter().filter(|script| script.kind() == "responses") {
        for text in script.texts() {
            let event: serde_json::Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
            found.insert(event["type"].as_str().unwrap_or_default().to_owned());
        }
    }
    let tags = ResponseStreamEvent::PLAN.tags.iter().map(|(tag, _)| *tag);
    // It comes over a WebSocket only: in a stream over HTTP an `error` is the stream's.
    let tags = tags.filter(|tag| *tag != "response.steer.failed");
    let missing: Vec<&str> = tags.filter(|tag| !found.contains(*tag)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    Ok(())
}

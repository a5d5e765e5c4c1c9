//! Streams of deltas.

use std::future::poll_fn;
use std::time::Duration;

use futures_util::Stream;
use openai_ext::Result;
use openai_ext::chat::ChatStreamEvent;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseUpdate;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

use crate::server::Events;
use crate::{Row, timed};

/// The type that is asked for. The values are read as JSON only.
#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Table {
    rows: Vec<String>,
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("chat text", chat(&pieces("", " and more"), &NO_CALLS), chat_events),
        row("chat text, `text_stream()`", chat(&pieces("", " and more"), &NO_CALLS), chat_text),
        row("chat text, `to_sse()`", chat(&pieces("", " and more"), &NO_CALLS), to_sse),
        row("chat text, `to_ndjson()`", chat(&pieces("", " and more"), &NO_CALLS), to_ndjson),
        row("chat `parse_stream()`, `partial()` at each event", chat(&table(), &NO_CALLS), chat_partial),
        row("the same, one long string", chat(&pieces("{\"rows\": [\"", "text"), &NO_CALLS), chat_partial),
        row("responses text", responses(&pieces("", " and more")), responses_events),
        row("responses `parse_stream()`, `partial()` at each event", responses(&table()), responses_partial),
        row("responses function calls, 1 call, `partial_arguments()` at each event", calls(1, true), responses_arguments),
    ];
    for count in [2, 100, 1000] {
        for way in [Way::Index, Way::IndexAndId, Way::Id, Way::All] {
            let name = format!("chat tool calls, {count} in turns, {}", way.name());
            rows.push(row(&name, chat(&(Vec::new(), Vec::new()), &tool_calls(count, way)), chat_events));
        }
        let name = format!("chat tool calls, {count} in turns, `partial_arguments()` at each event");
        let events = chat(&(Vec::new(), Vec::new()), &tool_calls(count, Way::Index));
        rows.push(row(&name, events, chat_arguments));
        for has_index in [true, false] {
            let by = if has_index { "index and id" } else { "id" };
            let name = format!("responses function calls, {count} in turns by {by}");
            rows.push(row(&name, calls(count, has_index), responses_arguments));
        }
    }
    rows
}

fn row<F: Future<Output = Result<()>>>(name: &str, events: Events, read: fn(Client) -> F) -> Row
where
    F: 'static,
{
    let run = move |count: usize| -> Duration { timed(read(events.client(count))) };
    Row { name: name.to_owned(), unit: "delta", sizes: vec![1000, 10_000, 100_000, 1_000_000], run: Box::new(run) }
}

const NO_CALLS: [Vec<String>; 2] = [Vec::new(), Vec::new()];

type Pieces = (Vec<String>, Vec<String>);

/// A text that begins with `start` and goes on with the same piece.
fn pieces(start: &str, piece: &str) -> Pieces {
    (vec![start.to_owned()], vec![piece.to_owned(); 20])
}

/// JSON in deltas of 4 bytes.
fn table() -> Pieces {
    let row = r#"{"name": "a \u00e9", "numbers": [1, 2.5, null, true], "text": "several words of text"}, "#;
    let turn = row.as_bytes().chunks(4).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
    (vec!["{\"rows\": [".to_owned()], turn)
}

fn json(text: &str) -> String {
    serde_json::json!(text).to_string()
}

fn chunk(delta: &str, reason: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-5.5\",\
         \"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n"
    )
}

fn chat((start, turn): &Pieces, calls: &[Vec<String>; 2]) -> Events {
    let text = |pieces: &[String]| -> Vec<String> {
        pieces.iter().map(|piece| chunk(&format!("{{\"content\":{}}}", json(piece)), "null")).collect()
    };
    let call = |calls: &[String]| -> Vec<String> {
        calls.iter().map(|call| chunk(&format!("{{\"tool_calls\":[{call}]}}"), "null")).collect()
    };
    Events {
        start: [text(start), call(&calls[0])].concat(),
        turn: [text(turn), call(&calls[1])].concat(),
        end: vec![chunk("{}", "\"stop\""), "data: [DONE]\n\n".to_owned()],
    }
}

/// The names by which the deltas of a tool call tell what they belong to.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Index,
    IndexAndId,
    Id,
    All,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Index => "by index",
            Self::IndexAndId => "by index and id",
            Self::Id => "by id",
            Self::All => "by index, id and name",
        }
    }
}

fn tool_calls(count: usize, way: Way) -> [Vec<String>; 2] {
    let call = |index: usize, is_start: bool, text: &str| {
        let mut members = Vec::new();
        if way != Way::Id {
            members.push(format!("\"index\":{index}"));
        }
        if is_start || way != Way::Index {
            members.push(format!("\"id\":\"call_{index:020}\""));
        }
        let name = if is_start || way == Way::All { "\"name\":\"f\"," } else { "" };
        members.push(format!("\"function\":{{{name}\"arguments\":{}}}", json(text)));
        format!("{{{}}}", members.join(","))
    };
    let all = |is_start, text| (0..count).map(|index| call(index, is_start, text)).collect();
    [all(true, "{\"text\": \""), all(false, "a }\\\" b")]
}

fn event(kind: &str, members: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":1,{members}}}\n\n")
}

const CREATED: &str = "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"output\":[],\"status\":\"in_progress\"}";
const COMPLETED: &str = "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"output\":[],\"status\":\"completed\"}";

fn responses((start, turn): &Pieces) -> Events {
    let place = "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"logprobs\":[]";
    let text = |pieces: &[String]| -> Vec<String> {
        let delta = |piece: &String| event("response.output_text.delta", &format!("{place},\"delta\":{}", json(piece)));
        pieces.iter().map(delta).collect()
    };
    Events {
        start: [vec![event("response.created", CREATED)], text(start)].concat(),
        turn: text(turn),
        end: vec![event("response.completed", COMPLETED)],
    }
}

fn calls(count: usize, has_index: bool) -> Events {
    let place = |index: usize| if has_index { format!("\"output_index\":{index},") } else { String::new() };
    let added = |index: usize| {
        let id = format!("\"id\":\"fc_{index}\",\"call_id\":\"call_{index}\",\"name\":\"f\",\"arguments\":\"\"");
        event("response.output_item.added", &format!("{}\"item\":{{\"type\":\"function_call\",{id}}}", place(index)))
    };
    let delta = |index: usize, text: &str| {
        let members = format!("{}\"item_id\":\"fc_{index}\",\"delta\":{}", place(index), json(text));
        event("response.function_call_arguments.delta", &members)
    };
    let start = (0..count).flat_map(|index| [added(index), delta(index, "{\"text\": \"")]);
    Events {
        start: [event("response.created", CREATED)].into_iter().chain(start).collect(),
        turn: (0..count).map(|index| delta(index, "a }\\\" b")).collect(),
        end: vec![event("response.completed", COMPLETED)],
    }
}

fn chat_call(client: &Client) -> openai_ext::resources::chat::completions::Create {
    client.chat().completions().create("gpt-5.5", "Go on")
}

async fn chat_events(client: Client) -> Result<()> {
    let mut events = chat_call(&client).stream_events().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    Ok(())
}

async fn chat_text(client: Client) -> Result<()> {
    let mut texts = chat_call(&client).stream_events().await?.text_stream();
    while let Some(text) = texts.next().await {
        text?;
    }
    Ok(())
}

async fn to_sse(client: Client) -> Result<()> {
    drain(chat_call(&client).stream().await?.to_sse()).await;
    Ok(())
}

async fn to_ndjson(client: Client) -> Result<()> {
    drain(chat_call(&client).stream().await?.to_ndjson()).await;
    Ok(())
}

async fn drain(mut bytes: impl Stream + Unpin) {
    while poll_fn(|context| std::pin::Pin::new(&mut bytes).poll_next(context)).await.is_some() {}
}

async fn chat_partial(client: Client) -> Result<()> {
    let mut events = chat_call(&client).parse_stream::<Table>().await?;
    while let Some(event) = events.next().await {
        event?;
        std::hint::black_box(events.partial());
    }
    assert!(events.partial().is_some());
    Ok(())
}

async fn chat_arguments(client: Client) -> Result<()> {
    let mut events = chat_call(&client).stream_events().await?;
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::ToolArgumentsDelta { choice, index, .. } = event? {
            assert!(events.partial_arguments(choice, index).is_some());
        }
    }
    Ok(())
}

async fn responses_events(client: Client) -> Result<()> {
    let mut events = client.responses().create("gpt-5.5", "Go on").stream_events().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    Ok(())
}

async fn responses_partial(client: Client) -> Result<()> {
    let mut events = client.responses().create("gpt-5.5", "Go on").parse_stream::<Table>().await?;
    while let Some(event) = events.next().await {
        event?;
        std::hint::black_box(events.partial());
    }
    assert!(events.partial().is_some());
    Ok(())
}

async fn responses_arguments(client: Client) -> Result<()> {
    let mut events = client.responses().create("gpt-5.5", "Go on").stream_events().await?;
    while let Some(event) = events.next().await {
        if let ResponseUpdate::FunctionArgumentsDelta(call) = event?.update() {
            assert!(events.partial_arguments(call.position.output_index).is_some());
        }
    }
    Ok(())
}

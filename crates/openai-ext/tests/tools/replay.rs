//! The assistant's message as it goes back to servers of several makers: nothing is added, and reasoning goes or stays.

use openai_ext::chat::ReasoningReplay;
use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionMessage;
use openai_ext::{Client, StatusCode};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

use crate::support::{City, Never, TestResult};

/// A message that calls `get_weather`, as a server sends it in chunks and as a whole.
struct Shape {
    server: &'static str,
    deltas: Vec<Value>,
    /// The message of a whole completion, and what comes of the chunks.
    message: Value,
    /// The members that are reasoning.
    reasoning: &'static [&'static str],
}

fn call(more: Value) -> Value {
    let mut call = json!({"id": "call_1", "type": "function",
        "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"}});
    call.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    call
}

fn message(more: Value) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "tool_calls": [call(json!({}))]});
    message.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    message
}

fn shapes() -> Vec<Shape> {
    let signature = json!({"extra_content": {"google": {"thought_signature": "c2ln"}}});
    let indexed = json!({"index": 0});
    let chunk = |more: Value| json!({"tool_calls": [call(more)]});
    let details = |text: &str| json!([{"type": "reasoning.text", "text": text, "index": 0, "format": "f"}]);
    vec![
        Shape {
            server: "Gemini",
            deltas: vec![
                json!({"role": "assistant", "tool_calls": [call(json!({"index": 0, "extra_content": signature["extra_content"]}))]}),
            ],
            message: message(json!({"tool_calls": [call(signature.clone())]})),
            reasoning: &[],
        },
        Shape {
            server: "Gemini, with thoughts of the message",
            deltas: vec![
                json!({"extra_content": {"google": {"thought": true}}, "thoughts": "Hm"}),
                chunk(indexed.clone()),
            ],
            message: message(json!({"extra_content": {"google": {"thought": true}}, "thoughts": "Hm"})),
            reasoning: &["thoughts"],
        },
        Shape {
            server: "Mistral",
            deltas: vec![
                json!({"role": "assistant", "content": ""}),
                json!({"tool_calls": [{"id": "call_1", "index": 0,
                "function": {"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"}}]}),
            ],
            message: message(json!({"content": ""})),
            reasoning: &[],
        },
        Shape {
            server: "DeepSeek",
            deltas: vec![
                json!({"role": "assistant", "content": null, "reasoning_content": "Osl"}),
                json!({"content": null, "reasoning_content": "o?"}),
                chunk(indexed.clone()),
            ],
            message: message(json!({"reasoning_content": "Oslo?"})),
            reasoning: &["reasoning_content"],
        },
        Shape {
            server: "vLLM",
            deltas: vec![
                json!({"role": "assistant", "content": "", "reasoning": "Os", "reasoning_content": "Os"}),
                json!({"reasoning": "lo", "reasoning_content": "lo"}),
                chunk(indexed.clone()),
            ],
            message: message(json!({"content": "", "reasoning": "Oslo", "reasoning_content": "Oslo"})),
            reasoning: &["reasoning", "reasoning_content"],
        },
        Shape {
            server: "Ollama",
            deltas: vec![
                json!({"role": "assistant", "content": "", "thinking": "Os"}),
                json!({"role": "assistant", "content": "", "thinking": "lo"}),
                json!({"role": "assistant", "content": "", "tool_calls": [call(indexed.clone())]}),
            ],
            message: message(json!({"content": "", "thinking": "Oslo"})),
            reasoning: &["thinking"],
        },
        Shape {
            server: "OpenRouter",
            deltas: vec![
                json!({"role": "assistant", "content": "", "reasoning": "Os", "reasoning_details": details("Os")}),
                json!({"content": "", "reasoning": "lo", "reasoning_details": details("lo")}),
                chunk(indexed.clone()),
            ],
            message: message(json!({"content": "", "reasoning": "Oslo", "reasoning_details": details("Oslo")})),
            reasoning: &["reasoning", "reasoning_details"],
        },
        Shape {
            server: "OpenAI",
            deltas: vec![json!({"role": "assistant", "content": null, "refusal": null}), chunk(indexed)],
            message: message(json!({"refusal": null})),
            reasoning: &[],
        },
    ]
}

/// The form in which the answers arrive.
#[derive(Clone, Copy, Debug)]
enum Way {
    Buffered,
    Events,
    Streamed,
}

/// Who says whether reasoning goes back.
#[derive(Clone, Copy, Debug)]
enum By {
    Nobody,
    Client(ReasoningReplay),
    Run(ReasoningReplay),
    RunOverClient(ReasoningReplay),
}

impl By {
    fn keeps(self) -> bool {
        match self {
            Self::Nobody => true,
            Self::Client(replay) | Self::Run(replay) | Self::RunOverClient(replay) => replay == ReasoningReplay::Keep,
        }
    }
}

/// Answers the first request by the shape, and the next by a text.
fn script(mock: &MockServer, shape: &Shape, streams: bool) -> TestResult {
    let choice = |name: &str, value: &Value, reason: &str| json!({"index": 0, name: value, "finish_reason": reason});
    let whole = |message: &Value, reason: &str| {
        Reply::json(StatusCode::OK, &json!({"id": "c", "choices": [choice("message", message, reason)]}))
    };
    let chunks = |deltas: &[Value], reason: &str| {
        let end = choice("delta", &json!({}), reason);
        let deltas = deltas.iter().map(|delta| json!({"choices": [{"index": 0, "delta": delta}]}));
        let events = deltas.chain([json!({"choices": [end]})]).map(|chunk| Event::data(&chunk));
        Reply::events(events.chain([Event::done()]))
    };
    let done = json!({"role": "assistant", "content": "Rain."});
    let replies = match streams {
        true => [chunks(&shape.deltas, "tool_calls"), chunks(&[done], "stop")],
        false => [whole(&shape.message, "tool_calls"), whole(&done, "stop")],
    };
    mock.on("createChatCompletion").sequence(replies)?;
    Ok(())
}

fn tools() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "", |args: City| async move { Ok::<_, Never>(args.city) }))
}

async fn sent_back(mock: &MockServer, shape: &Shape, way: Way, by: By) -> Result<Value, Box<dyn std::error::Error>> {
    use ReasoningReplay::{Drop, Keep};
    script(mock, shape, matches!(way, Way::Streamed))?;
    let builder = Client::builder().base_url(mock.base_url()).api_key("any").max_retries(0);
    let client: Client = match by {
        By::Client(replay) => builder.reasoning_replay(replay),
        By::RunOverClient(replay) => builder.reasoning_replay(if replay == Keep { Drop } else { Keep }),
        _ => builder,
    }
    .build()?;
    let run = client.chat().completions().create("m", [Message::user("Weather?")]).run_tools(&tools());
    let run = match by {
        By::Run(replay) | By::RunOverClient(replay) => run.with_replay(replay),
        _ => run,
    };
    let run = match way {
        Way::Buffered => run.send().await?,
        Way::Events => run.events().finish().await?,
        Way::Streamed => run.stream_events().finish().await?,
    };
    assert_eq!(run.text(), "Rain.");
    let body = mock.requests().pop().and_then(|request| request.json()).ok_or("no body")?;
    assert_eq!(json!(run.messages()[1]), body["messages"][1], "the conversation is what was sent");
    // The replies of the run have all that came.
    let reply = json!(run.replies[0].choices[0].message);
    assert_eq!(shape.reasoning.iter().find(|name| reply.get(**name).is_none()), None);
    Ok(body["messages"][1].clone())
}

#[tokio::test]
async fn what_came_goes_back_and_nothing_else() -> TestResult {
    use ReasoningReplay::{Drop, Keep};
    let mock = MockServer::start().await?;
    let options = [
        By::Nobody,
        By::Client(Keep),
        By::Client(Drop),
        By::Run(Keep),
        By::Run(Drop),
        By::RunOverClient(Keep),
        By::RunOverClient(Drop),
    ];
    for shape in shapes() {
        for way in [Way::Buffered, Way::Events, Way::Streamed] {
            for by in options {
                let mut expected = shape.message.clone();
                let members = expected.as_object_mut().expect("an object");
                members.retain(|name, _| by.keeps() || !shape.reasoning.contains(&name.as_str()));
                if matches!(way, Way::Streamed) {
                    // A null in a chunk adds nothing.
                    members.retain(|name, value| name != "refusal" || !value.is_null());
                }
                let sent = sent_back(&mock, &shape, way, by).await?;
                assert_eq!(sent, expected, "{}, {way:?}, {by:?}", shape.server);
            }
        }
    }
    Ok(())
}

#[test]
fn messages_put_into_a_call_by_hand() -> TestResult {
    for shape in shapes() {
        let read: ChatCompletionMessage = serde_json::from_value(shape.message.clone())?;
        assert_eq!(json!(Message::from(read.clone())), shape.message, "{}", shape.server);
        let mut expected = shape.message.clone();
        expected.as_object_mut().expect("an object").retain(|name, _| !shape.reasoning.contains(&name.as_str()));
        assert_eq!(json!(Message::from(read).without_reasoning()), expected, "{}", shape.server);
    }
    let parts =
        json!({"role": "assistant", "content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "4"}]});
    let message: Message = serde_json::from_value(parts)?;
    let text = json!({"role": "assistant", "content": [{"type": "text", "text": "4"}]});
    assert_eq!(json!(message.without_reasoning()), text);
    // As Mistral answers: a list of parts where a string is expected goes back as it came.
    let list =
        json!({"role": "assistant", "content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "4"}]});
    let read: ChatCompletionMessage = serde_json::from_value(list.clone())?;
    assert_eq!(json!(Message::from(read.clone())), list);
    assert_eq!(json!(Message::from(read).without_reasoning()), text);
    let thought: Message = serde_json::from_value(json!({"role": "assistant", "content": [{"type": "thinking"}]}))?;
    assert_eq!(json!(thought.without_reasoning()), json!({"role": "assistant"}));
    // Others' members are theirs.
    let user = json!({"role": "user", "content": "Hi", "reasoning_content": "x"});
    let message: Message = serde_json::from_value(user.clone())?;
    assert_eq!(json!(message.without_reasoning()), user);
    Ok(())
}

/// A conversation that a run begins with is of earlier runs, of which the server is as particular.
#[tokio::test]
async fn earlier_messages_lose_their_reasoning_too() -> TestResult {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("any").reasoning_replay(ReasoningReplay::Drop);
    let client: Client = client.build()?;
    let before: Message = serde_json::from_value(json!({"role": "assistant", "content": "4", "reasoning": "2 and 2"}))?;
    let messages = [Message::user("2 + 2?"), before, Message::user("And Oslo?")];
    client.chat().completions().create("m", messages).run_tools(&tools()).send().await?;
    let body = mock.requests().pop().and_then(|request| request.json()).ok_or("no body")?;
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "4"}));
    Ok(())
}

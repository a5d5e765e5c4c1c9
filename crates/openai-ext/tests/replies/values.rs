//! What replies have to say, and replies as the input of the next call.
#![cfg(all(feature = "audio", feature = "chat", feature = "embeddings", feature = "responses"))]

use openai_ext::StatusCode;
use openai_ext::prelude::*;
use openai_ext::types::{
    ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams, ChatCompletionMessageToolCall, Embedding,
    Response, ResponseCreateParams, ResponseOutputItem, ResponseStreamEvent, TranscriptionCreateResponse,
};
use openai_ext_mock::{MockServer, Reply};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("every body can be read")
}

#[test]
fn the_first_choice_of_a_chat_reply() {
    let reply: ChatCompletion = read(json!({"choices": [
        {"index": 0, "message": {"role": "assistant", "content": "one", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "call_2", "type": "new_kind", "new_kind": {}},
        ]}},
        {"index": 1, "message": {"role": "assistant", "content": "two"}},
    ]}));
    assert_eq!(reply.text(), "one");
    assert_eq!(reply.refusal(), None);
    let [ChatCompletionMessageToolCall::Function(first), ChatCompletionMessageToolCall::Unknown(_)] =
        reply.tool_calls()
    else {
        panic!("{:?}", reply.tool_calls());
    };
    assert_eq!(first.function.name, "f");

    let refused = json!({"choices": [{"message": {"role": "assistant", "content": null, "refusal": "No."}}]});
    let refused: ChatCompletion = read(refused);
    assert_eq!((refused.text(), refused.refusal()), ("", Some("No.")));
    assert!(refused.tool_calls().is_empty());

    for empty in [json!({}), json!({"choices": null}), json!({"choices": []}), json!({"choices": [{}]})] {
        let reply: ChatCompletion = read(empty);
        assert_eq!((reply.text(), reply.refusal(), reply.tool_calls().len()), ("", None, 0));
    }
}

#[test]
fn the_text_of_a_chunk_is_of_choice_0() {
    let text = |choices: Value| {
        read::<ChatCompletionChunk>(json!({"choices": choices})).text_delta().unwrap_or_default().to_owned()
    };
    assert_eq!(text(json!([{"index": 0, "delta": {"content": "a"}}])), "a");
    assert_eq!(text(json!([{"index": 1, "delta": {"content": "b"}}])), "");
    assert_eq!(text(json!([{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}])), "a");
    // A server that leaves the index out has one choice.
    assert_eq!(text(json!([{"delta": {"content": "a"}}])), "a");
    assert_eq!(text(json!([{"index": 0, "delta": {"content": null}}])), "");
    assert_eq!(text(json!([])), "");
}

#[test]
fn the_output_of_a_response() {
    let response: Response = read(json!({"output": [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "content": [
            {"type": "output_text", "text": "one "},
            {"type": "refusal", "refusal": "No."},
            {"type": "new_part", "text": "not this"},
            {"type": "output_text", "text": "two"},
        ]},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "new_item", "content": [{"type": "output_text", "text": "nor this"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": " three"}]},
        {"type": "function_call", "call_id": "call_2", "name": "g", "arguments": "{}"},
    ]}));
    assert_eq!(response.output_text(), "one two three");
    assert_eq!(response.refusal(), Some("No."));
    let names: Vec<&str> = response.function_calls().iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["f", "g"]);

    let empty: Response = read(json!({"output": null}));
    assert_eq!((empty.output_text().as_str(), empty.refusal(), empty.function_calls().len()), ("", None, 0));
}

#[test]
fn only_text_deltas_have_text() {
    let delta = |event: Value| read::<ResponseStreamEvent>(event).text_delta().map(str::to_owned);
    assert_eq!(delta(json!({"type": "response.output_text.delta", "delta": "a"})), Some("a".to_owned()));
    assert_eq!(delta(json!({"type": "response.refusal.delta", "delta": "a"})), None);
    assert_eq!(delta(json!({"type": "response.function_call_arguments.delta", "delta": "a"})), None);
    assert_eq!(delta(json!({"type": "keepalive"})), None);
}

#[test]
fn transcriptions_of_every_form() {
    for body in [
        json!({"text": "Hello"}),
        json!({"task": "transcribe", "duration": 1.5, "text": "Hello", "segments": []}),
        json!({"task": "transcribe", "language": "english", "duration": 1.5, "text": "Hello", "words": []}),
        json!("Hello"),
    ] {
        assert_eq!(read::<TranscriptionCreateResponse>(body.clone()).text(), "Hello", "{body}");
    }
    assert_eq!(read::<TranscriptionCreateResponse>(json!(5)).text(), "");
}

#[test]
fn vectors_of_either_encoding() {
    for vector in [json!([0.5, -2]), json!("AAAAPwAAAMA=")] {
        let body = json!({"object": "embedding", "index": 0, "embedding": vector});
        let embedding: Embedding = read(body.clone());
        assert_eq!(embedding.embedding[..], [0.5, -2.0]);
        assert_eq!(json!(embedding), body, "it is written as it was sent");
    }
}

#[test]
fn output_items_are_input_items() {
    let body = include_str!("bodies/response.json");
    let json: Value = serde_json::from_str(body).expect("the body is JSON");
    let response: Response = read(json.clone());
    assert!(response.output.iter().all(|item| !matches!(item, ResponseOutputItem::Unknown(_))));

    let mut input = vec![InputItem::user("Hello")];
    input.extend(response.output_as_input());
    assert!(input.iter().all(|item| !matches!(item, InputItem::Unknown(_))), "{input:#?}");
    let request = ResponseCreateParams::new("gpt-5.5", input);
    let mut expected = vec![json!({"type": "message", "role": "user", "content": "Hello"})];
    expected.extend(json["output"].as_array().cloned().unwrap_or_default());
    assert_eq!(json!(request), json!({"model": "gpt-5.5", "input": expected}));

    // An item of a kind that nobody knows yet goes back as it came.
    let item = json!({"type": "something_new", "id": "x_1", "parts": [null, {"a": 1}]});
    let response: Response = read(json!({"output": [item]}));
    assert_eq!(json!(response.output_as_input()), json!([item]));
}

#[test]
fn a_reply_is_a_message() {
    let message = json!({
        "role": "assistant", "content": null, "refusal": null, "annotations": [],
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "reasoning_content": "Hm.",
    });
    let reply: ChatCompletion = read(json!({"choices": [{"index": 0, "message": message}]}));
    let answers = reply.message().cloned().map(Message::from);
    assert!(matches!(answers, Some(Message::Assistant(_))));
    let messages =
        [Message::user("Hello")].into_iter().chain(answers).chain([Message::tool(ToolCallId::new("call_1"), "5")]);
    let request = ChatCompletionCreateParams::new("gpt-5.5", messages);
    let expected = json!([
        {"role": "user", "content": "Hello"}, message, {"role": "tool", "tool_call_id": "call_1", "content": "5"},
    ]);
    assert_eq!(json!(request), json!({"model": "gpt-5.5", "messages": expected}));
}

#[tokio::test]
async fn a_second_turn_sends_the_first_ones_output_as_it_came() -> Result<(), Box<dyn std::error::Error>> {
    let body: Value = serde_json::from_str(include_str!("bodies/response.json"))?;
    let mock = MockServer::start().await?;
    let answer = body.clone();
    mock.on_request(move |_| Some(Reply::json(StatusCode::OK, &answer)));
    let client = Client::builder().base_url(mock.base_url()).api_key("any").build()?;

    let mut input = vec![InputItem::user("Hello")];
    let response = client.responses().create("gpt-5.5", input.clone()).send().await?;
    input.extend(response.output_as_input());
    input.push(InputItem::function_call_output(ToolCallId::new("call_1"), "21 degrees"));
    client.responses().create("gpt-5.5", input).store(false).send().await?;

    let requests = mock.requests();
    let sent = requests.last().and_then(|request| request.json()).unwrap_or_default();
    let mut expected = vec![json!({"type": "message", "role": "user", "content": "Hello"})];
    expected.extend(body["output"].as_array().cloned().unwrap_or_default());
    expected.push(json!({"type": "function_call_output", "call_id": "call_1", "output": "21 degrees"}));
    assert_eq!(sent, json!({"model": "gpt-5.5", "input": expected, "store": false}));
    Ok(())
}

//! Histories by value.

use openai_ext::types::{ChatCompletion, Response};
use openai_ext::{ErrorKind, prelude::*};
use serde_json::{Value, json};

use crate::{TestResult, sent, start};

#[tokio::test]
async fn of_chat() -> TestResult {
    let (mock, c) = start().await?;
    let mut conversation = Conversation::new();
    conversation.system("Be brief.").user("x");
    let reply = c.chat().completions().create("m", &conversation).send().await?;
    conversation.push(&reply).push("y");
    conversation.push(Message::user("z"));
    c.chat().completions().create("m", &conversation).send().await?;
    let messages = sent(&mock)["messages"].clone();
    let roles: Vec<&str> =
        messages.as_array().ok_or("no list")?.iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "user"]);
    assert_eq!(messages[2]["content"], reply.text());
    assert_eq!((conversation.len(), conversation.messages()?.len()), (5, 5));
    Ok(())
}

#[tokio::test]
async fn of_responses() -> TestResult {
    let (mock, c) = start().await?;
    let mut conversation = Conversation::new();
    assert_eq!(conversation.previous_response_id(), None);
    conversation.user("x");
    let first = c.responses().create("m", &conversation).send().await?;
    conversation.push(&first).user("y");
    // The whole of it, for a server that keeps nothing.
    c.responses().create("m", &conversation).send().await?;
    assert_eq!(sent(&mock)["input"].as_array().map(Vec::len), Some(conversation.len()));
    // What is new, for one that does.
    let call = c.responses().create("m", conversation.new_input()?);
    call.previous_response_id(conversation.previous_response_id()).send().await?;
    let body = sent(&mock);
    assert_eq!(body["previous_response_id"], first.id.as_str());
    assert_eq!(body["input"], json!([{"type": "message", "role": "user", "content": "y"}]));
    Ok(())
}

#[test]
fn stored() -> TestResult {
    let response: Response = serde_json::from_value(json!({"id": "resp_1", "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [], "more": 1},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    ]}))?;
    let mut conversation: Conversation = [Message::user("x"), Message::developer("d")].into_iter().collect();
    conversation.push(response).tool_result(ToolCallId::new("c"), "r");
    let text = serde_json::to_string(&conversation)?;
    let read: Conversation = serde_json::from_str(&text)?;
    assert_eq!(read, conversation);
    assert_eq!((read.previous_response_id(), read.new_input()?.len()), (Some("resp_1"), 1));
    assert_eq!(serde_json::to_string(&read)?, text);
    Ok(())
}

#[test]
fn a_role_that_no_api_knows() -> TestResult {
    for entry in
        [json!({"message": {"role": "wizard", "content": "x"}}), json!({"item": {"role": "wizard", "content": "x"}})]
    {
        let stored = json!({"entries": [{"message": {"role": "user", "content": "x"}}, entry]});
        let error = serde_json::from_value::<Conversation>(stored).unwrap_err();
        assert!(error.to_string().contains("entries[1]") && error.to_string().contains("wizard"), "{error}");
    }
    for stored in [json!([]), json!({}), json!({"entries": [{}]}), json!({"entries": 5})] {
        assert!(serde_json::from_value::<Conversation>(stored).is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_role_is_refused_before_it_is_sent() -> TestResult {
    let (mock, c) = start().await?;
    let message: Message = serde_json::from_value(json!({"role": "wizard", "content": "x"}))?;
    let conversation: Conversation = [message].into_iter().collect();
    let error = c.chat().completions().create("m", &conversation).send().await.unwrap_err();
    assert_eq!((error.kind(), mock.requests().len()), (ErrorKind::InvalidRequest, 0));
    assert!(error.to_string().contains("messages[0].role"), "{error}");
    Ok(())
}

#[test]
fn from_one_api_to_the_other() -> TestResult {
    let calls = json!([
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]);
    let reply: ChatCompletion = serde_json::from_value(json!({
        "choices": [{"message": {"role": "assistant", "content": "Let me see.", "tool_calls": calls}}]
    }))?;
    let mut conversation = Conversation::new();
    conversation.developer("d");
    conversation.push(Message::user([ContentPart::text("x"), ContentPart::image_from_url("https://x")]));
    conversation.push(reply).tool_result(ToolCallId::new("a"), "1").tool_result(ToolCallId::new("b"), "2");
    let items = json!(conversation.input()?);
    assert_eq!(
        items,
        json!([
            {"type": "message", "role": "developer", "content": "d"},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "x"}, {"type": "input_image", "detail": "auto", "image_url": "https://x"},
            ]},
            {"type": "message", "role": "assistant", "content": "Let me see."},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
            {"type": "function_call_output", "call_id": "b", "output": "2"},
        ])
    );
    // And back again.
    let items: Vec<InputItem> = serde_json::from_value(items)?;
    let back: Conversation = items.into_iter().collect();
    let (there, again): (Value, Value) = (json!(conversation.messages()?), json!(back.messages()?));
    assert_eq!(there[2]["tool_calls"], again[2]["tool_calls"]);
    assert_eq!(there.as_array().map(Vec::len), again.as_array().map(Vec::len));
    let hosted: InputItem = serde_json::from_value(
        json!({"type": "image_generation_call", "id": "i", "status": "completed", "result": "QQ=="}),
    )?;
    let error = Conversation::from_iter([hosted]).messages().unwrap_err();
    assert!(error.to_string().contains("[0]") && error.to_string().contains("image_generation_call"), "{error}");
    Ok(())
}

//! Inputs that do not fit: the call ends before anything is sent, and its error has the path.
// Programs set deprecated fields as well.
#![allow(deprecated)]

use openai_ext::{ErrorKind, prelude::*, types};
use serde_json::json;

use crate::{TestResult, start};

macro_rules! refused {
    ($($name:ident: |$c:ident| $call:expr => [$($part:literal),*];)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, $c) = start().await?;
            let error = $call.send().await.err().ok_or("it was sent")?;
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
            let text = error.to_string();
            $(assert!(text.contains($part), "{text}");)*
            assert_eq!(mock.requests().len(), 0);
            Ok(())
        }
    )*};
}

refused! {
    a_role_in_json: |c| c.chat().completions().create("m", [json!({"role": "wizard", "content": "x"})]) => ["messages[0].role", "wizard"];
    a_role_in_the_second: |c| c.chat().completions().create("m", (Message::user("x"), json!({"role": "User", "content": "x"}))) => ["messages[1].role", "User"];
    a_role_in_a_body: |c| c.chat().completions().create_with(json!({"model": "m", "messages": [{"role": "bot", "content": "x"}]})) => ["messages[0].role", "bot"];
    a_role_of_an_item: |c| c.responses().create("m", [InputItem::message("wizard", "x")]) => ["input[0].role", "wizard"];
    a_role_of_an_item_in_json: |c| c.responses().create("m", json!([{"role": "wizard", "content": "x"}])) => ["input[0].role", "wizard"];
    no_role: |c| c.chat().completions().create("m", [json!({"content": "x"})]) => ["messages[0]", "role"];
    a_number_as_content: |c| c.chat().completions().create("m", [json!({"role": "user", "content": 5})]) => ["messages[0].content", "a number"];
    a_string_as_messages: |c| c.chat().completions().create_with(json!({"model": "m", "messages": "x"})) => ["messages", "a string"];
    a_list_as_body: |c| c.chat().completions().create_with(json!([1])) => ["an array"];
    a_number_as_message: |c| c.chat().completions().create("m", json!([5])) => ["messages[0]", "a number"];
    a_number_as_a_tool: |c| c.chat().completions().create("m", "x").tools([json!(5)]) => ["tools[0]", "a number"];
    a_tool_without_a_type: |c| c.responses().create("m", "x").tools([json!({"max_num_results": 3})]) => ["tools[0]", "type"];
    a_number_as_a_name: |c| c.chat().completions().create("m", "x").tools([json!({"type": "function", "function": {"name": 5}})]) => ["tools[0].function.name", "a number"];
    a_list_as_a_choice: |c| c.chat().completions().create("m", "x").tool_choice(json!([1])) => ["tool_choice", "an array"];
    a_list_as_a_format: |c| c.chat().completions().create("m", "x").response_format(json!(["json"])) => ["response_format", "an array"];
    metadata_of_numbers: |c| c.chat().completions().create("m", "x").metadata(json!({"a": 5})) => ["metadata.a", "a number"];
    no_number: |c| c.chat().completions().create("m", "x").temperature(f64::NAN) => ["temperature", "NaN"];
    an_infinite_number: |c| c.chat().completions().create("m", "x").temperature(f32::INFINITY) => ["temperature", "inf"];
    a_seed_that_is_too_large: |c| c.chat().completions().create("m", "x").seed(u64::MAX) => ["seed", "18446744073709551615"];
    a_limit_that_is_too_large: |c| c.files().list().limit(usize::MAX) => ["limit", "18446744073709551615"];
    a_part_in_json: |c| c.chat().completions().create("m", [Message::user(json!([{"type": "text", "text": 5}]))]) => ["messages[0].content[0].text", "a number"];
    a_setter_of_another_tool: |c| c.responses().create("m", "x").tools([Tool::shell(), Tool::web_search().max_num_results(3)]) => ["tools[1].max_num_results"];
    a_detail_of_a_text: |c| c.chat().completions().create("m", [Message::user([ContentPart::text("x").detail("low")])]) => ["messages[0].content[0].detail"];
    a_field_of_an_object: |c| c.responses().create("m", "x").reasoning(types::Reasoning::new()).tools(types::FileSearchTool::new("vs_1").max_num_results(u64::MAX)) => ["tools[0].max_num_results"];
    numbers_as_text_in_json: |c| c.chat().completions().create_with(json!({"model": "m", "messages": [], "seed": "5"})) => ["seed", "a string"];
}

#[test]
fn an_object_that_does_not_fit_is_not_stored() {
    let tool = types::FileSearchTool::new("vs_1").max_num_results(u64::MAX);
    let error = serde_json::to_string(&tool).unwrap_err();
    assert!(error.to_string().contains("max_num_results"), "{error}");
    assert!(serde_json::to_string(&tool.max_num_results(3)).is_ok());
}

/// A value that the document does not have is sent as it is: servers have more than the document.
#[tokio::test]
async fn the_unknown_is_sent() -> TestResult {
    let (_, c) = start().await?;
    let call = c.responses().create("m", "x").tools([json!({"type": "new_tool", "role": "wizard"})]);
    let body: serde_json::Value = serde_json::from_slice(&call.into_call().json_body()?)?;
    assert_eq!(body["tools"], json!([{"type": "new_tool", "role": "wizard"}]));
    let call = c
        .chat()
        .completions()
        .create_with(json!({"model": "m", "messages": [{"role": "user", "content": "x", "more": 1}]}));
    assert!(String::from_utf8(call.into_call().json_body()?.to_vec())?.contains(r#""more":1"#));
    // A role outside of messages is one of people.
    let call = c.chat().completions().create("m", "x").with_body_field("role", "owner").metadata([("role", "owner")]);
    assert!(call.into_call().json_body().is_ok());
    Ok(())
}

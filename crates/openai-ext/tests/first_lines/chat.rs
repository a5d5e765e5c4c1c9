//! Messages, tools and settings of chat completions.

use openai_ext::{prelude::*, types};
use serde_json::json;

use crate::{TestResult, sent, start};

/// Sends each call and compares what arrived at the mock.
macro_rules! chat {
    ($($name:ident: $messages:expr => $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            c.chat().completions().create("m", $messages).send().await?;
            assert_eq!(sent(&mock)["messages"], $expected);
            Ok(())
        }
    )*};
}

fn one() -> serde_json::Value {
    json!([{"role": "user", "content": "x"}])
}

chat! {
    a_string: "x" => one();
    an_owned_string: String::from("x") => one();
    a_borrowed_string: &String::from("x") => one();
    a_formatted_string: format!("{}", "x") => one();
    a_message: Message::user("x") => one();
    a_borrowed_message: &Message::user("x") => one();
    a_vec: vec![Message::user("x")] => one();
    a_slice: &vec![Message::user("x"), Message::user("y")][..1] => one();
    a_borrowed_array: &[Message::user("x")] => one();
    a_vec_of_json: vec![json!({"role": "user", "content": "x"})] => one();
    a_list_in_json: json!([{"role": "user", "content": "x"}]) => one();
    one_message_in_json: json!({"role": "user", "content": "x"}) => one();
    an_iterator: ["x"].iter().map(|text| Message::user(*text)) => one();
    a_vec_of_references: vec![&Message::user("x")] => one();
    a_tuple_of_a_message_and_json: (Message::system("s"), json!({"role": "user", "content": "x"})) =>
        json!([{"role": "system", "content": "s"}, {"role": "user", "content": "x"}]);
    a_message_with_a_name: [Message::user("x").name("Bob")] => json!([{"role": "user", "content": "x", "name": "Bob"}]);
    a_variant_without_a_box: [Message::User(types::ChatCompletionUserMessageParam::new("x"))] => one();
    an_assistants_message_without_a_box: [Message::Assistant(types::ChatCompletionAssistantMessageParam::new("x"))] =>
        json!([{"role": "assistant", "content": "x"}]);
    parts_in_a_vec: [Message::user(vec![ContentPart::text("x")])] =>
        json!([{"role": "user", "content": [{"type": "text", "text": "x"}]}]);
    parts_by_reference: [Message::user(&[ContentPart::text("x")])] =>
        json!([{"role": "user", "content": [{"type": "text", "text": "x"}]}]);
    parts_as_json: [Message::user(json!([{"type": "text", "text": "x"}]))] =>
        json!([{"role": "user", "content": [{"type": "text", "text": "x"}]}]);
}

#[tokio::test]
async fn a_loop_keeps_its_history() -> TestResult {
    let (mock, c) = start().await?;
    let mut history = vec![Message::system("Be brief.")];
    for question in ["a", "b"] {
        history.push(Message::user(question));
        let reply = c.chat().completions().create("m", &history).send().await?;
        history.push(Message::from(reply.choices[0].message.clone()));
    }
    assert_eq!(sent(&mock)["messages"].as_array().map(Vec::len), Some(4));
    assert_eq!((history[0].role(), history[1].text().as_str()), ("system", "a"));
    Ok(())
}

#[tokio::test]
async fn tools_as_json() -> TestResult {
    let (mock, c) = start().await?;
    let tool =
        json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}});
    c.chat().completions().create("m", "x").tools([tool.clone()]).send().await?;
    assert_eq!(sent(&mock)["tools"], json!([tool]));
    c.chat().completions().create("m", "x").tools(json!([tool])).send().await?;
    assert_eq!(sent(&mock)["tools"], json!([tool]));
    c.chat().completions().create("m", "x").tools(vec![tool.clone()]).tool_choice("f").send().await?;
    assert_eq!(sent(&mock)["tool_choice"], json!({"type": "function", "function": {"name": "f"}}));
    Ok(())
}

#[tokio::test]
async fn a_function_without_a_box() -> TestResult {
    let (mock, c) = start().await?;
    let definition = types::FunctionDefinition::new("f").description("d").parameters(json!({"type": "object"}));
    let tool = types::ChatCompletionFunctionTool::new(definition);
    c.chat().completions().create("m", "x").tools([types::ChatCompletionTool::Function(tool)]).send().await?;
    assert_eq!(sent(&mock)["tools"][0]["function"]["description"], "d");
    Ok(())
}

#[tokio::test]
async fn choices_of_a_tool() -> TestResult {
    let (mock, c) = start().await?;
    let create =
        || c.chat().completions().create("m", "x").tools([json!({"type": "function", "function": {"name": "f"}})]);
    for (call, expected) in [
        (create().tool_choice("auto"), json!("auto")),
        (create().tool_choice(String::from("required")), json!("required")),
        (create().tool_choice(ToolChoice::function("f")), json!({"type": "function", "function": {"name": "f"}})),
        (create().tool_choice(ToolChoice::none()), json!("none")),
        // Chat has no hosted tools.
        (create().tool_choice("web_search"), json!({"type": "function", "function": {"name": "web_search"}})),
        (
            create().tool_choice(types::ChatCompletionToolChoiceOption::function("f")),
            json!({"type": "function", "function": {"name": "f"}}),
        ),
    ] {
        call.send().await?;
        assert_eq!(sent(&mock)["tool_choice"], expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_call_and_its_answer() -> TestResult {
    let (mock, c) = start().await?;
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let reply: types::ChatCompletion = serde_json::from_value(json!({"choices": [{"message": message}]}))?;
    let id = reply.function_calls()[0].id.clone();
    for answer in [
        Message::tool(&reply.tool_calls()[0], "5"),
        Message::tool(reply.function_calls()[0], "5"),
        Message::tool(reply.tool_calls()[0].clone(), String::from("5")),
        Message::tool(ToolCallId::new(id.as_str()), "5"),
        Message::tool(ToolCallId::from(&id), "5".to_owned()),
        Message::tool(&ToolCallId::from(id), "5"),
    ] {
        let messages = (Message::user("x"), reply.choices[0].message.clone(), answer);
        c.chat().completions().create("m", messages).send().await?;
        let sent = sent(&mock)["messages"][2].clone();
        assert_eq!((&sent["role"], &sent["tool_call_id"]), (&json!("tool"), &json!("call_1")));
    }
    // A call of another type is known by its id.
    let other: types::ChatCompletionMessageToolCall = serde_json::from_value(json!({"id": "call_2", "type": "new"}))?;
    assert_eq!(json!(Message::tool(other, "5"))["tool_call_id"], "call_2");
    for call in reply.tool_calls() {
        if let types::ChatCompletionMessageToolCall::Function(call) = call {
            assert_eq!(json!(Message::tool(call, "5"))["tool_call_id"], "call_1");
        }
    }
    Ok(())
}

#[tokio::test]
async fn usage_of_a_stream() -> TestResult {
    let (mock, c) = start().await?;
    let mut chunks = c.chat().completions().create("m", "x").include_usage().stream().await?;
    while let Some(chunk) = chunks.next().await {
        chunk?;
    }
    assert_eq!(sent(&mock)["stream_options"], json!({"include_usage": true}));
    Ok(())
}

#[tokio::test]
async fn a_schema_of_a_type() -> TestResult {
    #[derive(serde::Deserialize, openai_ext::schemars::JsonSchema)]
    #[schemars(crate = "openai_ext::schemars")]
    struct Answer {
        number: i64,
    }
    let (mock, c) = start().await?;
    c.chat().completions().create("m", "x").json_schema::<Answer>().send().await?;
    assert_eq!(sent(&mock)["response_format"]["json_schema"]["name"], "Answer");
    c.responses().create("m", "x").json_schema::<Answer>().send().await?;
    assert_eq!(sent(&mock)["text"]["format"]["schema"]["required"], json!(["number"]));
    let parsed: Option<Answer> = serde_json::from_value(json!({"number": 1})).ok();
    assert_eq!(parsed.map(|answer| answer.number), Some(1));
    Ok(())
}

#[tokio::test]
async fn response_format_as_json() -> TestResult {
    let (mock, c) = start().await?;
    c.chat().completions().create("m", "x").response_format(json!({"type": "json_object"})).send().await?;
    assert_eq!(sent(&mock)["response_format"], json!({"type": "json_object"}));
    Ok(())
}

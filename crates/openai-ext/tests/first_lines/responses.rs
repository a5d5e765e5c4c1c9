//! Input, hosted tools and settings of responses.

use openai_ext::{prelude::*, types};
use serde_json::json;

use crate::{TestResult, sent, start};

macro_rules! input {
    ($($name:ident: $input:expr => $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            c.responses().create("m", $input).send().await?;
            assert_eq!(sent(&mock)["input"], $expected);
            Ok(())
        }
    )*};
}

fn item() -> serde_json::Value {
    json!([{"type": "message", "role": "user", "content": "x"}])
}

input! {
    a_string: "x" => json!("x");
    a_borrowed_string: &"x".to_owned() => json!("x");
    an_item_in_an_array: [InputItem::user("x")] => item();
    items_in_a_vec: vec![InputItem::user("x")] => item();
    items_by_reference: &vec![InputItem::user("x")] => item();
    a_slice_of_items: &[InputItem::user("x")][..] => item();
    items_of_an_iterator: ["x"].into_iter().map(InputItem::user) => item();
    an_object: [types::EasyInputMessage::new("user", "x")] => item();
    items_as_json: json!([{"type": "message", "role": "user", "content": "x"}]) => item();
    an_item_as_json: [json!({"type": "message", "role": "user", "content": "x"})] => item();
    a_tuple: (InputItem::user("x"), json!({"role": "user", "content": "y"})) =>
        json!([{"type": "message", "role": "user", "content": "x"}, {"role": "user", "content": "y"}]);
    an_image: [InputItem::user([InputContent::input_text("x"), InputContent::image_from_url("https://x").detail("low")])] =>
        json!([{"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "x"},
            {"type": "input_image", "detail": "low", "image_url": "https://x"},
        ]}]);
}

macro_rules! tools {
    ($($name:ident: $tools:expr => $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            c.responses().create("m", "x").tools($tools).send().await?;
            assert_eq!(sent(&mock)["tools"], $expected);
            Ok(())
        }
    )*};
}

tools! {
    web_search: [Tool::web_search()] => json!([{"type": "web_search"}]);
    one_tool: Tool::web_search() => json!([{"type": "web_search"}]);
    a_borrowed_tool: &Tool::web_search() => json!([{"type": "web_search"}]);
    web_search_nearby: [Tool::web_search().user_location(json!({"type": "approximate", "city": "Oslo"})).search_context_size("low")] =>
        json!([{"type": "web_search", "user_location": {"type": "approximate", "city": "Oslo"}, "search_context_size": "low"}]);
    file_search: [Tool::file_search(["vs_1"]).max_num_results(3)] =>
        json!([{"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3}]);
    file_search_of_one: [Tool::file_search("vs_1")] => json!([{"type": "file_search", "vector_store_ids": ["vs_1"]}]);
    several: [Tool::web_search(), Tool::file_search(&vec!["vs_1".to_owned()]), Tool::code_interpreter(), Tool::image_generation()] =>
        json!([
            {"type": "web_search"}, {"type": "file_search", "vector_store_ids": ["vs_1"]},
            {"type": "code_interpreter", "container": {"type": "auto"}}, {"type": "image_generation"},
        ]);
    code_in_a_container: [Tool::code_interpreter().container("cntr_1")] =>
        json!([{"type": "code_interpreter", "container": "cntr_1"}]);
    an_image_of_a_size: [Tool::image_generation().size("1024x1024").quality("low").output_format("png")] =>
        json!([{"type": "image_generation", "quality": "low", "size": "1024x1024", "output_format": "png"}]);
    mcp: [Tool::mcp("deepwiki", "https://mcp.deepwiki.com/mcp").require_approval("never")] =>
        json!([{"type": "mcp", "server_label": "deepwiki", "server_url": "https://mcp.deepwiki.com/mcp", "require_approval": "never"}]);
    computer: [Tool::computer()] => json!([{"type": "computer"}]);
    shell_and_patch: [Tool::shell(), Tool::apply_patch()] => json!([{"type": "shell"}, {"type": "apply_patch"}]);
    a_function: [Tool::function("f", json!({"type": "object"}), true).description("d")] =>
        json!([{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}]);
    a_variant: [Tool::Function(types::FunctionTool::new("f", json!({"type": "object"}), true))] =>
        json!([{"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": true}]);
    objects_of_different_types: (types::WebSearchTool::new(), types::FileSearchTool::new("vs_1"), json!({"type": "shell"})) =>
        json!([{"type": "web_search"}, {"type": "file_search", "vector_store_ids": ["vs_1"]}, {"type": "shell"}]);
    tools_as_json: json!([{"type": "web_search"}]) => json!([{"type": "web_search"}]);
}

#[tokio::test]
async fn settings() -> TestResult {
    let (mock, c) = start().await?;
    let previous: Option<String> = None;
    let call = c.responses().create("m", "x").reasoning_effort(Some("low")).reasoning_summary("auto").verbosity("low");
    let call = call.previous_response_id(previous.as_deref()).include(["message.output_text.logprobs"]);
    call.tool_choice("f").tools(Tool::function("f", json!({"type": "object"}), true)).send().await?;
    let body = sent(&mock);
    assert_eq!(body["reasoning"], json!({"effort": "low", "summary": "auto"}));
    assert_eq!(body["text"], json!({"verbosity": "low"}));
    assert_eq!(body["tool_choice"], json!({"type": "function", "name": "f"}));
    Ok(())
}

#[tokio::test]
async fn choices_of_a_tool() -> TestResult {
    let (mock, c) = start().await?;
    let tools = || (Tool::web_search(), Tool::function("f", json!({"type": "object"}), true));
    for kind in [
        "web_search",
        "web_search_2025_08_26",
        "web_search_preview",
        "file_search",
        "code_interpreter",
        "image_generation",
        "computer",
        "computer_use_preview",
        "shell",
        "apply_patch",
    ] {
        c.responses().create("m", "x").tools(tools()).tool_choice(kind).send().await?;
        assert_eq!(sent(&mock)["tool_choice"], json!({"type": kind}));
        c.responses().create("m", "x").tools(tools()).tool_choice(Some(kind.to_owned())).send().await?;
        assert_eq!(sent(&mock)["tool_choice"], json!({"type": kind}));
        c.responses().create("m", "x").tools(tools()).tool_choice(ToolChoice::hosted(kind)).send().await?;
        assert_eq!(sent(&mock)["tool_choice"], json!({"type": kind}));
        c.responses().create("m", "x").tools(tools()).tool_choice(ToolChoice::function(kind)).send().await?;
        assert_eq!(sent(&mock)["tool_choice"], json!({"type": "function", "name": kind}));
    }
    for mode in ["auto", "none", "required"] {
        c.responses().create("m", "x").tools(tools()).tool_choice(mode).send().await?;
        assert_eq!(sent(&mock)["tool_choice"], mode);
    }
    for name in ["f", "web", "Web_search", "functions.web_search", ""] {
        assert_eq!(json!(types::ResponseToolChoice::from(name)), json!({"type": "function", "name": name}));
    }
    // Any tool of any server; one with its label is `ResponseToolChoice::mcp(label)`.
    assert_eq!(json!(types::ResponseToolChoice::from("mcp")), json!({"type": "mcp"}));
    Ok(())
}

#[tokio::test]
async fn calls_and_their_answers() -> TestResult {
    let response: types::Response = serde_json::from_value(json!({"id": "resp_1", "output": [
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2", "name": "g", "input": "x"},
    ]}))?;
    let call = response.function_calls()[0];
    let answer = json!({"type": "function_call_output", "call_id": "call_1", "output": "5"});
    assert_eq!(json!(InputItem::function_call_output(call, "5")), answer);
    assert_eq!(json!(InputItem::function_call_output(call.clone(), "5")), answer);
    assert_eq!(json!(InputItem::function_call_output(ToolCallId::new("call_1"), "5")), answer);
    for item in &response.output {
        if let types::ResponseOutputItem::CustomToolCall(call) = item {
            assert_eq!(json!(InputItem::custom_tool_call_output(call, "5"))["call_id"], "call_2");
        }
    }
    let mut conversation = Conversation::new();
    conversation.push(&response).tool_result(response.function_calls()[0], "5");
    assert_eq!(json!(conversation.new_input()?), json!([answer]));
    Ok(())
}

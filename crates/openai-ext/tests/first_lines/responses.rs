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

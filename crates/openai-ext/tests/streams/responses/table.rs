//! Every event of a streamed response that has a rule, and an item that it is about.

use serde_json::{Value, json};

/// The type of an event without `response.`, its members, and the output that it makes of the item below.
pub fn table() -> Vec<(&'static str, Value, Value)> {
    let text = |text: &str| json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    let status = |status: &str| json!({"status": status});
    vec![
        ("output_text.delta", json!({"content_index": 0, "delta": "!"}), json!({"content": [text("Hi!")]})),
        ("output_text.done", json!({"content_index": 0, "text": "Ho"}), json!({"content": [text("Ho")]})),
        (
            "output_text.annotation.added",
            json!({"content_index": 0, "annotation_index": 0, "annotation": {"type": "file_path", "file_id": "f", "index": 1}}),
            json!({"content": [{
                "type": "output_text", "text": "Hi", "logprobs": [],
                "annotations": [{"type": "file_path", "file_id": "f", "index": 1}],
            }]}),
        ),
        ("compaction.compacting", json!({}), json!({})),
        (
            "refusal.delta",
            json!({"content_index": 1, "delta": "No"}),
            json!({"content": [text("Hi"), {"type": "refusal", "refusal": "No"}]}),
        ),
        (
            "refusal.done",
            json!({"content_index": 1, "refusal": "No."}),
            json!({"content": [text("Hi"), {"type": "refusal", "refusal": "No."}]}),
        ),
        (
            "content_part.added",
            json!({"content_index": 1, "part": text("")}),
            json!({"content": [text("Hi"), text("")]}),
        ),
        ("content_part.done", json!({"content_index": 0, "part": text("Ha")}), json!({"content": [text("Ha")]})),
        (
            "reasoning_text.delta",
            json!({"content_index": 0, "delta": "r"}),
            json!({"content": [{"type": "reasoning_text", "text": "r"}]}),
        ),
        (
            "reasoning_text.done",
            json!({"content_index": 0, "text": "rr"}),
            json!({"content": [{"type": "reasoning_text", "text": "rr"}]}),
        ),
        (
            "reasoning_summary_text.delta",
            json!({"summary_index": 0, "delta": "!"}),
            json!({"summary": [{"type": "summary_text", "text": "S!"}]}),
        ),
        (
            "reasoning_summary_text.done",
            json!({"summary_index": 0, "text": "T"}),
            json!({"summary": [{"type": "summary_text", "text": "T"}]}),
        ),
        (
            "reasoning_summary_part.added",
            json!({"summary_index": 1, "part": {"type": "summary_text", "text": ""}}),
            json!({"summary": [{"type": "summary_text", "text": "S"}, {"type": "summary_text", "text": ""}]}),
        ),
        (
            "reasoning_summary_part.done",
            json!({"summary_index": 0, "part": {"type": "summary_text", "text": "U"}}),
            json!({"summary": [{"type": "summary_text", "text": "U"}]}),
        ),
        ("function_call_arguments.delta", json!({"delta": "}"}), json!({"arguments": "{}"})),
        ("function_call_arguments.done", json!({"name": "f", "arguments": "[]"}), json!({"arguments": "[]"})),
        ("custom_tool_call_input.delta", json!({"delta": "b"}), json!({"input": "ab"})),
        ("custom_tool_call_input.done", json!({"input": "c"}), json!({"input": "c"})),
        ("mcp_call_arguments.delta", json!({"delta": "}"}), json!({"arguments": "{}"})),
        ("mcp_call_arguments.done", json!({"arguments": "[]"}), json!({"arguments": "[]"})),
        ("mcp_call.in_progress", json!({}), status("in_progress")),
        ("mcp_call.completed", json!({}), status("completed")),
        ("mcp_call.failed", json!({}), status("failed")),
        ("code_interpreter_call_code.delta", json!({"delta": "2"}), json!({"code": "12"})),
        ("code_interpreter_call_code.done", json!({"code": "3"}), json!({"code": "3"})),
        ("code_interpreter_call.in_progress", json!({}), status("in_progress")),
        ("code_interpreter_call.interpreting", json!({}), status("interpreting")),
        ("code_interpreter_call.completed", json!({}), status("completed")),
        ("file_search_call.in_progress", json!({}), status("in_progress")),
        ("file_search_call.searching", json!({}), status("searching")),
        ("file_search_call.completed", json!({}), status("completed")),
        ("web_search_call.in_progress", json!({}), status("in_progress")),
        ("web_search_call.searching", json!({}), status("searching")),
        ("web_search_call.completed", json!({}), status("completed")),
        ("image_generation_call.in_progress", json!({}), status("in_progress")),
        ("image_generation_call.generating", json!({}), status("generating")),
        ("image_generation_call.completed", json!({}), status("completed")),
        (
            "image_generation_call.partial_image",
            json!({"partial_image_index": 0, "partial_image_b64": "AA=="}),
            json!({}),
        ),
        ("mcp_list_tools.in_progress", json!({}), json!({})),
        ("mcp_list_tools.completed", json!({}), json!({})),
        ("mcp_list_tools.failed", json!({}), json!({})),
        (
            "shell_call_command.added",
            json!({"command_index": 1, "command": "b"}),
            json!({"action": {"commands": ["ls", "b"]}}),
        ),
        (
            "shell_call_command.delta",
            json!({"command_index": 0, "delta": " /"}),
            json!({"action": {"commands": ["ls /"]}}),
        ),
        (
            "shell_call_command.done",
            json!({"command_index": 0, "command": "w"}),
            json!({"action": {"commands": ["w"]}}),
        ),
        (
            "shell_call_output_content.delta",
            json!({"command_index": 0, "delta": {"stdout": "b", "stderr": "e"}}),
            json!({"output": [{"stdout": "ab", "stderr": "e", "outcome": {"type": "timeout"}}]}),
        ),
        (
            "shell_call_output_content.done",
            json!({"command_index": 0, "output": [{"stdout": "c", "stderr": "", "outcome": {"type": "timeout"}}]}),
            json!({"output": [{"stdout": "c", "stderr": "", "outcome": {"type": "timeout"}}]}),
        ),
        (
            "apply_patch_call_operation_diff.delta",
            json!({"delta": "b"}),
            json!({"operation": {"type": "create_file", "path": "p", "diff": "ab"}}),
        ),
        (
            "apply_patch_call_operation_diff.done",
            json!({"diff": "c"}),
            json!({"operation": {"type": "create_file", "path": "p", "diff": "c"}}),
        ),
        ("audio.delta", json!({"delta": "AA=="}), json!({})),
        ("audio.done", json!({}), json!({})),
        ("audio.transcript.delta", json!({"delta": "a"}), json!({})),
        ("audio.transcript.done", json!({}), json!({})),
        ("something_new.delta", json!({"delta": "a"}), json!({})),
    ]
}

/// The item that an event of the table is about.
pub fn item(event: &str) -> Value {
    let part = json!({"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []});
    let mut item = match event.split(['.', '_']).next().unwrap_or_default() {
        "output" | "refusal" | "content" => json!({"type": "message", "role": "assistant", "content": [part]}),
        "reasoning" => json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "S"}]}),
        "function" => json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{"}),
        "custom" => json!({"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "a"}),
        "mcp" if event.starts_with("mcp_list") => json!({"type": "mcp_list_tools", "server_label": "s", "tools": []}),
        "mcp" => json!({"type": "mcp_call", "server_label": "s", "name": "f", "arguments": "{"}),
        "code" => json!({"type": "code_interpreter_call", "container_id": "c", "code": "1", "outputs": null}),
        "file" => json!({"type": "file_search_call", "queries": []}),
        "web" => json!({"type": "web_search_call", "action": {"type": "search", "query": "q"}}),
        "image" => json!({"type": "image_generation_call", "result": null}),
        "shell" if event.starts_with("shell_call_output") => {
            let output = json!([{"stdout": "a", "stderr": "", "outcome": {"type": "timeout"}}]);
            json!({"type": "shell_call_output", "call_id": "c", "output": output})
        }
        "shell" => json!({"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}}),
        "apply" => {
            json!({"type": "apply_patch_call", "call_id": "c", "operation": {"type": "create_file", "path": "p", "diff": "a"}})
        }
        _ => json!({"type": "an_item_of_tomorrow"}),
    };
    item["id"] = json!("item_1");
    item["status"] = json!("queued");
    item
}

//! What each event does to the snapshots, and what it means.

use openai_ext::types::ThreadMessageContentItem;
use serde_json::{Value, json};

use super::{calls_delta, done, message_delta, play, step_created, text_delta};

#[test]
fn two_texts_in_their_order() {
    let whole = json!({"status": "completed", "content": [
        {"type": "text", "text": {"value": "Hello", "annotations": []}},
        {"type": "text", "text": {"value": "you", "annotations": []}},
    ]});
    let (accumulator, words) = play(&[
        ("thread.created", json!({"id": "thread_1"})),
        ("thread.run.created", json!({"status": "queued"})),
        ("thread.run.in_progress", json!({"status": "in_progress"})),
        (
            "thread.run.step.created",
            json!({"step_details": {"type": "message_creation", "message_creation": {"message_id": "msg_1"}}}),
        ),
        ("thread.message.created", json!({"content": []})),
        ("thread.message.in_progress", json!({"status": "in_progress", "content": []})),
        text_delta(0, "Hel"),
        text_delta(0, "lo"),
        text_delta(1, "you"),
        ("thread.message.completed", whole),
        ("thread.run.step.completed", json!({"status": "completed"})),
        ("thread.run.completed", json!({"status": "completed"})),
        done(),
        done(),
    ]);
    assert_eq!(
        words,
        [
            "thread thread_1",
            "run.created queued",
            "run in_progress",
            "step.created step_1",
            "message.created msg_1",
            "message in_progress",
            "message.delta 0",
            "text.created 0.0",
            "text.delta 0.0 Hel",
            "message.delta 0",
            "text.delta 0.0 lo",
            "message.delta 0",
            "text.done 0.0 Hello",
            "text.created 0.1",
            "text.delta 0.1 you",
            "text.done 0.1 you",
            "message.done completed",
            "step.done completed",
            "run.done completed",
            "end",
        ]
    );
    assert_eq!(accumulator.text(), "Helloyou");
    assert_eq!(accumulator.thread().map(|thread| thread.id.as_str()), Some("thread_1"));
    assert!(accumulator.current_message().is_none() && accumulator.current_run_step().is_none());
}

#[test]
fn images_refusals_and_what_came_without_deltas() {
    let image = json!({"index": 0, "type": "image_file", "image_file": {"file_id": "file_1", "detail": "low"}});
    let url = json!({"index": 2, "type": "image_url", "image_url": {"url": "https://a.test/b.png"}});
    let (accumulator, words) = play(&[
        message_delta(json!([image])),
        message_delta(json!([image])),
        message_delta(
            json!([{"index": 1, "type": "refusal", "refusal": "I "}, {"index": 1, "type": "refusal", "refusal": "won't"}]),
        ),
        message_delta(json!([url])),
        message_delta(json!([{"index": 3, "type": "sound", "sound": {"data": "ab"}}])),
        message_delta(json!([{"index": 3, "type": "sound", "sound": {"data": "cd"}}])),
        done(),
    ]);
    assert_eq!(
        words.iter().filter(|word| !word.starts_with("message")).collect::<Vec<_>>(),
        [
            "image_file 0.0 file_1",
            "refusal.delta 0.1 I ",
            "refusal.delta 0.1 won't",
            "refusal.done 0.1 I won't",
            "image_url 0.2 https://a.test/b.png",
            "end"
        ]
    );
    assert_eq!(
        json!(accumulator.messages()[0]),
        json!({"id": "msg_1", "content": [
            {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "low"}},
            {"type": "refusal", "refusal": "I won't"},
            {"type": "image_url", "image_url": {"url": "https://a.test/b.png"}},
            {"type": "sound", "sound": {"data": "abcd"}},
        ]}),
    );

    let content = json!([
        {"type": "text", "text": {"value": "All at once", "annotations": []}},
        {"type": "image_file", "image_file": {"file_id": "file_2"}},
        {"type": "refusal", "refusal": "No."},
    ]);
    let (_, words) = play(&[
        ("thread.message.created", json!({"content": []})),
        ("thread.message.incomplete", json!({"status": "incomplete", "content": content})),
    ]);
    assert_eq!(
        words,
        [
            "message.created msg_1",
            "text.created 0.0",
            "text.delta 0.0 All at once",
            "text.done 0.0 All at once",
            "image_file 0.1 file_2",
            "refusal.delta 0.2 No.",
            "refusal.done 0.2 No.",
            "message.done incomplete",
        ]
    );
}

#[test]
fn annotations_by_their_index() {
    let note = |index: i64, value: Value| {
        let mut value = value;
        value["index"] = json!(index);
        message_delta(json!([{"index": 0, "type": "text", "text": {"annotations": [value]}}]))
    };
    let bare = json!({"type": "file_path", "text": "c", "file_path": {"file_id": "file_3"}});
    let (accumulator, words) = play(&[
        text_delta(0, "See a"),
        note(0, json!({"type": "file_citation", "text": "a", "start_index": 4, "end_index": 5})),
        note(0, json!({"type": "file_citation", "file_citation": {"file_id": "file_1"}, "quote": "q"})),
        note(1, json!({"type": "file_path", "text": "b", "file_path": {"file_id": "file_2"}})),
        message_delta(json!([{"index": 0, "type": "text", "text": {"value": "!", "annotations": [bare, bare]}}])),
    ]);
    let ThreadMessageContentItem::Text(part) = &accumulator.messages()[0].content[0] else { panic!("no text") };
    assert_eq!(
        json!(part.text),
        json!({"value": "See a!", "annotations": [
            {"type": "file_citation", "text": "a", "start_index": 4, "end_index": 5,
                "file_citation": {"file_id": "file_1"}, "quote": "q"},
            {"type": "file_path", "text": "b", "file_path": {"file_id": "file_2"}},
            bare,
            bare,
        ]})
    );
    assert_eq!(words.iter().filter(|word| word.starts_with("annotations")).count(), 4);
}

#[test]
fn a_code_interpreter_with_logs_and_images() {
    let code = |code: Value| calls_delta(json!([{"index": 0, "type": "code_interpreter", "code_interpreter": code}]));
    let (_, words) = play(&[
        step_created(),
        calls_delta(json!([{"index": 0, "id": "call_1", "type": "code_interpreter",
            "code_interpreter": {"input": "", "outputs": []}}])),
        code(json!({"input": "print"})),
        code(json!({"input": "(1)"})),
        code(json!({"outputs": [{"index": 0, "type": "logs", "logs": "1"}]})),
        code(json!({"outputs": [{"index": 0, "type": "logs", "logs": "\n"},
            {"index": 1, "type": "image", "image": {"file_id": "file_1"}}]})),
        code(
            json!({"outputs": [{"index": 2, "type": "plot", "points": [1]}, {"index": 2, "type": "plot", "points": [2]}]}),
        ),
        (
            "thread.run.step.cancelled",
            json!({"status": "cancelled", "step_details": {"type": "tool_calls", "tool_calls": []}}),
        ),
    ]);
    assert_eq!(words[..3], ["step.created step_1", "step.delta 0", "call.created 0.0 "]);
    assert_eq!(words[3..5], ["step.delta 0", "call.delta 0.0 print"]);
    assert_eq!(words.last().map(String::as_str), Some("step.done cancelled"));

    let (accumulator, _) = play(&[
        step_created(),
        code(json!({"input": "print"})),
        code(json!({"input": "(1)", "outputs": [{"index": 0, "type": "logs", "logs": "1"}]})),
        code(json!({"outputs": [{"index": 0, "type": "logs", "logs": "\n"},
            {"index": 1, "type": "image", "image": {"file_id": "file_1"}}]})),
        code(
            json!({"outputs": [{"index": 2, "type": "plot", "points": [1]}, {"index": 2, "type": "plot", "points": [2]}]}),
        ),
    ]);
    assert_eq!(
        json!(accumulator.current_tool_call()),
        json!({"type": "code_interpreter", "code_interpreter": {"input": "print(1)", "outputs": [
            {"type": "logs", "logs": "1\n"},
            {"type": "image", "image": {"file_id": "file_1"}},
            {"type": "plot", "points": [1, 2]},
        ]}})
    );
}

#[test]
fn functions_in_parallel_and_a_required_action() {
    let call = |index: i64, function: Value| json!({"index": index, "type": "function", "function": function});
    let named = |index: i64, name: &str| {
        json!({"index": index, "id": format!("call_{index}"), "type": "function",
            "function": {"name": name, "arguments": "", "output": null}})
    };
    let (accumulator, words) = play(&[
        step_created(),
        calls_delta(json!([named(0, "sun")])),
        calls_delta(json!([call(0, json!({"arguments": "{}"}))])),
        calls_delta(json!([named(1, "rain")])),
        calls_delta(json!([call(1, json!({"arguments": "{\"a\""})), call(1, json!({"arguments": ":1}"}))])),
        ("thread.run.requires_action", json!({"status": "requires_action"})),
        done(),
        // The run goes on in another stream.
        (
            "thread.run.step.completed",
            json!({"status": "completed", "step_details": {"type": "tool_calls", "tool_calls": [
                {"id": "call_0", "type": "function", "function": {"name": "sun", "arguments": "{}", "output": "12"}},
                {"id": "call_1", "type": "function", "function": {"name": "rain", "arguments": "{\"a\":1}", "output": "13"}},
            ]}}),
        ),
        ("thread.run.completed", json!({"status": "completed"})),
        done(),
    ]);
    assert_eq!(
        words,
        [
            "step.created step_1",
            "step.delta 0",
            "call.created 0.0 sun",
            "step.delta 0",
            "call.delta 0.0 {}",
            "step.delta 0",
            "call.done 0.0 sun {}",
            "call.created 0.1 rain",
            "step.delta 0",
            "call.delta 0.1 {\"a\"",
            "call.delta 0.1 :1}",
            "call.done 0.1 rain {\"a\":1}",
            "requires_action requires_action",
            "end",
            "step.done completed",
            "run.done completed",
            "end",
        ]
    );
    let details = json!(accumulator.run_steps()[0].step_details);
    assert_eq!(details["tool_calls"][1]["function"]["output"], "13");
    assert_eq!(accumulator.run_steps().len(), 1);
}

#[test]
fn a_file_search_and_details_of_other_kinds() {
    let search =
        |value: Value| calls_delta(json!([{"index": 0, "id": "call_1", "type": "file_search", "file_search": value}]));
    let (accumulator, _) = play(&[
        search(json!({})),
        search(json!({"ranking_options": {"ranker": "auto", "score_threshold": 0.5}})),
        search(json!({"results": [{"file_id": "file_1", "score": 0.9}], "new": "a"})),
        search(json!({"new": "b"})),
        calls_delta(json!([{"index": 1, "type": "browser", "browser": {"url": "https://"}}])),
        calls_delta(json!([{"index": 1, "type": "browser", "browser": {"url": "a.test"}}])),
    ]);
    assert_eq!(
        json!(accumulator.run_steps()[0].step_details),
        json!({"type": "tool_calls", "tool_calls": [
            {"id": "call_1", "type": "file_search", "file_search": {
                "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
                "results": [{"file_id": "file_1", "score": 0.9}], "new": "ab"}},
            {"type": "browser", "browser": {"url": "https://a.test"}},
        ]})
    );

    let details = |details: Value| ("thread.run.step.delta", json!({"delta": {"step_details": details}}));
    let (accumulator, words) = play(&[
        details(json!({"type": "message_creation", "message_creation": {"message_id": "msg_1"}})),
        details(json!({"type": "message_creation", "message_creation": {"message_id": "msg_1", "x": 1}})),
    ]);
    assert_eq!(
        json!(accumulator.current_run_step()),
        json!({"id": "step_1", "step_details":
            {"type": "message_creation", "message_creation": {"message_id": "msg_1", "x": 1}}})
    );
    assert_eq!(words, ["step.delta 0", "step.delta 0"]);
}

#[test]
fn unknown_fields_of_deltas_are_kept() {
    let (accumulator, _) = play(&[
        (
            "thread.message.delta",
            json!({"delta": {"role": "assistant", "reasoning": "a", "status": "in_progress",
            "content": [{"index": 0, "type": "text", "note": "x", "text": {"value": "t", "mood": {"n": 1}}}]}}),
        ),
        (
            "thread.message.delta",
            json!({"delta": {"role": "assistant", "reasoning": "b", "status": "incomplete",
            "content": [{"index": 0, "type": "text", "note": "y", "text": {"value": "u", "mood": {"n": 2}}}]}}),
        ),
        ("thread.run.step.delta", json!({"delta": {"usage": {"total_tokens": 3}, "why": "z"}})),
    ]);
    let message = &accumulator.messages()[0];
    assert_eq!(message.status.as_str(), "incomplete");
    assert_eq!(
        json!(message),
        json!({"id": "msg_1", "role": "assistant", "reasoning": "ab", "status": "incomplete", "content": [
            {"type": "text", "note": "xy", "text": {"value": "tu", "mood": {"n": 3}}}]})
    );
    let step = &accumulator.run_steps()[0];
    assert_eq!(step.usage.as_ref().map(|usage| usage.total_tokens), Some(3));
    assert_eq!(step.extra.get("why"), Some(&json!("z")));
}

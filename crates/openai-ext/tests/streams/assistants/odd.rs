//! Events in any order, that contradict each other or go beyond bounds; states that were stored.

use openai_ext::ErrorKind;
use openai_ext::assistants::{AssistantAccumulator, AssistantEvent};
use serde_json::{Value, json};

use super::{calls_delta, done, event, message_delta, play, step_created, text_delta};

#[test]
fn an_item_whose_kind_changes_goes_by_the_general_rule() {
    let (accumulator, _) = play(&[
        text_delta(0, "a"),
        message_delta(json!([{"index": 0, "type": "image_file", "image_file": {"file_id": "file_1"}}])),
        calls_delta(json!([{"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}])),
        calls_delta(json!([{"index": 0, "type": "code_interpreter", "code_interpreter": {"input": "x"}}])),
    ]);
    let part = json!(accumulator.messages()[0].content[0]);
    assert_eq!((&part["type"], &part["image_file"]["file_id"]), (&json!("image_file"), &json!("file_1")));
    assert_eq!(part["text"]["value"], "a");
    let call = json!(accumulator.current_tool_call());
    assert_eq!((&call["type"], &call["code_interpreter"]["input"]), (&json!("code_interpreter"), &json!("x")));
    assert_eq!((&call["id"], &call["function"]["name"]), (&json!("c"), &json!("f")));

    // A step of a message that turns out to call tools.
    let message = json!({"type": "message_creation", "message_creation": {"message_id": "msg_1"}});
    let (accumulator, words) = play(&[
        ("thread.run.step.created", json!({"step_details": message})),
        calls_delta(json!([{"index": 0, "type": "function", "function": {"name": "f"}}])),
    ]);
    assert_eq!(json!(accumulator.run_steps()[0].step_details)["type"], "tool_calls");
    assert_eq!(words, ["step.created step_1", "step.delta 0"]);

    // A whole object may have less than the deltas said.
    let (accumulator, words) = play(&[
        text_delta(0, "a"),
        text_delta(1, "b"),
        ("thread.message.in_progress", json!({"content": []})),
        text_delta(1, "c"),
        ("thread.message.completed", json!({"content": []})),
    ]);
    assert!(accumulator.messages()[0].content.is_empty());
    assert_eq!(words.last().map(String::as_str), Some("message.done "));
}

/// Events cut together at random; the same at every run.
#[test]
fn no_order_of_events_makes_it_panic() {
    let mut state = 7_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let parts = ["text", "image_file", "image_url", "refusal", "sound"];
    let calls = ["function", "code_interpreter", "file_search", "browser"];
    let bodies = [
        json!({}),
        json!(null),
        json!({"value": "v", "input": "i", "annotations": [{"index": 1}, {"x": 1}],
        "outputs": [{"index": 3, "type": "logs", "logs": "l"}, {"index": 3, "type": "image"}]}),
    ];
    for _ in 0..200 {
        let mut accumulator = AssistantAccumulator::default();
        for _ in 0..60 {
            let index = [0, 1, -1, i64::MAX, 5][next(5) as usize];
            let item = |kinds: &[&str], kind: u64, body: &Value| {
                let kind = kinds[kind as usize % kinds.len()];
                json!({"index": index, "type": kind, kind: body})
            };
            let body = &bodies[next(3) as usize];
            let (part, call) = (item(&parts, next(5), body), item(&calls, next(4), body));
            let id = ["a", "b", ""][next(3) as usize];
            let (name, data) = match next(9) {
                0 => ("thread.message.created", json!({"content": [part]})),
                1 => ("thread.message.completed", json!({"content": []})),
                2 => ("thread.run.step.created", json!({"step_details": {"type": "tool_calls", "tool_calls": [call]}})),
                3 => ("thread.run.step.completed", json!({"step_details": {"type": "message_creation"}})),
                4 => ("thread.run.failed", json!({})),
                5 | 6 => message_delta(json!([part])),
                7 => calls_delta(json!([call])),
                _ => done(),
            };
            let mut data = data;
            if data.is_object() {
                data["id"] = json!(id);
            }
            if let Ok(event) = serde_json::from_value(json!({"event": name, "data": data})) {
                accumulator.push(&event).expect("no event is an error");
            }
        }
        let stored = serde_json::to_string(&accumulator).expect("it can be written");
        let read: AssistantAccumulator = serde_json::from_str(&stored).expect("it can be read");
        assert_eq!(json!(read), json!(accumulator));
    }
}

#[test]
fn failed_runs_unknown_events_and_errors() {
    let (accumulator, words) = play(&[
        text_delta(0, "Hel"),
        ("thread.run.dreaming", json!({"status": "dreaming"})),
        ("thread.run.failed", json!({"status": "failed", "last_error": {"code": "server_error", "message": "no"}})),
        done(),
    ]);
    assert_eq!(words[3..], ["unknown \"thread.run.dreaming\"", "text.done 0.0 Hel", "run.done failed", "end"]);
    assert!(accumulator.run().is_some_and(|run| run.last_error.is_some()));

    let mut accumulator = AssistantAccumulator::default();
    let error = event("error", &json!({"message": "Slow down", "code": "rate_limit_exceeded", "type": "requests"}));
    let error = accumulator.push(&error).expect_err("an error is an error");
    assert_eq!((error.kind(), error.message()), (ErrorKind::Stream, "Slow down"));
    assert_eq!((error.code(), error.param()), (Some("rate_limit_exceeded"), None));
    assert_eq!(accumulator.finish(), [AssistantEvent::End]);
    assert_eq!(accumulator.finish(), []);
}

#[test]
fn no_index_makes_a_list_longer_than_what_was_sent() {
    let (accumulator, words) = play(&[
        text_delta(i64::MAX, "a"),
        text_delta(-1, "b"),
        text_delta(i64::MAX, "c"),
        text_delta(0, "d"),
        calls_delta(json!([{"index": i64::MAX, "type": "function", "function": {"arguments": "x"}},
            {"index": i64::MIN, "type": "code_interpreter", "code_interpreter": {"outputs": [
                {"index": i64::MAX, "type": "logs", "logs": "l"}]}}])),
    ]);
    let texts = json!(accumulator.messages()[0].content);
    assert_eq!((&texts[0]["text"]["value"], &texts[1]["text"]["value"]), (&json!("ac"), &json!("bd")));
    assert_eq!(words.iter().filter(|word| word.starts_with("text.created")).count(), 2);
    // Coming back to a text ends the other one, and both are done again.
    assert_eq!(words.iter().filter(|word| word.starts_with("text.done")).count(), 3);

    let many: Vec<_> = (0..2000).map(|index| text_delta(index * 7, "x")).collect();
    let (accumulator, _) = play(&many);
    assert_eq!(accumulator.messages()[0].content.len(), 1024);

    // Whatever a file says where things are, there may be nothing.
    let broken = json!({"messages": [], "run_steps": [], "message": 7, "step": -1, "part": [9, 9], "call": [-3],
        "message_places": [{"places": [{"index": 0, "position": 99}]}], "step_places": [], "ended": false});
    let mut accumulator: AssistantAccumulator = serde_json::from_value(broken).expect("it can be read");
    for (name, data) in [text_delta(0, "a"), step_created(), done()] {
        accumulator.push(&event(name, &data)).expect("no event is an error");
    }
    assert_eq!(accumulator.text(), "a");
}

#[test]
fn an_accumulator_goes_on_from_a_file() {
    let script: Vec<_> = [
        text_delta(5, "a"),
        step_created(),
        calls_delta(json!([{"index": 3, "id": "c", "type": "function",
        "function": {"name": "f", "arguments": "{"}}])),
        text_delta(5, "b"),
        calls_delta(json!([{"index": 3,
        "type": "function", "function": {"arguments": "}"}}])),
        text_delta(6, "c"),
        done(),
    ]
    .into_iter()
    .map(|(name, mut data)| {
        if data.is_object() {
            data["id"] = json!("x");
        }
        event(name, &data)
    })
    .collect();
    let (mut whole, mut broken) = (AssistantAccumulator::default(), AssistantAccumulator::default());
    for event in &script {
        let stored = serde_json::to_string(&broken).expect("it can be written");
        broken = serde_json::from_str(&stored).expect("it can be read");
        let expected = whole.push(event).expect("no event is an error");
        assert_eq!(broken.clone().push(event).expect("no event is an error"), expected);
        broken.push(event).expect("no event is an error");
        assert_eq!(broken, whole);
    }
}

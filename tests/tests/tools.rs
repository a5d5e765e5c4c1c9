//! The tools that the replay judges by.

use acceptance::compare::difference;
use acceptance::replay::{multipart, repair, route, sse};
use serde_json::json;

#[test]
fn null_absent_and_empty_are_three_things() {
    let values = [json!({"a": null}), json!({}), json!({"a": []}), json!({"a": ""}), json!({"a": {}})];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(difference(a, b).is_none(), i == j, "{a} {b}");
        }
    }
}

#[test]
fn the_order_of_keys_and_the_form_of_a_number_do_not_count() {
    assert_eq!(difference(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})), None);
    assert_eq!(
        difference(&json!({"a": {"b": [1, 2]}}), &json!({"a": {"b": [1, 3]}})).as_deref(),
        Some(".a.b[1] was 2, is 3")
    );
}

#[test]
fn a_literal_segment_wins_over_a_parameter() {
    let id = |method: &str, path: &str, query: &str| route::find(method, path, query).map(|operation| operation.id);
    assert_eq!(id("POST", "/threads/runs", ""), Some("createThreadAndRun"));
    assert_eq!(id("POST", "/threads/thread_1", ""), Some("modifyThread"));
    assert_eq!(id("POST", "/v1/responses", ""), Some("createResponse"));
    assert_eq!(id("POST", "/responses", "?beta=true"), Some("beta_createResponse"));
    assert_eq!(id("PUT", "/responses", ""), None);
}

#[test]
fn streams_and_bodies_are_read_as_recorded() {
    let text = "event: a\ndata: {\"x\":1}\n\ndata: 1\ndata: 2\n\n: comment\n\n";
    assert_eq!(sse::events(text), [(Some("a".into()), "{\"x\":1}".into()), (None, "1\n2".into())]);
    let pieces = ["--B\r\n", "Content-Disposition: form-data; name=purpose\r\n", "\r\n", "batch", "\r\n", "--B--\r\n"]
        .map(|piece| json!(piece));
    assert_eq!(multipart::to_json("multipart/form-data; boundary=\"B\"", &pieces), Some(json!({"purpose": "batch"})));
    assert_eq!(repair::parse("{\"a\": [1, 2,], // note\n \"b\": \"//\",}"), Some(json!({"a": [1, 2], "b": "//"})));
}

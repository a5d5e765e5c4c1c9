//! Messages that come from elsewhere, checked.

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionMessage;
use serde_json::{Value, json};

fn message(value: &Value) -> Message {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn good_messages() {
    for value in [
        json!({"role": "user", "content": "Hello"}),
        json!({"role": "user", "content": ""}),
        json!({"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "ann", "own": 1}),
        json!({"role": "system", "content": "Be brief."}),
        json!({"role": "developer", "content": "Be brief."}),
        json!({"role": "assistant", "content": "Hello"}),
        json!({"role": "assistant", "content": null, "refusal": "No."}),
        json!({"role": "assistant", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ]}),
        json!({"role": "tool", "tool_call_id": "call_1", "content": "5"}),
        json!({"role": "function", "name": "f", "content": null}),
    ] {
        message(&value).validate().unwrap_or_else(|error| panic!("{value}: {error}"));
    }
    let reply: ChatCompletionMessage = serde_json::from_value(json!({"role": "assistant", "content": "4"})).unwrap();
    reply.validate().unwrap();
}

#[test]
fn bad_messages() {
    for (value, part) in [
        (json!({"role": "robot", "content": "Hello"}), "no API knows the role \"robot\""),
        (json!({"content": "Hello"}), "no API knows the role \"\""),
        (json!({"role": "user", "content": 5}), "content"),
        (json!({"role": "user", "content": [{"type": "text", "text": 5}]}), "content"),
        (json!({"role": "user"}), "`content`"),
        (json!({"role": "user", "content": []}), "`content`"),
        (json!({"role": "system", "content": null}), "`content`"),
        (json!({"role": "assistant"}), "`tool_calls`"),
        (json!({"role": "assistant", "tool_calls": []}), "`tool_calls`"),
        (json!({"role": "tool", "content": "5"}), "`tool_call_id`"),
        (json!({"role": "tool", "tool_call_id": "", "content": "5"}), "`tool_call_id`"),
        (json!({"role": "function", "content": "5"}), "`name`"),
    ] {
        let error = message(&value).validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{value}");
        assert!(error.to_string().contains(part), "{value}: {error}");
    }
}

/// Each role with content of each wrong kind, and its other members likewise.
#[test]
fn each_role_with_each_wrong_kind() {
    let roles = ["user", "system", "developer", "assistant", "tool"];
    let contents = [
        json!(5),
        json!(1.5),
        json!(true),
        json!({}),
        json!({"type": "text", "text": "x"}),
        json!([5]),
        json!([true]),
        json!([[]]),
        json!([{"type": "text", "text": 5}]),
        json!([{"type": "text", "text": ["x"]}]),
        json!([{"type": "text", "text": "x"}, 5]),
    ];
    let base = |role: &str| match role {
        "tool" => json!({"role": role, "tool_call_id": "call_1", "content": "x"}),
        _ => json!({"role": role, "content": "x"}),
    };
    let refused = |value: &Value, member: &str| match message(value).validate() {
        Ok(()) => panic!("{value} is valid"),
        Err(error) => assert!(error.to_string().contains(member), "{value}: {error}"),
    };
    for role in roles {
        assert!(message(&base(role)).validate().is_ok(), "{role}");
        for content in &contents {
            let mut value = base(role);
            value["content"] = content.clone();
            refused(&value, "content");
        }
        let members: &[&str] = match role {
            "tool" => &["tool_call_id"],
            "assistant" => &["name", "refusal", "tool_calls"],
            _ => &["name"],
        };
        for member in members {
            for wrong in [json!(true), json!({"a": 1}), json!([5])] {
                let mut value = base(role);
                value[*member] = wrong;
                refused(&value, member);
            }
        }
    }
    for call in [
        json!(5),
        json!({"id": "c"}),
        json!({"id": "c", "type": "function", "function": 5}),
        json!({"id": "c", "type": "function", "function": {"name": 5, "arguments": "{}"}}),
        json!({"id": true, "type": "function", "function": {"name": "f", "arguments": "{}"}}),
    ] {
        refused(&json!({"role": "assistant", "tool_calls": [call]}), "tool_calls[0]");
    }
}

#[test]
fn a_client_of_a_key() {
    let client = Client::new("sk-test").unwrap();
    assert!(format!("{client:?}").contains("***"));
    assert_eq!(openai_ext::VERSION, env!("CARGO_PKG_VERSION"));
}

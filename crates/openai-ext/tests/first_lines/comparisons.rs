//! Enums of replies compared with strings.

use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletion, ChatCompletionFinishReason, Response, ResponseStatus};
use serde_json::json;

#[test]
fn either_side_may_be_the_string() {
    let reason = ChatCompletionFinishReason::Stop;
    let owned = String::from("stop");
    assert!(reason == "stop" && "stop" == reason && reason != "length" && "length" != reason);
    assert!(reason == owned && owned == reason && reason == *"stop" && *"stop" == reason);
    assert!(reason == &owned && reason == std::borrow::Cow::from("stop"));
    assert!(reason == ChatCompletionFinishReason::from("stop"));
    assert!(ChatCompletionFinishReason::from("weird") == "weird");
    assert_eq!(reason, "stop");
}

#[test]
fn of_a_reply() -> Result<(), serde_json::Error> {
    let reply: ChatCompletion = serde_json::from_value(json!({
        "model": "gpt-5.5", "choices": [{"finish_reason": "tool_calls", "message": {"role": "assistant", "content": null}}]
    }))?;
    assert!(reply.choices[0].finish_reason == "tool_calls");
    assert!(reply.model != "gpt-4o");
    let text = match reply.choices[0].finish_reason.as_str() {
        "stop" => "done",
        "tool_calls" => "tools",
        _ => "other",
    };
    assert_eq!((text, reply.text()), ("tools", ""));
    Ok(())
}

#[test]
fn of_an_optional_field() -> Result<(), serde_json::Error> {
    let response: Response = serde_json::from_value(json!({"status": "completed", "output": []}))?;
    assert_eq!(response.status.as_deref(), Some("completed"));
    assert!(response.status.as_ref().is_some_and(|status| status == "completed"));
    assert!(response.status == Some(ResponseStatus::Completed));
    match response.status.as_deref() {
        Some("completed") => Ok(()),
        status => panic!("{status:?}"),
    }
}

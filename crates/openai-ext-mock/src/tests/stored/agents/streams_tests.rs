//! The events of sessions.

use serde_json::{Value, json};

use super::listener::{Listener, kinds, message};
use super::sessions_tests::{begun, session, tell};
use crate::Fault;
use crate::tests::harness::{TestResult, eventually};
use crate::tests::stored::api::Api;

const ANSWER: [&str; 10] = [
    "turn.created",
    "turn.in_progress",
    "turn.item.added",
    "turn.item.added",
    "turn.content_part.added",
    "turn.output_text.delta",
    "turn.output_text.done",
    "turn.content_part.done",
    "turn.item.done",
    "turn.completed",
];

#[tokio::test]
async fn a_stream_that_is_open_tells_of_what_comes() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    let (mut first, mut second) = (Listener::of(&api, &path).await?, Listener::of(&api, &path).await?);
    for word in ["one", "two"] {
        tell(&api, &path, &message(&format!("Say {word}"))).await?;
        let events = first.until("agent.session.idle").await?;
        assert_eq!(kinds(&events), [&["in_progress"][..], &ANSWER, &["idle"]].concat());
        assert_eq!(second.until("agent.session.idle").await?, events);
        let turn = &events[1]["turn"];
        assert_eq!((&turn["status"], &turn["subagent_id"]), (&json!("queued"), &Value::Null));
        assert!(events[2..11].iter().all(|event| event["turn_id"] == turn["id"]));
        assert_eq!((&events[3]["item"]["role"], &events[3]["output_index"]), (&json!("user"), &Value::Null));
        assert_eq!((&events[4]["item"]["content"], &events[4]["output_index"]), (&json!([]), &json!(0)));
    }
    api.delete(&path).await?;
    assert_eq!((first.next().await?, second.next().await?), (None, None));
    Ok(())
}

/// A fault counts the events that later requests send, too.
#[tokio::test]
async fn an_open_stream_breaks_after_its_events() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    for fault in [Fault::CutEvents(3), Fault::EndEvents(3), Fault::CutBody(1_000)] {
        api.server.on("listAgentSessionEvents").times(1).fault(fault)?;
        let mut broken = Listener::of(&api, &path).await?;
        let mut whole = Listener::of(&api, &path).await?;
        tell(&api, &path, &message("Say one")).await?;
        assert_eq!(whole.until("agent.session.idle").await?.len(), ANSWER.len() + 2);
        let mut count = 0;
        let end = loop {
            match broken.next().await {
                Ok(Some(_)) => count += 1,
                end => break end,
            }
        };
        assert_eq!(end.is_ok(), fault == Fault::EndEvents(3), "{fault:?}");
        assert!(
            count == 3 || fault == Fault::CutBody(1_000) && (1..ANSWER.len()).contains(&count),
            "{fault:?}: {count}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_that_comes_later_gets_the_work_done() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    for _ in 0..20 {
        // The server may or may not have seen that the first one has gone.
        drop(Listener::of(&api, &path).await?);
        tell(&api, &path, &message("Say one")).await?;
        let events = Listener::of(&api, &path).await?.until("agent.session.idle").await?;
        assert_eq!(kinds(&events), [&["in_progress"][..], &ANSWER, &["idle"]].concat());
        assert!(eventually(|| api.server.open_connections() == 0).await);
    }
    tell(&api, &path, &message("Say one")).await?;
    tell(&api, &path, &message("Say two")).await?;
    let mut listener = Listener::of(&api, &path).await?;
    let events = listener.until("agent.session.idle").await?;
    assert_eq!(kinds(&events), [&["in_progress"][..], &ANSWER, &ANSWER, &["idle"]].concat());
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event["event_id"].to_string()).collect();
    assert_eq!(ids.len(), events.len());
    Ok(())
}

#[tokio::test]
async fn a_new_session_is_streamed_until_it_is_idle() -> TestResult {
    let api = Api::start().await?;
    let function = json!({"type": "function", "name": "f", "description": "", "parameters": {"type": "object"}});
    let mut body = session(&json!({"model": "m", "tools": [function]}));
    body["stream"] = json!(true);
    let mut listener = Listener::of_new(&api, &body).await?;
    let events = listener.until("agent.session.idle").await?;
    assert_eq!((kinds(&events), listener.next().await?), (vec!["created", "idle"], None));
    body["input"] = json!("Say one");
    let mut listener = Listener::of_new(&api, &body).await?;
    let events = listener.until("agent.session.requires_action").await?;
    let expected = [
        "created",
        "in_progress",
        "turn.created",
        "turn.in_progress",
        "turn.item.added",
        "turn.item.added",
        "requires_action",
    ];
    assert_eq!(kinds(&events), expected);
    let [.., call, waiting] = &events[..] else { return Err("too few events".into()) };
    let action = &waiting["session"]["required_actions"][0];
    assert_eq!((&action["call_id"], &action["type"]), (&call["item"]["call_id"], &json!("function_call")));
    let path = format!("/agents/sessions/{}", waiting["session"]["id"].as_str().unwrap_or_default());
    let result = json!({"type": "agent.session.input.tool_result", "turn_id": action["turn_id"], "call_id": action["call_id"],
        "success": true, "output": [{"type": "input_text", "text": "it rains"}]});
    tell(&api, &path, &json!({"events": [result]})).await?;
    let events = listener.until("agent.session.idle").await?;
    let text =
        events.iter().find(|event| event["type"] == "agent.session.turn.output_text.done").map(|event| &event["text"]);
    assert_eq!(text, Some(&json!("The tools answered: it rains")));
    let begin = ["turn.item.done", "turn.item.added", "in_progress", "turn.in_progress", "turn.item.added"];
    assert_eq!((&kinds(&events)[..5], listener.next().await?), (&begin[..], None));
    Ok(())
}

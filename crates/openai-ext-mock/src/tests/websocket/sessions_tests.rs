//! Sessions as the server holds them by itself.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::client::{Client, MODEL, deltas, kinds, server_side_close, user};
use crate::Turn;
use crate::tests::harness::{TestResult, fast, strict};

const SAID: &str = "It rains in Oslo.";

#[tokio::test]
async fn a_text_turn_has_its_events_in_order() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::session(&server).await?;
    client
        .send(json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}))
        .await?;
    client.expect("session.updated").await?;
    client.send(user("Say it rains in Oslo")).await?;
    let added = client.expect("conversation.item.added").await?;
    assert_eq!((&added["previous_item_id"], &added["item"]["status"]), (&Value::Null, &json!("completed")));
    assert_eq!(client.expect("conversation.item.done").await?["item"], added["item"]);
    client.send(json!({"type": "response.create"})).await?;
    let events = client.until("response.done").await?;
    let expected = [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ];
    assert_eq!(kinds(&events), expected);
    assert_eq!(deltas(&events, "response.output_text.delta"), SAID);
    let response = &events[events.len() - 1]["response"];
    assert_eq!((&response["status"], &response["id"]), (&json!("completed"), &events[0]["response"]["id"]));
    assert_eq!(response["output"][0]["content"], json!([{"type": "output_text", "text": SAID}]));
    let usage = &response["usage"];
    assert_eq!((&usage["output_tokens"], &usage["output_token_details"]["text_tokens"]), (&json!(5), &json!(5)));
    client.send(json!({"type": "conversation.item.retrieve", "item_id": response["output"][0]["id"]})).await?;
    assert_eq!(client.expect("conversation.item.retrieved").await?["item"], response["output"][0]);
    let sent: Vec<Value> = server.realtime_events().iter().map(|event| event["type"].clone()).collect();
    let all = ["session.update", "conversation.item.create", "response.create", "conversation.item.retrieve"];
    assert_eq!(sent, all);
    Ok(())
}

#[tokio::test]
async fn an_audio_turn_has_sound_and_transcript() -> TestResult {
    let server = strict().start().await?;
    server.converse([Turn::text(SAID)]);
    let mut client = Client::session(&server).await?;
    for _ in 0..2 {
        client.send(json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode([0; 4_800])})).await?;
    }
    client.send(json!({"type": "input_audio_buffer.commit"})).await?;
    let committed = client.expect("input_audio_buffer.committed").await?;
    let added = client.expect("conversation.item.added").await?;
    assert_eq!(
        (&added["item"]["id"], &added["item"]["content"][0]["type"]),
        (&committed["item_id"], &json!("input_audio"))
    );
    client.expect("conversation.item.done").await?;
    client.send(json!({"type": "response.create"})).await?;
    let events = client.until("response.done").await?;
    assert_eq!(deltas(&events, "response.output_audio_transcript.delta"), SAID);
    let sound = events.iter().filter(|event| event["type"] == "response.output_audio.delta");
    let lengths: Vec<_> = sound.map(|event| Some(STANDARD.decode(event["delta"].as_str()?).ok()?.len())).collect();
    assert_eq!(lengths, [Some(960); 4]);
    let last: Vec<&str> = kinds(&events).into_iter().rev().take(6).collect();
    let expected = [
        "response.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.content_part.done",
        "response.output_audio_transcript.done",
        "response.output_audio.done",
    ];
    assert_eq!(last, expected);
    let response = &events[events.len() - 1]["response"];
    assert_eq!(response["output"][0]["content"], json!([{"type": "output_audio", "transcript": SAID}]));
    assert_eq!(response["usage"]["output_token_details"], json!({"text_tokens": 0, "audio_tokens": 5}));
    let id = &response["output"][0]["id"];
    let truncate = json!({"type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": 20});
    client.send(truncate).await?;
    assert_eq!(client.expect("conversation.item.truncated").await?["audio_end_ms"], 20);
    client.send(json!({"type": "conversation.item.retrieve", "item_id": id})).await?;
    let item = &client.expect("conversation.item.retrieved").await?["item"];
    assert_eq!(item["content"], json!([{"type": "output_audio"}]));
    Ok(())
}

#[tokio::test]
async fn a_required_tool_is_called_and_its_output_taken() -> TestResult {
    let server = strict().start().await?;
    let parameters = json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    let tools = json!([{"type": "function", "name": "get_weather", "parameters": parameters}]);
    let mut client = Client::session(&server).await?;
    client.send(json!({"type": "session.update", "session": {"type": "realtime", "tools": tools}})).await?;
    assert_eq!(client.expect("session.updated").await?["session"]["tools"], tools);
    client.send(json!({"type": "response.create", "response": {"tool_choice": "required"}})).await?;
    let events = client.until("response.done").await?;
    let arguments = deltas(&events, "response.function_call_arguments.delta");
    assert!(serde_json::from_str::<Value>(&arguments)?["city"].is_string(), "{arguments}");
    let done = events.iter().find(|event| event["type"] == "response.function_call_arguments.done").ok_or("no end")?;
    assert_eq!((&done["arguments"], &done["name"]), (&json!(arguments), &json!("get_weather")));
    let call = &events[events.len() - 1]["response"]["output"][0];
    assert_eq!((&call["type"], &call["call_id"]), (&json!("function_call"), &done["call_id"]));
    let output = json!({"type": "function_call_output", "call_id": call["call_id"], "output": "rain"});
    client.send(json!({"type": "conversation.item.create", "item": output})).await?;
    assert_eq!(client.expect("conversation.item.added").await?["previous_item_id"], call["id"]);
    client.expect("conversation.item.done").await?;
    // Without the demand the model speaks again.
    client.send(json!({"type": "response.create"})).await?;
    let events = client.until("response.done").await?;
    assert_eq!(events[events.len() - 1]["response"]["output"][0]["type"], "message");
    Ok(())
}

#[tokio::test]
async fn a_conversation_that_was_written_down_is_said() -> TestResult {
    let server = strict().start().await?;
    let failure =
        crate::Reply::error(http::StatusCode::INTERNAL_SERVER_ERROR, "server_error", Some("overloaded"), "No.");
    server.converse([
        Turn::calls([("a", "{\"x\":1}"), ("b", "{}")]),
        Turn::reply(failure),
        Turn::reply(crate::Reply::empty(http::StatusCode::OK).fault(crate::Fault::Disconnect)),
    ]);
    let mut client = Client::session(&server).await?;
    client.send(json!({"type": "response.create"})).await?;
    let response = client.until("response.done").await?.pop().ok_or("nothing")?["response"].clone();
    let names: Vec<&Value> = response["output"].as_array().into_iter().flatten().map(|item| &item["name"]).collect();
    assert_eq!(names, ["a", "b"]);
    client.send(json!({"type": "response.create"})).await?;
    let response = client.until("response.done").await?.pop().ok_or("nothing")?["response"].clone();
    assert_eq!(
        (&response["status"], &response["status_details"]["error"]["code"]),
        (&json!("failed"), &json!("overloaded"))
    );
    client.send(json!({"type": "response.create"})).await?;
    client.expect("response.created").await?;
    assert_eq!(client.closed().await?.0, 1006);
    Ok(())
}

#[tokio::test]
async fn an_invalid_event_is_an_error_and_the_session_goes_on() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::session(&server).await?;
    client.send_text("{not JSON").await?;
    assert_eq!(client.refused(None).await?.0, "invalid_json");
    let wrong = [
        (json!({"type": "session.dance"}), "invalid_value", "type"),
        (json!({}), "missing_required_parameter", "type"),
        (json!({"type": "conversation.item.create"}), "missing_required_parameter", "item"),
        (json!({"type": "conversation.item.delete", "item_id": 1}), "invalid_type", "item_id"),
        (json!({"type": "conversation.item.delete", "item_id": "item_x"}), "item_not_found", "item_id"),
        (json!({"type": "conversation.item.retrieve", "item_id": "item_x"}), "item_not_found", "item_id"),
        (json!({"type": "input_audio_buffer.append", "audio": "?"}), "invalid_value", "audio"),
        (json!({"type": "input_audio_buffer.commit"}), "input_audio_buffer_commit_empty", ""),
        (json!({"type": "response.cancel"}), "response_cancel_not_active", ""),
        (json!({"type": "output_audio_buffer.clear"}), "invalid_value", "type"),
        (json!({"type": "session.update", "session": {"type": "transcription"}}), "invalid_value", "session.type"),
    ];
    for (number, (mut event, code, param)) in wrong.into_iter().enumerate() {
        let id = format!("event_of_client_{number}");
        event["event_id"] = Value::from(id.as_str());
        client.send(event.clone()).await?;
        assert_eq!(client.refused(Some(&id)).await?, (code.to_owned(), param.to_owned()), "{event}");
    }
    client.send(json!({"type": "input_audio_buffer.clear"})).await?;
    client.expect("input_audio_buffer.cleared").await?;
    assert_eq!(server.realtime_events()[0], "{not JSON");
    Ok(())
}

#[tokio::test]
async fn a_lenient_server_survives_any_event() -> TestResult {
    let server = fast().start().await?;
    let mut client = Client::connect(&server, MODEL).await?;
    client.message().await?;
    let kinds = [
        "session.update",
        "conversation.item.create",
        "conversation.item.retrieve",
        "conversation.item.delete",
        "conversation.item.truncate",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "response.create",
        "response.cancel",
    ];
    for kind in kinds {
        for value in [json!(null), json!(7), json!("x"), json!([[]]), json!({"id": [], "content": 3, "type": {}})] {
            let fields = ["session", "item", "item_id", "audio", "response", "response_id", "content_index"];
            let mut event = json!({"type": kind});
            for field in fields {
                event[field] = value.clone();
            }
            client.send(event).await?;
        }
    }
    client.send(json!({"type": "input_audio_buffer.clear"})).await?;
    loop {
        let message: Value = serde_json::from_str(client.message().await?.to_text()?)?;
        if message["type"] == "input_audio_buffer.cleared" {
            return Ok(());
        }
    }
}

#[tokio::test]
async fn items_are_put_where_the_client_wants_them() -> TestResult {
    let server = strict().start().await?;
    let headers = [("openai-beta", "realtime=v1")];
    let (mut client, _) = Client::connect_with(&server, MODEL, &headers).await?;
    client.expect("session.created").await?;
    for (id, after, before) in [
        ("a", None, json!(null)),
        ("b", None, json!("a")),
        ("c", Some("a"), json!("a")),
        ("d", Some("root"), json!(null)),
    ] {
        let mut event = user("Hi.");
        event["item"]["id"] = json!(id);
        if let Some(after) = after {
            event["previous_item_id"] = json!(after);
        }
        client.send(event).await?;
        assert_eq!(client.expect("conversation.item.created").await?["previous_item_id"], before, "{id}");
        client.until("conversation.item.done").await?;
    }
    client.send(json!({"type": "conversation.item.delete", "item_id": "c"})).await?;
    assert_eq!(client.expect("conversation.item.deleted").await?["item_id"], "c");
    client.send(json!({"type": "conversation.item.delete", "item_id": "c"})).await?;
    assert_eq!(client.refused(None).await?.0, "item_not_found");
    Ok(())
}

#[tokio::test]
async fn a_response_is_cancelled() -> TestResult {
    // It would go on for some minutes.
    let server = strict().event_interval(Duration::from_millis(50)).start().await?;
    server.converse([Turn::text("word ".repeat(3_000))]);
    let mut client = Client::session(&server).await?;
    client.send(json!({"type": "response.create"})).await?;
    client.until("response.output_audio.delta").await?;
    client.send(json!({"type": "response.create"})).await?;
    assert_eq!(
        client.until("error").await?.pop().ok_or("nothing")?["error"]["code"],
        "conversation_already_has_active_response"
    );
    client.send(json!({"type": "response.cancel"})).await?;
    let events = client.until("response.done").await?;
    let response = &events[events.len() - 1]["response"];
    assert_eq!(
        (&response["status"], &response["status_details"]["reason"]),
        (&json!("cancelled"), &json!("client_cancelled"))
    );
    assert_eq!(response["output"][0]["status"], "incomplete");
    client.send(json!({"type": "response.create"})).await?;
    let events = client.until("response.done").await?;
    assert_eq!(events[events.len() - 1]["response"]["status"], "completed");
    Ok(())
}

#[tokio::test]
async fn a_response_outside_of_the_conversation_leaves_it_alone() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::session(&server).await?;
    let input = json!([user("Say hi")["item"]]);
    let response = json!({"conversation": "none", "input": input, "output_modalities": ["text"], "max_output_tokens": 1, "metadata": {"a": "b"}});
    client.send(json!({"type": "response.create", "response": response})).await?;
    let events = client.until("response.done").await?;
    assert!(!kinds(&events).iter().any(|kind| kind.starts_with("conversation.")));
    let response = &events[events.len() - 1]["response"];
    assert_eq!((&response["metadata"], response.get("conversation_id")), (&json!({"a": "b"}), None));
    assert_eq!(deltas(&events, "response.output_text.delta"), "Hi.");
    let id = &response["output"][0]["id"];
    client.send(json!({"type": "conversation.item.retrieve", "item_id": id})).await?;
    assert_eq!(client.refused(None).await?.0, "item_not_found");
    client.send(json!({"type": "response.create", "response": {"max_output_tokens": 2}})).await?;
    let response = client.until("response.done").await?.pop().ok_or("nothing")?["response"].clone();
    assert_eq!(
        (&response["status"], &response["status_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    Ok(())
}

#[tokio::test]
async fn a_session_is_updated_field_by_field() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::connect(&server, MODEL).await?;
    let created = client.expect("session.created").await?["session"].clone();
    assert_eq!(created["model"], "gpt-realtime");
    let update = json!({"type": "realtime", "model": "other", "instructions": "Be brief.", "audio": {
        "input": {"turn_detection": {"type": "semantic_vad"}},
        "output": {"voice": {"id": "voice_1"}, "speed": 1.25},
    }});
    client.send(json!({"type": "session.update", "session": update})).await?;
    let session = client.expect("session.updated").await?["session"].clone();
    assert_eq!((&session["instructions"], &session["model"]), (&json!("Be brief."), &json!("gpt-realtime")));
    assert_eq!(session["audio"]["input"]["turn_detection"], json!({"type": "semantic_vad"}));
    assert_eq!(session["audio"]["input"]["format"], created["audio"]["input"]["format"]);
    assert_eq!(session["audio"]["output"]["speed"], 1.25);
    assert_eq!(session["id"], created["id"]);
    Ok(())
}

#[tokio::test]
async fn committed_audio_is_transcribed() -> TestResult {
    let server = strict().start().await?;
    server
        .converse([Turn::text("Good morning, Oslo."), Turn::reply(crate::Reply::empty(http::StatusCode::BAD_REQUEST))]);
    let mut client = Client::connect(&server, "/realtime?intent=transcription").await?;
    let session = client.expect("session.created").await?["session"].clone();
    assert_eq!(session["type"], "transcription");
    let transcription = json!({"model": "whisper-1", "language": "en"});
    let update = json!({"type": "transcription", "audio": {"input": {"transcription": transcription}}});
    client.send(json!({"type": "session.update", "session": update})).await?;
    let session = client.expect("session.updated").await?["session"].clone();
    assert_eq!(session["audio"]["input"]["transcription"], transcription);
    for failed in [false, true] {
        client.send(json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode([1; 48_000])})).await?;
        client.send(json!({"type": "input_audio_buffer.commit"})).await?;
        let id = client.expect("input_audio_buffer.committed").await?["item_id"].clone();
        let events = client
            .until(&format!(
                "conversation.item.input_audio_transcription.{}",
                if failed { "failed" } else { "completed" }
            ))
            .await?;
        let last = &events[events.len() - 1];
        assert_eq!(last["item_id"], id);
        if !failed {
            let heard = deltas(&events, "conversation.item.input_audio_transcription.delta");
            assert_eq!((heard.as_str(), &last["transcript"]), ("Good morning, Oslo.", &json!("Good morning, Oslo.")));
            assert_eq!(last["usage"], json!({"type": "duration", "seconds": 1.0}));
        }
    }
    client.send(json!({"type": "response.create"})).await?;
    assert_eq!(client.refused(None).await?.0, "invalid_value");
    Ok(())
}

#[tokio::test]
async fn ids_depend_on_the_seed_alone() -> TestResult {
    let mut all = Vec::new();
    for seed in [7, 7, 8] {
        let server = strict().seed(seed).start().await?;
        let mut client = Client::connect(&server, MODEL).await?;
        client.send(user("Hi.")).await?;
        client.send(json!({"type": "response.create"})).await?;
        all.push(client.until("response.done").await?);
    }
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
    Ok(())
}

#[tokio::test]
async fn ten_megabytes_of_audio_are_taken_and_more_than_the_limit_is_not() -> TestResult {
    let server = strict().body_limit(11 << 20).start().await?;
    let mut client = Client::session(&server).await?;
    let audio = "A".repeat(10 << 20);
    client.send(json!({"type": "input_audio_buffer.append", "audio": audio})).await?;
    client.send(json!({"type": "input_audio_buffer.commit"})).await?;
    client.expect("input_audio_buffer.committed").await?;
    let heard = server.realtime_events()[0]["audio"].as_str().map(str::len);
    assert_eq!(heard, Some(10 << 20));
    client.until("conversation.item.done").await?;
    // The server may be gone before all of it is written.
    drop(client.send(json!({"type": "input_audio_buffer.append", "audio": "A".repeat(12 << 20)})).await);
    assert_eq!(client.closed().await?.0, 1009);
    assert_eq!(server_side_close(&server, 0).await?.0, 1009);
    Ok(())
}

//! What is said in a session.

use openai_ext::ErrorKind;
use openai_ext::realtime::RealtimeAccumulator;
use openai_ext::types::{
    RealtimeClientEvent, RealtimeConversationItem, RealtimeResponseCreateParams, RealtimeSessionCreateRequest,
};
use openai_ext_mock::Turn;

use super::*;

fn text_only() -> RealtimeSessionCreateRequest {
    RealtimeSessionCreateRequest::new().output_modalities(["text"]).instructions("Be brief.")
}

#[tokio::test]
async fn a_session_is_typed_from_its_first_event() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    let Some(Ok(RealtimeServerEvent::SessionCreated(created))) = soon(connection.next()).await? else {
        return Err("no session".into());
    };
    assert_eq!(serde_json::to_value(&created.session)?["model"], "gpt-realtime");
    connection.session_update(text_only()).await?;
    assert_eq!(event(&mut connection).await?["session"]["instructions"], "Be brief.");
    let request = server.realtime_connections()[0].request().clone();
    assert_eq!(request.query(), [("model".to_owned(), "gpt-realtime".to_owned())]);
    assert_eq!(request.header("authorization"), Some("Bearer sk-test-key-123"));
    assert_eq!(request.header("openai-beta"), None);
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("openai-ext/")));
    assert_eq!(connection.request_id().as_deref().map(str::is_empty), Some(false));
    Ok(())
}

#[tokio::test]
async fn a_turn_in_text() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    connection.session_update(text_only()).await?;
    connection.send_text("Say this is a test").await?;
    let mut kinds = Vec::new();
    let show = |event: &RealtimeServerEvent| kinds.push(serde_json::to_value(event).expect("JSON")["type"].clone());
    let reply = soon(connection.next_response_with(show)).await??;
    assert_eq!((reply.text().as_str(), reply.transcript().as_str()), ("This is a test.", ""));
    assert!(reply.audio().is_empty() && reply.function_calls().is_empty());
    assert_eq!(reply.response.status.as_ref().map(|status| status.as_str()), Some("completed"));
    assert_eq!((&kinds[0], &kinds[kinds.len() - 1]), (&json!("session.created"), &json!("response.done")));
    assert_eq!(got(&server, 0), ["session.update", "conversation.item.create", "response.create"]);
    Ok(())
}

#[tokio::test]
async fn a_turn_aloud() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    connection.append_audio([0_u8; 4800]).await?;
    connection.append_audio(vec![1_u8; 4801]).await?;
    connection.commit_audio().await?;
    connection.response_create().await?;
    let reply = soon(connection.next_response()).await??;
    let words = reply.transcript().split_whitespace().count();
    assert!(words > 0 && reply.text().is_empty());
    // The mock says 20 ms for each word.
    assert_eq!(reply.audio().len(), words * 960);
    assert_eq!(server.realtime_events()[0]["audio"].as_str().map(str::len), Some(6400));
    connection.append_audio([7]).await?;
    connection.clear_audio().await?;
    assert_eq!(event(&mut connection).await?["type"], "input_audio_buffer.cleared");
    Ok(())
}

#[tokio::test]
async fn a_function_is_called_and_answered() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::calls([("add", r#"{"a":1}"#), ("sub", "{}")]), Turn::text("It is 3.")]);
    let mut connection = connect(&client).await?;
    connection.session_update(text_only()).await?;
    connection.send_text("What is 1 + 2?").await?;
    let reply = soon(connection.next_response()).await??;
    let calls = reply.function_calls();
    let names: Vec<_> = calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(names, [("add", r#"{"a":1}"#), ("sub", "{}")]);
    for call in &calls {
        connection.function_call_output(*call, "3").await?;
    }
    connection.response_create().await?;
    assert_eq!(soon(connection.next_response()).await??.text(), "It is 3.");
    let outputs: Vec<_> =
        server.realtime_events().into_iter().filter(|event| event["item"]["type"] == "function_call_output").collect();
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[0]["item"]["call_id"], json!(calls[0].call_id));
    Ok(())
}

#[tokio::test]
async fn an_error_is_an_event_and_the_session_goes_on() -> TestResult {
    let (client, _server) = mock().await?;
    let mut connection = connect(&client).await?;
    event(&mut connection).await?;
    connection.send(RealtimeClientEvent::Unknown(json!({"type": "session.dance", "event_id": "e-1"}))).await?;
    let Some(Ok(RealtimeServerEvent::Error(error))) = soon(connection.next()).await? else {
        return Err("no error".into());
    };
    assert_eq!((error.error.code.as_deref(), error.error.event_id.as_deref()), (Some("invalid_value"), Some("e-1")));
    // Who waits for a response must not wait for ever when none will come.
    connection.commit_audio().await?;
    let error = soon(connection.next_response()).await?.expect_err("nothing was said");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Stream, Some("input_audio_buffer_commit_empty")));
    connection.send_text("Are you there?").await?;
    assert!(!soon(connection.next_response()).await??.transcript().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_response_is_cancelled_and_truncated() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    connection.send_text("Say something long").await?;
    let done = until(&mut connection, "response.done").await?;
    let item = done[done.len() - 1]["response"]["output"][0]["id"].as_str().ok_or("no item")?.to_owned();
    connection.item_truncate(&item, 0, 40).await?;
    assert_eq!(until(&mut connection, "conversation.item.truncated").await?.len(), 1);
    connection.item_delete(&item).await?;
    assert_eq!(event(&mut connection).await?["item_id"], json!(item));
    connection.response_cancel(Some("resp_other")).await?;
    assert_eq!(event(&mut connection).await?["error"]["code"], "response_cancel_not_active");
    assert_eq!(server.realtime_events().last().ok_or("none")?["response_id"], "resp_other");
    Ok(())
}

#[tokio::test]
async fn responses_beside_the_conversation_do_not_mix() -> TestResult {
    let (client, server) = mock().await?;
    let delta = |response: &str, text: &str| {
        RealtimeStep::send(json!({
            "type": "response.output_text.delta", "event_id": "e", "response_id": response, "item_id": "i",
            "output_index": 0, "content_index": 0, "delta": text,
        }))
    };
    let done = |response: &str| {
        let response = json!({"object": "realtime.response", "id": response, "status": "completed", "output": []});
        RealtimeStep::send(json!({"type": "response.done", "event_id": "e", "response": response}))
    };
    server.on_realtime([delta("a", "on"), delta("b", "tw"), delta("a", "e"), done("a"), delta("b", "o"), done("b")]);
    let mut connection = connect(&client).await?;
    for (id, text) in [("a", "one"), ("b", "two")] {
        let reply = soon(connection.next_response()).await??;
        assert_eq!((reply.response.id.as_deref(), reply.text().as_str()), (Some(id), text));
    }
    connection.response_create_with(RealtimeResponseCreateParams::new().conversation("none")).await?;
    eventually(|| got(&server, 0).len() == 1).await?;
    assert_eq!(server.realtime_events()[0]["response"]["conversation"], "none");
    Ok(())
}

#[tokio::test]
async fn audio_that_is_none_is_an_error_with_its_place() -> TestResult {
    let mut accumulator = RealtimeAccumulator::default();
    let event = json!({"type": "response.output_audio.delta", "response_id": "r", "item_id": "item_7", "delta": "?"});
    let error = accumulator.push(&serde_json::from_value(event)?).expect_err("not base64");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("item_7"), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_is_heard_is_written_down() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::text("Good morning.")]);
    let mut connection = client.realtime().connect_transcription().await?;
    connection.append_audio([0_u8; 480]).await?;
    connection.commit_audio().await?;
    let events = until(&mut connection, "conversation.item.input_audio_transcription.completed").await?;
    assert_eq!(events[0]["session"]["type"], "transcription");
    assert_eq!(events[events.len() - 1]["transcript"], "Good morning.");
    assert_eq!(server.realtime_connections()[0].request().query(), [("intent".to_owned(), "transcription".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_call_is_joined_by_its_id() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = client.realtime().connect_call("rtc_a b").await?;
    event(&mut connection).await?;
    let item = RealtimeConversationItem::function_call("f", "{}");
    connection.item_create(item).await?;
    until(&mut connection, "conversation.item.done").await?;
    assert_eq!(server.realtime_connections()[0].request().query(), [("call_id".to_owned(), "rtc_a b".to_owned())]);
    Ok(())
}

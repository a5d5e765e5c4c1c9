//! `parse_stream()`.

use openai_ext::chat::ChatStreamEvent;
use openai_ext_mock::{Event, Fault, Turn};

use super::*;

/// Has the mock answer every request with these chunks of a chat, and `[DONE]`.
fn answer_chunks(mock: &MockServer, deltas: &[&str], reason: &str) {
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        Event::data(&json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}))
    };
    let mut events: Vec<Event> = deltas.iter().map(|delta| chunk(json!({"content": delta}), json!(null))).collect();
    events.push(chunk(json!({}), json!(reason)));
    events.push(Event::done());
    let reply = Reply::events(events).header("x-request-id", "req_1");
    mock.on_request(move |_| Some(reply.clone()));
}

/// Has the mock answer every request with a stream that ends with this response.
fn answer_response(mock: &MockServer, last: &Value) {
    let status = last["status"].as_str().unwrap_or_default();
    let created = whole_response("in_progress", &[]);
    let events = [
        json!({"type": "response.created", "sequence_number": 0, "response": created}),
        json!({"type": format!("response.{status}"), "sequence_number": 1, "response": last}),
    ];
    let reply = Reply::events(events.iter().map(Event::typed)).header("x-request-id", "req_1");
    mock.on_request(move |_| Some(reply.clone()));
}

#[tokio::test]
async fn a_chat_as_it_comes() -> TestResult {
    let (client, mock) = mocked().await?;
    answer_chunks(&mock, &["{\"city\": \"Os", "lo\", \"deg", "rees\": -4.5,", " \"note\": null}"], "stop");
    let mut stream = chat(&client).parse_stream::<Weather>().await?;
    assert_eq!(stream.request_id(), Some("req_1"));
    assert_eq!(stream.partial(), None);
    let mut told = Vec::new();
    let mut done = None;
    while let Some(event) = stream.next().await {
        match event? {
            ChatStreamEvent::ContentDelta { .. } => told.extend(stream.partial().cloned()),
            ChatStreamEvent::ContentDone { parsed, .. } => done = parsed,
            _ => {}
        }
    }
    let whole = json!({"city": "Oslo", "degrees": -4.5, "note": null});
    let cold = json!({"city": "Oslo", "degrees": -4.5});
    assert_eq!(told, [json!({"city": "Os"}), json!({"city": "Oslo"}), cold, whole.clone()]);
    assert_eq!(done, Some(whole));
    let parsed = stream.final_completion().await?;
    assert_eq!((parsed.parsed(), parsed.request_id()), (Some(&oslo()), Some("req_1")));
    assert_eq!(parsed.text(), TEXT);
    assert_eq!(
        mock.requests()[0].json(),
        Some(json!({
            "model": "gpt-5.5",
            "messages": [{"role": "user", "content": "Weather in Oslo?"}],
            "stream": true,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Weather", "schema": schema(), "strict": true},
            },
        }))
    );
    Ok(())
}

#[tokio::test]
async fn a_response_as_it_comes() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::text(TEXT), Turn::text(TEXT), Turn::text(TEXT)]);
    let mut stream = response(&client).parse_stream::<Weather>().await?;
    assert_eq!(stream.partial(), None);
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        if event?.text_delta().is_some() {
            told.extend(stream.partial().cloned());
        }
    }
    assert_eq!(told.first(), Some(&json!({})), "{told:?}");
    assert_eq!(told.last(), Some(&json!({"city": "Oslo", "degrees": -4.5, "note": null})));
    let parsed = stream.final_response().await?;
    assert_eq!(parsed.parsed(), Some(&oslo()));
    assert!(parsed.request_id().is_some() && parsed.output_text() == TEXT);
    // The value alone, without a look at the events; and the text alone.
    assert_eq!(response(&client).parse_stream::<Weather>().await?.final_parsed().await?, oslo());
    let mut text = response(&client).parse_stream::<Weather>().await?.into_inner().text_stream();
    let mut texts = String::new();
    while let Some(delta) = text.next().await {
        texts.push_str(&delta?);
    }
    assert_eq!(texts, TEXT);
    for request in mock.requests() {
        let format = json!({"type": "json_schema", "name": "Weather", "schema": schema(), "strict": true});
        assert_eq!(
            request.json(),
            Some(json!({
                "model": "gpt-5.5", "input": "Weather in Oslo?", "stream": true, "text": {"format": format},
            }))
        );
    }
    Ok(())
}

#[tokio::test]
async fn refusals_of_streams_are_kept() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::refusal("No."), Turn::refusal("No."), Turn::refusal("No."), Turn::refusal("No.")]);
    let parsed = chat(&client).parse_stream::<Weather>().await?.final_completion().await?;
    assert_eq!((parsed.parsed(), parsed.refusal()), (None, Some("No.")));
    let error = chat(&client).parse_stream::<Weather>().await?.final_parsed().await.expect_err("no value");
    assert_eq!(error.kind(), ErrorKind::Refusal);
    let parsed = response(&client).parse_stream::<Weather>().await?.final_response().await?;
    assert_eq!((parsed.parsed(), parsed.refusal()), (None, Some("No.")));
    let error = response(&client).parse_stream::<Weather>().await?.final_parsed().await.expect_err("no value");
    assert_eq!(error.response().and_then(|response| response.refusal()), Some("No."));
    Ok(())
}

#[tokio::test]
async fn streams_that_were_cut_off_by_the_model() -> TestResult {
    let (client, mock) = mocked().await?;
    for (reason, wanted) in
        [("length", ErrorKind::LengthFinishReason), ("content_filter", ErrorKind::ContentFilterFinishReason)]
    {
        answer_chunks(&mock, &["{\"city\": ", "\"Os"], reason);
        let mut stream = chat(&client).parse_stream::<Weather>().await?;
        while let Some(event) = stream.next().await {
            event?;
        }
        assert_eq!(stream.partial(), Some(&json!({"city": "Os"})));
        let error = stream.final_completion().await.expect_err("it was cut off");
        assert_eq!((error.kind(), error.status()), (wanted, Some(StatusCode::OK)));
        assert_eq!((error.request_id(), error.attempts()), (Some("req_1"), 1));
        assert_eq!(error.completion().map(|completion| completion.text()), Some("{\"city\": \"Os"));
        let body: Value = serde_json::from_slice(error.body().expect("the completion"))?;
        assert_eq!(body["choices"][0]["finish_reason"], reason);

        let mut last = whole_response("incomplete", &[message(&["{\"city\": \"Os"])]);
        let details = if reason == "length" { "max_output_tokens" } else { reason };
        last["incomplete_details"] = json!({"reason": details});
        answer_response(&mock, &last);
        let stream = response(&client).parse_stream::<Weather>().await?;
        let error = stream.final_response().await.expect_err("it was cut off");
        assert_eq!((error.kind(), error.request_id()), (wanted, Some("req_1")));
        assert!(error.response().is_some_and(|response| response.output_text() == "{\"city\": \"Os"));
    }
    Ok(())
}

#[tokio::test]
async fn texts_of_streams_that_do_not_fit() -> TestResult {
    let (client, mock) = mocked().await?;
    for (text, said) in misfits() {
        answer_chunks(&mock, &[text], "stop");
        let stream = chat(&client).parse_stream::<Weather>().await?;
        let error = stream.final_completion().await.expect_err("it does not fit");
        assert!(error.kind() == ErrorKind::Decode && error.message().contains(said), "{error}");
        assert_eq!(error.body().map(|body| &body[..]), Some(text.as_bytes()));
        assert_eq!(error.request_id(), Some("req_1"));
        assert!(error.completion().is_some_and(|completion| completion.text() == text));

        answer_response(&mock, &whole_response("completed", &[message(&[text])]));
        let stream = response(&client).parse_stream::<Weather>().await?;
        let error = stream.final_parsed().await.expect_err("it does not fit");
        assert!(error.kind() == ErrorKind::Decode && error.message().contains(said), "{error}");
        assert!(error.response().is_some_and(|response| response.output_text() == text));
    }
    answer_response(&mock, &whole_response("failed", &[message(&["{"])]));
    let parsed = response(&client).parse_stream::<Weather>().await?.final_response().await?;
    assert_eq!(parsed.parsed(), None);
    Ok(())
}

#[tokio::test]
async fn streams_that_break_off() -> TestResult {
    let (client, mock) = mocked().await?;
    for fault in [Fault::CutEvents(3), Fault::EndEvents(3)] {
        mock.converse([Turn::reply(chunks_of(TEXT).fault(fault)), Turn::reply(chunks_of(TEXT).fault(fault))]);
        let mut stream = chat(&client).parse_stream::<Weather>().await?;
        let error = loop {
            match stream.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error,
                None => return Err("the stream must not end well".into()),
            }
        };
        assert!(matches!(error.kind(), ErrorKind::Truncated | ErrorKind::Connection), "{error}");
        // What there was stays, and does not pass for the whole.
        assert_eq!(stream.partial(), Some(&json!({"city": "Oslo"})));
        assert_eq!(kind(stream.final_completion().await), Some(ErrorKind::Truncated));
        let error = chat(&client).parse_stream::<Weather>().await?.final_parsed().await.expect_err("it broke off");
        assert!(matches!(error.kind(), ErrorKind::Truncated | ErrorKind::Connection), "{error}");
        assert!(error.completion().is_some_and(|completion| completion.text().contains("Oslo")), "as far as it came");
    }
    assert_eq!(mock.turns_left(), 0);
    Ok(())
}

/// A chat's stream of a text in three pieces.
fn chunks_of(text: &str) -> Reply {
    let pieces = [&text[..10], &text[10..17], &text[17..18], &text[18..]];
    let chunk = |piece: &&str| {
        Event::data(&json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": piece}}]}))
    };
    let last =
        json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let mut events: Vec<Event> = pieces.iter().map(chunk).collect();
    events.extend([Event::data(&last), Event::done()]);
    Reply::events(events)
}

#[cfg(feature = "blocking")]
#[test]
fn without_an_async_runtime() -> TestResult {
    let mock = MockServer::start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    mock.converse([Turn::text(TEXT), Turn::text(TEXT), Turn::text(TEXT), Turn::text(TEXT)]);
    let mut events = chat(&client).parse_stream::<Weather>().wait()?.blocking();
    let mut text = String::new();
    for event in &mut events {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
            text.push_str(&delta);
        }
    }
    assert_eq!(text, TEXT);
    assert!(events.partial().is_some());
    assert_eq!(events.into_inner().final_completion().wait()?.into_parsed()?, oslo());
    assert_eq!(chat(&client).parse_stream::<Weather>().wait()?.final_parsed().wait()?, oslo());
    assert_eq!(response(&client).parse_stream::<Weather>().wait()?.final_parsed().wait()?, oslo());
    assert_eq!(response(&client).parse_stream::<Weather>().wait()?.final_response().wait()?.parsed(), Some(&oslo()));
    Ok(())
}

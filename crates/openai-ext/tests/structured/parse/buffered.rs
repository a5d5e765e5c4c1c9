//! `parse()`.

use std::collections::HashMap;
use std::error::Error as _;

use openai_ext::types::{ResponseFormatJsonObject, ResponseTextConfig};
use openai_ext_mock::Turn;

use super::*;

#[tokio::test]
async fn a_chat_is_sent_with_the_schema_and_read_by_the_type() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::text(TEXT)]);
    let parsed = chat(&client).temperature(0.5).parse::<Weather>().await?;
    assert_eq!(
        mock.requests()[0].json(),
        Some(json!({
            "model": "gpt-5.5",
            "messages": [{"role": "user", "content": "Weather in Oslo?"}],
            "temperature": 0.5,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Weather", "schema": schema(), "strict": true},
            },
        }))
    );
    assert_eq!(parsed.parsed(), Some(&oslo()));
    assert_eq!(parsed.parsed_choice(0), Some(&oslo()));
    assert_eq!(parsed.values(), [Some(oslo())]);
    assert_eq!((parsed.text(), parsed.refusal()), (TEXT, None));
    assert!(parsed.request_id().is_some() && parsed.usage.is_some());
    assert!(parsed.headers().is_some_and(|headers| headers.contains_key("content-type")));
    assert!(format!("{parsed:?}").contains("Oslo"));
    assert_eq!(parsed.clone().into_inner().text(), TEXT);
    assert_eq!(parsed.into_parsed()?, oslo());
    Ok(())
}

#[tokio::test]
async fn a_response_is_sent_with_the_schema_and_read_by_the_type() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::text(TEXT), Turn::text(TEXT)]);
    // What else is said about the text stays.
    let mut text = ResponseTextConfig::new().verbosity("low");
    text.extra.insert("new_option", json!(1));
    let parsed = response(&client).text(text).parse::<Weather>().await?;
    let format = json!({"type": "json_schema", "name": "Weather", "schema": schema(), "strict": true});
    assert_eq!(
        mock.requests()[0].json(),
        Some(json!({
            "model": "gpt-5.5",
            "input": "Weather in Oslo?",
            "text": {"format": format, "verbosity": "low", "new_option": 1},
        }))
    );
    assert_eq!(parsed.parsed(), Some(&oslo()));
    assert_eq!(parsed.output_text(), TEXT);
    assert!(parsed.request_id().is_some());
    assert_eq!(parsed.into_parsed()?, oslo());

    assert_eq!(response(&client).parse::<Weather>().await?.parsed(), Some(&oslo()));
    assert_eq!(mock.requests()[1].json().map(|body| body["text"].clone()), Some(json!({"format": format})));
    Ok(())
}

/// The order of members is that of the fields, as the bytes are sent: models write in this order.
#[tokio::test]
async fn the_schema_is_sent_in_the_order_of_the_fields() -> TestResult {
    #[derive(Deserialize, JsonSchema)]
    #[schemars(rename = "a solution")]
    #[allow(dead_code, reason = "it is for its schema")]
    struct Solution {
        steps: Vec<String>,
        answer: String,
    }
    let (client, mock) = mocked().await?;
    drop(chat(&client).parse::<Solution>().await?);
    drop(response(&client).parse::<Solution>().await?);
    for request in mock.requests() {
        let body = String::from_utf8(request.body().to_vec())?;
        let (_, properties) = body.split_once(r#""properties":{"#).expect("a schema has properties");
        let place = |name: &str| properties.find(name).expect("it has all properties");
        assert!(place(r#""steps":{"#) < place(r#""answer":{"#), "{body}");
        assert!(body.contains(r#""name":"a_solution""#), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_gives_no_value_and_is_kept() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::refusal("No."), Turn::refusal("No.")]);
    let parsed = chat(&client).parse::<Weather>().await?;
    assert_eq!((parsed.parsed(), parsed.refusal()), (None, Some("No.")));
    let error = parsed.into_parsed().expect_err("there is no value");
    assert_eq!((error.kind(), error.message()), (ErrorKind::Refusal, "the model refused: No."));
    assert_eq!(error.completion().and_then(|completion| completion.refusal()), Some("No."));
    assert!(error.request_id().is_some() && error.response().is_none() && !error.is_retryable());

    let parsed = response(&client).parse::<Weather>().await?;
    assert_eq!((parsed.parsed(), parsed.refusal()), (None, Some("No.")));
    let error = parsed.into_parsed().expect_err("there is no value");
    assert_eq!((error.kind(), error.message()), (ErrorKind::Refusal, "the model refused: No."));
    assert_eq!(error.response().and_then(|response| response.refusal()), Some("No."));
    assert!(error.completion().is_none());
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_an_error_that_has_it() -> TestResult {
    let (client, mock) = mocked().await?;
    for (reason, wanted) in
        [("length", ErrorKind::LengthFinishReason), ("content_filter", ErrorKind::ContentFilterFinishReason)]
    {
        // Also if only one of the choices was.
        let body = completion(&[choice(0, TEXT, "stop"), choice(1, r#"{"city": "Os"#, reason)]);
        answer(&mock, &body);
        let error = chat(&client).n(2).parse::<Weather>().await.expect_err("it was cut off");
        assert_eq!(error.kind(), wanted);
        assert!(error.message().contains("choice 1") && error.message().contains(reason), "{error}");
        assert_eq!(error.completion().map(|completion| completion.text()), Some(TEXT));
        assert_eq!((error.status(), error.request_id()), (Some(StatusCode::OK), Some("req_1")));
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
        assert_eq!(error.body().map(|bytes| serde_json::from_slice::<Value>(bytes)).transpose()?, Some(body));
    }
    for (details, wanted, said) in [
        (json!({"reason": "max_output_tokens"}), ErrorKind::LengthFinishReason, "limit of tokens"),
        (json!({"reason": "content_filter"}), ErrorKind::ContentFilterFinishReason, "content filter"),
        (json!({"reason": "power_cut"}), ErrorKind::Truncated, "power_cut"),
        (json!(null), ErrorKind::Truncated, "incomplete"),
    ] {
        let mut body = whole_response("incomplete", &[message(&[r#"{"city": "Os"#])]);
        body["incomplete_details"] = details;
        answer(&mock, &body);
        let error = response(&client).parse::<Weather>().await.expect_err("it was cut off");
        assert_eq!(error.kind(), wanted);
        assert!(error.message().contains(said), "{error}");
        assert_eq!(error.response().map(|response| response.output_text()), Some(r#"{"city": "Os"#.to_owned()));
        assert_eq!((error.status(), error.request_id()), (Some(StatusCode::OK), Some("req_1")));
        assert_eq!(error.body().map(|bytes| serde_json::from_slice::<Value>(bytes)).transpose()?, Some(body));
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_does_not_fit_is_an_error_with_the_place() -> TestResult {
    let (client, mock) = mocked().await?;
    for (text, said) in misfits() {
        answer(&mock, &completion(&[choice(0, text, "stop")]));
        let error = chat(&client).parse::<Weather>().await.expect_err("it does not fit");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(said), "{error}");
        assert_eq!(error.body().map(|body| &body[..]), Some(text.as_bytes()));
        assert_eq!(error.completion().map(|completion| completion.text()), Some(text));
        assert_eq!((error.status(), error.request_id()), (Some(StatusCode::OK), Some("req_1")));
        assert!(error.source().is_some_and(|source| !source.to_string().is_empty()));

        answer(&mock, &whole_response("completed", &[message(&[TEXT, text])]));
        let error = response(&client).parse::<Weather>().await.expect_err("it does not fit");
        assert!(error.message().starts_with("the text 1 of the answer does not fit the type"), "{error}");
        assert!(error.message().contains(said), "{error}");
        assert_eq!(error.body().map(|body| &body[..]), Some(text.as_bytes()));
        assert!(error.response().is_some_and(|response| response.id == "resp_1"));
    }
    Ok(())
}

#[tokio::test]
async fn each_choice_has_its_value() -> TestResult {
    let (client, mock) = mocked().await?;
    let refused = json!({"index": 1, "message": {"role": "assistant", "content": null, "refusal": "No."}});
    let warm = TEXT.replace("-4.5", "12");
    answer(&mock, &completion(&[choice(0, TEXT, "stop"), refused, choice(2, &warm, "stop")]));
    let parsed = chat(&client).n(3).parse::<Weather>().await?;
    assert_eq!(parsed.values().len(), 3);
    let degrees = |at| parsed.parsed_choice(at).map(|weather| weather.degrees);
    assert_eq!([degrees(0), degrees(1), degrees(2), degrees(3)], [Some(-4.5), None, Some(12.0), None]);
    assert_eq!(mock.requests()[0].json().map(|body| body["n"].clone()), Some(json!(3)));
    Ok(())
}

#[tokio::test]
async fn tool_calls_are_no_value() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.converse([Turn::call("look", json!({})), Turn::call("look", json!({}))]);
    let parsed = chat(&client).parse::<Weather>().await?;
    assert_eq!((parsed.parsed(), parsed.tool_calls().len()), (None, 1));
    let error = parsed.into_parsed().expect_err("there is no value");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("calls tools"), "{error}");
    let parsed = response(&client).parse::<Weather>().await?;
    assert_eq!((parsed.parsed(), parsed.function_calls().len()), (None, 1));
    let error = parsed.into_parsed().expect_err("there is no value");
    assert!(error.message().contains("calls tools"), "{error}");
    Ok(())
}

#[tokio::test]
async fn texts_of_a_response() -> TestResult {
    let (client, mock) = mocked().await?;
    let mut commentary = message(&["Let me see."]);
    commentary["phase"] = json!("commentary");
    let warm = TEXT.replace("-4.5", "12");
    let refusal = json!({"type": "message", "id": "msg_2", "role": "assistant", "status": "completed",
        "content": [{"type": "refusal", "refusal": "No."}]});
    answer(&mock, &whole_response("completed", &[commentary, message(&[TEXT, &warm]), refusal]));
    let parsed = response(&client).parse::<Weather>().await?;
    assert_eq!(parsed.values().len(), 2);
    assert_eq!((parsed.parsed(), parsed.refusal()), (Some(&oslo()), Some("No.")));

    // Half a text of what is not complete is not read.
    for (status, said) in [
        ("in_progress", "not complete yet"),
        ("queued", "not complete yet"),
        ("cancelled", "cancelled"),
        ("failed", "failed"),
    ] {
        answer(&mock, &whole_response(status, &[message(&["{\"city"])]));
        let parsed = response(&client).parse::<Weather>().await?;
        assert_eq!((parsed.parsed(), parsed.output_text().as_str()), (None, "{\"city"));
        let error = parsed.into_parsed().expect_err("there is no value");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(said), "{error}");
    }
    let mut failed = whole_response("failed", &[]);
    failed["error"] = json!({"code": "server_error", "message": "Try again."});
    answer(&mock, &failed);
    let error = response(&client).parse::<Weather>().await?.into_parsed().expect_err("there is no value");
    assert_eq!(error.message(), "the response failed: Try again. (code: server_error)");
    // Servers that leave the status out.
    let mut loose = whole_response("completed", &[message(&[TEXT])]);
    loose.as_object_mut().map(|loose| loose.remove("status"));
    answer(&mock, &loose);
    assert_eq!(response(&client).parse::<Weather>().await?.into_parsed()?, oslo());
    answer(&mock, &whole_response("completed", &[]));
    let error = response(&client).parse::<Weather>().await?.into_parsed().expect_err("there is no value");
    assert!(error.message().contains("no text"), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_asked_for_is_not_sent() -> TestResult {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "it is for its schema")]
    struct Stock {
        stock: HashMap<String, u32>,
    }
    let (client, mock) = mocked().await?;
    for error in [
        chat(&client).parse::<Stock>().await.expect_err("a map"),
        response(&client).parse::<Stock>().await.expect_err("a map"),
        chat(&client).parse_stream::<Stock>().await.expect_err("a map"),
        response(&client).parse_stream::<Stock>().await.expect_err("a map"),
    ] {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert!(error.message().contains("at $.properties.stock: a map"), "{error}");
    }
    let object = ResponseFormatJsonObject::new();
    let text = ResponseTextConfig::new().format(object.clone());
    for (error, field) in [
        (chat(&client).response_format(object.clone()).parse::<Weather>().await.err(), "`response_format` is set"),
        (chat(&client).response_format(object).parse_stream::<Weather>().await.err(), "`response_format` is set"),
        (response(&client).text(text.clone()).parse::<Weather>().await.err(), "`text.format` is set"),
        (response(&client).text(text).parse_stream::<Weather>().await.err(), "`text.format` is set"),
    ] {
        let error = error.expect("there are two formats");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert!(error.message().contains(field), "{error}");
    }
    assert!(mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn errors_of_the_call_are_given() -> TestResult {
    let (client, mock) = mocked().await?;
    mock.on_request(|_| Some(Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, "Bad schema.")));
    let error = chat(&client).parse::<Weather>().await.expect_err("it is refused");
    assert_eq!((error.kind(), error.message()), (ErrorKind::BadRequest, "Bad schema."));
    assert!(error.completion().is_none());
    mock.on_request(|_| Some(Reply::bytes(StatusCode::OK, "text/html", "<html>")));
    let error = response(&client).parse::<Weather>().await.expect_err("it is no JSON");
    assert_eq!((error.kind(), error.body().map(|body| &body[..])), (ErrorKind::Decode, Some(&b"<html>"[..])));
    assert!(error.response().is_none());
    Ok(())
}

/// Values of a schema that the mock makes up are values of the type.
#[tokio::test]
#[allow(dead_code, reason = "that the values can be read is all that is asked")]
async fn whatever_fits_the_schema_fits_the_type() -> TestResult {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum Shape {
        Circle { radius: f64 },
        Group { parts: Vec<Shape> },
        Named(Name),
    }
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Name {
        name: String,
        /// What else it is called.
        other: Option<Box<Name>>,
    }
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Picture {
        /// The first.
        first: Shape,
        more: [Shape; 2],
        at: (),
        #[serde(flatten)]
        size: Size,
    }
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Size {
        width: u8,
        height: Option<i32>,
    }
    for seed in 0..20 {
        let mock = MockServer::builder().seed(seed).start().await?;
        let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
        let picture = chat(&client).parse::<Picture>().await?.into_parsed()?;
        let again = response(&client).parse::<Picture>().await?.into_parsed()?;
        assert_eq!(picture.more.len(), again.more.len());
    }
    Ok(())
}

#[cfg(feature = "blocking")]
#[test]
fn without_an_async_runtime() -> TestResult {
    let mock = MockServer::start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    mock.converse([Turn::text(TEXT), Turn::text(TEXT)]);
    assert_eq!(chat(&client).parse::<Weather>().wait()?.into_parsed()?, oslo());
    assert_eq!(response(&client).parse::<Weather>().wait()?.into_parsed()?, oslo());
    Ok(())
}

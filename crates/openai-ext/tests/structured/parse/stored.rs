//! Answers that came another way, and formats for calls that are made another way.

use openai_ext::chat::chat_response_format;
use openai_ext::responses::response_text_format;
use openai_ext::types::{ChatCompletion, Response, ResponseTextConfig};

use super::*;

#[test]
fn stored_answers_are_read() -> TestResult {
    let stored: ChatCompletion = serde_json::from_value(completion(&[choice(0, TEXT, "stop")]))?;
    let parsed = stored.parse_content::<Weather>()?;
    assert_eq!(parsed.parsed(), Some(&oslo()));
    assert_eq!((parsed.request_id(), parsed.headers().is_none()), (None, true));
    let stored: Response = serde_json::from_value(whole_response("completed", &[message(&[TEXT])]))?;
    assert_eq!(stored.parse_content::<Weather>()?.into_parsed()?, oslo());
    // Types without a schema will do, also such that strict mode can't say.
    let stored: ChatCompletion = serde_json::from_value(completion(&[choice(0, "[1, {}]", "stop")]))?;
    assert_eq!(stored.parse_content::<(u8, Value)>()?.into_parsed()?, (1, json!({})));
    Ok(())
}

#[test]
fn errors_of_stored_answers() -> TestResult {
    let read = |body: Value| serde_json::from_value::<ChatCompletion>(body);
    let error = read(completion(&[choice(0, "{", "length")]))?.parse_content::<Weather>().expect_err("it was cut off");
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::LengthFinishReason, None, 0));
    assert_eq!(error.completion().map(|completion| completion.text()), Some("{"));
    assert!(error.body().is_some());
    let error = read(completion(&[choice(0, "7", "stop")]))?.parse_content::<Weather>().expect_err("it does not fit");
    assert_eq!((error.kind(), error.body().map(|body| &body[..])), (ErrorKind::Decode, Some(&b"7"[..])));
    // Nothing at all is no error until a value is asked for.
    for body in [json!({}), completion(&[]), completion(&[choice(0, "", "stop")])] {
        let parsed = read(body)?.parse_content::<Weather>()?;
        assert_eq!(parsed.parsed(), None);
        assert_eq!(kind(parsed.into_parsed()), Some(ErrorKind::Decode));
    }
    Ok(())
}

#[tokio::test]
async fn formats_for_calls_made_another_way() -> TestResult {
    let (client, mock) = mocked().await?;
    let sent = chat(&client).response_format(chat_response_format::<Weather>()?).send().await?;
    sent.parse_content::<Weather>()?.into_parsed()?;
    let format = response_text_format::<Weather>()?.name("weather").description("Now");
    let sent = response(&client).text(ResponseTextConfig::new().format(format)).send().await?;
    sent.parse_content::<Weather>()?.into_parsed()?;
    let bodies: Vec<Value> = mock.requests().iter().filter_map(|request| request.json()).collect();
    assert_eq!(
        bodies[0]["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "Weather", "schema": schema(), "strict": true}})
    );
    assert_eq!(
        bodies[1]["text"]["format"],
        json!({"type": "json_schema", "name": "weather", "description": "Now", "schema": schema(), "strict": true})
    );
    Ok(())
}

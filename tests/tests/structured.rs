//! Structured outputs of recorded traffic: what the official SDKs got out of it, ours gets.

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::playback::{Cut, server::Server};
use acceptance::script::{self, Script};
use openai_ext::prelude::*;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::{ChatCompletionChunk, ResponseStreamEvent};
use openai_ext::{ChatAccumulator, ErrorKind, StatusCode, schema};
use openai_ext_mock::{MockServer, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Returns the result of the official SDK, if it did not fail.
fn python(folder: &Path, name: &str) -> Option<Value> {
    let text = fs::read(folder.join(format!("{name}.python.json"))).ok()?;
    serde_json::from_slice(&text).ok().filter(|value: &Value| value.get("choices").or(value.get("output")).is_some())
}

/// Returns the result for a choice or response whose text is `text`, by the official SDKs' rules: a value, none, or an
/// error.
fn expected(reason: Option<&str>, refusal: Option<&str>, text: Option<&str>) -> Result<Option<Value>, ErrorKind> {
    match (reason, refusal.filter(|refusal| !refusal.is_empty()), text) {
        (Some("length" | "max_output_tokens"), ..) => Err(ErrorKind::LengthFinishReason),
        (Some("content_filter"), ..) => Err(ErrorKind::ContentFilterFinishReason),
        (_, Some(_), _) | (_, _, None | Some("")) => Ok(None),
        (_, None, Some(text)) => serde_json::from_str(text).map(Some).map_err(|_| ErrorKind::Decode),
    }
}

fn expected_of_chat(python: &Value) -> Result<Vec<Option<Value>>, ErrorKind> {
    let choices = python["choices"].as_array().into_iter().flatten();
    let values = choices.clone().map(|choice| {
        let message = &choice["message"];
        expected(choice["finish_reason"].as_str(), message["refusal"].as_str(), message["content"].as_str())
    });
    // That a choice was cut off is said before another one's text is read.
    let values: Vec<_> = values.collect();
    match values.iter().find(|value| matches!(value, Err(kind) if *kind != ErrorKind::Decode)) {
        Some(Err(kind)) => Err(*kind),
        _ => values.into_iter().collect(),
    }
}

fn expected_of_response(python: &Value) -> Result<Vec<Option<Value>>, ErrorKind> {
    match python["status"].as_str() {
        Some("incomplete") => expected(python["incomplete_details"]["reason"].as_str(), None, None).map(|_| Vec::new()),
        Some("failed" | "cancelled" | "queued" | "in_progress") => Ok(Vec::new()),
        _ => {
            let items = python["output"].as_array().into_iter().flatten();
            let messages = items.filter(|item| item["type"] == "message" && item["phase"] != "commentary");
            let parts = messages.filter_map(|item| item["content"].as_array()).flatten();
            let texts = parts.filter(|part| part["type"] == "output_text");
            texts.map(|part| expected(None, None, part["text"].as_str())).collect()
        }
    }
}

fn parsed(script: &Script) -> Option<openai_ext::Result<Vec<Option<Value>>>> {
    match script.kind() {
        "chat" => {
            let mut accumulator = ChatAccumulator::new().with_parsing(true);
            script.events::<ChatCompletionChunk>().0.iter().try_for_each(|chunk| accumulator.push(chunk)).ok()?;
            let completion = accumulator.finish();
            Some(completion.and_then(|done| done.parse_content()).map(|parsed| parsed.values().to_vec()))
        }
        "responses" => {
            let mut accumulator = ResponseAccumulator::default();
            script.events::<ResponseStreamEvent>().0.iter().try_for_each(|event| accumulator.push(event)).ok()?;
            let response = accumulator.finish();
            Some(response.and_then(|done| done.parse_content()).map(|parsed| parsed.values().to_vec()))
        }
        _ => None,
    }
}

#[test]
fn recorded_streams_come_to_the_values_of_their_texts() -> Result<(), String> {
    let Some(folder) = script::recorded() else { return Ok(()) };
    let mut counts = [0; 5];
    for script in script::load(&folder)? {
        let (Some(python), Some(found)) = (python(&folder, &script.name), parsed(&script)) else { continue };
        // The official SDK's object of this stream has none of its text.
        if script.name == "chat-pydai-test-openrouter-web-search-annotations-stream" {
            assert_eq!(python["choices"][0]["message"]["content"], "");
            continue;
        }
        let wanted = match script.kind() {
            "chat" => expected_of_chat(&python),
            _ => expected_of_response(&python),
        };
        let found = found.map_err(|error| error.kind());
        let count = match &found {
            Ok(values) if values.iter().any(Option::is_some) => 0,
            Ok(_) => 1,
            Err(ErrorKind::Decode) => 2,
            Err(ErrorKind::LengthFinishReason | ErrorKind::ContentFilterFinishReason) => 3,
            Err(_) => 4,
        };
        counts[count] += 1;
        assert_eq!(found, wanted, "{}", script.name);
    }
    println!("values {}, none {}, no JSON {}, cut off {}", counts[0], counts[1], counts[2], counts[3]);
    assert!(counts[..4].iter().all(|count| *count > 0) && counts[4] == 0, "{counts:?}");
    Ok(())
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Weather {
    location: String,
    temperature: i64,
}

/// Over a connection, cut at every line.
#[tokio::test]
async fn recorded_streams_are_parsed_as_they_come() -> TestResult {
    let Some(folder) = script::recorded() else { return Ok(()) };
    let served = async |name: &str| -> Result<(Client, Server), Box<dyn std::error::Error>> {
        let mut body = fs::read(folder.join(format!("{name}.sse")))?;
        // One of them is a literal of a test without the blank line at its end.
        body.extend_from_slice(b"\n\n");
        let server = Server::start(body, 200, Cut::parse("line")?).await?;
        let client =
            Client::builder().strict_decoding(true).base_url(server.url()).api_key("no-key").max_retries(0).build()?;
        Ok((client, server))
    };
    let (client, _server) = served("responses-oairuby-structured-output-sse-response").await?;
    let mut stream = client.responses().create("m", "Weather?").parse_stream::<Weather>().await?;
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        if event?.text_delta().is_some() {
            told.extend(stream.partial().cloned());
        }
    }
    let whole = json!({"location": "San Francisco", "temperature": 72});
    assert_eq!(told, [json!({"location": ""}), json!({"location": "San Francisco"}), whole]);
    let value = stream.final_parsed().await?;
    assert_eq!(value, Weather { location: "San Francisco".to_owned(), temperature: 72 });

    for (name, wanted, text) in [
        ("length-finish-reason-exposes-partial-completion", ErrorKind::LengthFinishReason, "{\"name\":\"John\","),
        ("content-filter-with-parseable-response-format-raises", ErrorKind::ContentFilterFinishReason, "Partial"),
    ] {
        let (client, _server) = served(&format!("chat-oairuby-test-{name}")).await?;
        let stream = client.chat().completions().create("m", [Message::user("x")]).parse_stream::<Weather>().await?;
        let error = stream.final_completion().await.expect_err("it was cut off");
        assert_eq!((error.kind(), error.request_id()), (wanted, Some("req_played")));
        assert_eq!(error.completion().map(|completion| completion.text()), Some(text));
    }

    let (client, _server) = served("chat-oaipy-test-refusal-logprobs-events").await?;
    let stream = client.chat().completions().create("m", [Message::user("x")]).parse_stream::<Weather>().await?;
    let completion = stream.final_completion().await?;
    assert_eq!(completion.parsed(), None);
    assert_eq!(completion.refusal(), Some("I'm very sorry, but I can't assist with that."));

    let (client, _server) = served("chat-dotnet-streamingstructuredrefusalworks").await?;
    let stream = client.chat().completions().create("m", [Message::user("x")]).parse_stream::<Weather>().await?;
    let error = stream.final_parsed().await.expect_err("words are no JSON");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.body().map(|body| &body[..]), Some(&b"I'm sorry, I can't assist with that request."[..]));
    Ok(())
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "test_schema")]
struct Solution {
    answer: String,
    steps: Vec<String>,
}

/// A recorded exchange of the official .NET SDK: the same request, and the value of the real answer.
#[tokio::test]
async fn a_recorded_exchange_is_made_again() -> TestResult {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recorded/ChatTests/StructuredOutputsWork.json");
    let Ok(text) = fs::read(&path) else {
        println!("skipped: {} is not there", path.display());
        return Ok(());
    };
    let recorded: Value = serde_json::from_slice(&text)?;
    let exchange = &recorded[0];
    let mut request = exchange["request"].clone();
    assert_eq!(schema::strict_schema::<Solution>()?, request["response_format"]["json_schema"]["schema"]);

    let mock = MockServer::start().await?;
    let reply = Reply::json(StatusCode::OK, &exchange["response"]);
    mock.on_request(move |_| Some(reply.clone()));
    let client = Client::builder().strict_decoding(true).base_url(mock.base_url()).api_key("no-key").build()?;
    let question = request["messages"][0]["content"].as_str().unwrap_or_default();
    let call = client.chat().completions().create("gpt-4o-mini", [Message::user(question)]);
    let solution = call.parse::<Solution>().await?.into_parsed()?;
    assert_eq!(solution.answer, "A pound of feathers and sixteen ounces of steel weigh the same.");
    assert_eq!(solution.steps.len(), 5);
    // The description of the format is theirs; ours comes from doc comments, within the schema.
    request["response_format"]["json_schema"].as_object_mut().map(|format| format.remove("description"));
    assert_eq!(mock.requests()[0].json(), Some(request));
    Ok(())
}

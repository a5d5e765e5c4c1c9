//! Structured outputs against the mock: what is sent, what comes of it, and what goes wrong.
#![cfg(all(feature = "chat", feature = "responses", feature = "tools"))]

mod buffered;
mod stored;
mod streamed;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{ErrorKind, StatusCode, resources};
use openai_ext_mock::{MockServer, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// How warm it is.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
struct Weather {
    /// The name of the city.
    city: String,
    degrees: f64,
    note: Option<String>,
}

const TEXT: &str = r#"{"city": "Oslo", "degrees": -4.5, "note": null}"#;

fn oslo() -> Weather {
    Weather { city: "Oslo".to_owned(), degrees: -4.5, note: None }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "description": "How warm it is.",
        "properties": {
            "city": {"type": "string", "description": "The name of the city."},
            "degrees": {"type": "number"},
            "note": {"type": ["string", "null"]},
        },
        "required": ["city", "degrees", "note"],
        "additionalProperties": false,
    })
}

/// A mock, and a client of it that tries once.
async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

fn chat(client: &Client) -> resources::chat::completions::Create {
    client.chat().completions().create("gpt-5.5", [Message::user("Weather in Oslo?")])
}

fn response(client: &Client) -> resources::responses::Create {
    client.responses().create("gpt-5.5", "Weather in Oslo?")
}

/// Has the mock answer every request with this body.
fn answer(mock: &MockServer, body: &Value) {
    let reply = Reply::json(StatusCode::OK, body).header("x-request-id", "req_1");
    mock.on_request(move |_| Some(reply.clone()));
}

fn choice(index: i64, content: &str, reason: &str) -> Value {
    json!({"index": index, "message": {"role": "assistant", "content": content}, "finish_reason": reason})
}

fn completion(choices: &[Value]) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": choices})
}

fn message(texts: &[&str]) -> Value {
    let content: Vec<Value> = texts.iter().map(|text| json!({"type": "output_text", "text": text})).collect();
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content})
}

fn whole_response(status: &str, output: &[Value]) -> Value {
    json!({"id": "resp_1", "object": "response", "status": status, "output": output})
}

/// What a text that does not fit a [`Weather`] leads to.
fn misfits() -> [(&'static str, &'static str); 4] {
    [
        (r#"{"city": "Oslo", "degrees": "cold"}"#, "at `degrees`: invalid type: string \"cold\", expected f64"),
        (r#"{"city": "Oslo"}"#, "type: missing field `degrees`"),
        ("It is cold.", "type: expected value at line 1 column 1"),
        (r#"{"city": "Oslo", "degrees": 1, "note": null} and more"#, "type: trailing characters"),
    ]
}

fn kind<T>(result: Result<T, openai_ext::Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

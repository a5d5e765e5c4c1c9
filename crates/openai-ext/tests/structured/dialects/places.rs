//! Each place where a schema goes out, in each dialect, chosen by the client, the call or the toolbox.

use openai_ext::prelude::*;
use openai_ext::schema::Dialect;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::{ChatCompletion, Response};
use openai_ext::{Client, ClientBuilder, compatible};
use openai_ext_mock::{MockServer, Turn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ALL, Options, foreign};

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Deserialize, JsonSchema)]
struct Page {
    number: Option<u8>,
}

const TEXT: &str = r#"{"number": null}"#;

fn page(dialect: Dialect) -> Value {
    let mut number = json!({"type": "integer", "minimum": 0, "maximum": 255});
    match dialect {
        Dialect::AnyOf => number = json!({"anyOf": [number, {"type": "null"}]}),
        Dialect::Nullable => number["nullable"] = true.into(),
        _ => number["type"] = json!(["integer", "null"]),
    }
    json!({"type": "object", "properties": {"number": number}, "required": ["number"], "additionalProperties": false})
}

fn tools() -> Toolbox {
    let by_hand = json!({"type": "object", "properties": {"number": {"type": ["integer", "null"]}}});
    let read = |name: &str| tool(name, "", |page: Page| async move { Ok::<_, std::convert::Infallible>(page.number) });
    Toolbox::new()
        .with(read("strict"))
        .with(read("loose").with_strict(false))
        .with(read("hand").with_parameters(by_hand))
}

/// Checks the tools of a body, which has them in one list.
fn check_tools(tools: &Value, dialect: Dialect) {
    let schemas: Vec<&Value> = tools
        .as_array()
        .expect("a list of tools")
        .iter()
        .map(|tool| tool.get("parameters").unwrap_or(&tool["function"]["parameters"]))
        .collect();
    assert_eq!(schemas.len(), 3);
    assert_eq!(*schemas[0], page(dialect));
    for schema in schemas {
        assert_eq!(foreign(schema, dialect), None, "{schema}");
        assert_eq!(schema.to_string().contains("[\"integer\",\"null\"]"), dialect == Dialect::OpenAi, "{schema}");
    }
}

/// The place at which the dialect is set.
#[derive(Clone, Copy, Debug)]
enum By {
    Client,
    Call,
    /// The call's, against another of the client.
    CallOverClient,
}

fn client(mock: &MockServer, by: By, dialect: Dialect) -> openai_ext::Result<Client> {
    let builder: ClientBuilder<Client> = Client::builder().base_url(mock.base_url()).api_key("any").max_retries(0);
    match by {
        By::Client => builder.schema_dialect(dialect),
        By::Call => builder,
        By::CallOverClient => {
            builder.schema_dialect(if dialect == Dialect::AnyOf { Dialect::Nullable } else { Dialect::AnyOf })
        }
    }
    .build()
}

fn last(mock: &MockServer) -> Value {
    mock.requests().pop().and_then(|request| request.json()).expect("a body of JSON")
}

#[tokio::test]
async fn each_place_in_each_dialect() -> TestResult {
    let mock = MockServer::start().await?;
    for by in [By::Client, By::Call, By::CallOverClient] {
        for dialect in ALL {
            let client = client(&mock, by, dialect)?;
            chat(&mock, &client, by, dialect).await?;
            responses(&mock, &client, by, dialect).await?;
        }
    }
    Ok(())
}

async fn chat(mock: &MockServer, client: &Client, by: By, dialect: Dialect) -> TestResult {
    let call = || {
        let call = client.chat().completions().create("m", [Message::user("Which page?")]);
        if matches!(by, By::Client) { call } else { call.with_schema_dialect(dialect) }
    };
    let schema = |body: &Value| body["response_format"]["json_schema"]["schema"].clone();

    mock.converse([Turn::text(TEXT)]);
    assert_eq!(call().parse::<Page>().await?.into_parsed()?.number, None);
    assert_eq!(schema(&last(mock)), page(dialect), "{by:?}");
    mock.converse([Turn::text(TEXT)]);
    assert_eq!(call().parse_stream::<Page>().await?.final_parsed().await?.number, None);
    assert_eq!(schema(&last(mock)), page(dialect));
    let line: Value = serde_json::from_slice(&call().with_format_of::<Page>()?.into_call().json_body()?)?;
    assert_eq!(schema(&line), page(dialect));
    let line: Value = serde_json::from_slice(&call().with_format_of::<Options>()?.into_call().json_body()?)?;
    assert_eq!(foreign(&schema(&line), dialect), None);

    mock.converse([Turn::calls([("strict", TEXT)]), Turn::text("Done.")]);
    call().run_tools(&tools()).send().await?;
    check_tools(&last(mock)["tools"], dialect);
    mock.converse([Turn::calls([("strict", TEXT)]), Turn::text("Done.")]);
    let mut events = call().run_tools(&tools()).stream_events();
    while let Some(event) = events.next().await {
        event?;
    }
    check_tools(&last(mock)["tools"], dialect);
    Ok(())
}

async fn responses(mock: &MockServer, client: &Client, by: By, dialect: Dialect) -> TestResult {
    let call = || {
        let call = client.responses().create("m", "Which page?");
        if matches!(by, By::Client) { call } else { call.with_schema_dialect(dialect) }
    };
    let schema = |body: &Value| body["text"]["format"]["schema"].clone();

    mock.converse([Turn::text(TEXT)]);
    assert_eq!(call().parse::<Page>().await?.into_parsed()?.number, None);
    assert_eq!(schema(&last(mock)), page(dialect), "{by:?}");
    mock.converse([Turn::text(TEXT)]);
    assert_eq!(call().parse_stream::<Page>().await?.final_parsed().await?.number, None);
    assert_eq!(schema(&last(mock)), page(dialect));
    let line: Value = serde_json::from_slice(&call().with_format_of::<Page>()?.into_call().json_body()?)?;
    assert_eq!(schema(&line), page(dialect));

    mock.converse([Turn::calls([("strict", TEXT)]), Turn::text("Done.")]);
    call().run_tools(&tools()).send().await?;
    check_tools(&last(mock)["tools"], dialect);
    mock.converse([Turn::calls([("strict", TEXT)]), Turn::text("Done.")]);
    let mut events = call().run_tools(&tools()).stream_events();
    while let Some(event) = events.next().await {
        event?;
    }
    check_tools(&last(mock)["tools"], dialect);
    Ok(())
}

#[tokio::test]
async fn a_toolbox_has_its_own() -> TestResult {
    let mock = MockServer::start().await?;
    let client = client(&mock, By::Client, Dialect::OpenAi)?;
    for dialect in ALL {
        let tools = tools().with_schema_dialect(dialect);
        check_tools(&json!(tools.chat_tools()?), dialect);
        check_tools(&json!(tools.response_tools()?), dialect);
        #[cfg(feature = "beta")]
        check_tools(&json!(tools.assistant_tools()?), dialect);
        #[cfg(feature = "realtime")]
        check_tools(&json!(openai_ext::realtime::tools_of(&tools)?), dialect);
        // Its own counts in a run, too.
        mock.converse([Turn::text("Done.")]);
        client.chat().completions().create("m", [Message::user("Hi")]).run_tools(&tools).send().await?;
        check_tools(&last(&mock)["tools"], dialect);
    }
    check_tools(&json!(tools().chat_tools()?), Dialect::OpenAi);
    Ok(())
}

#[test]
fn compatible_builders_choose() -> TestResult {
    let servers = [
        (compatible::ollama(), Dialect::AnyOf),
        (compatible::vllm(), Dialect::AnyOf),
        (compatible::llama_cpp(), Dialect::AnyOf),
        (compatible::litellm("k"), Dialect::AnyOf),
        (compatible::openrouter("k"), Dialect::AnyOf),
        (compatible::bedrock("us-west-2", "k")?, Dialect::AnyOf),
        (compatible::deepseek("k"), Dialect::AnyOf),
        (compatible::gemini("k"), Dialect::Nullable),
        (compatible::gemini("k").schema_dialect(Dialect::OpenAi), Dialect::OpenAi),
        (Client::builder().api_key("k"), Dialect::OpenAi),
    ];
    for (builder, dialect) in servers {
        let client = builder.build()?;
        let other = client.with_options(|options| options.max_retries(0))?;
        for client in [client, other] {
            let call = client.chat().completions().create("m", [Message::user("Hi")]).with_format_of::<Page>()?;
            let format = json!(call.body().response_format);
            assert_eq!(format["json_schema"]["schema"], page(dialect));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_format_is_set_once() -> TestResult {
    let client = Client::builder().api_key("k").build()?;
    let call = client.chat().completions().create("m", [Message::user("Hi")]).with_format_of::<Page>()?;
    assert!(call.with_format_of::<Page>().is_err(), "as by `parse`");
    // Its answer is read as any other.
    let completion: ChatCompletion = serde_json::from_value(json!({"choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": TEXT}}]}))?;
    assert_eq!(completion.parse_content::<Page>()?.into_parsed()?.number, None);
    let response: Response = serde_json::from_value(json!({"status": "completed", "output": [{"type": "message",
        "role": "assistant", "content": [{"type": "output_text", "text": TEXT, "annotations": []}]}]}))?;
    assert_eq!(response.parse_content::<Page>()?.into_parsed()?.number, None);
    Ok(())
}

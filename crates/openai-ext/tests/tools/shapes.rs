//! The functions that tools can be made of: their arguments, what they return, and their errors.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};

use openai_ext::prelude::*;
use openai_ext::tools::{BoxError, FnTool, Tool as _, ToolContext, ToolError, ToolInput, ToolOutput};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::support::{City, TestResult, mocked};

#[derive(Debug)]
struct NoWind;

impl fmt::Display for NoWind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no wind")
    }
}

impl StdError for NoWind {}

/// An error like those of anyhow and eyre, which are none of the standard library's.
struct AnyError(BoxError);

impl<E: StdError + Send + Sync + 'static> From<E> for AnyError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<AnyError> for BoxError {
    fn from(error: AnyError) -> Self {
        error.0
    }
}

impl std::ops::Deref for AnyError {
    type Target = dyn StdError + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl std::ops::DerefMut for AnyError {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.0
    }
}

#[derive(Serialize)]
struct Wind {
    knots: i64,
}

async fn named(args: City) -> String {
    args.city
}

async fn named_without() -> Result<Wind, BoxError> {
    Ok(Wind { knots: 3 })
}

fn at_once(args: City) -> usize {
    args.city.len()
}

/// Returns the result of a call with a city: the output, or the error after a dash.
async fn said(tool: FnTool) -> Result<String, Box<dyn StdError>> {
    let tools = Toolbox::new().with(tool);
    tools.check()?;
    let outcome = tools.call("f", r#"{"city":"Oslo"}"#, ToolContext::new(&mocked()?.client)).await;
    Ok(match &outcome.result {
        Ok(output) => output.to_text(),
        Err(error) => format!("- {error}"),
    })
}

#[tokio::test]
async fn values_and_results_of_any_error() -> TestResult {
    let cases = [
        (tool("f", "d", |_: City| async { "x" }), "x"),
        (tool("f", "d", |_: City| async { 7 }), "7"),
        (tool("f", "d", |_: City| async {}), "null"),
        (tool("f", "d", |_: City| async { Some([1, 2]) }), "[1,2]"),
        (tool("f", "d", |_: City| async { Wind { knots: 3 } }), r#"{"knots":3}"#),
        (tool("f", "d", |_: City| async { json!({"a": 1}) }), r#"{"a":1}"#),
        (tool("f", "d", |_: City| async { ToolOutput::text("x") }), "x"),
        (tool("f", "d", |_: City| async { Ok::<_, std::io::Error>("x") }), "x"),
        (tool("f", "d", |_: City| async { Err::<(), _>(std::io::Error::other("disk")) }), "- disk"),
        (tool("f", "d", |_: City| async { Err::<Wind, _>(NoWind) }), "- no wind"),
        (tool("f", "d", |_: City| async { Err::<Wind, _>(AnyError::from(NoWind)) }), "- no wind"),
        (tool("f", "d", |_: City| async { Ok::<_, AnyError>(Wind { knots: 3 }) }), r#"{"knots":3}"#),
        (tool("f", "d", |_: City| async { Err::<(), BoxError>("boxed".into()) }), "- boxed"),
        (tool("f", "d", |_: City| async { Err::<(), Box<dyn StdError>>("local".into()) }), "- local"),
        (tool("f", "d", |_: City| async { Err::<ToolOutput, Box<dyn StdError>>("local".into()) }), "- local"),
        (tool("f", "d", |_: City| async { Ok::<_, String>("x") }), "x"),
        (tool("f", "d", |_: City| async { Err::<Wind, _>("no wind".to_owned()) }), "- no wind"),
        (tool("f", "d", |_: City| async { Err::<Wind, _>("no wind") }), "- no wind"),
        (tool("f", "d", |_: City| async { Ok::<_, &str>(ToolOutput::text("x")) }), "x"),
        (tool("f", "d", |_: City| async { Err::<ToolOutput, _>("no wind".to_owned()) }), "- no wind"),
        (
            tool("f", "d", |_: City| async { Err::<(), _>(ToolError::TimedOut(std::time::Duration::ZERO)) }),
            "- the tool did not end within 0ns",
        ),
    ];
    for (at, (tool, wanted)) in cases.into_iter().enumerate() {
        assert_eq!(said(tool).await?, wanted, "case {at}");
    }
    Ok(())
}

#[tokio::test]
async fn functions_of_any_shape() -> TestResult {
    let shared = Arc::new("shared".to_owned());
    let cases = [
        (tool("f", "d", || async { Ok::<_, std::io::Error>("x") }), "x"),
        (tool("f", "d", || "x"), "x"),
        (tool("f", "d", async || "x"), "x"),
        (tool("f", "d", async |args: City| args.city), "Oslo"),
        (tool("f", "d", |args: City| args.city), "Oslo"),
        (tool("f", "d", |args: City| Err::<(), _>(args.city)), "- Oslo"),
        (tool("f", "d", |_: City| Err::<i64, Box<dyn StdError>>("local".into())), "- local"),
        (tool("f", "d", |args: City| Box::pin(async move { args.city })), "Oslo"),
        (tool("f", "d", named), "Oslo"),
        (tool("f", "d", named_without), r#"{"knots":3}"#),
        (tool("f", "d", at_once), "4"),
        (
            tool("f", "d", move |args: City| {
                let shared = Arc::clone(&shared);
                async move { format!("{shared} {}", args.city) }
            }),
            "shared Oslo",
        ),
        (
            tool_with_state("f", "d", Arc::new(vec![1]), |state, args: City| async move { (state.len(), args.city) }),
            r#"[1,"Oslo"]"#,
        ),
        (tool_with_state("f", "d", "state".to_owned(), |state, _: ()| state.to_uppercase()), "STATE"),
        (tool_with_state("f", "d", 7_u8, async |state, _: City| Ok::<_, NoWind>(state)), "7"),
        (tool_with_context("f", "d", |context, _: ()| context.turn()), "0"),
        (
            tool_with_context("f", "d", |context, args: City| async move { args.city.len() + context.call_id().len() }),
            "4",
        ),
        (custom_tool("f", "d", |text| async move { text.len() }), "15"),
        (custom_tool("f", "d", |text| text), r#"{"city":"Oslo"}"#),
    ];
    for (at, (tool, wanted)) in cases.into_iter().enumerate() {
        assert_eq!(said(tool).await?, wanted, "case {at}");
    }
    Ok(())
}

#[tokio::test]
async fn state_is_shared_by_all_calls() -> TestResult {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = tool_with_state("note", "Takes a note", seen.clone(), |seen, args: City| async move {
        seen.lock().map_err(|_| "poisoned")?.push(args.city);
        Ok::<_, &str>(())
    });
    let (tools, client) = (Toolbox::new().with(note), mocked()?.client);
    for city in ["Oslo", "Rome"] {
        tools.call("note", json!({"city": city}).to_string(), ToolContext::new(&client)).await;
    }
    assert_eq!(*seen.lock().map_err(|_| "poisoned")?, ["Oslo", "Rome"]);
    Ok(())
}

#[tokio::test]
async fn arguments_as_they_came() -> TestResult {
    let open = json!({"type": "object", "properties": {}, "additionalProperties": true});
    let raw = tool("f", "d", |text: String| async move { text });
    let value = tool("f", "d", |value: Value| async move { value });
    let map = tool("f", "d", |map: Map<String, Value>| async move { map.len() });
    for tool in [&raw, &value, &map] {
        assert_eq!(tool.input()?, ToolInput::function(open.clone(), false));
    }
    let client = mocked()?.client;
    let call = async |tool: &FnTool, text: &str| {
        let outcome = Toolbox::new().with(tool.clone()).call("f", text, ToolContext::new(&client)).await;
        outcome.output().to_text()
    };
    for text in ["", "  {\"a\" : 1}\n", "{\"a\": ", "not json"] {
        assert_eq!(call(&raw, text).await, text);
    }
    assert_eq!(call(&value, "{\"a\" : 1}").await, r#"{"a":1}"#);
    assert_eq!(call(&map, "").await, "0");
    // A schema of its own can be strict.
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": false});
    let strict = raw.clone().with_parameters(schema.clone()).with_strict(true);
    assert_eq!(strict.input()?, ToolInput::function(schema, true));
    let error = raw.with_strict(true).input().unwrap_err();
    assert!(error.message().contains("with_parameters"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_function_without_arguments_has_an_empty_strict_schema() -> TestResult {
    let tool = tool("f", "d", || async { "x" });
    let schema = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    assert_eq!(tool.input()?, ToolInput::function(schema, true));
    let (tools, client) = (Toolbox::new().with(tool), mocked()?.client);
    for text in ["", "{}", "null", "{\"a\": 1}", "[]"] {
        assert_eq!(tools.call("f", text, ToolContext::new(&client)).await.output().to_text(), "x");
    }
    Ok(())
}

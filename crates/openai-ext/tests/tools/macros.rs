//! Tools made by `#[tool]`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::{FnTool, OnFailure, ToolContext, ToolError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{TestResult, mocked};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// Returns the weather in a city now.
///
/// It knows cities only.
#[tool]
async fn get_weather(
    /// A city, as "Oslo".
    city: String,
    /// The unit of the temperature.
    unit: Option<Unit>,
) -> String {
    let unit = match unit {
        Some(Unit::Fahrenheit) => "F",
        Some(Unit::Celsius) | None => "C",
    };
    format!("20 {unit} in {city}")
}

/// Says the time.
#[tool]
fn time() -> &'static str {
    "noon"
}

#[derive(Default)]
struct Counter(AtomicUsize);

/// Counts.
#[tool]
async fn count(#[state] counter: &Counter, context: ToolContext, by: usize) -> Result<(usize, u32), ToolError> {
    tokio::task::yield_now().await;
    Ok((counter.0.fetch_add(by, Ordering::Relaxed) + by, context.turn()))
}

/// Joins.
#[tool(name = "join-all", description = "Joins words", strict = false)]
async fn join(
    #[state] separator: String,
    #[state] _seen: Arc<AtomicUsize>,
    #[serde(rename = "words")] mut list: Vec<String>,
    #[serde(default)]
    #[schemars(range(max = 9))]
    limit: Option<usize>,
    more: HashMap<String, i64>,
) -> Result<String, Box<dyn std::error::Error>> {
    list.extend(more.into_keys());
    list.truncate(limit.unwrap_or(9));
    if list.is_empty() { Err("no words".into()) } else { Ok(list.join(&separator)) }
}

/// Looks a type up.
#[tool]
async fn r#type(r#ref: u8) -> Option<u8> {
    r#ref.checked_sub(1)
}

mod inner {
    use super::*;

    #[derive(Deserialize, JsonSchema)]
    pub struct Arguments {
        pub arguments: i64,
    }

    /// Has arguments of the names that the macro could use itself.
    #[tool]
    #[allow(clippy::unused_async)]
    pub async fn arguments(arguments: Arguments, context: i64, #[context] other: ToolContext) -> Vec<i64> {
        vec![arguments.arguments, context, i64::from(other.turn())]
    }
}

#[tokio::test]
async fn name_description_and_parameters_are_those_of_the_function() -> TestResult {
    let tools = json!(Toolbox::new().with(get_weather).with(time).chat_tools()?);
    assert_eq!(tools[0]["function"]["name"], "get_weather");
    assert_eq!(tools[0]["function"]["description"], "Returns the weather in a city now.\n\nIt knows cities only.");
    assert_eq!(tools[0]["function"]["strict"], true);
    let parameters = &tools[0]["function"]["parameters"];
    assert_eq!(parameters["properties"]["city"], json!({"type": "string", "description": "A city, as \"Oslo\"."}));
    assert_eq!(parameters["required"], json!(["city", "unit"]));
    assert_eq!(parameters["additionalProperties"], false);
    assert!(parameters.get("title").is_none(), "{parameters}");
    assert_eq!(tools[1]["function"]["parameters"]["properties"], json!({}));
    Ok(())
}

#[tokio::test]
async fn calls() -> TestResult {
    let tools = Toolbox::new()
        .with(get_weather)
        .with(time())
        .with(count(Counter::default()))
        .with(join("-".to_owned(), Arc::default()))
        .with(r#type)
        .with(inner::arguments);
    let said = async |name: &str, arguments: Value| -> Result<String, Box<dyn std::error::Error>> {
        let outcome = tools.call(name, arguments.to_string(), ToolContext::new(&mocked()?.client)).await;
        Ok(outcome.output().to_text())
    };
    tools.check()?;
    assert_eq!(said("get_weather", json!({"city": "Oslo", "unit": "fahrenheit"})).await?, "20 F in Oslo");
    assert_eq!(said("get_weather", json!({"city": "Oslo"})).await?, "20 C in Oslo");
    assert!(said("get_weather", json!({"city": 1})).await?.starts_with("invalid type: integer `1`"));
    assert_eq!(said("time", json!({})).await?, "noon");
    assert_eq!(said("count", json!({"by": 2})).await?, "[2,0]");
    assert_eq!(said("count", json!({"by": 3})).await?, "[5,0]");
    assert_eq!(said("join-all", json!({"words": ["a", "b"], "more": {"c": 1}})).await?, "a-b-c");
    assert_eq!(said("join-all", json!({"words": [], "more": {}})).await?, "no words");
    assert_eq!(said("type", json!({"ref": 0})).await?, "null");
    assert_eq!(said("arguments", json!({"arguments": {"arguments": 1}, "context": 2})).await?, "[1,2,0]");
    Ok(())
}

#[test]
fn state_is_taken_as_it_is_or_shared() {
    let shared = Arc::new(Counter::default());
    let _: FnTool = count(Arc::clone(&shared));
    let tool = count(Counter::default()).with_on_failure(OnFailure::TellModel);
    assert_eq!(Toolbox::new().with(tool).names().collect::<Vec<_>>(), ["count"]);
}

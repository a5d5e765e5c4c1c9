//! Tools and toolboxes, without a run.

use std::collections::HashMap;
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::{OnFailure, ToolContext, ToolError, ToolGrammar, ToolInput, ToolOutput};
use serde::Deserialize;
use serde_json::json;

use crate::support::{City, Gate, Never, Nothing, TestResult, city_schema, mocked};

fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "The weather", |args: City| async move {
        Ok::<_, Never>(json!({"city": args.city, "rain": true}))
    }))
}

#[tokio::test]
async fn a_call_gives_an_outcome() -> TestResult {
    let (tools, context) = (weather(), ToolContext::new(&mocked()?.client));
    let outcome = tools.call("get_weather", r#"{"city": "Oslo"}"#, context.with_call_id("call_1")).await;
    assert_eq!(outcome.output(), ToolOutput::text(r#"{"city":"Oslo","rain":true}"#));
    assert_eq!((outcome.call.id.as_str(), outcome.call.name.as_str()), ("call_1", "get_weather"));
    assert_eq!((outcome.call.arguments.as_str(), outcome.call.is_custom), (r#"{"city": "Oslo"}"#, false));
    assert!(outcome.abort().is_none());
    Ok(())
}

#[tokio::test]
async fn mistakes_of_the_model_are_told_to_it_whatever_the_policy() -> TestResult {
    let client = mocked()?.client;
    let tools = weather()
        .with(tool("pick", "", |_: Nothing| async { Err::<String, _>(ToolError::arguments("there are only 3")) }));
    let said = async |name: &str, arguments: &str| {
        let outcome = tools.call(name, arguments, ToolContext::new(&client)).await;
        assert!(outcome.abort().is_none(), "{outcome:?}");
        assert!(outcome.result.as_ref().is_err_and(|error| error.is_mistake()), "{outcome:?}");
        outcome.output().to_text()
    };
    let unknown = r#"Invalid tool_call: "get_time". Available options are: "get_weather", "pick". Please try again"#;
    assert_eq!(said("get_time", "{}").await, unknown);
    assert_eq!(said("get_weather", "{}").await, "missing field `city` at line 1 column 2");
    assert_eq!(said("get_weather", "{\"city\": \"Os").await, "EOF while parsing a string at line 1 column 12");
    assert_eq!(said("get_weather", "").await, "missing field `city` at line 1 column 2");
    assert_eq!(said("pick", "").await, "there are only 3");
    Ok(())
}

#[tokio::test]
async fn failures_follow_the_policy_of_the_tool() -> TestResult {
    let client = mocked()?.client;
    let fails = |name: &str| tool(name, "", |_: Nothing| async { Err::<(), _>("no such disk") });
    let tools = Toolbox::new()
        .with(fails("abort"))
        .with(fails("tell").with_on_failure(OnFailure::TellModel))
        .with(tool("odd", "", |_: Nothing| async { Ok::<_, Never>(HashMap::from([((1, 2), 3)])) }));
    let outcome = tools.call("abort", "{}", ToolContext::new(&client)).await;
    assert_eq!(outcome.abort().map(ToString::to_string).as_deref(), Some("no such disk"));
    let outcome = tools.call("tell", "{}", ToolContext::new(&client)).await;
    assert_eq!((outcome.abort().is_none(), outcome.output().to_text().as_str()), (true, "no such disk"));
    let outcome = tools.call("odd", "{}", ToolContext::new(&client)).await;
    assert_eq!(outcome.abort().map(ToString::to_string).as_deref(), Some("key must be a string"));
    Ok(())
}

#[tokio::test]
async fn panics_are_caught_wherever_they_are() -> TestResult {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the end");
        }
    }
    let client = mocked()?.client;
    let tools = Toolbox::new()
        .with(tool("later", "", |_: Nothing| async {
            tokio::task::yield_now().await;
            if true {
                panic!("{} is wrong", "later");
            }
            Ok::<_, Never>(())
        }))
        .with(tool("first", "", |_: Nothing| {
            if true {
                panic!("at once");
            }
            async { Ok::<_, Never>(()) }
        }))
        .with(tool("drop", "", |_: Nothing| {
            let bomb = Bomb;
            std::future::poll_fn(move |_| {
                let _ = &bomb;
                std::task::Poll::Ready(Ok::<_, Never>("done"))
            })
        }));
    for (name, message) in [("later", "later is wrong"), ("first", "at once"), ("drop", "in the end")] {
        let outcome = tools.call(name, "{}", ToolContext::new(&client)).await;
        assert!(
            matches!(outcome.result.as_ref().map_err(|error| &**error), Err(ToolError::Panicked(text)) if text == message),
            "{outcome:?}"
        );
        assert!(outcome.abort().is_some());
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_that_takes_too_long_is_dropped_and_told() -> TestResult {
    let mocked = mocked()?;
    let gate = Gate::default();
    let at_gate = gate.clone();
    let tools = Toolbox::new().with(
        tool_with_context("slow", "", move |context, _: Nothing| {
            let gate = at_gate.clone();
            tokio::spawn(async move {
                context.cancelled().await;
                gate.pass("told").await;
            });
            let gate = at_gate.clone();
            async move {
                gate.pass("slow").await;
                Ok::<_, Never>(())
            }
        })
        .with_timeout(Duration::from_secs(5)),
    );
    let call = tokio::spawn(tools.call("slow", "{}", ToolContext::new(&mocked.client)));
    gate.arrived(1).await;
    mocked.clock.advance(Duration::from_secs(4));
    tokio::task::yield_now().await;
    assert_eq!(gate.all_left(), [""; 0]);
    mocked.clock.advance(Duration::from_secs(1));
    let outcome = call.await?;
    let error = outcome.result.as_ref().unwrap_err();
    assert!(matches!(**error, ToolError::TimedOut(limit) if limit == Duration::from_secs(5)), "{error:?}");
    assert_eq!(outcome.output().to_text(), "the tool did not end within 5s");
    assert_eq!((outcome.duration, outcome.abort().is_some()), (Duration::from_secs(5), true));
    assert_eq!(gate.all_left(), ["slow"]);
    assert_eq!(gate.arrived(2).await, ["slow", "told"]);
    Ok(())
}

#[tokio::test]
async fn dropping_a_call_drops_the_tool_and_ending_it_tells_nobody() -> TestResult {
    let client = mocked()?.client;
    let gate = Gate::default();
    let at_gate = gate.clone();
    let (send, mut tokens) = tokio::sync::mpsc::unbounded_channel();
    let tools = Toolbox::new().with(tool_with_context("wait", "", move |context, args: City| {
        send.send(context).expect("a receiver");
        let gate = at_gate.clone();
        async move {
            gate.pass(args.city).await;
            Ok::<_, Never>(())
        }
    }));
    let call = tokio::spawn(tools.call("wait", r#"{"city": "Oslo"}"#, ToolContext::new(&client)));
    gate.arrived(1).await;
    let token = tokens.recv().await.expect("a token");
    assert!(!token.is_cancelled());
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert!(token.is_cancelled());
    assert_eq!(gate.all_left(), ["Oslo"]);

    gate.open("Bergen");
    tools.call("wait", r#"{"city": "Bergen"}"#, ToolContext::new(&client)).await.result.unwrap();
    assert!(!tokens.recv().await.expect("a token").is_cancelled());
    Ok(())
}

#[test]
fn names_and_schemas_are_checked() {
    let named = |name: &str| Toolbox::new().with(custom_tool(name, "", |text: String| async { Ok::<_, Never>(text) }));
    for name in ["a", "Get-weather_2", &"x".repeat(64)] {
        named(name).check().unwrap();
    }
    for name in ["", "get weather", "wetter.holen", "größe", &"x".repeat(65)] {
        let error = named(name).check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(&format!("{name:?}")), "{error}");
    }
    let error = weather().with_all(&named("other")).with_all(&weather()).check().unwrap_err();
    assert_eq!(error.message(), "two tools are called \"get_weather\": each needs a name of its own");

    #[derive(Deserialize, JsonSchema)]
    struct Open {
        #[allow(dead_code)]
        notes: HashMap<String, String>,
    }
    let open = tool("open", "", |_: Open| async { Ok::<_, Never>(()) });
    let error = Toolbox::new().with(open.clone()).check().unwrap_err();
    assert!(error.message().starts_with("tool \"open\": ") && error.message().contains("notes"), "{error}");
    Toolbox::new().with(open.with_strict(false)).check().unwrap();
    let error = Toolbox::new().with(weather_with_parameters(json!([]))).check().unwrap_err();
    assert_eq!(error.message(), "tool \"get_weather\": its schema is [], not an object");
}

fn weather_with_parameters(schema: serde_json::Value) -> openai_ext::tools::FnTool {
    tool("get_weather", "", |args: City| async move { Ok::<_, Never>(args.city) }).with_parameters(schema)
}

#[test]
fn descriptions_are_what_the_model_gets_to_know() -> TestResult {
    let dial = custom_tool("dial", "Dials", |text: String| async { Ok::<_, Never>(text) });
    let dial = dial.with_grammar(ToolGrammar::regex("[0-9]+"));
    let made = weather_with_parameters(json!({"type": "object"})).with_strict(false);
    let descriptions = weather().with(dial).descriptions()?;
    assert_eq!(descriptions[0].description.as_deref(), Some("The weather"));
    assert_eq!(descriptions[0].input, ToolInput::function(city_schema(), true));
    assert_eq!(descriptions[1].input, ToolInput::grammar(ToolGrammar::regex("[0-9]+")));
    let made = Toolbox::new().with(made).descriptions()?.remove(0);
    assert_eq!((made.description, made.input), (None, ToolInput::function(json!({"type": "object"}), false)));
    Ok(())
}

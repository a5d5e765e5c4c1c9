//! Runs whose last answer is a value.

use openai_ext::ErrorKind;
use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::StopReason;
use openai_ext::types::{ChatCompletionNamedToolChoice, ChatCompletionNamedToolChoiceFunction};
use openai_ext_mock::{Fault, Turn};
use serde::Deserialize;
use serde_json::json;

use crate::runs::bodies;
use crate::support::{City, TestResult, mocked};

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Advice {
    umbrella: bool,
}

const TEXT: &str = r#"{"umbrella": true}"#;

fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "", |args: City| async move { format!("Rain in {}", args.city) }))
}

fn talk(last: Turn) -> [Turn; 2] {
    [Turn::call("get_weather", json!({"city": "Oslo"})), last]
}

#[tokio::test]
async fn whole_and_streamed_over_both_apis() -> TestResult {
    let (mocked, tools) = (mocked()?, weather());
    let chat = || mocked.client.chat().completions().create("gpt-5.5", [Message::user("Umbrella?")]);
    let response = || mocked.client.responses().create("gpt-5.5", "Umbrella?");
    for _ in 0..4 {
        mocked.mock.converse(talk(Turn::text(TEXT)));
    }
    let run = chat().run_tools(&tools).parse::<Advice>().await?;
    assert_eq!((run.parsed(), run.calls.len(), run.text()), (Some(&Advice { umbrella: true }), 1, TEXT));
    assert_eq!(run.into_parsed()?, Advice { umbrella: true });
    let run = response().run_tools(&tools).parse::<Advice>().await?;
    assert_eq!((run.parsed(), run.calls.len()), (Some(&Advice { umbrella: true }), 1));
    assert_eq!(run.into_inner().output_text(), TEXT);

    let mut events = chat().run_tools(&tools).parse_stream::<Advice>().await?;
    let mut deltas = 0;
    while let Some(event) = events.next().await {
        deltas += usize::from(matches!(event?, ToolEvent::Delta { .. }));
    }
    assert!(deltas > 2 && events.run().is_some());
    assert_eq!(events.final_parsed().await?, Advice { umbrella: true });
    let run = response().run_tools(&tools).parse_stream::<Advice>().await?.finish().await?;
    assert_eq!((run.parsed(), run.stop), (Some(&Advice { umbrella: true }), StopReason::Final));

    let bodies = bodies(&mocked.mock);
    assert_eq!(bodies.len(), 8);
    for body in &bodies {
        let format = body.get("response_format").map(|format| &format["json_schema"]);
        let format = format.unwrap_or(&body["text"]["format"]);
        assert_eq!((&format["name"], &format["strict"]), (&json!("Advice"), &json!(true)), "{body}");
        assert_eq!(body["tools"].as_array().map(Vec::len), Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_without_a_value_says_why_and_keeps_the_run() -> TestResult {
    let (mocked, tools) = (mocked()?, weather());
    let chat = || mocked.client.chat().completions().create("gpt-5.5", [Message::user("Umbrella?")]);
    mocked.mock.converse(talk(Turn::refusal("I can't.")));
    let run = chat().run_tools(&tools).parse::<Advice>().await?;
    assert_eq!((run.parsed(), run.refusal()), (None, Some("I can't.")));
    let error = run.into_parsed().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refusal);
    assert_eq!(error.detail::<ChatToolRun>().map(|run| run.calls.len()), Some(1));

    mocked.mock.converse(talk(Turn::text("Take one.")));
    let error = chat().run_tools(&tools).parse::<Advice>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("does not fit"), "{error}");
    assert_eq!(error.detail::<ChatToolRun>().map(|run| run.text().to_owned()).as_deref(), Some("Take one."));
    mocked.mock.converse(talk(Turn::text("Take one.")));
    let call = mocked.client.responses().create("gpt-5.5", "Umbrella?");
    let error = call.run_tools(&tools).parse_stream::<Advice>().await?.final_parsed().await.unwrap_err();
    assert_eq!((error.kind(), error.detail::<ResponseToolRun>().is_some()), (ErrorKind::Decode, true));

    let forced = ChatCompletionNamedToolChoice::new(ChatCompletionNamedToolChoiceFunction::new("get_weather"));
    mocked.mock.converse(talk(Turn::text("never said")));
    let run = chat().tool_choice(forced).run_tools(&tools).parse::<Advice>().await?;
    assert_eq!(run.stop, StopReason::ToolChoice);
    let message = "the run has no text to parse: it ended with the call that `tool_choice` names";
    assert_eq!(run.into_parsed().unwrap_err().message(), message);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_parsed_is_an_error_before_any_request() -> TestResult {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Open {
        _any: serde_json::Value,
    }
    let (mocked, tools) = (mocked()?, weather());
    let call = || mocked.client.responses().create("gpt-5.5", "Hi");
    let error = call().run_tools(&tools).parse::<Open>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(call().run_tools(&tools).parse_stream::<Open>().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(mocked.mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_resumed_and_parsed() -> TestResult {
    let (mocked, tools) = (mocked()?, weather());
    mocked.mock.converse(talk(Turn::text(TEXT).fault(Fault::CutEvents(2))));
    mocked.mock.converse([Turn::text(TEXT)]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Umbrella?")]);
    let events = call.clone().run_tools(&tools).parse_stream::<Advice>().await?;
    let error = events.final_parsed().await.unwrap_err();
    let run = error.detail::<ChatToolRun>().ok_or("no detail")?;
    let run = call.resume_tools(run).parse::<Advice>().await?;
    assert_eq!((run.calls.len(), run.into_parsed()?), (1, Advice { umbrella: true }));
    assert_eq!(mocked.mock.requests().len(), 3);
    Ok(())
}

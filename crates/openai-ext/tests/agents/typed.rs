//! Answers of a Rust type.

use openai_ext::ErrorKind;
use openai_ext::agents::{AgentResult, agent_text_format};
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::EnvironmentParam;
use openai_ext_mock::SessionStep;
use serde::Deserialize;
use serde_json::json;

use super::scene::*;

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Harbour {
    name: String,
    berths: u32,
}

#[tokio::test]
async fn the_answer_is_read_as_a_type() -> TestResult {
    let scene = Scene::start().await?;
    let steps = || {
        [
            SessionStep::commentary("Let me see {"),
            SessionStep::text(r#"{"name": "Oslo", "#),
            SessionStep::text(r#""berths": 7}"#),
        ]
    };
    let oslo = Harbour { name: "Oslo".to_owned(), berths: 7 };
    scene.mock.on_session(steps());
    let result = scene.run("Which?").parse::<Harbour>().await?;
    assert_eq!((result.parsed(), result.messages.len()), (Some(&oslo), 3));
    assert_eq!(result.into_parsed()?, oslo);
    // Later, out of the result.
    scene.mock.on_session(steps());
    assert_eq!(scene.run("Which?").send().await?.parse::<Harbour>()?, oslo);
    Ok(())
}

#[tokio::test]
async fn a_new_session_and_an_agent_get_the_format() -> TestResult {
    let scene = Scene::start().await?;
    let format = json!(agent_text_format::<Harbour>()?);
    assert_eq!(format["schema"]["required"], json!(["name", "berths"]));
    let agents = scene.client.beta().agents();
    agents.create("gpt-5.5").with_format_of::<Harbour>()?.send().await?;
    let last = || scene.mock.requests().into_iter().rev().find_map(|request| request.json()).unwrap_or_default();
    assert_eq!(last()["text"]["format"], format);
    let agent = agents.create("gpt-5.5").send().await?;
    let create = || agents.sessions().create(EnvironmentParam::None(Default::default())).agent_id(&agent.id);
    scene.mock.on_session([SessionStep::text(r#"{"name": "Oslo", "berths": 7}"#)]);
    let harbour = create().input("Which?").run().parse::<Harbour>().await?.into_parsed()?;
    assert_eq!(harbour.berths, 7);
    assert_eq!(last()["agent"], json!({"text": {"format": format}}));
    // A format that is there already is not replaced.
    let before = scene.mock.requests().len();
    let twice = create().input("Which?").with_format_of::<Harbour>()?.run().parse::<Harbour>().await;
    assert_eq!(twice.map_err(|error| error.kind()).err(), Some(ErrorKind::InvalidRequest));
    assert_eq!(scene.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn an_answer_that_does_not_fit_has_the_result() -> TestResult {
    let scene = Scene::start().await?;
    for (text, place) in [(r#"{"name": "Oslo", "berths": -1}"#, "berths"), ("Oslo", "expected"), ("", "no text")] {
        let steps = if text.is_empty() { Vec::new() } else { vec![SessionStep::text(text)] };
        scene.mock.on_session(steps);
        let error = scene.run("Which?").parse::<Harbour>().await.expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(place), "{error}");
        assert_eq!(error.detail::<AgentResult>().map(|result| result.text()), Some(text.to_owned()));
    }
    Ok(())
}

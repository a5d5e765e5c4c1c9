//! The examples of tools, each with the turns that make the model call them, and the requests that come of it.

use openai_ext_mock::Turn;
use serde_json::json;

#[path = "../../examples/tools/tools_assistant.rs"]
mod assistant;
#[path = "../../examples/tools/tools.rs"]
mod chat;
#[path = "../../examples/tools/tools_responses.rs"]
mod responses;
#[path = "../../examples/tools/tool_run_steps.rs"]
mod steps;
#[path = "../../examples/tools/tools_stream.rs"]
mod stream;

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn over_chat_completions() -> TestResult {
    let (client, mock) = super::mocked().await?;
    let weather = |city: &str| ("get_weather", json!({"city": city}).to_string());
    let note = ("take_note", json!({"title": "Oslo", "text": "rain"}).to_string());
    mock.converse([Turn::calls([weather("Oslo"), weather("")]), Turn::calls([note]), Turn::text("It rains.")]);
    chat::run(&client, "gpt-5.5").await?;
    assert_eq!((mock.requests().len(), mock.turns_left()), (3, 0));
    Ok(())
}

#[tokio::test]
async fn as_a_stream() -> TestResult {
    let (client, mock) = super::mocked().await?;
    mock.converse([Turn::call("multiply", json!({"a": 17, "b": 23})), Turn::text("391, and 4 is 395.")]);
    stream::run(&client, "gpt-5.5").await?;
    assert_eq!((mock.requests().len(), mock.turns_left()), (2, 0));
    Ok(())
}

#[tokio::test]
async fn over_responses() -> TestResult {
    let (client, mock) = super::mocked().await?;
    mock.converse([
        Turn::call("get_weather", json!({"city": "Oslo"})),
        Turn::custom_call("remember", "rain"),
        Turn::text("It rains, and I know."),
    ]);
    responses::run(&client, "gpt-5.5").await?;
    assert_eq!((mock.requests().len(), mock.turns_left()), (3, 0));
    Ok(())
}

#[tokio::test]
async fn turn_by_turn() -> TestResult {
    let (client, mock) = super::mocked().await?;
    let ask = |name| (name, json!({"text": "Oslo"}).to_string());
    mock.converse([Turn::calls([ask("search"), ask("ask_user")]), Turn::text("Friday, then.")]);
    steps::run(&client, "gpt-5.5").await?;
    // A run that has ended sends nothing when it is read back.
    assert_eq!((mock.requests().len(), mock.turns_left()), (2, 0));
    Ok(())
}

#[tokio::test]
async fn over_an_assistant() -> TestResult {
    let (client, mock) = super::mocked().await?;
    assistant::run(&client, "gpt-5.5").await?;
    let submitted = mock.requests().iter().filter(|sent| sent.path().ends_with("submit_tool_outputs")).count();
    assert_eq!(submitted, 2);
    Ok(())
}

//! The examples, run against the mock.
#![cfg(all(
    feature = "audio",
    feature = "chat",
    feature = "embeddings",
    feature = "files",
    feature = "images",
    feature = "models",
    feature = "responses",
    feature = "tools"
))]
#![allow(clippy::duplicate_mod, reason = "each example has what the examples share as a module of its own")]

use openai_ext::Client;
use openai_mock::MockServer;

/// Each example as a module, and a test that runs it.
macro_rules! examples {
    ($($name:ident $path:literal)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
            mod $name;
        )*

        mod runs {
            $(
                #[tokio::test]
                async fn $name() -> Result<(), Box<dyn std::error::Error>> {
                    let (client, mock) = super::mocked().await?;
                    super::$name::run(&client, "gpt-5.5").await?;
                    assert!(!mock.requests().is_empty());
                    Ok(())
                }
            )*
        }
    };
}

examples! {
    audio "../../../examples/audio.rs"
    chat "../../../examples/chat.rs"
    chat_stream "../../../examples/chat_stream.rs"
    chat_stream_events "../../../examples/chat_stream_events.rs"
    client_options "../../../examples/client_options.rs"
    compatible_server "../../../examples/compatible_server.rs"
    downloads "../../../examples/downloads.rs"
    embeddings "../../../examples/embeddings.rs"
    errors "../../../examples/errors.rs"
    files "../../../examples/files.rs"
    image_input "../../../examples/image_input.rs"
    images "../../../examples/images.rs"
    multi_turn "../../../examples/multi_turn.rs"
    pagination "../../../examples/pagination.rs"
    quickstart "../../../examples/quickstart.rs"
    raw_response "../../../examples/raw_response.rs"
    response_stream_events "../../../examples/response_stream_events.rs"
    responses "../../../examples/responses.rs"
    responses_stream "../../../examples/responses_stream.rs"
    structured "../../../examples/structured.rs"
    undocumented "../../../examples/undocumented.rs"
    workload_identity "../../../examples/workload_identity.rs"
}

#[path = "../../../examples/mock_scripts.rs"]
mod mock_scripts;

/// It has a mock of its own, and asserts.
#[test]
fn mock_scripts() -> Result<(), Box<dyn std::error::Error>> {
    mock_scripts::main()
}

#[cfg(feature = "beta")]
#[path = "../../../examples/assistant_stream.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod assistant_stream;

#[cfg(feature = "beta")]
#[tokio::test]
async fn assistant_stream() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    assistant_stream::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 5);
    Ok(())
}

#[cfg(feature = "logging")]
#[path = "../../../examples/logging.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod logging;

#[cfg(feature = "logging")]
#[tokio::test]
async fn logging() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    logging::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 1);
    Ok(())
}

#[cfg(feature = "blocking")]
#[path = "../../../examples/blocking.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod blocking;

/// Without a runtime of its own, as its main function.
#[cfg(feature = "blocking")]
#[test]
fn blocking() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start_blocking()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    blocking::run(&client, "gpt-5.5")?;
    assert_eq!(mock.requests().len(), 4);
    Ok(())
}

/// The examples of tools, each with the turns that make the model call them, and the requests that come of it.
#[cfg(all(feature = "beta", feature = "tools"))]
mod tools {
    use openai_mock::Turn;
    use serde_json::json;

    #[path = "../../../../examples/tools_assistant.rs"]
    #[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
    mod assistant;
    #[path = "../../../../examples/tools.rs"]
    #[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
    mod chat;
    #[path = "../../../../examples/tools_responses.rs"]
    #[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
    mod responses;
    #[path = "../../../../examples/tools_stream.rs"]
    #[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
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
        mock.converse([Turn::call("multiply", &json!({"a": 17, "b": 23})), Turn::text("391, and 4 is 395.")]);
        stream::run(&client, "gpt-5.5").await?;
        assert_eq!((mock.requests().len(), mock.turns_left()), (2, 0));
        Ok(())
    }

    #[tokio::test]
    async fn over_responses() -> TestResult {
        let (client, mock) = super::mocked().await?;
        mock.converse([
            Turn::call("get_weather", &json!({"city": "Oslo"})),
            Turn::custom_call("remember", "rain"),
            Turn::text("It rains, and I know."),
        ]);
        responses::run(&client, "gpt-5.5").await?;
        assert_eq!((mock.requests().len(), mock.turns_left()), (3, 0));
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
}

async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    Ok((client, mock))
}

/// An example that no test runs would rot.
#[test]
fn every_example_is_here() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let name = entry.expect("the folder can be read").file_name().into_string().expect("a plain name");
        let listed = include_str!("examples.rs").contains(&format!("/{name}\""));
        let declared = include_str!("../Cargo.toml").contains(&format!("/{name}\""));
        assert!(name == "support" || (listed && declared), "{name} is not in the list above and in Cargo.toml");
    }
}

//! The examples, run against the mock.
#![cfg(all(
    feature = "audio",
    feature = "chat",
    feature = "embeddings",
    feature = "files",
    feature = "images",
    feature = "models",
    feature = "responses"
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

#[cfg(all(feature = "batches", feature = "beta"))]
#[path = "../../../examples/run_and_poll.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod run_and_poll;

#[cfg(all(feature = "batches", feature = "beta"))]
#[tokio::test]
async fn run_and_poll() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    run_and_poll::run(&client, "gpt-5.5").await?;
    // An assistant, a run, two looks and the end of both; a file, a batch and three looks.
    assert_eq!(mock.requests().len(), 11);
    Ok(())
}

#[cfg(feature = "batches")]
#[path = "../../../examples/batch_run.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod batch_run;

#[cfg(feature = "batches")]
#[tokio::test]
async fn batch_run() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    batch_run::run(&client, "gpt-5.5").await?;
    let created = |request: &openai_mock::ReceivedRequest| {
        request.operation().is_some_and(|operation| operation.id() == "createBatch")
    };
    assert_eq!(mock.requests().iter().filter(|request| created(request)).count(), 3);
    // It leaves nothing behind.
    assert!(client.files().list().items().next().await.is_none());
    Ok(())
}

#[cfg(all(feature = "uploads", feature = "vector_stores"))]
#[path = "../../../examples/bulk_upload.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod bulk_upload;

#[cfg(all(feature = "uploads", feature = "vector_stores"))]
#[tokio::test]
async fn bulk_upload() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    bulk_upload::run(&client, "gpt-5.5").await?;
    assert!(mock.requests().len() > 50);
    assert!(client.files().list().items().next().await.is_none());
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

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
use openai_ext_mock::MockServer;

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
    audio "../../examples/media/audio.rs"
    chat "../../examples/chat/chat.rs"
    chat_stream "../../examples/chat/chat_stream.rs"
    chat_stream_events "../../examples/chat/chat_stream_events.rs"
    client_options "../../examples/client/client_options.rs"
    compatible_server "../../examples/client/compatible_server.rs"
    downloads "../../examples/media/downloads.rs"
    embeddings "../../examples/files/embeddings.rs"
    errors "../../examples/client/errors.rs"
    files "../../examples/files/files.rs"
    image_input "../../examples/chat/image_input.rs"
    images "../../examples/media/images.rs"
    multi_turn "../../examples/chat/multi_turn.rs"
    pagination "../../examples/files/pagination.rs"
    proxy_axum "../../examples/chat/proxy_axum.rs"
    quickstart "../../examples/quickstart.rs"
    raw_response "../../examples/client/raw_response.rs"
    response_stream_events "../../examples/responses/response_stream_events.rs"
    responses "../../examples/responses/responses.rs"
    responses_stream "../../examples/responses/responses_stream.rs"
    server_options "../../examples/client/server_options.rs"
    structured "../../examples/chat/structured.rs"
    undocumented "../../examples/client/undocumented.rs"
    workload_identity "../../examples/client/workload_identity.rs"
}

#[path = "../../examples/mock_scripts.rs"]
mod mock_scripts;

#[cfg(feature = "tower")]
#[path = "../../examples/client/layers.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod layers;

#[cfg(feature = "tower")]
#[tokio::test]
async fn layers_of_tower() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    layers::run(&client, "gpt-5.5").await?;
    let requests = mock.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.header("x-signature").is_some_and(|value| value.len() == 64)));
    Ok(())
}

/// It has a mock of its own, and asserts.
#[test]
fn mock_scripts() -> Result<(), Box<dyn std::error::Error>> {
    mock_scripts::main()
}

#[path = "../../examples/client/odd_values.rs"]
mod odd_values;

/// It has a mock of its own, and asserts.
#[test]
fn odd_values() -> Result<(), Box<dyn std::error::Error>> {
    odd_values::main()
}

#[cfg(feature = "beta")]
#[path = "../../examples/assistants/assistant_stream.rs"]
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
#[path = "../../examples/assistants/run_and_poll.rs"]
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
#[path = "../../examples/files/batch_run.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod batch_run;

#[cfg(feature = "batches")]
#[tokio::test]
async fn batch_run() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    batch_run::run(&client, "gpt-5.5").await?;
    let created = |request: &openai_ext_mock::ReceivedRequest| {
        request.operation().is_some_and(|operation| operation.id() == "createBatch")
    };
    assert_eq!(mock.requests().iter().filter(|request| created(request)).count(), 3);
    // It leaves nothing behind.
    assert!(client.files().list().items().next().await.is_none());
    Ok(())
}

#[cfg(all(feature = "uploads", feature = "vector_stores"))]
#[path = "../../examples/files/bulk_upload.rs"]
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

#[cfg(feature = "otel")]
#[path = "../../examples/client/telemetry.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod telemetry;

#[cfg(feature = "otel")]
#[tokio::test]
async fn telemetry() -> Result<(), Box<dyn std::error::Error>> {
    let (client, _mock) = mocked().await?;
    telemetry::run(&client, "gpt-5.5").await
}

#[cfg(feature = "logging")]
#[path = "../../examples/client/logging.rs"]
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
#[path = "../../examples/client/blocking.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod blocking;

/// Without a runtime of its own, as its main function.
#[cfg(feature = "blocking")]
#[test]
fn blocking() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    blocking::run(&client, "gpt-5.5")?;
    assert_eq!(mock.requests().len(), 4);
    Ok(())
}

#[cfg(all(feature = "beta", feature = "tools"))]
#[allow(dead_code, reason = "their main functions and their way to a server are not for tests")]
mod tools;

#[path = "../../examples/azure/azure_chat.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod azure_chat;

#[tokio::test]
async fn azure_chat() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let azure = openai_ext::azure::AzureConfig::new(mock.azure_endpoint()).api_key("key").api_version("2024-10-21");
    azure_chat::run(azure, "my-deployment").await?;
    assert!(mock.requests().iter().all(|request| request.deployment().as_deref() == Some("my-deployment")));
    assert_eq!(mock.requests().len(), 2);
    Ok(())
}

#[cfg(feature = "bedrock")]
#[path = "../../examples/client/bedrock.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod bedrock;

#[cfg(feature = "bedrock")]
#[tokio::test]
async fn bedrock() -> Result<(), Box<dyn std::error::Error>> {
    use openai_ext::bedrock::{AwsCredentials, BedrockConfig};
    let mock = MockServer::start().await?;
    let config = BedrockConfig::new("us-west-2").base_url(mock.base_url());
    bedrock::run(config.credentials(AwsCredentials::new("AKIDEXAMPLE", "secret")), "gpt-5.5").await?;
    let requests = mock.requests();
    let authorization = requests.first().and_then(|request| request.header("authorization"));
    assert!(authorization.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")));
    Ok(())
}

#[cfg(feature = "vertex")]
#[path = "../../examples/client/vertex.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod vertex;

#[cfg(feature = "vertex")]
#[tokio::test]
async fn vertex() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    vertex::run(openai_ext::vertex::VertexConfig::default().base_url(mock.base_url())).await?;
    assert_eq!(mock.requests().len(), 1);
    Ok(())
}

#[path = "../../examples/azure/azure_entra.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod azure_entra;

#[tokio::test]
async fn azure_entra() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::builder().require_key("token-of-entra").start().await?;
    azure_entra::run(openai_ext::azure::AzureConfig::new(mock.azure_endpoint()), "my-deployment").await?;
    assert_eq!(mock.requests().len(), 3);
    Ok(())
}

#[cfg(feature = "agents")]
#[path = "../../examples/agents/agent_session.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod agent_session;

#[cfg(feature = "agents")]
#[tokio::test]
async fn agent_session() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    agent_session::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 10);
    // It leaves nothing behind.
    assert!(client.beta().agents().list().items().next().await.is_none());
    Ok(())
}

#[cfg(feature = "agents")]
#[path = "../../examples/agents/agent_tools.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod agent_tools;

#[cfg(feature = "agents")]
#[tokio::test]
async fn agent_tools() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    agent_tools::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 8);
    // It leaves nothing behind.
    assert!(client.beta().agents().list().items().next().await.is_none());
    Ok(())
}

#[cfg(feature = "agents")]
#[path = "../../examples/agents/agent_files.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod agent_files;

#[cfg(feature = "agents")]
#[tokio::test]
async fn agent_files() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    agent_files::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 11);
    // It leaves nothing behind.
    assert!(client.beta().agents().list().items().next().await.is_none());
    Ok(())
}

#[cfg(feature = "webhooks")]
#[path = "../../examples/webhooks/webhook_endpoints.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod webhook_endpoints;

#[cfg(feature = "webhooks")]
#[tokio::test]
async fn webhook_endpoints() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    webhook_endpoints::run(&client, "gpt-5.5").await?;
    assert_eq!(mock.requests().len(), 6);
    Ok(())
}

#[cfg(feature = "webhooks")]
#[path = "../../examples/webhooks/webhook_axum.rs"]
#[allow(dead_code, reason = "its main function is not for tests")]
mod webhook_axum;

/// It has a server of its own.
#[cfg(feature = "webhooks")]
#[tokio::test]
async fn webhook_axum() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(webhook_axum::run().await?, [200, 200, 400]);
    Ok(())
}

#[cfg(feature = "realtime")]
#[allow(dead_code, reason = "the main functions of the examples and their way to a server are not for tests")]
mod realtime;

#[cfg(feature = "live")]
#[path = "../../examples/realtime/live.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod live;

#[cfg(feature = "live")]
#[tokio::test]
async fn live() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    mock.converse([openai_ext_mock::Turn::call("get_weather", serde_json::json!({"city": "Oslo"}))]);
    live::run(&client, "gpt-live-1").await?;
    assert_eq!((mock.realtime_connections().len(), mock.realtime_events().len()), (2, 9));
    Ok(())
}

async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    Ok((client, mock))
}

/// An example that no test runs would rot.
/// Examples that other tests run.
const ELSEWHERE: [&str; 1] = ["../../examples/tools/mcp.rs"];

#[test]
fn every_example_is_here() {
    assert!(
        ELSEWHERE
            .iter()
            .all(|path| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples").join(path).exists())
    );
    let mut open = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))];
    let mut found = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the examples are there") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
            // The page for a browser is a workspace of its own.
            if name == "support" || name == "browser" {
                continue;
            }
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.extension().is_none_or(|kind| kind != "rs") {
                continue;
            }
            let listed = concat!(include_str!("main.rs"), include_str!("realtime.rs"), include_str!("tools.rs"))
                .contains(&format!("/{name}\""));
            let declared = include_str!("../../Cargo.toml").contains(&format!("/{name}\""));
            assert!(listed && declared, "{name} is not in the list above and in Cargo.toml");
            found += 1;
        }
    }
    assert!(found >= 40, "{found} examples");
}
